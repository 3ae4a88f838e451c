#!/usr/bin/env python3
"""What src/clickhouse writes as SQL gives on servers what the kernels give here: test_sql.py PRINT_SQL EXPRESSIONS
LOOKUPS. The old server has a zone of its own, which must not matter."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

from compare_sql import ask, check_value, check_where, compare  # noqa: E402 pylint: disable=wrong-import-position
from run_program import Skipped, check, run_tests  # noqa: E402 pylint: disable=wrong-import-position
from servers import Servers, missing_programs, temporary_folder  # noqa: E402 pylint: disable=wrong-import-position

REFUSED_MAX = 60  # of what expressions.txt has, some on purpose


def compare_on(kind, dialect, arguments, folder, **options):
    """Starts a server, and compares all expressions."""
    printer, expressions, lookups = arguments
    servers = Servers(os.path.join(folder, kind)).start(kind, **options)
    try:
        url = f"http://127.0.0.1:{servers.node(1)['http']}/"
        differences, compared, refused = compare([printer, dialect, expressions, lookups], url)
        check(not differences, "\n".join(differences[:5]))
        check(compared > 500 and refused < REFUSED_MAX, f"{compared} compared, {refused} refused")
        check_that_it_can_fail(url)
    finally:
        servers.stop()


def skip_without(kind):
    if missing_programs(kind):
        raise Skipped(f"{missing_programs(kind)} is not installed (tools/setup.sh clickhouse)")


def check_that_it_can_fail(url):
    """Wrong conditions, values and nulls are seen."""
    rows = int(ask(url, "SELECT count() FROM sql_values"))
    check(check_where(url, "exact", b"_row = 3", b"0", "0" * rows)[0] == [(3, "1", "0")], "a row too many")
    check(check_where(url, "superset", b"_row = 3", b"0", "1" * rows)[0] != [], "rows too few")
    check(check_where(url, "superset", b"1", b"0", "0" * rows)[0] == [], "a superset")
    check(check_where(url, "exact", b"NULL", b"0", "0" * rows)[0] != [], "null")
    check(check_value(url, "exact", 2, b"toInt64(7)", b"0", ",".join(["8"] * rows))[0] != [], "another value")
    check(check_value(url, "exact", 2, b"toInt64(7)", b"1", ",".join(["8"] * rows)) == ([], rows), "doubts")


def test_old_server(arguments, folder):
    """18.16, in a zone of its own."""
    skip_without("single")
    compare_on("single", "18.16", arguments, folder, zone="America/New_York")


def test_modern_server(arguments, folder):
    """A recent one."""
    skip_without("modern")
    compare_on("modern", "24.0", arguments, folder)


if __name__ == "__main__":
    with temporary_folder() as temporary:
        run_tests(globals(), sys.argv[1:], temporary)
