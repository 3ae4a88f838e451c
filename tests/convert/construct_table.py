#!/usr/bin/env python3
"""construct_table.py TOCSIN [--update]: the table of constructs and targets in docs/converting.md says what is so."""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = os.path.join(ROOT, "docs/converting.md")
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
TARGETS = ["splunk", "sentinel", "elastic-esql", "elastic-eql", "logscale", "sumo", "chronicle", "sigma", "falco"]
LINUX = "LOGSOURCETYPENAME(logsourceid) = 'Linux OS' AND "
CONSTRUCTS = [
    ("`=`, `IN` of texts", "\"Command\" IN ('a', 'b')"),
    ("`LIKE`, `ILIKE`", "\"Command\" ILIKE '%a%' AND \"Command\" LIKE 'a_b%'"),
    ("`LIKE` with a pattern of the event", "\"Command\" LIKE CONCAT('%', username)"),
    ("`LOWER(x) =`", "LOWER(\"Command\") = 'a'"),
    ("`MATCHES`, `IMATCHES`", "\"Command\" IMATCHES '(^| )a[0-9]+( |$)'"),
    ("`MATCHES` with `\\b`", "\"Command\" MATCHES '\\ba'"),
    ("`MATCHES` with look-around", "\"Command\" MATCHES 'a(?!b)'"),
    ("`MATCHES` with back-references", "\"Command\" MATCHES '(a)\\1'"),
    ("`NOT`, `AND`, `OR`", "NOT (\"Command\" = 'a' OR \"Command\" = 'b')"),
    ("numbers: `=`, `<`, `BETWEEN`", "\"Process ID\" BETWEEN 1 AND 5"),
    ("texts by order: `<`", "\"Command\" < 'a'"),
    ("`IS NULL`", "\"Command\" IS NULL"),
    ("`INCIDR`", "INCIDR('10.0.0.0/8', sourceip)"),
    ("time window, `NOW()`", "starttime > NOW() - 3600000"),
    ("a time inside `OR`", "(starttime > NOW() - 3600000 OR \"Command\" = 'a')"),
    ("a field with a field", "\"Command\" = username"),
    ("arithmetic", "\"Process ID\" + 1 = 5"),
    ("bits", "(\"Process ID\" & 1) = 1"),
    ("`STRLEN(x)`, `CONCAT`", "STRLEN(CONCAT(\"Command\", username)) > 5"),
    ("a text as a number", "DOUBLE(\"Command\") > 5"),
    ("`TEXT SEARCH`", None),
    ("`UTF8(payload)`", "UTF8(payload) ILIKE '%a%'"),
    ("`REFERENCESETCONTAINS` and other look-ups", "NETWORKNAME(sourceip) = 'a'"),
    ("`IN (SELECT ..)`", "username IN (SELECT username FROM events)"),
]
WHOLE = [
    ("`CASE` scores, columns", "SELECT CASE WHEN \"Command\" = 'a' THEN 2 ELSE 0 END AS Score FROM events WHERE "
     f"{LINUX}\"Command\" LIKE 'a%'"),
    ("`ORDER BY`, `LIMIT`", f"SELECT \"Command\" FROM events WHERE {LINUX}\"Command\" LIKE 'a%' "
     "ORDER BY username LIMIT 5"),
    ("`GROUP BY`", f"SELECT username, COUNT(*) FROM events WHERE {LINUX}\"Command\" LIKE 'a%' GROUP BY username"),
    ("`HAVING`, `UNIQUECOUNT`", f"SELECT username, UNIQUECOUNT(\"Command\") AS n FROM events WHERE {LINUX}"
     "\"Command\" LIKE 'a%' GROUP BY username HAVING n > 2"),
    ("`FROM (SELECT ..)`", "SELECT username FROM (SELECT username FROM events)"),
    ("`SESSION BY`", "SELECT sessionid FROM events SESSION BY starttime username BEGIN \"Command\" = 'a'"),
]


def grade(program, target, query):
    done = subprocess.run([program, "convert", "--config", "none", "--to", target, "-o", "json", query],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return json.loads(done.stdout)["grade"]
    if "not converted to" not in done.stderr:
        sys.exit(f"{query}\n{done.stderr}")
    return "no"


def table(program):
    rows = [(name, f"SELECT * FROM events WHERE {LINUX}{text}" if text else
             "SELECT * FROM events WHERE TEXT SEARCH 'a'") for name, text in CONSTRUCTS] + WHOLE
    lines = ["| construct | " + " | ".join(TARGETS) + " |", "|---" * (len(TARGETS) + 1) + "|"]
    for name, query in rows:
        lines.append("| " + " | ".join([name] + [grade(program, target, query) for target in TARGETS]) + " |")
    return "\n".join(lines) + "\n"


def main():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    wanted = table(sys.argv[1])
    if "--update" in sys.argv:
        with open(DOCUMENT, "w", encoding="utf-8") as file:
            file.write(text[:start] + wanted + text[end:])
        return 0
    if text[start:end] != wanted:
        print("docs/converting.md: the table is stale; tests/convert/construct_table.py TOCSIN --update writes it anew")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
