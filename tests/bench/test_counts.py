#!/usr/bin/env python3
"""test_counts.py GENERATE_LOGS TOCSIN: the small version of the benchmark's check. Over the same generated rows, Tocsin
from a file, Tocsin from a store (one and two threads), SQLite and the generator itself give the same counts."""
import csv
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import peer_queries
from bench_tools import LOG_NOW_MS, NOW_MS

ROWS = 100000
AUDIT_EVENTS = 20000
KUBERNETES_EVENTS = 5000
NEEDLE = "xmrig"
SEED = "7"

failures = []


def expect(what, got, wanted):
    print(f"{'ok' if got == wanted else 'NOT OK'}: {what}: {got}" + ("" if got == wanted else f", should be {wanted}"))
    if got != wanted:
        failures.append(what)


class Tester:
    def __init__(self, generate, program, folder):
        self.generate_program = generate
        self.program = program
        self.folder = folder
        self.original = os.path.join(folder, "original.aql")
        with open(self.original, "w", encoding="utf-8") as rule:
            rule.write(peer_queries.tocsin_original(is_limited=False))

    def generate(self, name, *arguments):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as log:
            counted = subprocess.run([self.generate_program, *arguments, "-s", SEED], stdout=log, check=True,
                                     stderr=subprocess.PIPE, text=True).stderr
        return path, {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", counted)}

    def tocsin(self, *arguments):
        return subprocess.run([self.program, *arguments, "--config", "none", "-q"], stdout=subprocess.PIPE, check=True,
                              text=True).stdout

    def query(self, query, source, now, threads="1"):
        output = self.tocsin("query", "-o", "csv", "--now", str(now), "--threads", threads, *query, *source)
        return list(csv.DictReader(output.splitlines()))

    def store(self, path):
        folder = path + ".store"
        self.tocsin("ingest", "--store", folder, path)
        return ["--store", folder]

    def ways(self, path):
        store = self.store(path)
        return [("from a file", [path], "1"), ("from a store", store, "1"), ("from a store, 2 threads", store, "2")]


def number(rows):
    return int(float(next(iter(rows[0].values()))))


def load_sqlite(path):
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE events ({', '.join(peer_queries.COLUMNS)})")
    marks = ", ".join("?" for _ in peer_queries.COLUMNS)
    with open(path, encoding="utf-8", newline="\n") as text:
        rows = (line.rstrip("\n").split("\t") for line in text)
        database.executemany(f"INSERT INTO events VALUES ({marks})", ([int(row[0]), *row[1:]] for row in rows))
    return database


def test_table(tester, variant):
    table, _ = tester.generate("table.tsv", "flat", "-n", str(ROWS), "-v", variant)
    path, counts = tester.generate(f"{variant}.jsonl", "flat", "-n", str(ROWS), "-v", variant, "-f", "qradar")
    database = load_sqlite(table)
    wanted = database.execute(peer_queries.original("like", "events")[0]).fetchone()
    expect(f"{variant}: SQLite, original query", wanted, (counts["original"], counts["risk"]))
    sockets = database.execute(peer_queries.one_word("like", "events", "docker.sock")).fetchone()[0]
    expect(f"{variant}: SQLite, docker.sock", sockets, counts["socket"])
    groups = [row[2] for row in database.execute(peer_queries.top_groups("events"))]
    for way, source, threads in tester.ways(path):
        rows = tester.query(["--query", tester.original], source, NOW_MS, threads)
        risk = sum(int(float(row["RiskScore"])) for row in rows)
        expect(f"{variant}: {way}, original query", (len(rows), risk), wanted)
        for word, count in (("docker.sock", sockets), (NEEDLE, 0)):
            rows = tester.query([peer_queries.tocsin_one_word(word)], source, NOW_MS, threads)
            expect(f"{variant}: {way}, {word}", number(rows), count)
        rows = tester.query([peer_queries.TOCSIN_TOP_GROUPS], source, NOW_MS, threads)
        expect(f"{variant}: {way}, largest groups", [int(float(row["n"])) for row in rows], groups)


def test_audit(tester):
    path, counts = tester.generate("audit.log", "auditd", "-n", str(AUDIT_EVENTS))
    for way, source, threads in tester.ways(path):
        rows = tester.query(["SELECT COUNT(*) FROM events"], source, LOG_NOW_MS, threads)
        expect(f"audit: {way}, events", number(rows), counts["events"])
        query = 'SELECT COUNT(*) FROM events WHERE "Argument Count" IS NOT NULL'
        rows = tester.query([query], source, LOG_NOW_MS, threads)
        expect(f"audit: {way}, executions", number(rows), counts["execve"])
        rows = tester.query(["--query", tester.original], source, LOG_NOW_MS, threads)
        risk = sum(int(float(row["RiskScore"])) for row in rows)
        expect(f"audit: {way}, original query", (len(rows), risk), (counts["original"], counts["risk"]))


def test_kubernetes(tester):
    path, counts = tester.generate("kubernetes.log", "k8s", "-n", str(KUBERNETES_EVENTS))
    query = ("SELECT COUNT(*) FROM events WHERE \"Resource\" = 'secrets' AND \"Verb\" IN ('get', 'list') "
             "AND username LIKE '%@example.com'")
    for way, source, threads in tester.ways(path):
        rows = tester.query([query], source, LOG_NOW_MS, threads)
        expect(f"Kubernetes: {way}, secrets read by people", number(rows), counts["human_secret_get_list"])


def main():
    programs = [os.path.abspath(program) for program in sys.argv[1:3]]
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    with tempfile.TemporaryDirectory(prefix="tocsin-counts-") as folder:
        tester = Tester(*programs, folder)
        for variant in ("high", "low"):
            test_table(tester, variant)
        test_audit(tester)
        test_kubernetes(tester)
    print(f"{len(failures)} counts are wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
