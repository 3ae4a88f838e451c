#!/usr/bin/env python3
"""test_instructions.py [--update] GENERATE_LOGS TOCSIN FIXED_RANDOM: instructions of small fixed workloads, counted by
callgrind, against those of instructions.txt. Fails when one grew by more than a tenth.

Counts do not depend on how busy the machine is, and with fixed random seeds hardly on anything but the program, its
compiler and the C library. They say nothing about memory that has to be waited for: `make bench` measures time.
"""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True

import peer_queries
from bench_logs import all_fields_query
from bench_tools import LOG_NOW_MS, NOW_MS

BASELINE = "tests/bench/instructions.txt"
GROWTH_MAX = 0.10
SEED = "11"
TABLE_ROWS = 60000
INGEST_ROWS = 6000
AUDIT_EVENTS = 4000
KUBERNETES_EVENTS = 3000
HUNT_EVENTS = 300
RULES = 40
HEADER = """# Instructions that callgrind counts for small fixed workloads (tests/bench/test_instructions.py), in gcc's
# release build. `make bench-baseline` writes this file: for a change that is meant to cost more, or that saves much.
"""


class Workbench:
    def __init__(self, generate, program, fixed_random, folder):
        self.generate_program = generate
        self.program = program
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", "HOME": folder,
                            "LD_PRELOAD": fixed_random}

    def path(self, name):
        return os.path.join(self.folder, name)

    def generate(self, name, *arguments):
        with open(self.path(name), "wb") as log:
            subprocess.run([self.generate_program, *arguments, "-s", SEED], stdout=log, check=True,
                           stderr=subprocess.DEVNULL)
        return self.path(name)

    def ingest(self, log, store):
        subprocess.run([self.program, *self.ingest_arguments(log, store)], check=True, env=self.environment)
        return ["--store", self.path(store)]

    def ingest_arguments(self, log, store):
        return ["ingest", "--config", "none", "-q", "--store", self.path(store), log]

    def count(self, name, arguments):
        """Exit codes 0 and 1 are those of a run that worked."""
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", self.program, *arguments]
        result = subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                text=True, errors="replace", check=False)
        collected = re.search(r"Collected : (\d+)", result.stderr)
        if result.returncode not in (0, 1) or not collected:
            sys.exit(f"{name}: exit code {result.returncode}\n{result.stderr}")
        return int(collected.group(1))


def query(text, source, now):
    return ["query", "--config", "none", "-q", "-o", "csv", "--now", str(now), text, *source]


def make_workloads(bench):
    audit = bench.generate("audit.log", "auditd", "-n", str(AUDIT_EVENTS))
    hunted = bench.generate("hunted.log", "auditd", "-n", str(HUNT_EVENTS))
    kubernetes = bench.generate("kubernetes.log", "k8s", "-n", str(KUBERNETES_EVENTS))
    table = bench.generate("table.jsonl", "flat", "-n", str(INGEST_ROWS), "-f", "qradar")
    high = bench.ingest(bench.generate("high.jsonl", "flat", "-n", str(TABLE_ROWS), "-f", "qradar"), "high")
    low = bench.ingest(bench.generate("low.jsonl", "flat", "-n", str(TABLE_ROWS), "-f", "qradar", "-v", "low"), "low")
    rules = bench.path("rules")
    subprocess.run([sys.executable, "tests/bench/generate_rules.py", rules, str(RULES), SEED], check=True)
    original = peer_queries.tocsin_original()
    word = peer_queries.tocsin_one_word("docker.sock")
    hunt = ["hunt", "--config", "none", "-q", "-o", "ndjson"]
    return {
        "start": query("SELECT COUNT(*) FROM events", ["/dev/null"], NOW_MS),
        "audit, all fields": query(all_fields_query("linux_audit")[0], [audit], LOG_NOW_MS),
        "audit, original query": query(original, [audit], LOG_NOW_MS),
        "Kubernetes, all fields": query(all_fields_query("kubernetes_audit")[0], [kubernetes], LOG_NOW_MS),
        "hunt, whole pack": [*hunt, hunted],
        f"hunt, {RULES} generated rules": [*hunt, "--pack", rules, audit],
        "ingest, audit": bench.ingest_arguments(hunted, "stored-audit"),
        "ingest, table": bench.ingest_arguments(table, "stored-table"),
        "store, original query, commands that repeat": query(original, high, NOW_MS),
        "store, original query, unique commands": query(original, low, NOW_MS),
        "store, one word, unique commands": query(word, low, NOW_MS),
        "store, groups": query(peer_queries.TOCSIN_TOP_GROUPS, high, NOW_MS),
    }


def read_baseline():
    baseline = {}
    with open(BASELINE, encoding="utf-8") as source:
        for line in source:
            name, _, number = line.rstrip("\n").rpartition(": ")
            if name and not line.startswith("#"):
                baseline[name] = int(number.replace(",", ""))
    return baseline


def write_baseline(counts):
    with open(BASELINE, "w", encoding="utf-8") as target:
        target.write(HEADER)
        for name, count in counts.items():
            target.write(f"{name}: {count:,}\n")
    print(f"written: {BASELINE}")


def compare(counts):
    baseline = read_baseline()
    failed = 0
    for name, count in counts.items():
        if name not in baseline:
            print(f"NOT OK: {name}: {count:,} instructions, and {BASELINE} does not have it")
            failed += 1
            continue
        growth = count / baseline[name] - 1
        is_bad = growth > GROWTH_MAX
        failed += is_bad
        print(f"{'NOT OK' if is_bad else 'ok'}: {name}: {count:,} instructions, {growth:+.1%}")
    for name in baseline.keys() - counts.keys():
        print(f"NOT OK: {name}: no such workload")
        failed += 1
    if failed:
        print(f"\nNot what {BASELINE} says, or more than {GROWTH_MAX:.0%} above. valgrind --tool=callgrind, before and "
              "after the change, shows where.\nIf the change is worth it: make bench-baseline, and say in the commit "
              "what it costs.")
    return 1 if failed else 0


def main():
    is_update = sys.argv[1] == "--update"
    programs = [os.path.abspath(path) for path in sys.argv[2 if is_update else 1:]]
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    with tempfile.TemporaryDirectory(prefix="tocsin-count-") as folder:
        bench = Workbench(*programs, folder)
        workloads = make_workloads(bench)
        with ThreadPoolExecutor(2) as pool:
            counts = dict(zip(workloads, pool.map(bench.count, workloads.keys(), workloads.values())))
    if is_update:
        write_baseline(counts)
    return compare(counts)


if __name__ == "__main__":
    sys.exit(main())
