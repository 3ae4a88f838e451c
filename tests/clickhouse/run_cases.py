#!/usr/bin/env python3
"""run_cases.py BUILD: every golden case on ClickHouse, the same rows as from files.

BUILD is a build folder with src/cli/tocsin and tests/support/golden_runner. Starts three nodes of 18.16 (two shards,
one of them replicated) and a recent ClickHouse, one after the other, runs the cases on each, and then what goes
wrong: a wrong password, TLS with and without its authority, a shard that is away. Prints TAP, and `N passed, N failed`
last.
"""
import os
import re
import subprocess
import sys
import tempfile

from servers import GUARDED_PASSWORD, Servers

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "cases")
counts = {"passed": 0, "failed": 0}


def tell(is_good, name, more=""):
    counts["passed" if is_good else "failed"] += 1
    print(f"{'' if is_good else 'not '}ok {sum(counts.values())} - {name}", flush=True)
    if not is_good and more:
        print("\n".join("#   " + line for line in more.splitlines()[:30]), flush=True)


def run(*command, **environment):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=900, check=False,
                          env={**os.environ, **environment})


def run_golden(build, name, addresses):
    """All cases; those that fail are named with what differs."""
    golden = run(os.path.join(build, "tests/support/golden_runner"), "--clickhouse", ",".join(addresses), CASES)
    passed = len(re.findall(r"^ok ", golden.stdout, re.M))
    failed = re.findall(r"((?:^#.*\n)*)^not ok \d+ - (.*)$", golden.stdout, re.M)
    for difference, case in failed:
        tell(False, f"{name}: {case}", difference)
    tell(golden.returncode == (1 if failed else 0) and passed > 1000, f"{name}: {passed} golden cases",
         golden.stderr + golden.stdout[-500:])


def test_refusals(tocsin, servers):
    """What must end with an error that says where and what to do."""
    http, https = servers.node(1)["http"], servers.node(1)["https"]
    authority = os.path.join(servers.folder, "tls", "authority.crt")
    query = "SELECT COUNT(*) AS n FROM events"

    def ask(address, **environment):
        return run(tocsin, "query", "-o", "csv", query, "--on", address, **environment)

    guarded = f"clickhouse://guarded@127.0.0.1:{http}/default"
    for name, password, code, words in (
            ("the right password", GUARDED_PASSWORD, 0, ""),
            ("a wrong password", "wrong", 3, "TOCSIN_CLICKHOUSE_PASSWORD")):
        result = ask(guarded, TOCSIN_CLICKHOUSE_PASSWORD=password)
        tell(result.returncode == code and words in result.stderr, name, result.stderr)
    secure = f"clickhouse://localhost:{https}/default?tls=1"
    result = ask(secure)
    tell(result.returncode == 3 and "is not trusted" in result.stderr, "an unknown authority", result.stderr)
    result = ask(f"{secure}&ca={authority}")
    tell(result.returncode == 0, "a known authority", result.stderr)
    result = ask(f"clickhouse://127.0.0.1:{http}/nowhere")
    tell(result.returncode == 3 and "127.0.0.1" in result.stderr, "no such database", result.stderr)


def count_rows(result):
    match = re.search(r"^n\n(\d+)", result.stdout)
    return int(match.group(1)) if match else None


def test_dead_shard(tocsin, servers, log):
    """A shard that is away: an error, or what the others have, with a warning. It comes back with its rows."""
    query = "SELECT COUNT(*) AS n FROM events"
    address = servers.url(1)
    for number in (1, 3):
        servers.sql(number, "TRUNCATE TABLE events_local")
    loaded = run(tocsin, "ingest", "-q", "--to", address, log)
    for number in (1, 2):
        servers.sql(number, "SYSTEM SYNC REPLICA events_local")
    whole = run(tocsin, "query", "-q", "-o", "csv", query, "--on", address)
    everything = count_rows(whole)
    tell(loaded.returncode == 0 and everything, "rows are there", loaded.stderr + whole.stderr)
    away = int(servers.sql(3, "SELECT count() FROM events_local"))
    servers.kill("node3")
    broken = run(tocsin, "query", "-o", "csv", query, "--on", address)
    tell(broken.returncode == 3 and "--allow-partial" in broken.stderr and not broken.stdout.strip("n\n"),
         "a shard is away: an error", broken.stdout + broken.stderr)
    partial = run(tocsin, "query", "-o", "csv", query, "--on", address, "--allow-partial")
    tell(partial.returncode == 3 and count_rows(partial) == everything - away and
         "1 of 2 shards" in partial.stderr, "--allow-partial: what the others have, and a warning",
         partial.stdout + partial.stderr)
    servers.restart("node3")
    again = run(tocsin, "query", "-q", "-o", "csv", query, "--on", address)
    tell(count_rows(again) == everything, "it is back, with all its rows", again.stdout + again.stderr)


def main():
    build = os.path.abspath(sys.argv[1])
    tocsin = os.path.join(build, "src/cli/tocsin")
    log = os.path.join(HERE, "..", "data", "live-raw.log")
    with tempfile.TemporaryDirectory(prefix="tocsin-clickhouse-") as folder:
        servers = Servers(os.path.join(folder, "modern"))
        try:
            servers.start("modern")
            servers.sql(1, "CREATE DATABASE tests")
            address = servers.url(1, "tests")
            made = run(tocsin, "schema", "--clickhouse", "--apply", address)
            tell(made.returncode == 0, "tables on the recent one", made.stderr)
            run_golden(build, "recent", [address])
        finally:
            servers.stop()
        servers = Servers(os.path.join(folder, "cluster"))
        try:
            servers.start("cluster")
            made = run(tocsin, "schema", "--clickhouse", "--apply", servers.url(1))
            tell(made.returncode == 0, "tables on the cluster", made.stderr)
            run_golden(build, "18.16, three nodes", [servers.url(n) for n in (1, 2, 3)])
            test_refusals(tocsin, servers)
            test_dead_shard(tocsin, servers, log)
        finally:
            servers.stop()
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
