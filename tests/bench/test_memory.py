#!/usr/bin/env python3
"""test_memory.py GENERATE_LOGS TOCSIN: the original query over a stream of half a gibibyte takes less than 256 MiB.

The whole pack takes 269 MiB of the audit stream (November 2026), which is still to be brought down.
"""
import os
import subprocess
import sys

MEMORY_MAX_MIB = 256


def main():
    generate, program = sys.argv[1:3]
    failed = 0
    for kind, count in (("auditd", 430000), ("k8s", 335000)):
        generator = subprocess.Popen([generate, kind, "-n", str(count)], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL)
        hunt = subprocess.Popen([program, "hunt", "-q", "--rule", "t1552_007_qradar", "-o", "ndjson", "-"],
                                stdin=generator.stdout,
                                stdout=subprocess.DEVNULL)
        generator.stdout.close()
        _, status, usage = os.wait4(hunt.pid, 0)
        hunt.returncode = os.waitstatus_to_exitcode(status)
        made = generator.wait()
        peak_mib = usage.ru_maxrss / 1024
        print(f"{kind}: exit code {hunt.returncode}, peak {peak_mib:.0f} MiB (at most {MEMORY_MAX_MIB})")
        failed += made != 0 or hunt.returncode not in (0, 1) or peak_mib > MEMORY_MAX_MIB
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
