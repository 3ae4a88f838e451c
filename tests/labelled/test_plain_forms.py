#!/usr/bin/env python3
"""test_plain_forms.py TOCSIN: the forms in plain AQL, for QRadar itself (packs/container-api/qradar).

Every rule that uses a function of Tocsin's own has a form; no form is left without its rule; none gets a warning from
`tocsin check`. The forms of the rules for command lines are run over the labelled command lines: what they find
together must not fall below what is written here, which is what packs/container-api/qradar/README.md says.
"""
import csv
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACK = os.path.join(ROOT, "packs/container-api")
TABLES = ("labelled-dev.tsv", "labelled-gray.tsv")
ATTACKS = (141, 141)
BENIGN = (0, 199)
HIGH = 60
FIRST_SECOND = 1700000000
WINDOW = "START '2023-11-14 00:00' STOP '2023-11-16 00:00'"
failed = []


def check(holds, *what):
    if not holds:
        print("not so:", *what)
        failed.append(what)


def names(folder):
    return {os.path.basename(path)[:-4] for path in glob.glob(os.path.join(PACK, folder, "*.aql"))}


def findings(program, folder):
    """Warnings and errors of the queries of a folder: name, code."""
    files = sorted(glob.glob(os.path.join(PACK, folder, "*.aql")))
    run = subprocess.run([program, "check", "--min-severity", "warning", "-o", "json"] + files, capture_output=True,
                         text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"check {folder}: exit code {run.returncode}\n{run.stderr}")
    return {(os.path.basename(row["file"])[:-4], row["code"]) for row in json.loads(run.stdout)["findings"]}


def check_forms(program):
    own = {name for name, code in findings(program, "rules") if code == "not-a-qradar-function"}
    check(len(own) > 40, "rules that use Tocsin's own functions", sorted(own))
    check(own == names("qradar"), "a form for each of them, and no other", sorted(own ^ names("qradar")))
    check(not findings(program, "qradar"), "forms without warnings", sorted(findings(program, "qradar")))
    for name in names("qradar"):
        with open(os.path.join(PACK, "qradar", name + ".aql"), encoding="utf-8") as file:
            text = file.read()
        check(text.startswith("/* ") and re.search(r"^LAST 24 HOURS$", text, re.M), name, "comment and time clause")


def read_rows():
    rows = []
    for name in TABLES:
        with open(os.path.join(PACK, "tests/data", name), encoding="utf-8", newline="") as table:
            rows += [(row["label"], row["text"])
                     for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
                     if row["telemetry"] in ("execve", "shell")]
    return rows


def found_rows(program, log):
    """By number of the row: the highest risk that a form gives it."""
    found = {}
    for path in sorted(glob.glob(os.path.join(PACK, "qradar/command_*.aql"))):
        with open(path, encoding="utf-8") as file:
            query = file.read().replace("LAST 24 HOURS", WINDOW)
        run = subprocess.run([program, "query", "-q", "-o", "ndjson", query, log], capture_output=True, text=True,
                             check=False)
        if run.returncode != 0:
            sys.exit(f"{path}: exit code {run.returncode}\n{run.stderr}")
        for line in run.stdout.splitlines():
            row = json.loads(line)
            for evidence in row["@evidence"]:
                number = evidence["line"] - 1
                found[number] = max(found.get(number, 0), row["Risk"])
    return found


def check_labelled(program):
    rows = read_rows()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "commands.log")
        with open(log, "w", encoding="utf-8") as file:
            for number, (_, text) in enumerate(rows):
                file.write(json.dumps({"time": (FIRST_SECOND + number) * 1000, "command": text}) + "\n")
        found = found_rows(program, log)
    by_label = {label: [number for number, row in enumerate(rows) if row[0] == label]
                for label in ("attack", "benign", "gray")}
    attacks = [number for number in by_label["attack"] if number in found]
    benign = [number for number in by_label["benign"] if number in found]
    print(f"{len(attacks)} of {len(by_label['attack'])} attacks,",
          f"{len(benign)} of {len(by_label['benign'])} benign rows")
    check((len(attacks), len(by_label["attack"])) == ATTACKS, "attacks",
          [rows[number][1] for number in by_label["attack"] if number not in found])
    check((len(benign), len(by_label["benign"])) == BENIGN, "benign rows", [rows[number][1] for number in benign])
    loud = [number for number in by_label["gray"] if found.get(number, 0) >= HIGH]
    check(by_label["gray"] and not loud, "gray rows as high", [rows[number][1] for number in loud])
    with open(os.path.join(PACK, "qradar/README.md"), encoding="utf-8") as file:
        text = " ".join(file.read().split())
    check(f"{ATTACKS[0]} of the {ATTACKS[1]} attacks" in text and f"{BENIGN[0]} of the {BENIGN[1]} benign" in text,
          "the README says these figures")


def main():
    check_forms(sys.argv[1])
    check_labelled(sys.argv[1])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
