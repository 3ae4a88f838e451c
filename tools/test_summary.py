#!/usr/bin/env python3
"""test_summary.py LOG...: adds up Meson's testlog.json files, and ends with the line `N passed, N failed`.

Cases are counted where a test says how many it has: cmocka's summary lines and TAP lines. Any other test counts as
one. A test that Meson calls failed counts at least one failure, whatever it printed (a crash, a sanitizer's finding).
"""
import argparse
import json
import re
import sys

OUTPUT_LINES_MAX = 60
CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.M)
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] .*: (\d+) test\(s\), listed below", re.M)
TAP_LINE = re.compile(r"^(not )?ok\b(?!.*# (?:SKIP|TODO))", re.M | re.I)
TAP_SKIP = re.compile(r"^ok\b.*# SKIP", re.M | re.I)


def count_cases(test):
    """(passed, failed, skipped) of one test."""
    text = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    result = test["result"]
    if result == "SKIP":
        return 0, 0, 1
    passed = failed = skipped = 0
    if CMOCKA_PASSED.search(text):
        passed = sum(int(number) for number in CMOCKA_PASSED.findall(text))
        failed = sum(int(number) for number in CMOCKA_FAILED.findall(text))
    elif re.search(r"^1\.\.\d+", text, re.M):
        lines = TAP_LINE.findall(text)
        failed = sum(1 for line in lines if line)
        passed = len(lines) - failed
        skipped = len(TAP_SKIP.findall(text))
    else:
        passed = 1 if result in ("OK", "EXPECTEDFAIL") else 0
    if result not in ("OK", "EXPECTEDFAIL") and failed == 0:
        failed = 1
    return passed, failed, skipped


def print_failure(folder, test):
    """What a failed test said, without the lines of cases that passed."""
    print(f"---- FAILED {folder}: {test['name']} ({test['result']})")
    text = (test.get("stdout") or "") + (test.get("stderr") or "")
    lines = [line for line in text.splitlines() if not re.match(r"ok \d+ |\[ +(RUN|OK) ", line)]
    for line in lines[-OUTPUT_LINES_MAX:]:
        print("     " + "".join(c if c.isprintable() or c == "\t" else "?" for c in line))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--failed-builds", type=int, default=0)
    parser.add_argument("logs", nargs="*")
    arguments = parser.parse_args()
    passed = skipped = 0
    failed = arguments.failed_builds
    for log in arguments.logs:
        try:
            with open(log, encoding="utf-8", errors="replace") as lines:
                tests = [json.loads(line) for line in lines if line.strip()]
        except OSError as error:
            print(f"{log}: {error.strerror}")
            failed += 1
            continue
        for test in tests:
            counts = count_cases(test)
            passed += counts[0]
            failed += counts[1]
            skipped += counts[2]
            if counts[1]:
                print_failure(log.split("/meson-logs")[0], test)
            elif test["result"] == "SKIP":
                print(f"skipped {test['name']}")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
