#!/usr/bin/env python3
"""test_store.py TOCSIN SAMPLES: the event store as a user meets it. Prints TAP."""
import json
import os
import sys
import tempfile

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
def test_wrong_usage_is_told_with_the_way_out(folder):
    log = folder.file("audit.log", LOG)
    program = folder.program
    check_error(program.run("hunt", "--store", folder.store), 3, "cannot open the store", "tocsin ingest --store")
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
def test_store_actions_are_checked(folder):
    folder.ingest(stdin=LOG)
    program = folder.program
    check_error(program.run("store"), 3, "info, verify")
    check_error(program.run("store", "frob", folder.store), 3, 'no action "frob"', "info, verify")
    check_error(program.run("store", "info"), 3, "tocsin store info DIR")
    check_error(program.run("store", "info", folder.store, folder.store), 3, "one store at a time")
    check_error(program.run("store", "verify", "--query", "x", folder.store), 3, "no option --query")
    check_error(program.run("store", "info", "-o", "csv", folder.store), 3, "text and json")
    check_error(program.run("store", "info", folder.store + "x"), 3, "cannot open the store")


if __name__ == "__main__":
    run_tests(dict(globals()), Program(*sys.argv[1:3]))
