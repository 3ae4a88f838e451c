#!/usr/bin/env python3
"""test_shell.py TOCSIN SAMPLES: the shell, typed to on a pseudo-terminal and fed by a pipe. Prints TAP."""
import errno
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

from run_program import Program, check, run_tests

WAIT_S = 30
AUDIT = "linux-audit/audit-raw.log"


class Terminal:
    """The shell on a terminal."""

    def __init__(self, program, *arguments, **environment):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
        self.process = subprocess.Popen([program.path, "shell", "--config", "none", *arguments], stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                        env={**program.environment, **environment})
        os.close(slave)
        self.shown = b""
        self.wait("aql> ")

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self, text, since=0):
        """Until the text is shown; gives everything shown so far."""
        deadline = time.monotonic() + WAIT_S
        while text.encode() not in self.shown[since:]:
            ready, _, _ = select.select([self.master], [], [], 0.2)
            part = b""
            if ready:
                try:
                    part = os.read(self.master, 65536)
                except OSError:
                    part = b""
            self.shown += part
            if (ready and not part) or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"no {text!r} in {self.shown[since:].decode(errors='replace')}")
        return self.shown

    def say(self, text, answer):
        """Types a line and waits for the answer behind it, and for the prompt."""
        start = len(self.shown)
        self.type(text + "\r")
        self.wait(answer, start)
        self.wait("aql> ", self.shown.index(answer.encode(), start))
        return self.shown[start:].decode(errors="replace")

    def end(self):
        try:
            return self.process.wait(timeout=WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            os.close(self.master)


def write_when_read(pipe, text):
    """Writes to a named pipe as soon as somebody reads it, and waits until it was read; gives the open pipe."""
    deadline = time.monotonic() + WAIT_S
    writer = None
    while writer is None:
        try:
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:  # ENXIO: nobody has it open yet
            check(error.errno == errno.ENXIO and time.monotonic() < deadline, "nobody reads", error)
            time.sleep(0.05)
    os.write(writer, text)
    left = bytearray(4)
    while fcntl.ioctl(writer, termios.FIONREAD, left) or int.from_bytes(left, sys.byteorder):
        check(time.monotonic() < deadline, "not read")
        time.sleep(0.05)
    return writer


def home():
    return tempfile.TemporaryDirectory()


def test_one_line_runs_at_once(program):
    with home() as folder:
        terminal = Terminal(program, os.path.join(program.samples, AUDIT), HOME=folder)
        shown = terminal.say("SELECT COUNT_OF FROM events", "does not exist")
        check("^" in shown, shown)
        shown = terminal.say("SELECT username, severity FROM events LIMIT 2", "2 rows of")
        check("username" in shown, shown)
        terminal.type("\x04")
        check(terminal.end() == 0)


def test_several_lines(program):
    with home() as folder:
        terminal = Terminal(program, os.path.join(program.samples, AUDIT), HOME=folder)
        terminal.type("SELECT username\r")
        terminal.wait("...> ")
        terminal.type("FROM events\r")
        terminal.say("LIMIT 3;", "3 rows of")
        terminal.type("SELECT qid\r")
        start = len(terminal.wait("...> "))
        terminal.type("FROM events LIMIT 4\r")
        terminal.wait("...> ", start)
        terminal.say("", "4 rows of")
        terminal.type(".quit\r")
        check(terminal.end() == 0)


def test_letters_of_all_scripts(program):
    with home() as folder:
        terminal = Terminal(program, os.path.join(program.samples, AUDIT), HOME=folder, LC_ALL="C")
        shown = terminal.say("SELECT 'Größe 名前' AS \"Zoë\" FROM events LIMIT 1", "1 row of")
        check(shown.count("Größe 名前") == 2 and shown.count("Zoë") == 2, shown)  # typed, answered
        terminal.type("\x04")
        check(terminal.end() == 0)


def test_tab_completes(program):
    with home() as folder:
        terminal = Terminal(program, os.path.join(program.samples, AUDIT), HOME=folder)
        start = len(terminal.shown)
        terminal.type("SELECT usern\t")
        terminal.wait("ame", start)
        terminal.say(" FROM eve\t LIMIT 1", "1 row of")
        start = len(terminal.shown)
        terminal.type("SELECT dest\t\t")
        shown = terminal.wait("destinationport", start)
        check(b"destinationip" in shown[start:], shown[start:])
        terminal.type("\x03")
        terminal.wait("aql> ", terminal.wait("^C", start).index(b"^C", start))  # a Ctrl-D is one at a prompt only
        terminal.type("\x04")
        check(terminal.end() == 0)


def test_history_is_kept(program):
    with home() as folder:
        terminal = Terminal(program, os.path.join(program.samples, AUDIT), HOME=folder)
        terminal.say("SELECT severity FROM events LIMIT 1", "1 row of")
        terminal.type("\x04")
        check(terminal.end() == 0)
        kept = os.path.join(folder, ".local/state/tocsin/history")
        check(os.stat(kept).st_mode & 0o077 == 0)
        terminal = Terminal(program, os.path.join(program.samples, AUDIT), HOME=folder)
        start = len(terminal.shown)
        terminal.type("\x1b[A")
        terminal.wait("LIMIT 1", start)
        terminal.say("", "1 row of")
        terminal.type("\x04")
        check(terminal.end() == 0)


def test_ctrl_c_forgets_and_goes_on(program):
    with home() as folder:
        terminal = Terminal(program, os.path.join(program.samples, AUDIT), HOME=folder)
        start = len(terminal.shown)
        terminal.type("SELECT this is\r")
        terminal.wait("...> ", start)
        start = len(terminal.shown)
        terminal.type("wrong\x03")
        terminal.wait("aql> ", start)
        terminal.say("SELECT severity FROM events LIMIT 1", "1 row of")
        terminal.type("\x04")
        check(terminal.end() == 0)


def test_ctrl_c_stops_a_query(program):
    with home() as folder, tempfile.TemporaryDirectory() as logs:
        pipe = os.path.join(logs, "endless.log")
        os.mkfifo(pipe)
        terminal = Terminal(program, HOME=folder)
        terminal.say(f".logs {pipe}", "endless.log")
        start = len(terminal.shown)
        terminal.type("SELECT severity FROM events LIMIT 1\r")
        writer = write_when_read(pipe, b"a line\n")
        time.sleep(0.5)  # until it waits for more
        terminal.type("\x03")
        terminal.wait("aql> ", start)
        os.close(writer)
        check(b"interrupted" in terminal.shown[start:], terminal.shown[start:])
        terminal.type("\x04")
        check(terminal.end() == 0)


def test_dot_commands(program):
    with home() as folder:
        terminal = Terminal(program, HOME=folder)
        terminal.say(".help", ".explain")
        terminal.say(".fields usern", "user the event is about")
        terminal.say(".functions STRLEN", "STRLEN")
        terminal.say(".functions", "UPPER")
        terminal.say(".mode nonsense", "the mode is table")
        terminal.say(".timer off", "timer is off")
        terminal.say(".logs", "no logs")
        terminal.say("SELECT qid FROM events", "no log to read")
        terminal.say(f".logs '{program.samples}'", program.samples)
        terminal.say(".mode csv", "aql")
        terminal.say("SELECT severity FROM events LIMIT 1", "severity")
        terminal.say(".explain SELECT qid FROM events WHERE qid = 1", "filter")
        terminal.say(".check SELECT DATEFORMAT(starttime, 'YYYY') FROM events LAST 1 HOURS", "week-year")
        terminal.say(".fmt select qid from events", "SELECT qid")
        terminal.say(".bogus", "there is no command")
        terminal.type("\x04")
        check(terminal.end() == 0)


def test_termination_ends_it(program):
    with home() as folder:
        terminal = Terminal(program, HOME=folder)
        os.kill(terminal.process.pid, signal.SIGTERM)
        terminal.end()


def test_script_on_a_pipe(program):
    log = os.path.join(program.samples, AUDIT)
    script = b"SELECT severity\nFROM events\nLIMIT 1;\n\n-- a remark\nSELECT qid FROM events LIMIT 2"
    code, output, errors = program.run("shell", "-o", "csv", log, stdin=script)
    check(code == 0 and output.split()[0] == b"severity" and output.split()[2] == b"qid" and b"aql>" not in output,
          code, output, errors)
    code, _, errors = program.run("shell", log, stdin=b"SELECT nobody FROM events;\n")
    check(code == 2 and b"nobody" in errors, code, errors)
    code, _, errors = program.run("shell", "--memory", "0", log, stdin=b"SELECT qid FROM events;\n")
    check(code == 3 and b"no number of MiB" in errors, code, errors)
    code, limited, errors = program.run("shell", "--memory", "1", "--threads", "2", "-o", "csv", log, stdin=script)
    check(code == 0 and limited == output, code, limited, errors)
    code, output, errors = program.run("shell", log, stdin=b"\n\n;;\n")
    check(code == 0 and not output and not errors, code, output, errors)


def test_no_home(program):
    terminal = Terminal(program, HOME="/proc/nowhere")
    terminal.say(".timer off", "timer is off")
    terminal.type("\x04")
    check(terminal.end() == 0)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
