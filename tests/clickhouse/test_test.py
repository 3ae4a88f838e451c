#!/usr/bin/env python3
"""tocsin test --on, on one node and three of 18.16 and on a recent ClickHouse: test_test.py PROGRAM SAMPLES.

What passes and what fails is as from files, and no database is left.
"""
import os
import re
import shutil
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

# pylint: disable=wrong-import-position
from run_program import Program, Skipped, check, check_error, run_tests  # noqa: E402
from servers import Servers, missing_programs, temporary_folder  # noqa: E402

PACK = os.path.join(HERE, "..", "..", "packs", "container-api")
RULES = "kube_logs,kube_token_then_use"
MEASURES = "logs:\n  - log: tests/data/simulated-test-1.log\n"
STALE = "tocsin_test_1000000000_0123456789abcdef"
OTHERS = "tocsin_test_of_somebody"
EXPECTED = {}


def make_packs(folder):
    """The pack, measured on one log; and one whose positive cases are called negative, and the other way round."""
    good, bad = os.path.join(folder, "good"), os.path.join(folder, "bad")
    for pack in (good, bad):
        if os.path.isdir(pack):
            continue
        shutil.copytree(PACK, pack)
        with open(os.path.join(pack, "measures.yaml"), "w", encoding="utf-8") as file:
            file.write(MEASURES)
    path = os.path.join(bad, "tests", "kube_logs.yaml")
    with open(os.path.join(PACK, "tests", "kube_logs.yaml"), encoding="utf-8") as file:
        names = {"positive": "negative", "negative": "positive"}
        text = re.sub(r"(?m)^(positive|negative):", lambda match: names[match[1]] + ":", file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return good, bad


def run_test(program, pack, *arguments):
    """Exit code and report, without times."""
    code, output, errors = program.run("test", "--config", "none", "--rule", RULES, *arguments, pack)
    check(code in (0, 1), arguments, code, errors[-2000:])
    return code, re.sub(rb" in [0-9.]+ s\n", b" in N s\n", output)


def databases(servers):
    return [name for name in servers.sql(1, "SELECT name FROM system.databases").split() if "tocsin_test" in name]


def interrupt(program, servers, address, pack):
    """Once its database is there: it ends by itself, and the database is gone."""
    process = program.start("test", "--config", "none", "--on", address, pack)
    deadline = time.monotonic() + 30
    while not databases(servers) and time.monotonic() < deadline:
        time.sleep(0.05)
    check(databases(servers), "no database of the test was seen")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    check(process.returncode != 0, process.returncode)
    check(process.returncode > 0, "killed, not ended", process.returncode, errors)
    check(databases(servers) == [], "left by an interrupted test", databases(servers), errors)


def compare_on(program, folder, kind):
    if missing_programs(kind):
        raise Skipped(f"{missing_programs(kind)} is not installed (tools/setup.sh clickhouse)")
    good, bad = make_packs(folder)
    servers = Servers(os.path.join(folder, kind))
    try:
        servers.start(kind)
        address = ",".join(servers.url(number) for number in range(1, len(servers.nodes) + 1))
        for name in (STALE, OTHERS):
            servers.sql(1, f"CREATE DATABASE {name}")
        for pack, expected_code in ((good, 0), (bad, 1)):
            if pack not in EXPECTED:
                EXPECTED[pack] = run_test(program, pack)
                check(EXPECTED[pack][0] == expected_code, EXPECTED[pack])
            check(run_test(program, pack, "--on", address) == EXPECTED[pack], kind, EXPECTED[pack],
                  run_test(program, pack, "--on", address))
            check(databases(servers) == [OTHERS], databases(servers))
        servers.sql(1, f"DROP DATABASE {OTHERS}")
        interrupt(program, servers, address, good)
        if kind == "cluster":
            first = program.run("test", "--config", "none", "--rule", RULES, "--on", servers.url(1), good)
            check_error(first, 3, "addresses of all nodes")
            check(databases(servers) == [], databases(servers))
    finally:
        servers.stop()
    check_error(program.run("test", "--config", "none", "--rule", RULES, "--on", address, good), 3, "127.0.0.1")


def test_one_node(program, folder):
    compare_on(program, folder, "single")


def test_three_nodes(program, folder):
    compare_on(program, folder, "cluster")


def test_recent_server(program, folder):
    compare_on(program, folder, "modern")


def test_usage(program, _):
    on = ("--on", "clickhouse://127.0.0.1:1/default")
    check_error(program.run("test", *on, "--list"), 3, "--on is where tests run")
    check_error(program.run("test", "--on", f"{on[1]},{on[1]}", "--rule", RULES), 3, "127.0.0.1")


def main():
    program = Program(sys.argv[1], sys.argv[2])
    with temporary_folder() as folder:
        run_tests(globals(), program, folder)


if __name__ == "__main__":
    main()
