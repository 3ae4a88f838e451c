#!/usr/bin/env python3
"""test_check.py TOCSIN SAMPLES: `tocsin check` as a user meets it. Prints TAP."""
import json
import os
import shutil
import re
import stat
import sys
import tempfile

from run_program import Program, check, run_tests

try:
    import jsonschema
except ImportError:
    jsonschema = None

GOOD = "SELECT username FROM events LAST 1 HOURS"
WEEK_YEAR = "SELECT DATEFORMAT(starttime, 'YYYY') AS y FROM events LAST 1 HOURS"
RULE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packs", "container-api")

# The parts of SARIF 2.1.0 that are used, as the published schema has them: names, types, required members, and nothing
# besides.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}},
        "additionalProperties": False}
REGION = {"type": "object", "required": ["startLine"], "additionalProperties": False,
          "properties": {name: {"type": "integer", "minimum": 1}
                         for name in ("startLine", "startColumn", "endLine", "endColumn")}}
ARTIFACT = {"type": "object", "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9._~:/%-]+$"}},
            "additionalProperties": False}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
FIX = {"type": "object", "required": ["artifactChanges"], "additionalProperties": False, "properties": {
    "description": TEXT,
    "artifactChanges": {"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["artifactLocation", "replacements"], "additionalProperties": False,
        "properties": {"artifactLocation": ARTIFACT, "replacements": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["deletedRegion"], "additionalProperties": False,
            "properties": {"deletedRegion": REGION, "insertedContent": TEXT}}}}}}}}
RESULT = {"type": "object", "required": ["message"], "additionalProperties": False, "properties": {
    "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0}, "level": LEVEL, "message": TEXT,
    "locations": {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "properties": {"physicalLocation": {
            "type": "object", "required": ["artifactLocation"], "additionalProperties": False,
            "properties": {"artifactLocation": ARTIFACT, "region": REGION}}}}},
    "fixes": {"type": "array", "items": FIX}}}
DRIVER = {"type": "object", "required": ["name"], "additionalProperties": False, "properties": {
    "name": {"type": "string"}, "version": {"type": "string"},
    "rules": {"type": "array", "items": {
        "type": "object", "required": ["id"], "additionalProperties": False, "properties": {
            "id": {"type": "string"}, "shortDescription": TEXT, "fullDescription": TEXT,
            "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL},
                                     "additionalProperties": False}}}}}}
SARIF = {"type": "object", "required": ["version", "runs"], "additionalProperties": False, "properties": {
    "$schema": {"type": "string"}, "version": {"enum": ["2.1.0"]},
    "runs": {"type": "array", "items": {
        "type": "object", "required": ["tool"], "additionalProperties": False, "properties": {
            "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER},
                     "additionalProperties": False},
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            "results": {"type": "array", "items": RESULT}}}}}}


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode())
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read().decode()


def codes(output):
    return re.findall(rb"\[([a-z0-9-]+)\]$", output, re.M)


# ---- exit codes


def test_nothing_found(program):
    result = program.run("check", GOOD)
    check(result == (0, b"", b"nothing found in 1 query\n"), result)


def test_exit_code_follows_fail_on(program):
    for fail_on, wanted in (("note", 1), ("warning", 1), ("error", 0), ("never", 0)):
        code, output, _ = program.run("check", "--fail-on", fail_on, WEEK_YEAR)
        check(code == wanted and codes(output) == [b"week-year"], fail_on, code, output)
    code, output, _ = program.run("check", "SELECT COUNT(*) AS n FROM events LAST 1 HOURS")
    check(code == 0 and codes(output) == [b"count-of-records"], output)
    code, output, _ = program.run("check", "--fail-on", "error", "SELECT nothing FROM events LAST 1 HOURS")
    check(code == 1 and codes(output) == [b"unknown-field"], output)
    code, output, _ = program.run("check", "--fail-on", "never", "SELECT FROM")
    check(code == 0 and codes(output) == [b"syntax"], output)


def test_usage(program):
    for arguments, text in ((["/nonexistent.aql"], b"cannot read"), (["--ignore", "weak-year", GOOD], b"week-year"),
                            (["--fail-on", "fatal", GOOD], b"note|warning|error|never"),
                            (["-o", "xml", GOOD], b"text, json and sarif"), (["--as", "x", GOOD], b"query|filter"),
                            (["--fix", "-o", "json", GOOD], b"--fix")):
        code, output, errors = program.run("check", *arguments)
        check(code == 3 and text in errors, arguments, code, output, errors)


def test_severity_and_codes_left_out(program):
    text = "SELECT hostname, DATEFORMAT(starttime, 'YYYY') AS y, COUNT(*) AS n FROM events GROUP BY hostname, y " \
        "LAST 1 HOURS"
    found = codes(program.run("check", text)[1])
    check(sorted(found) == [b"count-of-records", b"not-a-qradar-field", b"not-a-qradar-field", b"week-year"], found)
    found = codes(program.run("check", "--min-severity", "warning", text)[1])
    check(b"count-of-records" not in found and b"week-year" in found, found)
    found = codes(program.run("check", "--ignore", "week-year,not-a-qradar-field", text)[1])
    check(found == [b"count-of-records"], found)


# ---- what is read


def test_standard_input(program):
    code, output, _ = program.run("check", "-", stdin=WEEK_YEAR.encode())
    check(code == 1 and output.startswith(b"standard input:1:31: warning: "), output)
    check(program.run("check", stdin=GOOD.encode())[0] == 0)


def test_files_and_folders(program):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, "a.aql", WEEK_YEAR)
        write(folder, "sub/b.aql", GOOD)
        write(folder, "sub/.hidden/c.aql", "SELECT")
        write(folder, "notes.txt", "no query")
        code, output, errors = program.run("check", ".", cwd=folder)
        check(code == 1 and codes(output) == [b"week-year"] and b"in 2 queries" in errors, output, errors)
        check(output.startswith(b"./a.aql:1:31:"), output)
        os.mkdir(os.path.join(folder, "empty"))
        code, _, errors = program.run("check", "empty", cwd=folder)
        check(code == 3 and b"no query" in errors, code, errors)


def test_packs(program):
    code, output, errors = program.run("check", RULE)
    check(code == 1 and b"rules/t1552_007_qradar.aql:25:24: warning: " in output, errors)
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "rules"))
        for name in ("pack.yaml", "rules/t1552_007_qradar.aql"):
            shutil.copy(os.path.join(RULE, name), os.path.join(folder, name))
        code, output, errors = program.run("check", folder)
        check(code == 1 and codes(output).count(b"score-zero") == 3, output)
        check(b"10 warnings in 1 query" in errors, output, errors)
    with tempfile.TemporaryDirectory() as folder:
        write(folder, "pack.yaml", "title: x\n")
        code, _, errors = program.run("check", folder)
        check(code == 3 and b"pack.yaml" in errors, code, errors)


def test_parts_of_queries(program):
    code, output, _ = program.run("check", "--as", "filter", "severity > 20")
    check(code == 1 and codes(output) == [b"never-true"], output)
    code, output, _ = program.run("check", "--as", "property", "CONCAT(username, 'x')")
    check(code == 0, output)
    code, output, _ = program.run("check", "severity > 20")
    check(code == 1 and codes(output) == [b"syntax"], output)


# ---- how it is shown


def test_place_is_underlined(program):
    text = "SELECT\n\t'tab\t\u00e4\u6f22', DATEFORMAT(starttime, 'YYYY') FROM events LAST 1 HOURS"
    output = program.run("check", text)[1]
    lines = output.decode().splitlines()
    check(lines[0].startswith("query:2:38: warning: ") or lines[0].startswith("query:2:"), lines)
    check("\\t'tab\\t\u00e4\u6f22'" in lines[1], lines)
    start = lines[1].index("YYYY") + 1  # the wide character takes two cells
    check(lines[2].index("^") == start and lines[2].count("~") == 3, lines)


def test_long_lines_are_cut(program):
    text = "SELECT " + ", ".join(f"username AS u{i}" for i in range(200)) + ", DATEFORMAT(starttime, 'YYYY'), " + \
        ", ".join(f"username AS w{i}" for i in range(200)) + " FROM events LAST 1 HOURS"
    lines = program.run("check", text)[1].decode().splitlines()
    check(max(map(len, lines)) < 200 and lines[1].endswith("...") and "| ..." in lines[1], lines)
    check(lines[1][lines[2].index("^"):].startswith("YYYY"), lines)


def test_nothing_unescaped_reaches_the_terminal(program):
    text = "SELECT '\x1b[2J\u202e' AS x, DATEFORMAT(starttime, 'YYYY'), \"a\u202eb\" FROM events LAST 1 HOURS"
    code, shown = program.run_on_terminal("check", "--color", "never", text)
    check(code == 1 and b"\x1b" not in shown and "\u202e".encode() not in shown, shown)
    code, shown = program.run_on_terminal("check", WEEK_YEAR)
    check(b"\x1b[1;35mwarning:" in shown, shown)
    with tempfile.TemporaryDirectory() as folder:
        write(folder, "\x1b[31m.aql", WEEK_YEAR)
        check(b"\x1b" not in program.run("check", folder)[1])


def test_closed_pipe_is_quiet(program):
    read_end, write_end = os.pipe()
    os.close(read_end)
    code, _, errors = program.run("check", *[WEEK_YEAR] * 50, stdout=write_end)
    os.close(write_end)
    check(errors == b"" and code in (0, 1), code, errors)


def test_list(program):
    code, output, _ = program.run("check", "--list")
    listed = [line.split()[0] for line in output.decode().splitlines()]
    check(code == 0 and "week-year" in listed and "score-zero" in listed and len(listed) == len(set(listed)), listed)


# ---- for programs


def test_json(program):
    code, output, _ = program.run("check", "-o", "json", "-q", WEEK_YEAR, "SELECT FROM", GOOD)
    report = json.loads(output)
    check(code == 1 and [report[key] for key in ("queries", "errors", "warnings", "notes")] == [3, 1, 1, 0], report)
    week_year, syntax = report["findings"]
    check(week_year["code"] == "week-year" and (week_year["line"], week_year["column"]) == (1, 31), week_year)
    check(WEEK_YEAR[week_year["offset"]:week_year["offset_end"]] == "YYYY", week_year)
    check(week_year["fix"] == {"offset": 30, "offset_end": 34, "text": "yyyy"}, week_year)
    check(syntax["severity"] == "error" and syntax["file"] == "query", syntax)
    check(json.loads(program.run("check", "-o", "json", GOOD)[1])["findings"] == [])


def test_sarif(program):
    if jsonschema is None:
        raise AssertionError("python3-jsonschema is missing")
    with tempfile.TemporaryDirectory() as folder:
        write(folder, "rules/a b\u00e4.aql",
              "SELECT username -- \u6f22\nFROM events WHERE 'x\u6f22' = \"username\" AND\n"
              "DATEFORMAT(starttime, 'YYYY') != 'a' LAST 1 HOURS")
        code, output, _ = program.run("check", "-o", "sarif", "rules", RULE, "SELECT FROM", cwd=folder)
    report = json.loads(output)
    jsonschema.Draft7Validator(SARIF).validate(report)
    run = report["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    check(code == 1 and len(run["results"]) > 10, code, len(run["results"]))
    for result in run["results"]:
        check(rules[result["ruleIndex"]]["id"] == result["ruleId"], result)
        region = result["locations"][0]["physicalLocation"]["region"]
        check((region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"]), result)
    result = next(r for r in run["results"] if r["ruleId"] == "week-year")
    check(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "rules/a%20b%C3%A4.aql", result)
    change = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    check(change == {"deletedRegion": {"startLine": 3, "startColumn": 24, "endLine": 3, "endColumn": 28},
                     "insertedContent": {"text": "yyyy"}}, change)
    absolute = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
    check(any(uri.startswith("file:///") for uri in absolute), absolute)


# ---- fixes


def test_fix_of_a_text(program):
    code, output, errors = program.run("check", "--fix", WEEK_YEAR)
    check(code == 0 and output.decode() == WEEK_YEAR.replace("YYYY", "yyyy") + "\n", output)
    check(b"1 fixed" in errors, errors)
    code, output, errors = program.run("check", "--fix", "-", stdin=b"SELECT hostname FROM events LAST 1 HOURS\n")
    check(code == 1 and output == b"SELECT hostname FROM events LAST 1 HOURS\n", output)
    check(b"not-a-qradar-field" in errors and b"0 fixed" in errors, errors)


def test_fix_of_files(program):
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "a.aql", WEEK_YEAR + "\n")
        good = write(folder, "b.aql", GOOD + "\n")
        link = os.path.join(folder, "link.aql")
        os.symlink("a.aql", link)
        os.chmod(path, 0o640)
        before = os.stat(good)
        code, output, errors = program.run("check", "--fix", link, good)
        check(code == 0 and output == b"" and b"1 fixed in 1 file" in errors, code, output, errors)
        check(read(path) == WEEK_YEAR.replace("YYYY", "yyyy") + "\n" and os.path.islink(link))
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o640)
        check(os.stat(good).st_ino == before.st_ino and os.stat(good).st_mtime_ns == before.st_mtime_ns)
        check(sorted(os.listdir(folder)) == ["a.aql", "b.aql", "link.aql"], os.listdir(folder))


def test_fixed_rule_finds_the_same(program):
    """What --fix makes of the shipped rule still runs, and selects the same rows of the samples."""
    rule = os.path.join(RULE, "rules", "t1552_007_qradar.aql")
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "rule.aql", read(rule))
        code, output, _ = program.run("check", "--fix", path)
        left = set(codes(output))
        check(code == 1 and left == {b"not-a-qradar-field", b"score-zero", b"blank-twin"}, left)
        before = program.run("query", "-q", "-o", "ndjson", "--query", rule, program.samples)
        after = program.run("query", "-q", "-o", "ndjson", "--query", path, program.samples)
        check(before[0] == 0 and after[0] == 0 and before[1] and before[1] == after[1], before[2], after[2])


def test_fix_leaves_what_it_cannot_write(program):
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "a.aql", WEEK_YEAR)
        os.mkfifo(os.path.join(folder, "pipe"))
        code, _, errors = program.run("check", "--fix", path, os.path.join(folder, "none.aql"))
        check(code == 3 and b"none.aql" in errors and "yyyy" in read(path), code, errors)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
