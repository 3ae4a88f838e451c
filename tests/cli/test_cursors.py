#!/usr/bin/env python3
"""test_cursors.py TOCSIN SAMPLES: answers kept by INTO, and EXECUTIONTIMELIMIT, as a user meets them. Prints TAP."""
import os
import signal
import stat
import sys
import tempfile
import time

from run_program import Program, check, check_error, run_tests

LINE = (b"type=USER_LOGIN msg=audit(17000000%02d.000:%d): pid=1 uid=0 auid=1000 ses=1 "
        b"msg='op=login acct=\"%s\" exe=\"/s\" hostname=h addr=10.0.0.%d terminal=ssh res=success'\n")
LOG = b"".join(LINE % (n, n, b"joe" if n % 2 else b"ann", n) for n in range(10, 20))
INTO = "SELECT username, sourceip, starttime FROM events INTO %s WHERE username = 'joe'"


class Folder:
    """A temporary folder for cursors, and queries that use it."""

    def __init__(self, program, path):
        self.program = program
        self.path = path
        self.cursors = os.path.join(path, "cursors")

    def query(self, text, *options, stdin=LOG):
        return self.program.run("query", "-q", "-o", "csv", "--cursors", self.cursors, *options, text, stdin=stdin)

    def rows(self, text, *options, stdin=LOG):
        code, output, errors = self.query(text, *options, stdin=stdin)
        check(code == 0, code, errors.decode())
        return output.decode().splitlines()[1:]

    def listed(self, *options):
        code, output, errors = self.program.run("cursors", "--cursors", self.cursors, *options)
        check(code == 0, code, errors.decode())
        return output.decode()


def in_folder(test):
    def wrapper(program):
        with tempfile.TemporaryDirectory() as path:
            test(Folder(program, path))
    wrapper.__name__ = test.__name__
    return wrapper


@in_folder
def test_an_answer_is_kept_and_read(folder):
    rows = folder.rows(INTO % "logins")
    check(len(rows) == 5, rows)
    # Nothing is read but the cursor: no log is given, and standard input is empty.
    check(folder.rows("SELECT * FROM logins", stdin=b"") == rows)
    check(folder.rows("SELECT COUNT(*) FROM LOGINS WHERE sourceip > '10.0.0.15'", stdin=b"") == ["2.0"])
    code, output, _ = folder.program.run("query", "-q", "-o", "ndjson", "--cursors", folder.cursors,
                                         "SELECT username FROM logins LIMIT 1")
    check(code == 0 and b'"@evidence":[{"file":"-","line":10,' in output, output)


@in_folder
def test_only_its_owner_reads_it(folder):
    folder.rows(INTO % "logins")
    names = os.listdir(folder.cursors)
    check(names == ["logins.cursor"], names)
    for path, mode in ((folder.cursors, 0o700), (os.path.join(folder.cursors, names[0]), 0o600)):
        check(stat.S_IMODE(os.stat(path).st_mode) == mode, path, oct(os.stat(path).st_mode))


@in_folder
def test_the_default_folder(folder):
    below_home = ".local/state/tocsin/cursors"
    for environment, place in (({"XDG_STATE_HOME": folder.path}, "tocsin/cursors"),
                               ({"HOME": folder.path}, below_home),
                               ({"HOME": folder.path, "XDG_STATE_HOME": "not/absolute"}, below_home)):
        result = folder.program.run("query", "-q", "--replace", INTO % "logins", stdin=LOG, **environment)
        check(result[0] == 0, result)
        check(os.listdir(os.path.join(folder.path, place)) == ["logins.cursor"])
        check(b"logins " in folder.program.run("cursors", **environment)[1])
    nowhere = {"HOME": "", "XDG_STATE_HOME": ""}
    check_error(folder.program.run("cursors", **nowhere), 3, "there is no folder for cursors", "--cursors DIR")
    check_error(folder.program.run("query", INTO % "logins", stdin=LOG, **nowhere), 3, "there is no folder for cursors")
    check_error(folder.program.run("query", "SELECT a FROM logins", **nowhere), 2, 'no cursor "logins"')


@in_folder
def test_a_name_is_taken(folder):
    folder.rows(INTO % "logins")
    of_ann = (INTO % "Logins").replace("joe", "ann")
    check_error(folder.query(of_ann), 3, 'the cursor "Logins" is already in use', "--replace")
    check(set(folder.rows("SELECT username FROM logins", stdin=b"")) == {"joe"})
    folder.rows(of_ann, "--replace")
    check(set(folder.rows("SELECT username FROM logins", stdin=b"")) == {"ann"})
    # Read and replaced at once.
    rows = folder.rows("SELECT username FROM logins INTO logins LIMIT 2", "--replace", stdin=b"")
    check(rows == ["ann", "ann"] and len(folder.rows("SELECT * FROM logins", stdin=b"")) == 2, rows)


@in_folder
def test_cursors_are_listed_and_deleted(folder):
    check(folder.listed() == "")
    folder.rows(INTO % "logins")
    folder.rows("SELECT '\x1b[31m' AS red FROM events INTO 'a name' LIMIT 3")
    lines = folder.listed().splitlines()
    check(len(lines) == 2 and lines[1].split()[:4] == ["logins", "5", "rows", "until"], lines)
    check("INTO logins WHERE" in lines[1] and lines[0].startswith("a name ") and " 3 rows" in lines[0], lines)
    check("\x1b" not in lines[0] and "\\x1B[31m" in lines[0], lines)
    check_error(folder.query("SELECT 1 FROM events INTO 'a\x1bname'"), 2, "control characters")
    for arguments, texts in ((["logins"], ["cursors takes no names", "--delete"]),
                             (["--delete"], ["needs the name"]),
                             (["--delete", "nobody"], ['no cursor "nobody"'])):
        check_error(folder.program.run("cursors", "--cursors", folder.cursors, *arguments), 3, *texts)
    folder.listed("--delete", "LOGINS", "a name")
    check(folder.listed() == "" and os.listdir(folder.cursors) == [])


@in_folder
def test_a_damaged_cursor(folder):
    folder.rows(INTO % "'my logins'")
    path = os.path.join(folder.cursors, os.listdir(folder.cursors)[0])
    with open(path, "r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"\xff")
    check_error(folder.query("SELECT * FROM 'my logins'"), 3, "is damaged", "run the query that made it again")
    check("damaged: tocsin cursors --delete 'my logins'" in folder.listed(), folder.listed())
    os.truncate(path, 3)
    check_error(folder.query("SELECT * FROM 'my logins'"), 3, "is damaged: it is too short")
    check("damaged: tocsin cursors --delete 'my logins'" in folder.listed(), folder.listed())
    folder.listed("--delete", "my logins")
    check(os.listdir(folder.cursors) == [])
    check_error(folder.query("SELECT * FROM 'my login'"), 2, 'no cursor "my login"')


@in_folder
def test_a_misspelt_name(folder):
    folder.rows(INTO % "logins")
    check_error(folder.query("SELECT * FROM logns"), 2, "query:1:15:", 'did you mean the cursor "logins"?')


@in_folder
def test_what_fails_keeps_nothing(folder):
    with open("/dev/full", "wb") as full:
        result = folder.program.run("query", "-q", "--cursors", folder.cursors, INTO % "lost", stdin=LOG, stdout=full)
    check_error(result, 3, "cannot write the result")
    check(os.listdir(folder.cursors) == [], os.listdir(folder.cursors))
    # Interrupted while it waits for more of the log.
    process = folder.program.start("query", "--cursors", folder.cursors, INTO % "lost")
    process.stdin.write(LOG)
    process.stdin.flush()
    deadline = time.monotonic() + 20
    while not (os.path.isdir(folder.cursors) and os.listdir(folder.cursors)) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    check(process.returncode == 130 and b"cursor not kept" in errors, process.returncode, errors)
    check(os.listdir(folder.cursors) == [], os.listdir(folder.cursors))
    # A folder that cannot be made.
    check_error(folder.program.run("query", "--cursors", "/proc/none", INTO % "lost", stdin=LOG), 3,
                "cannot make the cursor folder /proc/none")


@in_folder
def test_a_rule_keeps_its_findings(folder):
    rule = os.path.join(folder.path, "rule.aql")
    with open(rule, "w", encoding="utf-8") as file:
        file.write(INTO % "found")
    hunt = ("hunt", "-q", "--cursors", folder.cursors, "--query", rule)
    check(folder.program.run(*hunt, "-", stdin=LOG)[0] == 1)
    check(folder.rows("SELECT COUNT(*) FROM found", stdin=b"") == ["5.0"])
    check_error(folder.program.run(*hunt, "-", stdin=LOG), 3, "already in use")
    check(folder.program.run(*hunt, "--replace", "-", stdin=LOG)[0] == 1)


@in_folder
def test_a_time_limit(folder):
    """EXECUTIONTIMELIMIT ends a query whose log does not come to its end in time; one that does is not ended."""
    text = INTO % "late" + " PARAMETERS EXECUTIONTIMELIMIT="
    process = folder.program.start("query", "-q", "--cursors", folder.cursors, text + "100")
    process.stdin.write(LOG)
    process.stdin.flush()
    time.sleep(0.3)
    _, errors = process.communicate(timeout=30)
    check(process.returncode == 3, process.returncode, errors)
    check(b"the query has run longer than its EXECUTIONTIMELIMIT of 100 ms\nhint: raise" in errors, errors)
    check(os.listdir(folder.cursors) == [])
    check(len(folder.rows(text + "3600000")) == 5)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
