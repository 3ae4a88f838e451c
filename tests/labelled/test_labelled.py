#!/usr/bin/env python3
"""test_labelled.py TOCSIN: the T1552.007 query finds on the labelled rows exactly what its text says.

Every command line of the pack's tests/data/labelled-dev.tsv (telemetry execve and shell) is fed in twice: as lines of
JSON, and as audit EXECVE records whose arguments are in hex. What the query's WHERE selects is worked out here a
second time, from the text of the query's conditions, and compared row by row; the totals are pinned too.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(ROOT, "packs/container-api/tests/data/labelled-dev.tsv")
RULE = os.path.join(ROOT, "packs/container-api/rules/t1552_007_qradar.aql")
WANTED = {"attack": (43, 141), "benign": (8, 199)}
FIRST_SECOND = 1700000000


def query_selects(text):
    """The WHERE clause, condition by condition."""
    low = text.lower()

    def has(*words):
        return any(word in low for word in words)

    return (
        ("kubectl" in low and has("get secret", "describe secret", "get sa ", "get serviceaccount", "get configmap",
                                  " logs ", " exec "))
        or ("docker" in low and has("inspect", "logs", "exec", " env")
            and has("pass", "secret", "token", "key", "credential"))
        or "/var/run/docker.sock" in low
    )


def read_rows():
    with open(TABLE, encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["label"], row["text"]) for row in rows if row["telemetry"] in ("execve", "shell")]


def write_json(path, rows):
    with open(path, "w", encoding="utf-8") as log:
        for number, (_, text) in enumerate(rows):
            event = {"time": (FIRST_SECOND + number) * 1000, "host": f"row-{number}", "command": text}
            log.write(json.dumps(event) + "\n")


def write_audit(path, rows):
    """Arguments are the text's words; each in hex, as the kernel writes what holds a blank or a quote."""
    with open(path, "w", encoding="ascii") as log:
        for number, (_, text) in enumerate(rows):
            words = text.split(" ")
            arguments = " ".join(f"a{i}={word.encode().hex().upper()}" if word else f'a{i}=""'
                                 for i, word in enumerate(words))
            stamp = f"msg=audit({FIRST_SECOND + number}.000:{1000 + number}):"
            log.write(f"node=row-{number} type=SYSCALL {stamp} arch=c000003e syscall=59 success=yes exit=0 items=0 "
                      f'ppid=1 pid={number + 2} auid=1000 uid=0 comm="sh" exe="/bin/sh"\n')
            log.write(f"node=row-{number} type=EXECVE {stamp} argc={len(words)} {arguments}\n")


def found_rows(program, path):
    """Row numbers the program finds, and the commands it shows for them."""
    command = [program, "hunt", "--query", RULE, "-o", "ndjson", "-q", path]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 1:
        sys.exit(f"{' '.join(command)}: exit code {run.returncode}\n{run.stderr}")
    found = {}
    for line in run.stdout.splitlines():
        row = json.loads(line)
        found[int(row["Hostname"].removeprefix("row-"))] = row["CommandLine"]
    return found


def main():
    program = sys.argv[1]
    rows = read_rows()
    wanted = {number for number, (_, text) in enumerate(rows) if query_selects(text)}
    totals = Counter(label for label, _ in rows)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, write in (("json", write_json), ("audit", write_audit)):
            path = os.path.join(folder, f"{name}.log")
            write(path, rows)
            found = found_rows(program, path)
            by_label = Counter(rows[number][0] for number in found)
            for label, (count, total) in WANTED.items():
                print(f"{name}: {label} {by_label[label]} of {totals[label]}, should be {count} of {total}")
                failed += (by_label[label], totals[label]) != (count, total)
            for number in sorted(wanted ^ found.keys()):
                print(f"{name}: {'missed' if number in wanted else 'wrongly found'}: {rows[number][1]}")
                failed += 1
            for number, text in found.items():
                if text != rows[number][1]:
                    print(f"{name}: shown {text!r}, should be {rows[number][1]!r}")
                    failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
