#!/usr/bin/env python3
"""run_bench.py BUILD_FOLDER: measures tocsin and its peers on the same rows and writes docs/performance.md.

The work is in parts, whose figures are kept in build/bench/results; BENCH_ONLY="store audit" runs only some. Settings
come from the environment: BENCH_ROWS (10000000 rows of the stored table), BENCH_EVENTS (1200000 audit events),
BENCH_SEED (42), BENCH_RUNS (5 rounds), BENCH_NEEDLE (a word that no command has).
"""
import datetime
import json
import os
import platform
import sys
import time

sys.dont_write_bytecode = True

import bench_report
from bench_growth import part_growth
from bench_logs import part_audit, part_kubernetes, part_rules, part_streams
from bench_store import part_ingest, part_store
from bench_tools import EVENTS, FOLDER, NEEDLE, ROWS, RUNS, SEED, fail, say

PARTS = {"store": part_store, "audit": part_audit, "kubernetes": part_kubernetes, "rules": part_rules,
         "ingest": part_ingest, "growth": part_growth, "streams": part_streams}


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {model}, {memory_gib:.0f} GiB, Linux {platform.release()}"


def run_part(name, build):
    say(f"part {name}")
    load_before = os.getloadavg()[0]
    started = time.monotonic()
    workloads = PARTS[name](build)
    result = {"part": name, "workloads": workloads, "rows": ROWS, "events": EVENTS, "seed": SEED, "runs": RUNS,
              "needle": NEEDLE, "machine": machine(), "date": datetime.date.today().isoformat(),
              "load_before": load_before, "load_after": os.getloadavg()[0], "seconds": time.monotonic() - started}
    with open(f"{FOLDER}/results/{name}.json", "w", encoding="utf-8") as target:
        json.dump(result, target, indent=1)
    say(f"part {name} took {result['seconds']:.0f} s")


def main():
    build = sys.argv[1]
    os.makedirs(f"{FOLDER}/results", exist_ok=True)
    wanted = os.environ.get("BENCH_ONLY", "").replace(",", " ").split() or list(PARTS)
    for name in wanted:
        if name not in PARTS:
            fail(f"BENCH_ONLY: there is no part {name}; parts are {', '.join(PARTS)}")
    for name in wanted:
        run_part(name, build)
    bench_report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
