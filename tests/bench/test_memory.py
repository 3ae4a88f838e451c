#!/usr/bin/env python3
"""test_memory.py GENERATE_LOGS TOCSIN: a hunt takes less than 256 MiB, with the original query over a stream of half a
gibibyte and with all rules of the pack over a stream of a fifth of that, which is what decides: rules without findings
take next to nothing, and findings go to disk (93 MiB for half a gibibyte of audit logs, November 2026).
"""
import os
import subprocess
import sys

MEMORY_MAX_MIB = 256


def peak_of(generate, program, kind, count, arguments):
    """Peak resident MiB of a hunt over `count` events, or None if something failed."""
    generator = subprocess.Popen([generate, kind, "-n", str(count)], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
    hunt = subprocess.Popen([program, "hunt", "-q", *arguments, "-o", "ndjson", "-"], stdin=generator.stdout,
                            stdout=subprocess.DEVNULL)
    generator.stdout.close()
    _, status, usage = os.wait4(hunt.pid, 0)
    hunt.returncode = os.waitstatus_to_exitcode(status)
    if generator.wait() != 0 or hunt.returncode not in (0, 1):
        print(f"{kind}: exit code {hunt.returncode}")
        return None
    return usage.ru_maxrss / 1024


def main():
    generate, program = sys.argv[1:3]
    failed = 0
    for kind, count in (("auditd", 430000), ("k8s", 335000)):
        for name, part, arguments in (("original query", 1, ["--rule", "t1552_007_qradar"]), ("all rules", 5, [])):
            peak_mib = peak_of(generate, program, kind, count // part, arguments)
            if peak_mib is not None:
                print(f"{kind}, {name}: peak {peak_mib:.0f} MiB (at most {MEMORY_MAX_MIB})")
            failed += peak_mib is None or peak_mib > MEMORY_MAX_MIB
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
