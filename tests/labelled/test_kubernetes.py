#!/usr/bin/env python3
"""test_kubernetes.py TOCSIN: the rules over Kubernetes audit logs, on tests/data/labelled-kubernetes.tsv.

The table is what make_kubernetes_rows.py writes. All of it is hunted through as one log; a row counts as found if a
line of a rule's evidence is its own. At least 98 % of the attacks are found, at most 3 of the benign rows, and no gray
row as high. The plain forms for QRadar know less, but must not fall below what is written here.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACK = os.path.join(ROOT, "packs/container-api")
ROWS = os.path.join(ROOT, "tests/data/labelled-kubernetes.tsv")
# The least share of attacks and the greatest number of benign rows found.
RULES = (0.98, 3)
PLAIN = (0.9, 8)


def run(arguments, wanted):
    result = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if result.returncode not in wanted:
        sys.exit(f"{' '.join(arguments)[:300]}: exit code {result.returncode}\n{result.stderr}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def hunt(program, log):
    rules = sorted(os.path.basename(file)[:-4] for file in glob.glob(os.path.join(PACK, "rules/kube_*.aql")))
    assert len(rules) > 15, rules
    command = [program, "hunt", "-q", "--rows", "--pack", PACK, "--rule", ",".join(rules), "-o", "ndjson", log]
    return run(command, (0, 1))


def plain(program, log):
    rows = []
    for file in glob.glob(os.path.join(PACK, "qradar/kube_*.aql")):
        with open(file, encoding="utf-8") as query:
            text = re.sub(r"LAST (24 HOURS|14 DAYS)", "LAST 365 DAYS", query.read())
        rows += run([program, "query", "-q", "-o", "ndjson", text, log], (0,))
    return rows


def best_levels(rows):
    """By line: the worst level of what was made of it."""
    levels = ["informational", "low", "medium", "high", "critical"]
    found = {}
    for row in rows:
        level = levels.index(row.get("@level", "low"))
        for line in row["@evidence"]:
            found[line["line"]] = max(found.get(line["line"], 0), level)
    return found


def check(name, labels, found, limits):
    attacks = [number for number, label in labels.items() if label == "attack"]
    seen = sum(number in found for number in attacks)
    wrong = [number for number, label in labels.items() if label == "benign" and number in found]
    loud = [number for number, label in labels.items() if label == "gray" and found.get(number, 0) > 2]
    print(f"{name}: {seen} of {len(attacks)} attacks, {len(wrong)} benign rows, {len(loud)} gray rows as high")
    for number in attacks:
        if number not in found:
            print(f"  missed: row {number + 1}")
    for number in wrong + loud:
        print(f"  found, and should not: row {number + 1}")
    return seen >= limits[0] * len(attacks) and len(wrong) <= limits[1] and not loud


def main():
    program = sys.argv[1]
    made = subprocess.run([sys.executable, os.path.join(ROOT, "tests/labelled/make_kubernetes_rows.py")], check=True,
                          capture_output=True, text=True).stdout
    with open(ROWS, encoding="utf-8") as table:
        text = table.read()
    if made != text:
        sys.exit(f"{ROWS} is not what make_kubernetes_rows.py writes")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    labels = {number: row[0] for number, row in enumerate(rows, 1)}
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "audit.log")
        with open(log, "w", encoding="utf-8") as file:
            file.writelines(row[3] + "\n" for row in rows)
        good = check("rules", labels, best_levels(hunt(program, log)), RULES)
        good = check("plain", labels, best_levels(plain(program, log)), PLAIN) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
