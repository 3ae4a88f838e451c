#!/usr/bin/env python3
"""run_cases.py GOLDEN_RUNNER PROGRAM [FILE|FOLDER...]: every golden case (or those of some files) on ClickHouse, the
same rows as from files.

Three nodes of 18.16 (two shards, one of them replicated) and a recent ClickHouse, both at once. Prints TAP, a line a
case and server.
"""
import os
import re
import subprocess
import sys
import threading
import traceback

from servers import Servers, missing_programs, temporary_folder

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "cases")
KINDS = (("modern", "recent"), ("cluster", "18.16, three nodes"))
CASES_MIN = 1000  # of those that are run there


class Tap:
    """Lines of several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.count = 0
        self.failed = 0

    def tell(self, is_good, name, remarks=()):
        with self.lock:
            self.count += 1
            self.failed += not is_good
            for line in remarks:
                print(line if line.startswith("#") else f"# {line}")
            print(f"{'' if is_good else 'not '}ok {self.count} - {name}", flush=True)


def run_golden(runner, paths, name, addresses, tap):
    """All cases, a line each; how many were run."""
    remarks = []
    ran = 0
    with subprocess.Popen([runner, "--clickhouse", ",".join(addresses), *paths], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        for line in process.stdout:
            match = re.match(r"(not )?ok \d+ - (.*)", line)
            if not match:
                remarks.append(line.rstrip("\n"))
                continue
            is_good = not match.group(1)
            ran += "# SKIP" not in line
            tap.tell(is_good, f"{name}: {match.group(2)}", () if is_good else remarks)
            remarks = []
    if process.returncode not in (0, 1) or (process.returncode == 1 and not tap.failed):
        tap.tell(False, f"{name}: the runner ended with {process.returncode}", remarks)
    return ran


def run_kind(kind, name, arguments, folder, tap):
    runner, program, *paths = arguments
    missing = missing_programs(kind)
    if missing:
        tap.tell(True, f"{name} # SKIP {missing} is not installed (tools/setup.sh clickhouse)")
        return
    servers = Servers(os.path.join(folder, kind))
    try:
        servers.start(kind)
        addresses = [servers.url(number) for number in range(1, len(servers.nodes) + 1)]
        subprocess.run([program, "schema", "--clickhouse", "--apply", addresses[0]], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
        ran = run_golden(runner, paths or [CASES], name, addresses, tap)
        if not paths:
            tap.tell(ran >= CASES_MIN, f"{name}: there were cases to run", [f"{ran} cases were run"])
    except Exception:  # pylint: disable=broad-except
        tap.tell(False, f"{name}: servers and tables", traceback.format_exc().splitlines())
    finally:
        servers.stop()


def main():
    arguments = [os.path.abspath(path) for path in sys.argv[1:]]
    tap = Tap()
    with temporary_folder() as folder:
        threads = [threading.Thread(target=run_kind, args=(kind, name, arguments, folder, tap))
                   for kind, name in KINDS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(f"1..{tap.count}")
    sys.exit(1 if tap.failed else 0)


if __name__ == "__main__":
    main()
