#!/usr/bin/env python3
"""test_store.py TOCSIN SAMPLES: the event store as a user meets it. Prints TAP."""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

from run_program import Program, check, check_error, run_tests

LINE = (b"type=USER_LOGIN msg=audit(17000000%02d.000:%d): pid=1 uid=0 auid=1000 ses=1 "
        b"msg='op=login acct=\"%s\" exe=\"/s\" hostname=h addr=10.0.0.%d terminal=ssh res=success'\n")
LOG = b"".join(LINE % (n, n, b"joe" if n % 2 else b"ann", n) for n in range(10, 20))
COUNT = "SELECT COUNT(*) AS n FROM events"


class Folder:
    """A temporary folder with a store in it."""

    def __init__(self, program, path):
        self.program = program
        self.samples = program.samples
        self.path = path
        self.store = os.path.join(path, "events")

    def file(self, name, content):
        path = os.path.join(self.path, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def ingest(self, *arguments, stdin=b"", code=0):
        result = self.program.run("ingest", "--store", self.store, *arguments, stdin=stdin)
        check(result[0] == code and result[1] == b"", result)
        return result[2].decode()

    def run(self, command, *arguments):
        code, output, errors = self.program.run(command, "--store", self.store, *arguments)
        return code, output.decode(), errors.decode()

    def store_command(self, action, *arguments):
        code, output, errors = self.program.run("store", action, *arguments, self.store)
        return code, output.decode(), errors.decode()

    def count(self):
        code, output, errors = self.run("query", "-q", "-o", "csv", COUNT)
        check(code == 0, code, errors)
        return int(float(output.splitlines()[1]))


def in_folder(test):
    def wrapper(program):
        with tempfile.TemporaryDirectory() as path:
            test(Folder(program, path))
    wrapper.__name__ = test.__name__
    return wrapper


@in_folder
def test_a_store_answers_as_the_log(folder):
    log = folder.file("audit.log", LOG)
    account = folder.ingest(log)
    check("stored          10 events" in account, account)
    for output in ("csv", "ndjson", "json", "table"):
        for query in ("SELECT username, sourceip, UTF8(payload) FROM events WHERE username = 'joe'",
                      "SELECT username, COUNT(*) FROM events GROUP BY username"):
            code, rows, errors = folder.run("query", "-q", "-o", output, query)
            expected = folder.program.run("query", "-q", "-o", output, query, log)
            check(code == 0 and rows == expected[1].decode(), rows, errors, expected)
    code, rows, account = folder.run("query", "-o", "ndjson", "SELECT username FROM events WHERE username = 'joe'")
    evidence = json.loads(rows.splitlines()[0])["@evidence"][0]
    check(evidence["file"] == log and evidence["line"] == 10 and evidence["raw"] in LOG.decode(), evidence)
    check("1 segment\n" in account and "events          10\n" in account, account)


@in_folder
def test_a_hunt_over_a_store_finds_the_same(folder):
    folder.ingest("-q", folder.samples)
    code, findings, account = folder.run("hunt", "-o", "ndjson")
    expected = folder.program.run("hunt", "-o", "ndjson", folder.samples)
    check(code == expected[0] == 1 and findings == expected[1].decode(), account, expected[2])
    check("Hunt" in account and "findings" in account, account)
    report = folder.run("hunt", "-q", "-o", "html")[1]
    check("segments of an event store" in report and "<td>inputs</td>" not in report, report[-3000:])


@in_folder
def test_logs_are_added(folder):
    folder.ingest(stdin=LOG)
    folder.ingest("-", stdin=LOG)
    check(folder.count() == 20)
    code, rows, account = folder.run("query", "SELECT username FROM events LIMIT 1")
    check(code == 0 and "2 segments" in account, rows, account)


@in_folder
def test_two_threads_write_the_same(folder):
    other = Folder(folder.program, os.path.join(folder.path, "other"))
    folder.ingest("--threads", "2", folder.samples)
    os.mkdir(other.path)
    other.ingest(folder.samples)
    everything = ("query", "-q", "--star", "all", "-o", "ndjson", "--order", "input", "SELECT * FROM events")
    check(folder.run(*everything) == other.run(*everything))


@in_folder
def test_a_property_of_the_store_needs_no_file(folder):
    properties = folder.file("properties.yaml", b"""properties:
  - name: Deployed
    extractions:
      - regex: 'deployed ([a-z]+)'
""")
    log = b"Nov 14 22:13:20 web1 deployer: deployed shop\n"
    folder.ingest("--properties", properties, stdin=log)
    query = "SELECT \"Deployed\" FROM events WHERE \"Deployed\" = 'shop'"
    code, rows, errors = folder.run("query", "-q", "-o", "csv", query)
    check(code == 0 and rows == "Deployed\nshop\n", rows, errors)
    check_error(folder.program.run("query", query, stdin=log), 2, "Deployed")


@in_folder
def test_an_event_of_a_store_is_explained(folder):
    log = folder.file("audit.log", LOG)
    folder.ingest(log)
    code, tree, errors = folder.run("explain", "--event", log + ":2", "SELECT username FROM events WHERE severity = 1")
    check("severity" in tree and code in (0, 1), tree, errors)
    check(tree == folder.program.run("explain", "--event", log + ":2",
                                     "SELECT username FROM events WHERE severity = 1", log)[1].decode(), tree)
    check_error(folder.program.run("explain", "--store", folder.store, "--event", "other:2", COUNT), 3,
                "no event is made of line 2 of other")


@in_folder
def test_an_answer_from_a_store_is_kept(folder):
    folder.ingest(stdin=LOG)
    cursors = ("--cursors", os.path.join(folder.path, "cursors"))
    code, _, errors = folder.run("query", *cursors, "SELECT username FROM events INTO joes WHERE username = 'joe'")
    check(code == 0, errors)
    code, rows, errors = folder.program.run("query", "-q", "-o", "csv", *cursors, "SELECT COUNT(*) FROM joes")
    check(code == 0 and rows.splitlines()[1] == b"5.0", rows, errors)


@in_folder
def test_the_shell_asks_a_store(folder):
    log = folder.file("other.log", LOG[:LOG.index(b"\n") + 1])
    folder.ingest(stdin=LOG)
    code, output, errors = folder.program.run("shell", "--store", folder.store, "-o", "csv",
                                              stdin=b"SELECT COUNT(*) FROM events;\n.logs\n.logs %s\n"
                                                    b"SELECT COUNT(*) FROM events;\n" % log.encode())
    lines = output.decode().splitlines()
    check(code == 0 and lines[1] == "10.0" and lines[-1] == "1.0", output, errors)
    check("the store " + folder.store in output.decode(), output)
    check_error(folder.program.run("shell", "--store", folder.store, log), 3, "instead of logs")


@in_folder
def test_two_threads_answer_the_same(folder):
    folder.ingest("-q", folder.samples)
    for query in ("SELECT * FROM events WHERE username ILIKE '%smith%'",
                  "SELECT username, COUNT(*) AS n FROM events GROUP BY username ORDER BY n DESC, username"):
        check(folder.run("query", "-q", "--threads", "2", query) == folder.run("query", "-q", query))


@in_folder
def test_wrong_usage_is_told_with_the_way_out(folder):
    log = folder.file("audit.log", LOG)
    program = folder.program
    check_error(program.run("hunt", "--store", folder.store), 3, "cannot open the store", "tocsin ingest --store")
    logs = os.path.dirname(log)
    for command in (("hunt", "--store"), ("query", COUNT, "--store"), ("store", "info"), ("store", "verify"),
                    ("store", "compact"), ("store", "retain", "--older-than", "3d"), ("store", "repair"),
                    ("store", "export")):
        check_error(program.run(*command, logs), 3, f"there is no event store in {logs}", "tocsin ingest --store")
        check(not os.path.exists(os.path.join(logs, "LOCK")), "nothing is made in a folder of somebody else's")
    folder.ingest(log)
    check_error(program.run("hunt", "--store", folder.store, log), 3, "instead of logs", "tocsin ingest --store")
    check_error(program.run("query", "--store", folder.store, COUNT, log), 3, "instead of logs")
    check_error(program.run("query", "--store", folder.store, "--format", "linux_audit", COUNT), 3, "--format")
    check_error(program.run("explain", "--store", folder.store, "--why", "x", COUNT), 3, "--event")
    check_error(program.run("ingest", log), 3, "the folder of a store")
    check_error(program.run("ingest", "--store", folder.store, "nope"), 3, "cannot read 'nope'")
    os.mkdir(os.path.join(folder.path, "empty"))
    check_error(program.run("ingest", "--store", folder.store, os.path.join(folder.path, "empty")), 3,
                "there is no file")
    check(folder.count() == 10)


@in_folder
def test_damage_is_named_and_the_exit_code_says_so(folder):
    folder.ingest(folder.samples)
    segment = next(name for name in os.listdir(folder.store) if name.endswith(".segment"))
    path = os.path.join(folder.store, segment)
    with open(path, "r+b") as file:
        file.seek(64 + 64 + 20)
        file.write(b"\xff\xff\xff\xff")
        file.seek(-64, os.SEEK_END)
        file.write(b"\x00" * 64)
    code, _, errors = folder.run("query", COUNT)
    check(code == 3 and segment in errors, code, errors)


@in_folder
def test_once_adds_what_is_new(folder):
    log = folder.file("audit.log", LOG)
    folder.ingest("--once", log)
    account = folder.ingest("--once", log)
    check("1 input with nothing new" in account and "stored          0 events" in account, account)
    more = b"".join(LINE % (n, n, b"eve", n) for n in range(20, 25))
    folder.file("audit.log", LOG + more)
    account = folder.ingest("--once", log)
    check("10 events that the store has already" in account and "stored          5 events" in account, account)
    check(folder.count() == 15)
    check("up to line 15" in folder.store_command("info")[1])
    # Said, and done all the same.
    account = folder.ingest(log)
    check("has this log already" in account and "--once" in account, account)
    check(folder.count() == 30)
    check_error(folder.program.run("ingest", "--store", folder.store, "--once", stdin=LOG), 3, "standard input",
                "name the files")


@in_folder
def test_without_payload_a_store_is_small(folder):
    log = folder.file("audit.log", b"".join(LINE % (n % 90 + 10, n, b"joe", n % 250) for n in range(2000)))
    folder.ingest(log)
    lean = Folder(folder.program, os.path.join(folder.path, "lean"))
    os.mkdir(lean.path)
    lean.ingest("--no-payload", log)
    sizes = [json.loads(part.store_command("info", "-o", "json")[1])["bytes"] for part in (folder, lean)]
    check(sizes[1] < sizes[0], sizes)
    code, rows, errors = lean.run("query", "-q", "-o", "ndjson",
                                  "SELECT username, payload FROM events ORDER BY starttime LIMIT 1")
    row = json.loads(rows)
    check(code == 0 and row["username"] == "joe" and row["payload"] is None, rows, errors)
    check(row["@evidence"][0]["file"] == log and not row["@evidence"][0].get("raw"), row)
    packed = Folder(folder.program, os.path.join(folder.path, "packed"))
    os.mkdir(packed.path)
    packed.ingest("--zstd", log)
    check(json.loads(packed.store_command("info", "-o", "json")[1])["bytes"] < sizes[0])
    everything = ("query", "-q", "--star", "all", "-o", "ndjson", "SELECT * FROM events")
    check(packed.run(*everything) == folder.run(*everything))


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        check(time.monotonic() < deadline, "waited too long")
        time.sleep(0.02)


@in_folder
def test_a_second_writer_is_told_who_writes(folder):
    first = folder.program.start("ingest", "--store", folder.store, "-")
    lock = os.path.join(folder.store, "LOCK")
    wait_for(lambda: os.path.exists(lock) and os.path.getsize(lock) > 0)
    check_error(folder.program.run("ingest", "--store", folder.store, stdin=LOG), 3,
                "is being written by tocsin ingest", str(first.pid))
    check(folder.count() == 0)  # a reader needs no lock
    _, errors = first.communicate(LOG)
    check(first.returncode == 0, errors)
    check(folder.count() == 10)


@in_folder
def test_an_interrupt_keeps_what_was_read(folder):
    work = folder.program.start("ingest", "--store", folder.store, "-")
    syslog = b"".join(b"Nov 14 22:13:20 web1 app: line %d\n" % n for n in range(1000))
    work.stdin.write(syslog)
    work.stdin.flush()
    wait_for(lambda: os.path.exists(os.path.join(folder.store, "LOCK")))
    time.sleep(0.5)
    work.send_signal(signal.SIGINT)
    _, errors = work.communicate()
    check(work.returncode == 130 and b"interrupted" in errors and b"--once" in errors, work.returncode, errors)
    check(0 <= folder.count() <= 1000)
    check(folder.store_command("verify")[0] == 0)


@in_folder
def test_a_full_disk_is_an_error_and_breaks_nothing(folder):
    folder.ingest(stdin=LOG)
    log = folder.file("large.log", b"".join(b"Nov 14 22:13:20 web1 app: %s\n" % os.urandom(300).hex().encode()
                                            for _ in range(2000)))

    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails then, as on a disk that is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (100 * 1024, 100 * 1024))
    failed = subprocess.run([folder.program.path, "ingest", "--store", folder.store, log], check=False,
                            capture_output=True, env=folder.program.environment, preexec_fn=no_room)
    check(failed.returncode == 3 and b"cannot write" in failed.stderr and b"File too large" in failed.stderr, failed)
    check(folder.count() == 10 and folder.store_command("verify")[0] == 0)
    folder.ingest("--once", log)
    check(folder.count() == 2010)


@in_folder
def test_info_tells_what_is_there(folder):
    log = folder.file("audit.log", LOG)
    folder.ingest(log)
    code, output, errors = folder.store_command("info")
    check(code == 0 and errors == "", errors)
    for text in ("events          10\n", "10  Linux OS", "2023-11-14 22:13:30 UTC", "2023-11-14 22:13:39 UTC",
                 "segments        1\n", "payload\n"):
        check(text in output, text, output)
    code, output, _ = folder.store_command("info", "-o", "json")
    info = json.loads(output)
    check(info["events"] == 10 and info["events_by_type"] == {"Linux OS": 10}, info)
    check(info["first_ms"] == 1700000010000 and info["last_ms"] == 1700000019000, info)
    check(info["bytes"] == sum(os.path.getsize(os.path.join(folder.store, name)) for name in os.listdir(folder.store)
                               if name.endswith(".segment")), info)
    widths = [column["bytes"] for column in info["columns"]]
    check(len(widths) > 20 and widths == sorted(widths, reverse=True), widths)


@in_folder
def test_verify_says_whole_or_damaged(folder):
    folder.ingest(folder.samples)
    code, output, errors = folder.store_command("verify")
    check(code == 0 and output.startswith("whole: ") and errors == "", output, errors)
    path = os.path.join(folder.store, next(name for name in os.listdir(folder.store) if name.endswith(".segment")))
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x40]))
    code, output, errors = folder.store_command("verify")
    check(code == 1 and output.startswith("damaged: ") and os.path.basename(path) in errors, output, errors)
    check("tocsin store repair" in errors, errors)
    code, output, _ = folder.store_command("verify", "-o", "json")
    check(code == 1 and json.loads(output)["damage"][0]["file"] == os.path.basename(path), output)


@in_folder
def test_export_gives_every_event_and_field(folder):
    folder.ingest(folder.samples)
    code, output, errors = folder.store_command("export", "-q")
    rows = [json.loads(line) for line in output.splitlines()]
    check(code == 0 and len(rows) == folder.count(), errors)
    everything = folder.run("query", "-q", "--star", "all", "-o", "ndjson", "--order", "input",
                            "SELECT *, UTF8(payload) AS text FROM events")[1]
    for row, line in zip(rows, everything.splitlines(), strict=True):
        expected = json.loads(line)
        expected["payload"] = expected.pop("text")
        check(all(expected[name] == value for name, value in row.items()), row, expected)
        check(all(value is None or name in row for name, value in expected.items()), row, expected)
    code, output, errors = folder.store_command("export", "-q", "-o", "csv")
    check(code == 0 and output.splitlines()[0].count(",") + 2 == len(rows[0]), errors)
    query = folder.file("some.aql", b"SELECT username FROM events LIMIT 3")
    code, output, errors = folder.store_command("export", "-q", "-o", "csv", "--query", query)
    check(code == 0 and len(output.splitlines()) == 4, output, errors)
    code, _, errors = folder.store_command("export", "-o", "parquet")
    check(code == 3 and "duckdb" in errors, errors)


@in_folder
def test_compact_makes_one_segment_of_many(folder):
    for _ in range(4):
        folder.ingest("-q", folder.samples)
    everything = ("query", "-q", "--star", "all", "-o", "ndjson", "--order", "input", "SELECT * FROM events")
    before = folder.run(*everything)
    code, output, account = folder.store_command("compact")
    check(code == 0 and output == "" and "segments        4, now 1" in account, account)
    check(folder.run(*everything) == before)
    check("segments        1\n" in folder.store_command("info")[1])
    code, _, account = folder.store_command("compact", "-q", "--older-than", "1m")
    check(code == 0 and account == "", account)
    check(folder.run(*everything) == before and folder.store_command("verify")[0] == 0)
    check("nothing new" in folder.ingest("--once", folder.samples))


@in_folder
def test_retain_deletes_what_is_old(folder):
    old = folder.file("old.log", LOG)
    now = int(time.time())
    new = folder.file("new.log", b"".join((LINE % (n, n, b"eve", n)).replace(b"17000000", b"%d" % (now // 100))
                                          for n in range(10, 15)))
    folder.ingest("--once", old)
    folder.ingest("--once", new)
    code, _, account = folder.store_command("retain", "--older-than", "30d", "--dry-run")
    check(code == 0 and "nothing is deleted" in account and "15, now 5" in account, account)
    check(folder.count() == 15)
    code, _, account = folder.store_command("retain", "--older-than", "30d")
    check(code == 0 and "15, now 5" in account and folder.count() == 5, account)
    folder.ingest("--once", old, new)
    check(folder.count() == 5)  # what was deleted does not come again
    code, _, account = folder.store_command("retain", "--max-bytes", "1K")
    check(code == 0 and folder.count() == 0, account)


@in_folder
def test_repair_saves_what_can_be_read(folder):
    folder.ingest("-q", folder.samples)
    events = folder.count()
    path = os.path.join(folder.store, next(name for name in os.listdir(folder.store) if name.endswith(".segment")))
    folder.ingest(stdin=LOG)
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x40]))
    check(folder.store_command("verify")[0] == 1)
    code, _, account = folder.store_command("repair")
    check(code == 0 and os.path.basename(path) in account, account)
    check(folder.store_command("verify")[0] == 0)
    check(10 <= folder.count() <= 10 + events)


@in_folder
def test_store_actions_are_checked(folder):
    folder.ingest(stdin=LOG)
    program = folder.program
    check_error(program.run("store"), 3, "info, verify")
    check_error(program.run("store", "frob", folder.store), 3, 'no action "frob"', "info, verify, compact")
    check_error(program.run("store", "info"), 3, "tocsin store info DIR")
    check_error(program.run("store", "info", folder.store, folder.store), 3, "one store at a time")
    check_error(program.run("store", "verify", "--query", "x", folder.store), 3, "no option --query")
    check_error(program.run("store", "info", "-o", "csv", folder.store), 3, "text and json")
    check_error(program.run("store", "info", folder.store + "x"), 3, "cannot open the store")
    check_error(program.run("store", "retain", folder.store), 3, "an age or a size")
    check_error(program.run("store", "retain", "--older-than", "30", folder.store), 3, "12h, 30d, 8w")
    check_error(program.run("store", "retain", "--max-bytes", "lots", folder.store), 3, "500M, 100G")
    check_error(program.run("store", "info", "--dry-run", folder.store), 3, "no option --dry-run")
    check_error(program.run("store", "compact", folder.store + "x"), 3, folder.store + "x")


if __name__ == "__main__":
    run_tests(dict(globals()), Program(*sys.argv[1:3]))
