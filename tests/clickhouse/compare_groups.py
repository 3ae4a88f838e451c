#!/usr/bin/env python3
"""compare_groups.py TOCSIN [--count N] [--seed S] ADDRESS..: random queries with GROUP BY or LIMIT over odd
rows, from a file and from ClickHouse: the same rows, in the same order.

Makes two logs of odd events (nulls, empty and non-ASCII texts, the least and the greatest integers, equal times and
lines, IPv6), puts them into the tables at the first ADDRESS, which must be empty, and asks both for the same. Prints
each query that differs, and `N compared, N differ` last.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

TEXTS = ["root", "Root", "", "a,b", "k\u212a", "stra\u00dfe", "\u0130", "x" * 70, "'quoted\\'", "10", "-3.5", "nan",
         "0x1F", "line\nend", "\x01", "alice", "bob"]
NUMBERS = [0, 1, -1, 7, 2**31, -2**31, 2**62, -2**62, 2**63 - 1, -2**63, 2**21 - 1, 2**42, -5]
ADDRESSES = ["10.0.0.1", "10.0.0.2", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::1", "fe80::1:0"]


def make_event(chance):
    event = {"starttime": 1700000000000 + chance.choice([0, 0, 1, 2, 999, 86400000]) + chance.randrange(3) * 1000}
    for name, values in (("username", TEXTS), ("qid", NUMBERS), ("eventcount", NUMBERS + [1, 1, 2]),
                         ("sourceip", ADDRESSES), ("destinationip", ADDRESSES), ("sourceport", [0, 22, 80, 65535]),
                         ("severity", [0, 3, 8, 10]), ("Process Name", TEXTS), ("isunparsed", [True, False])):
        if chance.random() < 0.7:
            event[name] = chance.choice(values)
    return event


KEYS = ["username", "qid", "sourceip", "severity", "\"Process Name\"", "eventcount", "UPPER(username)", "qid % 7",
        "starttime / 1000", "LONG(username)", "DOUBLE(username)", "sourceport > 50", "qid = severity",
        "STRLEN(username)", "isunparsed", "CONCAT(username, 'x')", "eventcount + qid", "severity / 0.5",
        "DATEFORMAT(starttime, 'HH:mm:ss')", "SUBSTRING(username, 1, 2)", "ADDRESSKIND(sourceip)",
        "CASE WHEN username ILIKE '%K%' THEN 'k' ELSE username END"]
VALUES = ["username", "qid", "eventcount", "severity", "sourceip", "\"Process Name\"", "starttime", "qid + eventcount",
          "DOUBLE(username)", "DOUBLE(qid) / 3", "LONG(\"Process Name\")", "-qid", "qid * 3", "LOWER(username)",
          "isunparsed", "qid / severity", "destinationip", "12", "SQRT(DOUBLE(qid))"]
AGGREGATES = ["COUNT", "SUM", "AVG", "MIN", "MAX", "FIRST", "LAST", "UNIQUECOUNT", "DISTINCTCOUNT", "STDEV", "STDEVP"]
CONDITIONS = ["qid > 0", "username ILIKE '%K%'", "username LIKE '%a%'", "severity IN (3, 8)", "username IS NULL",
              "\"Process Name\" MATCHES '.*[aeiou]$'", "username MATCHES '(.)\\1.*'", "sourceip = '10.0.0.1'",
              "starttime < 1700000002000", "eventcount + qid > 100", "UPPER(username) = 'ROOT'", "severity = 77",
              "INCIDR('10.0.0.0/8', sourceip)"]


def make_conditions(chance):
    conditions = chance.sample(CONDITIONS, chance.choice([0, 0, 1, 2]))
    return " WHERE " + chance.choice([" AND ", " OR "]).join(conditions) if conditions else ""


def make_rows_query(chance):
    columns = [f"{value} AS v{i}" for i, value in enumerate(chance.sample(VALUES, 3))]
    text = f"SELECT {', '.join(columns)} FROM events" + make_conditions(chance)
    if chance.random() < 0.7:
        orders = chance.sample(["v0", "v1", "v2", "severity", "starttime"], chance.choice([1, 1, 2]))
        text += " ORDER BY " + ", ".join(name + chance.choice([" ASC", " DESC"]) for name in orders)
    return text + f" LIMIT {chance.choice([1, 5, 40])}"


def make_query(chance):
    if chance.random() < 0.3:
        return make_rows_query(chance)
    keys = chance.sample(KEYS, chance.choice([0, 0, 1, 1, 1, 2, 3]))
    columns = [f"{key} AS k{i}" for i, key in enumerate(keys)]
    aggregates = []
    for i in range(chance.choice([0, 1, 1, 2, 4]) or (1 if not keys else 0)):
        kind = chance.choice(AGGREGATES)
        aggregates.append("COUNT(*)" if chance.random() < 0.15 else f"{kind}({chance.choice(VALUES)})")
        columns.append(f"{aggregates[-1]} AS a{i}")
    if keys and chance.random() < 0.2:
        columns.append(f"{chance.choice(VALUES)} AS first_of_group")
    text = f"SELECT {', '.join(columns)} FROM events" + make_conditions(chance)
    if keys:
        text += " GROUP BY " + ", ".join(f"k{i}" for i in range(len(keys)))
    if keys and aggregates and chance.random() < 0.3:
        text += f" HAVING a0 {chance.choice(['>', '<', '!='])} {chance.choice([1, 3, 100])}"
    names = [f"k{i}" for i in range(len(keys))] + [f"a{i}" for i in range(len(aggregates))]
    if keys and chance.random() < 0.6:
        orders = chance.sample(names, chance.randrange(1, len(names) + 1))
        text += " ORDER BY " + ", ".join(name + chance.choice([" ASC", " DESC"]) for name in orders)
        if chance.random() < 0.5:
            text += f" LIMIT {chance.choice([1, 3, 10])}"
    return text


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120, check=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tocsin")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("addresses", nargs="+")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    compared = differ = 0
    with tempfile.TemporaryDirectory(prefix="tocsin-groups-") as folder:
        logs = [os.path.join(folder, name) for name in ("b.json", "a.json")]
        for log in logs:
            with open(log, "w", encoding="utf-8") as file:  # two events a line: only their row tells them apart
                for _ in range(150):
                    json.dump({"events": [make_event(chance) for _ in range(2)]}, file, ensure_ascii=False)
                    file.write("\n")
        loaded = run(options.tocsin, "ingest", "-q", "--to", ",".join(options.addresses), *logs)
        if loaded.returncode != 0:
            sys.exit(f"compare_groups: {loaded.stderr}")
        for _ in range(options.count):
            query = make_query(chance)
            here = run(options.tocsin, "query", "-q", "-o", "csv", query, *logs)
            there = run(options.tocsin, "query", "-q", "-o", "csv", query, "--on", options.addresses[0])
            compared += here.returncode == 0
            if here.stdout != there.stdout or here.returncode != there.returncode:
                differ += 1
                print(f"{query}\n  here: {here.stdout[:600]}{here.stderr}\n  there: {there.stdout[:600]}{there.stderr}")
    print(f"{compared} compared, {differ} differ")
    sys.exit(1 if differ or compared < options.count // 2 else 0)


if __name__ == "__main__":
    main()
