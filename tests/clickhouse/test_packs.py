#!/usr/bin/env python3
"""The pack container-api, and the query that it comes from, over the pack's own logs and the samples: the same bytes
from files, from an event store, from three nodes of 18.16 and from a recent ClickHouse: test_packs.py PROGRAM SAMPLES.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

# pylint: disable=wrong-import-position
from run_program import Program, Skipped, check, run_tests  # noqa: E402
from servers import Servers, missing_programs, temporary_folder  # noqa: E402

ROOT = os.path.join(HERE, "..", "..")
PACK = os.path.join(ROOT, "packs", "container-api")
DATA = os.path.join(PACK, "tests", "data")
LOGS = ("live-raw.log.gz", "live-enriched.log.gz", "live-k8s.log.gz", "live-boot.log.gz", "simulated-test-1.log",
        "simulated-test-2.log", "simulated-test-3.log", "simulated-test-4.log")
ORIGINAL = os.path.join(PACK, "rules", "t1552_007_qradar.aql")
OPTIONS = ("--config", "none", "--tz", "UTC", "-q")
HUNTS = {
    "findings": ("hunt", "--pack", PACK, "-o", "ndjson"),
    "findings_that_exceptions_set_aside": ("hunt", "--pack", PACK, "-o", "ndjson", "--show-excepted"),
    "rows": ("hunt", "--pack", PACK, "-o", "ndjson", "--rows"),
    "original_query": ("query", "-o", "ndjson", "--query", ORIGINAL, "--order", "newest"),
}
EXPECTED = {}


def ask(program, arguments, source):
    """What is found, and whether something was: a hunt's 1 is no failure."""
    code, output, errors = program.run(*arguments, *OPTIONS, *source)
    check(code in (0, 1), arguments, code, errors[-2000:])
    return code, output


def compare(program, source, name):
    for hunt, arguments in HUNTS.items():
        if hunt not in EXPECTED:
            EXPECTED[hunt] = ask(program, arguments, logs())
            lines = EXPECTED[hunt][1].count(b"\n")
            print(f"# {hunt}: {lines} lines")
            check(lines > 10, hunt, "finds too little to tell")
        found = ask(program, arguments, source)
        if found != EXPECTED[hunt]:
            wanted, got = EXPECTED[hunt][1].splitlines(), found[1].splitlines()
            first = next((i for i, pair in enumerate(zip(wanted, got)) if pair[0] != pair[1]),
                         min(len(wanted), len(got)))
            check(False, f"{name}, {hunt}: {len(got)} lines, of files {len(wanted)}; line {first + 1} differs",
                  [line[:1500] for line in wanted[first:first + 1] + got[first:first + 1]])


def logs():
    return [os.path.join(DATA, name) for name in LOGS] + [os.path.join(ROOT, "samples")]


def test_store(program, folder):
    store = os.path.join(folder, "store")
    code, _, errors = program.run("ingest", "-q", "--store", store, "--config", "none", *logs())
    check(code == 0, errors)
    compare(program, ("--store", store), "store")


def compare_on(program, folder, kind):
    if missing_programs(kind):
        raise Skipped(f"{missing_programs(kind)} is not installed (tools/setup.sh clickhouse)")
    servers = Servers(os.path.join(folder, kind))
    try:
        address = servers.start(kind).url()
        for arguments in (("schema", "--clickhouse", "--apply", address),
                          ("ingest", "-q", "--config", "none", "--to", address, *logs())):
            code, _, errors = program.run(*arguments)
            check(code == 0, arguments[0], errors)
        if kind == "cluster":
            for number in (1, 2):
                servers.sql(number, "SYSTEM SYNC REPLICA events_local")
        compare(program, ("--on", address), kind)
    finally:
        servers.stop()


def test_three_nodes(program, folder):
    compare_on(program, folder, "cluster")


def test_recent_server(program, folder):
    compare_on(program, folder, "modern")


def main():
    program = Program(sys.argv[1], sys.argv[2])
    with temporary_folder() as folder:
        run_tests(globals(), program, folder)


if __name__ == "__main__":
    main()
