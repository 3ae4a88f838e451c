"""How the tests run the program: with pipes, or on a pseudo-terminal."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
import traceback

TIMEOUT_S = 60


class Program:
    def __init__(self, path, samples):
        self.path = os.path.abspath(path)
        self.samples = os.path.abspath(samples)
        self.environment = {
            key: value for key, value in os.environ.items()
            if key.startswith(("ASAN", "UBSAN", "LSAN")) or key in ("PATH", "HOME", "TMPDIR")
        }
        self.environment.update(TERM="xterm", TZ="UTC", LC_ALL="C.UTF-8", XDG_CONFIG_HOME="/nonexistent")

    def run(self, *arguments, stdin=b"", stdout=None, cwd=None, **environment):
        """Runs to the end; gives (exit code, stdout, stderr) as bytes."""
        done = subprocess.run([self.path, *arguments], input=stdin, cwd=cwd, timeout=TIMEOUT_S, check=False,
                              stdout=stdout if stdout is not None else subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**self.environment, **environment})
        return done.returncode, done.stdout or b"", done.stderr

    def start(self, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE):
        return subprocess.Popen([self.path, *arguments], stdin=stdin, stdout=stdout, stderr=stderr,
                                env=self.environment)

    def run_on_terminal(self, *arguments, width=100, stdin=subprocess.DEVNULL, cwd=None, **environment):
        """The same with standard output and standard error on a terminal; gives (exit code, what it showed)."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        process = subprocess.Popen([self.path, *arguments], stdin=slave if stdin is None else stdin, stdout=slave,
                                   stderr=slave, cwd=cwd, env={**self.environment, **environment})
        os.close(slave)
        shown = read_terminal(master, process)
        return process.wait(), shown


def read_terminal(master, process):
    shown = b""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.1)
        if not ready:
            if process.poll() is not None:
                break
            continue
        try:
            part = os.read(master, 65536)
        except OSError:  # EIO: the last one with the terminal open has gone
            break
        if not part:
            break
        shown += part
    os.close(master)
    return shown.replace(b"\r\n", b"\n")


def check(is_right, *what):
    if not is_right:
        raise AssertionError("\n".join(repr(part) for part in what))


def check_error(result, code, *texts):
    """The exit code, and every text on standard error."""
    check(result[0] == code, result)
    for text in texts:
        check(text.encode() in result[2], text, result[2].decode(errors="replace"))


class Skipped(Exception):
    """A test that cannot be run here, with the reason."""


def run_tests(tests, *arguments):
    """Runs functions whose names start with test_; prints TAP. A test fails by an exception."""
    functions = [(name, test) for name, test in tests.items() if name.startswith("test_") and callable(test)]
    print(f"1..{len(functions)}")
    failed = 0
    for number, (name, test) in enumerate(functions, 1):
        try:
            test(*arguments)
            print(f"ok {number} {name[5:]}", flush=True)
        except Skipped as reason:
            print(f"ok {number} {name[5:]} # SKIP {reason}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} {name[5:]}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)
