#!/usr/bin/env python3
"""test_program.py TOCSIN SAMPLES: the program as a user meets it. Prints TAP."""
import csv
import fcntl
import gzip
import io
import json
import os
import re
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

from run_program import Program, check, check_error, run_tests

AUDIT = "linux-audit/audit-raw.log"
COLUMNS = ["EventTime", "SourceIP", "Username", "ProcessName", "CommandLine", "LogSourceType", "Hostname", "RiskScore"]
EXECVE = (b'type=EXECVE msg=audit(1795403414.402:%d): argc=4 a0="curl" a1="--unix-socket" a2="/var/run/docker.sock" '
          b'a3="http://localhost/containers/json"\n')


# ---- exit codes and results


# The original query, kept for comparison: one rule with a table of its own.
HUNT = ("hunt", "--rule", "t1552_007_qradar")


def test_hunt_finds(program):
    code, output, errors = program.run(*HUNT, program.samples)
    check(code == 1, code, errors)
    rows = [json.loads(line) for line in output.splitlines()]
    check(rows and all(list(row)[:8] == COLUMNS for row in rows), rows[:1])
    check(all(list(row)[8:12] == ["@rule", "@risk", "@level", "@evidence"] for row in rows), rows[:1])
    check({"Linux OS", "Universal DSM", "Kubernetes Auditing"} == {row["LogSourceType"] for row in rows})
    for row in rows:
        check(row["@rule"] == "t1552_007_qradar" and row["@risk"] == row["RiskScore"], row)
        check(row["@evidence"] and all(list(entry) == ["file", "line", "raw"] for entry in row["@evidence"]), row)
        for entry in row["@evidence"]:
            with open(entry["file"], encoding="utf-8", errors="replace") as log:
                check(log.read().split("\n")[entry["line"] - 1].rstrip("\r") == entry["raw"], entry)


def test_hunt_finds_nothing(program):
    code, output, errors = program.run(*HUNT, "-", stdin=b'type=CWD msg=audit(1795403414.402:1): cwd="/"\n')
    check(code == 0 and output == b"" and b"nothing found" in errors, code, output, errors)


def check_explained(program, query, lines):
    """What explain says of these lines of a log, and of the first ones that the query gives, is what the query does."""
    log = os.path.join(program.samples, AUDIT)
    _, output, _ = program.run("query", query, log)
    selected = {entry["line"] for row in map(json.loads, output.splitlines()) for entry in row["@evidence"]}
    check(selected)
    for line in list(lines) + sorted(selected)[:3]:
        code, shown, errors = program.run("explain", "--event", f"{log}:{line}", query)
        check(code == (0 if line in selected else 1), line, code, shown.decode(), errors)
        check(shown.startswith(b"pass" if line in selected else b"FAIL"), shown)


def test_explain_agrees_with_the_query(program):
    check_explained(program, "SELECT username FROM events WHERE \"Command\" ILIKE '%docker%' AND NOT username = 'x' OR "
                             "severity > 4 AND \"Command\" IS NULL LAST 1 HOURS", range(1, 321, 23))


def test_explain_sub_selects(program):
    """Of FROM (SELECT ..) each select is explained, with the answers of its own sub-selects."""
    event = 'type=EXECVE msg=audit(1795403414.402:7): argc=1 a0="id"'
    inner = "SELECT username, COUNT(*) AS n FROM events WHERE \"Command\" = '{}' GROUP BY username{}"
    for word, having, count, code, said in (
            ("id", "", 1, 0, b"the query selects what FROM (SELECT ..) makes of this event"),
            ("ls", "", 1, 1, b"the sub-select in FROM does not select this event"),
            ("id", "", 2, 1, b"the query does not select what FROM (SELECT ..) makes of this event"),
            ("id", " HAVING n > 1", 1, 1, b"HAVING or a LIMIT left its group out")):
        got, shown, errors = program.run("explain", "--why", event,
                                         f"SELECT n FROM ({inner.format(word, having)}) WHERE n = {count}")
        check(got == code and said in shown and b"Command is 'id'" in shown, got, shown.decode(), errors)
    got, shown, _ = program.run("explain", "--why", event, "SELECT n FROM (SELECT severity AS n FROM events WHERE "
                                "severity IN (SELECT severity FROM events WHERE \"Command\" = 'id')) WHERE n > 100")
    check(got == 1 and b"n > 100" in shown and b"pass" in shown, got, shown)


def test_explain_lines_of_sub_selects(program):
    first = ("SELECT LOWER(\"Command\") AS w, STRLEN(\"Command\") AS n, username AS u FROM events "
             "WHERE \"Command\" IS NOT NULL")
    check_explained(program, f"SELECT w, n FROM (SELECT w, n FROM ({first}) WHERE u != 'root') WHERE n > 20",
                    range(1, 321, 29))


def test_folder_without_files(program):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "below"))
        check_error(program.run("hunt", "-q", folder), 3, "no file")
        check_error(program.run("query", "-q", "SELECT qid FROM events", folder), 3, "no file")
        open(os.path.join(folder, "below", "empty.log"), "w", encoding="utf-8").close()
        code, output, errors = program.run(*HUNT, "-q", folder)
        check(code == 0 and not output and not errors, code, output, errors)


def test_explain_shows_what_is_compared(program):
    """The halves of BETWEEN, the parts of IN and the columns of a group, each as itself."""
    event = 'type=EXECVE msg=audit(1795403414.402:7): argc=1 a0="id"'
    _, shown, _ = program.run("explain", "--why", event, "SELECT qid FROM events WHERE severity BETWEEN 1 AND '9' "
                              "AND eventcount IN (1, severity)")
    lines = [line.lstrip("│├└─ ") for line in shown.decode().splitlines()]
    for wanted in ("pass  severity >= 1", "pass  severity <= 9", "FAIL  eventcount = severity"):
        check(wanted in lines, wanted, lines)
    check(b"record_kind" not in shown and b"BETWEEN" not in shown, shown)
    _, shown, _ = program.run("explain", "SELECT severity, COUNT(*) AS n FROM events GROUP BY severity ORDER BY n")
    check("n (Double): COUNT(*)" in shown.decode() and "sort by COUNT(*)" in shown.decode(), shown)


def test_explain_analyze(program):
    """Rows go from one part to the next, and what comes out is what the query gives."""
    log = os.path.join(program.samples, AUDIT)
    where = "FROM events WHERE username IS NOT NULL AND severity >= 0"
    _, rows, _ = program.run("query", "-o", "csv", f"SELECT username {where}", log)
    row_count = len(rows.splitlines()) - 1
    groups = f"SELECT username, COUNT(*) AS n {where} GROUP BY username ORDER BY n LIMIT 2"
    code, shown, errors = program.run("explain", "--analyze", "-o", "json", groups, log)
    check(code == 0 and errors == b"", errors)
    parts = {node["kind"]: node["figures"] for node in json.loads(shown)["children"]}
    check(list(parts) == ["output", "answer", "group", "filter", "scan"], parts)
    check(parts["filter"]["rows_in"] == parts["scan"]["rows_out"] >= row_count > 2, parts)
    check(parts["filter"]["rows_out"] == parts["group"]["rows_in"] == row_count, parts)
    check(parts["group"]["rows_out"] == parts["answer"]["rows_in"] >= parts["answer"]["rows_out"] > 0, parts)
    check(parts["scan"]["bytes_read"] == os.path.getsize(log), parts)
    _, shown, _ = program.run("explain", "--analyze", "-o", "json",
                              f"SELECT username {where} AND username IN (SELECT username FROM events) LAST 9 DAYS", log)
    kinds = [node["kind"] for node in json.loads(shown)["children"]]
    check(kinds == ["output", "answer", "filter-late", "wait", "filter", "sub-select", "scan"], kinds)
    _, shown, _ = program.run("explain", "--analyze", f"SELECT username {where}", log)
    check(shown.startswith(f"query: {row_count} rows in ".encode()), shown)
    check_error(program.run("explain", "--analyze", "--why", "x", f"SELECT username {where}"), 3, "all events")
    check_error(program.run("explain", "--analyze", f"SELECT username {where}", "nofile"), 3, "nofile")


def test_a_limit_gives_the_first_rows(program):
    """With a limit columns are made of few rows only: they are those that come first without it."""
    for items, order in (("starttime, qid, \"Command\"", ""), ("username, starttime, qid", "ORDER BY username"),
                         ("qid, logsourceid, \"Command\" AS c", "ORDER BY c DESC"),
                         ("STRLEN(UTF8(payload)) AS n, qid", "ORDER BY n, qid DESC"),
                         ("username AS u, COUNT(*) AS n", "GROUP BY u ORDER BY n DESC"),
                         ("STRLEN(UTF8(payload)) % 9 AS n, COUNT(*) AS m, FIRST(qid) AS q",
                          "GROUP BY n ORDER BY m % 3"),
                         ("CASE WHEN \"Command\" ILIKE '%e%' THEN 1 ELSE 0 END AS r, \"Command\"", "ORDER BY r DESC")):
        _, rows, _ = program.run("query", "-o", "ndjson", f"SELECT {items} FROM events {order}", program.samples)
        lines = rows.split(b"\n")[:-1]
        check(len(lines) > 4, lines)
        for limit in (1, 2, 3, 7, 100, 20000):
            for batch in ((), ("--threads", "2")):
                _, first, _ = program.run("query", "-o", "ndjson", *batch,
                                          f"SELECT {items} FROM events {order} LIMIT {limit}", program.samples)
                check(first.split(b"\n")[:-1] == lines[:limit], items, order, limit)


def test_explain_escapes_and_refuses(program):
    event = 'x\x1b[31m{"user": "a\\u001b[0mb"}'
    code, shown, _ = program.run("explain", "--why", event, "SELECT UTF8(payload) FROM events")
    check(code == 0 and b"\x1b" not in shown and b"\\x1B[31m" in shown, shown)
    check_error(program.run("explain", "--event", "nofile:3", "SELECT username FROM events"), 3, "cannot read 'nofile'")
    check_error(program.run("explain", "--event", "x", "SELECT username FROM events"), 3, "FILE:LINE")
    check_error(program.run("explain", "SELECT username FROM events", program.samples), 3, "--event FILE:LINE")
    check_error(program.run("explain", "--event", os.path.join(program.samples, AUDIT) + ":999999",
                            "SELECT username FROM events"), 3, "no event is made of line 999999")
    code, shown, _ = program.run("explain", "-o", "json", "SELECT username FROM events WHERE severity IN (1, 2)")
    tree = json.loads(shown)
    kinds = {child["kind"] for child in tree["children"]}
    check(code == 0 and tree["kind"] == "query" and {"columns", "filter", "scan"} <= kinds)


UGLY = "select username,count(*) n -- how often\nfrom events where a=1 group by username last 1 hours"
PRETTY = ("SELECT username, count(*) AS n -- how often\nFROM events\nWHERE a = 1\nGROUP BY username\n"
          "LAST 1 HOURS\n")


def test_fmt_prints(program):
    check(program.run("fmt", UGLY) == (0, PRETTY.encode(), b""))
    check(program.run("fmt", "-", stdin=UGLY.encode()) == (0, PRETTY.encode(), b""))
    check(program.run("fmt", stdin=PRETTY.encode()) == (0, PRETTY.encode(), b""))
    check(program.run("fmt", "a=1 and(b like 'x')") == (0, b"a = 1 AND (b LIKE 'x')\n", b""))
    check(program.run("fmt", "a = 1", "b = 2")[1] == b"a = 1\n\nb = 2\n")
    strange = "select 'a\x1b[31mb' from events"
    check(program.run("fmt", strange)[1] == b"SELECT 'a\x1b[31mb'\nFROM events\n")
    code, shown = program.run_on_terminal("fmt", strange)
    check(code == 0 and b"\x1b[31m" not in shown and b"\\x1B[31m" in shown, shown)


def test_fmt_checks_and_writes(program):
    with tempfile.TemporaryDirectory() as folder:
        def write(name, text):
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            return path
        ugly, pretty, wrong = write("ugly.aql", UGLY), write("pretty.aql", PRETTY), write("wrong.aql", "select from")
        link = os.path.join(folder, "link.aql")
        os.symlink("ugly.aql", link)
        os.chmod(ugly, 0o640)
        check(program.run("fmt", "--check", pretty) == (0, b"", b""))
        check(program.run("fmt", "--check", pretty, ugly) == (1, f"{ugly}\n".encode(), b""))
        check_error(program.run("fmt", "--check", ugly, wrong), 2, "wrong.aql:1:8: ")
        check(open(ugly, encoding="utf-8").read() == UGLY)
        check(program.run("fmt", "--check", write("crlf.aql", PRETTY.replace("\n", "\r\n")))[0] == 1)
        check(program.run("fmt", "--check", "a = 1")[0] == 0 and program.run("fmt", "--check", "a  = 1")[0] == 1)
        # Through the link: the file changes and keeps its mode, the link stays one, the wrong file stays as it is.
        result = program.run("fmt", "--write", link, wrong, pretty)
        check_error(result, 2, "wrong.aql:1:8: ")
        check(result[1] == f"{link}\n".encode(), result)
        check(os.path.islink(link) and open(ugly, encoding="utf-8").read() == PRETTY)
        check(os.stat(ugly).st_mode & 0o7777 == 0o640)
        check(open(wrong, encoding="utf-8").read() == "select from")
        check(sorted(os.listdir(folder)) == ["crlf.aql", "link.aql", "pretty.aql", "ugly.aql", "wrong.aql"])
        # Folders: their .aql files, those of folders in them too.
        os.mkdir(os.path.join(folder, "more"))
        write("more/deep.aql", UGLY)
        write("more/other.txt", UGLY)
        check_error(program.run("fmt", "--check", folder), 2, "wrong.aql")
        result = program.run("fmt", "--check", folder)
        unlike = [os.path.join(folder, name) for name in ("crlf.aql", "more/deep.aql")]
        check(result[1].decode().split() == unlike, result)
        check_error(program.run("fmt", "--check", tempfile.mkdtemp(dir=folder)), 3, "there is no query in")
        # No half-written file where no file can be made beside it.
        if os.geteuid() != 0:
            write("ugly.aql", UGLY)
            os.chmod(folder, 0o500)
            check_error(program.run("fmt", "--write", ugly), 3, "cannot write a file beside")
            os.chmod(folder, 0o700)
            check(open(ugly, encoding="utf-8").read() == UGLY)


def test_fmt_refuses(program):
    check_error(program.run("fmt", "slect a from events"), 2, "query:1:1: expected SELECT")
    check_error(program.run("fmt", "a = 1 and"), 2, "query:1:10: expected an expression after AND")
    check_error(program.run("fmt", "nofile.aql"), 3, "cannot read query 'nofile.aql'", "in quotes")
    check_error(program.run("fmt", program.samples), 3, "there is no query in")
    check_error(program.run("fmt", "--check", "--write", "x.aql"), 3, "give --check or --write")
    check_error(program.run("fmt", "--write", "-"), 3, "--write takes files and folders only")
    check_error(program.run("fmt", "--write", "select a from b"), 3, "--write takes files and folders only")
    check_error(program.run("fmt", "--write"), 3, "nothing to format")
    check_error(program.run("fmt", "a = 1", "--now", "system"), 3, "--now")
    with open("/dev/full", "wb") as full:
        check_error(program.run("fmt", "a = 1", stdout=full), 3, "cannot write to standard output")


def test_query_gives_0(program):
    code, output, _ = program.run("query", "SELECT username FROM events LIMIT 1", program.samples)
    check(code == 0 and len(output.splitlines()) == 1, code, output)


def test_two_runs_print_the_same(program):
    first = program.run(*HUNT, program.samples)
    check(first[:2] == program.run(*HUNT, program.samples)[:2])


def test_wrong_query(program):
    result = program.run("query", "SELECT starttime,\n  usrname FROM events", program.samples)
    check_error(result, 2, "tocsin: query:2:3: ", '"usrname"', "\n    usrname FROM events\n    ^\n", "username")
    check_error(program.run("query", "SELECT FROM WHERE", program.samples), 2, "tocsin: query:1:")


def test_wrong_rule(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rule.aql")
        with open(path, "w", encoding="utf-8") as file:
            file.write("SELECT usrname FROM events\n")
        check_error(program.run("hunt", "--query", path, program.samples), 2, "rule.aql:1:8: ", "       ^")
        check_error(program.run("query", "--query", path, program.samples), 2, "rule.aql:1:8: ", "       ^")


def test_warnings(program):
    query = 'SELECT username, "Logon Type" FROM events LIMIT 1'
    check_error(program.run("query", query, program.samples), 2, 'tocsin: query:1:18: Field "Logon Type"')
    unknown = ("--unknown-fields", "null")
    check_error(program.run("query", *unknown, query, program.samples), 0,
                'warning: query:1:18: Field "Logon Type" does not exist in catalog "events": it is null in every row\n'
                "hint: ")
    code, output, messages = program.run("query", *unknown, "-q", query, program.samples)
    check(code == 0 and b"null" in output and messages == b"", code, output, messages)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rule.aql")
        with open(path, "w", encoding="utf-8") as file:
            file.write("SELECT username FROM events\nWHERE nosuch = 'x'\n")
        check_error(program.run("hunt", *unknown, "--query", path, program.samples), 0, "rule.aql:2:7: Field")


def test_unreadable_inputs(program):
    check_error(program.run("hunt", "/nonexistent.log"), 3, "/nonexistent.log")
    check_error(program.run("hunt", "--pack", "/nonexistent", program.samples), 3, "/nonexistent")
    check_error(program.run("hunt", "--log-sources", "/nonexistent", program.samples), 3, "/nonexistent")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "a.log"), "wb") as file:
            file.write(EXECVE % 1)
        packed = gzip.compress(b"".join(EXECVE % number for number in range(2, 2000)))
        with open(os.path.join(folder, "cut.gz"), "wb") as file:
            file.write(packed[:len(packed) // 2])
        code, output, errors = program.run(*HUNT, folder)
        is_told = b"cut.gz" in errors and b"1 not read whole" in errors
        check(code == 3 and output.count(b"\n") > 1 and is_told, code, output[:100], errors)


def test_configuration_folder(program):
    """The folder of --config, else the user's, else none; log sources and properties are found in it, too."""
    query = ("query", "-q", "-o", "csv", "SELECT DOMAINNAME(3) AS d, LOGSOURCENAME(logsourceid) AS s FROM events", "-")
    with tempfile.TemporaryDirectory() as folder:
        user = os.path.join(folder, ".config", "tocsin")
        other = os.path.join(folder, "other")
        for place, name in ((user, "Plant"), (other, "Office")):
            os.makedirs(place)
            with open(os.path.join(place, "domains.yaml"), "w", encoding="utf-8") as file:
                file.write(f"domains: [{{id: 3, name: {name}}}]\n")
        with open(os.path.join(user, "log_sources.yaml"), "w", encoding="utf-8") as file:
            file.write("log_sources: [{id: 1001, name: mine, type: Linux OS}]\n")
        for arguments, environment, answer in (
                ((), {"HOME": folder, "XDG_CONFIG_HOME": ""}, b"Plant,mine"),
                ((), {"HOME": "/nonexistent", "XDG_CONFIG_HOME": os.path.join(folder, ".config")}, b"Plant,mine"),
                ((), {"HOME": folder, "XDG_CONFIG_HOME": "relative"}, b"Plant,mine"),
                (("--config", other), {"HOME": folder}, b"Office,Linux OS"),
                (("--config", "none"), {"HOME": folder, "XDG_CONFIG_HOME": ""}, b",Linux OS")):
            code, output, errors = program.run(*query, *arguments, stdin=EXECVE % 1, **environment)
            check(code == 0 and output == b"d,s\n" + answer + b"\n", arguments, environment, output, errors)
        check_error(program.run(*query, "--config", "/nonexistent", stdin=EXECVE % 1), 3, "/nonexistent")
        with open(os.path.join(user, "domains.yaml"), "w", encoding="utf-8") as file:
            file.write("domain: []\n")
        check_error(program.run(*query, stdin=EXECVE % 1, HOME=folder, XDG_CONFIG_HOME=""), 3, "domains.yaml:1:1: ",
                    "domains")


def test_functions(program):
    """A list by family, explanations by any name in any case, JSON, and the nearest name of one that is not there."""
    code, output, errors = program.run("functions")
    check(code == 0 and errors == b"", code, errors)
    lines = output.decode().split("\n")
    check(lines.index("text") < lines.index("network and assets") < lines.index("domains and processors"), lines)
    check(all(len(line) <= 120 for line in lines), lines)
    check(any(line.startswith("  NETWORKNAME ") for line in lines), lines)
    code, output, _ = program.run("functions", "networkname", "QIDESCRIPTION", "count")
    for text in (b"NETWORKNAME (network and assets)", b"NETWORKNAME(String or Host [, Number]) -> String",
                 b"networks.yaml, which is not there: NETWORKNAME gives 'other'", b"QIDDESCRIPTION (events",
                 b"also written QIDESCRIPTION", b"COUNT(* or any) -> Double"):
        check(code == 0 and text in output, text, output)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "networks.yaml"), "w", encoding="utf-8") as file:
            file.write("networks: []\n")
        with open(os.path.join(folder, "functions.yaml"), "w", encoding="utf-8") as file:
            file.write("functions:\n  - namespace: TEXT\n    name: TWICE\n"
                       "    parameters: [{name: text, type: STRING}]\n"
                       "    returns: STRING\n    expression: CONCAT(text, text)\n    description: The text twice.\n")
        _, output, _ = program.run("functions", "--config", folder, "networkname")
        check(b"  reads networks.yaml\n" in output, output)
        _, output, _ = program.run("functions", "--config", folder, "text::twice")
        check(b"TEXT::TWICE(text STRING) -> STRING" in output and b"expression: CONCAT(text, text)" in output, output)
        _, output, _ = program.run("functions", "--config", folder, "-o", "json")
        listed = json.loads(output)
        check([entry["name"] for entry in listed if entry["is_custom"]] == ["TEXT::TWICE"], listed)
    code, output, _ = program.run("functions", "-o", "json")
    listed = json.loads(output)
    check(code == 0 and len(listed) > 50 and len({entry["name"] for entry in listed}) == len(listed), len(listed))
    for entry in listed:
        check(all(entry[key] for key in ("name", "family", "description", "signatures", "nulls", "example")), entry)
    check_error(program.run("functions", "netwrkname"), 3, "there is no function", "did you mean NETWORKNAME?")
    check_error(program.run("functions", "x"), 3, "\"tocsin functions\" lists all")
    check_error(program.run("functions", "-o", "xml"), 3, "outputs are text and json")


def test_incomplete_events(program):
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        file.write(b'{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","verb":"get","user":{"usern\n')
        file.flush()
        code, output, errors = program.run(*HUNT, file.name)
        check(code == 0 and re.search(rb"incomplete +1 event of a line or record that was cut\n", errors), code, errors)


# ---- usage


def test_usage_errors(program):
    check_error(program.run(), 3, "usage: tocsin")
    check_error(program.run("hnut"), 3, 'unknown command "hnut"', 'did you mean "tocsin hunt"?')
    check_error(program.run("SELECT * FROM events"), 3, "tocsin query '")
    check_error(program.run(program.samples), 3, "tocsin hunt LOG")
    check_error(program.run("hunt", "--evidense", program.samples), 3, "--evidense", "did you mean --evidence?")
    check_error(program.run("hunt", "--pack"), 3, "--pack needs a value")
    check_error(program.run("hunt", "-o", "xml", program.samples), 3, "outputs are csv, html, json, ndjson, table, tsv")
    check_error(program.run("hunt", "--evidence=yes", program.samples), 3, "takes no value")
    check_error(program.run("query", "--pack", "x", "SELECT 1 FROM events", program.samples), 3, "no option --pack")
    check_error(program.run("hunt", "--pack", "a", "--query", "b", program.samples), 3, "exclude each other")
    check_error(program.run("hunt", "--pack", "a", "--pack", "b", program.samples), 3, "given twice")
    check_error(program.run("hunt", "-o", "csv", "--evidence", program.samples), 3, "no place for evidence")
    check_error(program.run("hunt", "--format", "nonsense", program.samples), 3, "nonsense")
    check_error(program.run("hunt", "--now", "nonsense", program.samples), 3, "nonsense")
    check_error(program.run("hunt", "--tz", "Nowhere/Land", program.samples), 3, "Nowhere/Land")
    for memory in ("0", "-1", "many", "1M", "99999999999999999999"):
        check_error(program.run("hunt", "--memory", memory, program.samples), 3, "--memory " + memory, "MiB")
    check_error(program.run("formats", "nonsense"), 3, "linux_audit")
    check_error(program.run("help", "nonsense"), 3, "nonsense")


def test_query_mistakes(program):
    log = os.path.join(program.samples, AUDIT)
    check_error(program.run("query"), 3, "a query is missing", "hint: tocsin query 'SELECT")
    check_error(program.run("query", log), 3, "is a file, not a query", "the query comes first")
    check_error(program.run("query", "SELECT", "username", "FROM", "events", log), 3, "put it in quotes")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rule.aql")
        with open(path, "w", encoding="utf-8") as file:
            file.write("SELECT username FROM events LIMIT 1")
        check_error(program.run("query", path, log), 3, "is a file, not a query", "--query " + path)
        check(program.run("query", "--query", path, log)[0] == 0)
        check(program.run("query", "--query", "-", log, stdin=b"SELECT username FROM events LIMIT 1")[0] == 0)
    check_error(program.run("query", "--query", "-"), 3, "name the logs")
    check_error(program.run("query", "--query", "/nonexistent.aql", log), 3, "/nonexistent.aql")


def test_no_log_on_a_terminal(program):
    code, shown = program.run_on_terminal(*HUNT, stdin=None)
    check(code == 3 and b"no log to read" in shown and b"tocsin hunt /var/log/audit" in shown, code, shown)


def test_options_anywhere(program):
    log = os.path.join(program.samples, AUDIT)
    wanted = program.run(*HUNT, "-q", "-o", "csv", log)
    check(wanted[0] == 1 and wanted[2] == b"", wanted)
    for arguments in (["-q", *HUNT, log, "-ocsv"], [*HUNT, log, "-qocsv"],
                      ["--output=csv", *HUNT, "--quiet", "--", log], [*HUNT, "-o", "json", "-o", "csv", "-q", log]):
        check(program.run(*arguments) == wanted, arguments)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "-odd.log"), "wb") as file:
            file.write(EXECVE % 1)
        check(program.run(*HUNT, "--", "-odd.log", cwd=folder)[0] == 1)


def test_standard_input(program):
    for arguments in ([], ["-"], ["--", "-"]):
        code, output, _ = program.run(*HUNT, *arguments, stdin=EXECVE % 1)
        check(code == 1 and json.loads(output)["@evidence"][0]["file"] == "-", code, output)


# ---- outputs


def test_outputs(program):
    log = os.path.join(program.samples, AUDIT)
    lines = program.run(*HUNT, log)[1].splitlines()
    rows = [json.loads(line) for line in lines]
    check(json.loads(program.run(*HUNT, "-o", "json", log)[1]) == rows)
    table = list(csv.reader(io.StringIO(program.run(*HUNT, "-o", "csv", log)[1].decode())))
    check(table[0] == COLUMNS + ["@rule", "@risk", "@level"] and len(table) == len(rows) + 1, table[0])
    check([line[4] for line in table[1:]] == [row["CommandLine"] for row in rows])
    tabs = program.run(*HUNT, "-o", "tsv", log)[1].decode().splitlines()
    check([line.split("\t")[0] for line in tabs[1:]] == [row["EventTime"] for row in rows])
    text = program.run(*HUNT, "-o", "table", "--evidence", log)[1].decode()
    check(f"[t1552_007_qradar]: {len(rows)} finding" in text and f"{AUDIT}:" in text, text[:500])


def test_memory_does_not_change_results(program):
    """Groups and rows that do not fit go through temporary files; where these cannot be, the error says so."""
    def line(i):
        return b'type=EXECVE msg=audit(1795403414.402:%d): argc=2 a0="run" a1="%s-%d"\n' % (i, b"x" * 200, i % 9000)

    log = b"".join(line(i) for i in range(20000))
    query = ('SELECT "Command", COUNT(*) AS n, LAST("Audit Serial") AS s FROM events GROUP BY "Command" '
             'ORDER BY n DESC, "Command"')
    large = program.run("query", query, "-", stdin=log)
    small = program.run("query", "--memory", "1", query, "-", stdin=log)
    check(large[0] == 0 and large[1].count(b"\n") == 9000, large[0], large[2])
    check(small[:2] == large[:2], small[0], small[2])
    check_error(program.run("query", "--memory", "1", query, "-", stdin=log, TMPDIR="/nonexistent"), 3,
                "temporary file", "TMPDIR")


def test_summary(program):
    _, _, errors = program.run(*HUNT, program.samples)
    for label in ("inputs", "read", "events", "rules", "findings", "NOW()", "speed"):
        check(re.search(rf"(?m)^  {re.escape(label)} ", errors.decode()), label, errors)
    check(b"(newest event)" in errors and b"Linux OS" in errors, errors)
    check(program.run(*HUNT, "-q", program.samples)[2] == b"")
    check(program.run(*HUNT, "--no-summary", program.samples)[2] == b"")
    check(b"system" in program.run(*HUNT, "--now", "system", program.samples)[2])
    check(b"2026-11-23 05:00:00" in program.run(*HUNT, "--now", "2026-11-23T05:00:00Z", program.samples)[2])


def test_closed_pipe(program):
    lines = b"".join(EXECVE % number for number in range(20000))
    for command, wanted in (("hunt", 1), ("query", 0)):
        query = ["SELECT * FROM events"] if command == "query" else ["--query", "/dev/stdin"]
        with tempfile.NamedTemporaryFile() as log, tempfile.NamedTemporaryFile(suffix=".aql") as rule:
            log.write(lines)
            log.flush()
            rule.write(b"SELECT * FROM events")
            rule.flush()
            arguments = query if command == "query" else ["--query", rule.name]
            process = program.start(command, *arguments, log.name)
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()
            check(process.wait() == wanted and errors == b"", command, process.returncode, errors)


def test_closed_pipe_of_help(program):
    for command in ("help", "formats", "version"):
        reader, writer = os.pipe()
        os.close(reader)
        code, _, errors = program.run(command, stdout=writer)
        os.close(writer)
        check(code == 0 and errors == b"", command, code, errors)


def test_full_disk(program):
    with open("/dev/full", "wb") as full:
        for arguments in (["hunt", program.samples], ["help"], ["version"], ["formats"]):
            result = program.run(*arguments, stdout=full)
            check_error(result, 3, "cannot write", "No space left on device")
    closed = subprocess.run(["sh", "-c", 'exec "$0" hunt "$1" >&-', program.path, program.samples], check=False,
                            stderr=subprocess.PIPE, env=program.environment)
    check(closed.returncode == 3 and b"cannot write" in closed.stderr, closed)


def wait_until_read(pipe):
    """Until the program has taken what was written to it: a busy machine may start it late."""
    waiting = struct.pack("i", 1)
    deadline = time.monotonic() + 60
    while struct.unpack("i", waiting)[0] > 0 and time.monotonic() < deadline:
        time.sleep(0.01)
        waiting = fcntl.ioctl(pipe.fileno(), termios.FIONREAD, waiting)


def test_interrupt_shows_results_so_far(program):
    for number, threads in ((signal.SIGINT, "1"), (signal.SIGTERM, "1"), (signal.SIGINT, "2"), (signal.SIGTERM, "2")):
        process = program.start(*HUNT, "--threads", threads, "-")
        process.stdin.write(EXECVE % 1 + EXECVE % 2)
        process.stdin.flush()
        wait_until_read(process.stdin)
        time.sleep(0.7)
        process.send_signal(number)
        output, errors = process.stdout.read(), process.stderr.read()
        check(process.wait() == 130 and b"interrupted" in errors, process.returncode, errors)
        check(output.count(b"docker.sock") > 0, output)
        process.stdin.close()


def test_threads_do_not_change_results(program):
    log = b"".join(EXECVE % number for number in range(20000))
    for arguments in ((*HUNT, "-o", "table", "--evidence"), ("query", "SELECT * FROM events"),
                      ("query", "SELECT * FROM events WHERE starttime > NOW() - 60000 LIMIT 7")):
        alone, ahead = (program.run(*arguments, "--threads", threads, "-", stdin=log) for threads in "12")
        check(alone[:2] == ahead[:2] and len(alone[1]) > 0, arguments, alone[0], ahead[0])
    check_error(program.run("hunt", "--threads", "3", program.samples), 3, "--threads")


def test_second_interrupt_ends_at_once(program):
    with tempfile.NamedTemporaryFile() as log:
        log.write(b"".join(EXECVE % number for number in range(20000)))
        log.flush()
        process = program.start("query", "SELECT * FROM events", log.name)
        process.stdout.readline()  # more will not fit into the pipe: it waits
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        check(process.poll() is None)
        process.send_signal(signal.SIGINT)
        check(process.wait(timeout=10) == 130, process.returncode)
        process.stdout.close()
        process.stderr.close()
        process.stdin.close()


# ---- terminals

HOSTILE = (b"\x1b]0;owned\x07\x1b[2J\x1b[31mred \xe2\x80\xae reversed \xc2\x9b31m \xff\xfe \x08\x08\x08 "
           b"docker inspect password \x7f end\n")


def test_no_escape_reaches_the_terminal(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "evil\x1b[2J\x1b]0;x\x07.log")
        with open(path, "wb") as file:
            file.write(HOSTILE * 3)
        query = 'SELECT UTF8(payload) AS "name", "Command" FROM events'
        for kind in ("table", "json", "ndjson", "csv", "tsv"):
            more = ["--evidence"] if kind == "table" else []
            code, shown = program.run_on_terminal("query", query, folder, "-o", kind, "--color", "never", *more)
            check(code == 0 and b"reversed" in shown, kind, shown)
            check(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", shown), kind, shown)
            check("\u202e" not in shown.decode() and "\x9b" not in shown.decode(), kind, shown)
        for arguments in (["hunt", "--pack", path], ["query", "SELECT \x1b[2J FROM events", path],
                          ["hunt", path + "x"], ["hunt", "--\x1b[2J"], ["\x1b[2J"], ["query", path],
                          ["hunt", "--tz", "\x1b[2J", path]):
            code, shown = program.run_on_terminal(*arguments, NO_COLOR="1")
            check(code in (2, 3) and b"\x1b" not in shown and shown, arguments, shown)


def test_colors(program):
    def has_color(*arguments, **environment):
        return b"\x1b[" in program.run_on_terminal(*HUNT, program.samples, *arguments, **environment)[1]
    check(has_color())
    check(not has_color(NO_COLOR="1"))
    check(has_color(NO_COLOR=""))
    check(has_color("--color", "always", NO_COLOR="1"))
    check(not has_color("--color=never"))
    check(not has_color(TERM="dumb"))
    check(b"\x1b[" not in program.run(*HUNT, program.samples, "-o", "table")[1])
    check(b"\x1b[" in program.run(*HUNT, program.samples, "-o", "table", "--color", "always")[1])


def test_table_fits_the_terminal(program):
    for width in (60, 80, 100, 140, 200):
        _, shown = program.run_on_terminal(*HUNT, "--evidence", program.samples, "-q", "--color", "never", width=width)
        lines = shown.decode().splitlines()
        check(len(lines) > 10 and max(map(len, lines)) <= width, width, max(lines, key=len))
        check(all(name in shown.decode() for name in COLUMNS), width, lines[:4])


def test_progress_bar(program):
    reader, writer = os.pipe()
    script = "for i in 1 2 3 4 5 6 7 8; do yes 'a line of text' | head -c 3000000; sleep 0.2; done"
    feeder = subprocess.Popen(["sh", "-c", script],
                              stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.DEVNULL)
    os.close(writer)
    _, shown = program.run_on_terminal(*HUNT, "-", stdin=reader, width=100)
    os.close(reader)
    feeder.wait()
    check(b" events  -\x1b[K" in shown, shown)
    check(re.search(rb"\r\x1b\[K[^\r]*\n", shown), shown)  # erased before the summary
    code, shown = program.run_on_terminal(*HUNT, program.samples)
    check(code == 1 and b"\x1b[K" not in shown)  # too quick for a bar


# ---- help


def test_help_and_version(program):
    for arguments in (["--version"], ["-V"], ["version"], ["hunt", "--version"]):
        code, output, _ = program.run(*arguments)
        check(code == 0 and re.fullmatch(rb"tocsin \d+\.\d+\.\d+\n", output), arguments, output)
    overview = program.run("help")
    check(overview[0] == 0 and overview == program.run("--help") and overview == program.run("-h"), overview)
    for command in ("hunt", "query", "formats", "help", "version"):
        wanted = program.run("help", command)
        check(wanted[0] == 0 and b"examples:\n" in wanted[1], wanted)
        check(program.run(command, "--help") == wanted and program.run("-h", command) == wanted, command)
        check(max(map(len, wanted[1].decode().splitlines())) <= 140, command)


def test_formats(program):
    code, output, _ = program.run("formats")
    check(code == 0 and all(name in output for name in (b"linux_audit:", b"kubernetes_audit:", b"universal:")), output)
    check(program.run("formats", "linux_audit")[1] in output)


def test_help_examples_run(program):
    """Every example of the help is run, in a folder where its paths exist."""
    with tempfile.TemporaryDirectory() as folder:
        def add(path, source):
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(os.path.join(program.samples, source), "rb") as log:
                text = log.read()
            with open(target, "wb") as file:
                file.write(gzip.compress(text) if path.endswith(".gz") else text)
        add("var/log/audit/audit.log", AUDIT)
        add("var/log/kubernetes/audit.log", "kubernetes/audit.log")
        add("audit.log", AUDIT)
        add("old.log.gz", AUDIT)
        with open(os.path.join(folder, "my_rule.aql"), "w", encoding="utf-8") as file:
            file.write("SELECT username, \"Command\" FROM events WHERE \"Command\" ILIKE '%docker%'\n")
        ran = 0
        for command in ([], ["hunt"], ["query"], ["ingest"], ["store"], ["fmt"], ["formats"], ["help"], ["version"]):
            text = program.run("help", *command)[1].decode().split("examples:\n")[1]
            for line in re.findall(r"(?m)^  (\S.*)$", text):
                if "clickhouse://" in line:  # run by tests/clickhouse/test_hunt.py
                    continue
                here = line.replace("/var/log", os.path.join(folder, "var/log"))
                here = re.sub(r"(^|\| )tocsin ", lambda match: match[1] + shlex.quote(program.path) + " ", here)
                done = subprocess.run(["bash", "-o", "pipefail", "-c", here], cwd=folder, env=program.environment,
                                      stdin=subprocess.DEVNULL, capture_output=True, check=False)
                check(done.returncode in (0, 1) and (done.stdout or done.stderr or ">" in here), line, done)
                ran += 1
        check(ran >= 12, ran)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
