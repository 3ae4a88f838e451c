#!/usr/bin/env python3
"""bench_queries.py TOCSIN [RUNS]: what long generated queries cost, as a table in Markdown.

CPU time of the whole process over an empty log, user and system, the median of RUNS (5); and the peak memory of all."""
import os
import resource
import statistics
import subprocess
import sys
import tempfile

TERM_BYTES = 204
MOST_SECONDS = 30  # under sanitizers; what recurs or compares by term takes longer than that
COMMANDS = ("query", "check", "fmt", "explain")


def payload_query(terms):
    """A chain of searches in the payload, of TERM_BYTES each."""
    filler = "x" * (TERM_BYTES - len("UTF8(payload) ILIKE '%-00000%' OR "))
    return "SELECT * FROM events WHERE " + " OR ".join(
        f"UTF8(payload) ILIKE '%{filler}-{term:05}%'" for term in range(terms))


def field_query(terms):
    return "SELECT * FROM events WHERE " + " OR ".join(
        f"\"Command\" ILIKE '%tool-{term:05} %'" for term in range(terms))


def score_query(terms):
    """Short patterns, once in the score and once in WHERE, of which check compares each with each."""
    branches = " ".join(f"WHEN \"Command\" ILIKE '%tool-{term:05} %' THEN {term}" for term in range(terms))
    return field_query(terms).replace("*", f"CASE {branches} ELSE 0 END AS RiskScore", 1)


def arguments(command, path):
    return {"query": ["query", "-q", "--query", path, os.devnull], "check": ["check", path], "fmt": ["fmt", path],
            "explain": ["explain", "--query", path]}[command]


def measure(program, command, path):
    """(CPU seconds, peak KiB) of one run."""
    process = subprocess.Popen([program, *arguments(command, path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{command} {path}: {errors.decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    program = os.path.abspath(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("| query | size | " + " | ".join(f"`{command}`" for command in COMMANDS) + " | peak memory |")
    print("|---|---|" + "---|" * (len(COMMANDS) + 1))
    with tempfile.TemporaryDirectory() as folder:
        for name, make, terms in (("payload", payload_query, 1250), ("payload", payload_query, 2500),
                                  ("payload", payload_query, 5000), ("field", field_query, 5000),
                                  ("field", field_query, 20000), ("field and score", score_query, 5000)):
            path = os.path.join(folder, "long.aql")
            with open(path, "w", encoding="ascii") as file:
                file.write(make(terms))
            cells, peak = [], 0
            for command in COMMANDS:
                measured = [measure(program, command, path) for _ in range(runs)]
                if min(measured)[0] > MOST_SECONDS:
                    raise SystemExit(f"{command} of {terms} terms ({name}) takes {min(measured)[0]:.0f} s")
                cells.append(f"{statistics.median(seconds for seconds, _ in measured):.2f} s")
                peak = max(peak, *(kib for _, kib in measured))
            print(f"| {name}, {terms:,} terms | {os.path.getsize(path) / 1e6:.2f} MB | " + " | ".join(cells)
                  + f" | {peak / 1024:.0f} MB |")


if __name__ == "__main__":
    main()
