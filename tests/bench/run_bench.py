#!/usr/bin/env python3
"""run_bench.py BUILD_FOLDER: measures tocsin and its peers on generated logs and writes build/bench/report.md.

Counts are checked before any time is quoted. A and B are run in turn, so that a busy machine slows both; the figure is
CPU time (user and system, all threads), which moves less than wall time does.

BENCH_RUNS=5 repeats, BENCH_SCALE=1 (a tenth: 0.1) sizes the data, BENCH_STREAM_GIB=2 the memory test.
"""
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SCALE = float(os.environ.get("BENCH_SCALE", "1"))
STREAM_GIB = float(os.environ.get("BENCH_STREAM_GIB", "2"))
MEMORY_MAX_MIB = 256
FOLDER = "build/bench"
SLOW_BYTES = 150_000_000  # what a slow peer gets to read

# The numbers every engine must give for the default size and seed, whoever wrote it.
KNOWN = {
    ("auditd", 1200000): {"records": 6407946, "execve": 983979},
    ("k8s", 1300000): {"human_secret_get_list": 22642},
}

FLAGSHIP_REGEX = (
    r"kubectl.*(get secret|describe secret|get sa |get serviceaccount|get configmap| logs | exec )"
    r"|docker.*(inspect|logs|exec| env).*(pass|secret|token|key|credential)"
    r"|docker.*(pass|secret|token|key|credential).*(inspect|logs|exec| env)|/var/run/docker\.sock"
)


class Measurement:
    """CPU seconds, wall seconds and peak memory of repeated runs of one command."""

    def __init__(self):
        self.cpu = []
        self.wall = []
        self.peak_mib = 0

    def add(self, cpu, wall, peak_mib):
        self.cpu.append(cpu)
        self.wall.append(wall)
        self.peak_mib = max(self.peak_mib, peak_mib)


def run(command, stdin=None):
    """Runs to the end; (exit code, output bytes, error text, cpu, wall, peak MiB). Output is counted, not kept."""
    error_path = os.path.join(FOLDER, "stderr.txt")
    output_path = os.path.join(FOLDER, "stdout.txt")
    with open(error_path, "wb") as error_file, open(output_path, "wb") as output_file:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=output_file, stderr=error_file)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    with open(error_path, encoding="utf-8", errors="replace") as error_file:
        error = error_file.read()
    return process.returncode, output_path, error, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def generate(build, kind, count):
    """The log's path and the generator's counts; made once."""
    path = os.path.join(FOLDER, f"{kind}-{count}.log")
    counts_path = path + ".counts"
    if not os.path.exists(counts_path):
        print(f"bench: writing {path}")
        with open(path, "wb") as log:
            error = subprocess.run([f"{build}/tests/bench/generate_logs", kind, "-n", str(count)], stdout=log,
                                   stderr=subprocess.PIPE, text=True, check=True).stderr
        with open(counts_path, "w", encoding="utf-8") as counts_file:
            counts_file.write(error)
    with open(counts_path, encoding="utf-8") as counts_file:
        counts = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", counts_file.read())}
    for name, value in KNOWN.get((kind, count), {}).items():
        check(f"generator {kind}: {name}", counts[name], value)
    return path, counts


def head_of(path, byte_count):
    """A file of the first whole lines of `path`. In small pieces: a child's peak memory is never below its parent's."""
    target = f"{path}.head"
    if not os.path.exists(target):
        with open(path, "rb") as source, open(target, "wb") as head:
            for line in source:
                if head.tell() + len(line) > byte_count:
                    break
                head.write(line)
    return target


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"bench: {what} is {got}, should be {wanted}: no time is quoted for a wrong answer")
    print(f"bench: {what} = {got}, as it should be")


def count_lines(path):
    with open(path, "rb") as text:
        return sum(block.count(b"\n") for block in iter(lambda: text.read(1 << 20), b""))


def summary_number(error, label):
    """A number of tocsin's summary, from the line that holds `label`."""
    match = re.search(r"([\d,]+)\s+" + label, error) or re.search(label + r"\D*?([\d,]+)", error)
    return int(match.group(1).replace(",", "")) if match else None


def measure(title, contenders, rows):
    """contenders: name -> (command, bytes read, check(exit code, output path, error)). In turn, RUNS times."""
    measurements = {name: Measurement() for name in contenders}
    for number in range(RUNS + 1):
        for name, (command, _, examine) in contenders.items():
            code, output, error, cpu, wall, peak = run(command)
            if number == 0:
                examine(code, output, error)  # and warms the page cache
            else:
                measurements[name].add(cpu, wall, peak)
    first = None
    for name, (_, byte_count, _) in contenders.items():
        result = measurements[name]
        median = statistics.median(result.cpu)
        speed = byte_count / median / 1e9
        first = first or speed
        rows.append((title, name, byte_count, min(result.cpu), median, max(result.cpu), statistics.median(result.wall),
                     speed, first / speed, result.peak_mib))
        print(f"bench: {title}: {name}: {median:.2f} s CPU, {speed:.2f} GB/s, peak {result.peak_mib:.0f} MiB")


def expect_exit(*codes):
    def examine(code, output, error):
        if code not in codes:
            sys.exit(f"bench: exit code {code}\n{error}")
    return examine


def stream_memory(build, program, kind, events_per_gib, rows):
    """A log through a pipe, never stored: peak memory."""
    count = int(events_per_gib * STREAM_GIB)
    generator = subprocess.Popen([f"{build}/tests/bench/generate_logs", kind, "-n", str(count)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    code, _, error, cpu, _, peak = run([program, "hunt", "-o", "ndjson", "-"], stdin=generator.stdout)
    generator.stdout.close()
    counts = generator.stderr.read().decode()
    generator.wait()
    byte_count = int(re.search(r"out_bytes=(\d+)", counts).group(1))
    expect_exit(0, 1)(code, None, error)
    rows.append((kind, byte_count, cpu, peak))
    print(f"bench: stream of {byte_count / 2**30:.2f} GiB {kind}: peak {peak:.0f} MiB (at most {MEMORY_MAX_MIB})")
    return peak <= MEMORY_MAX_MIB


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        match = re.search(r"model name\s*:\s*(.*)", cpuinfo.read())
        model = match.group(1) if match else model
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} x {model}, {memory_gib:.0f} GiB, Linux {platform.release()}"


def write_report(rows, memory_rows, load_before):
    lines = ["# Benchmark", "", f"Machine: {machine()}; load before {load_before:.1f}, after {os.getloadavg()[0]:.1f}. "
             f"{RUNS} runs in turn, first one discarded. CPU = user + system of all threads, GB/s from its median.", "",
             "| workload | program | bytes | CPU min | median | max s | wall s | GB/s a core | speed of first / this "
             "| peak MiB |", "|---|---|---|---|---|---|---|---|---|---|"]
    for title, name, byte_count, low, median, high, wall, speed, ratio, peak in rows:
        lines.append(f"| {title} | {name} | {byte_count / 1e9:.2f} G | {low:.2f} | {median:.2f} | {high:.2f} "
                     f"| {wall:.2f} | {speed:.2f} | {ratio:.1f} | {peak:.0f} |")
    lines += ["", "| stream | bytes | CPU s | peak MiB |", "|---|---|---|---|"]
    lines += [f"| {kind} | {byte_count / 2**30:.2f} Gi | {cpu:.2f} | {peak:.0f} |"
              for kind, byte_count, cpu, peak in memory_rows]
    text = "\n".join(lines) + "\n"
    with open(f"{FOLDER}/report.md", "w", encoding="utf-8") as report:
        report.write(text)
    print("\n" + text + f"\nbench: written to {FOLDER}/report.md")


def audit_contenders(build, program, path, counts):
    def check_hunt(code, output, error):
        expect_exit(1)(code, output, error)
        check("hunt: Linux OS events", summary_number(error, "Linux OS"), counts["events"])
        check("hunt: lines", summary_number(error, "lines"), counts["records"])

    def check_execve(code, output, error):
        expect_exit(0)(code, output, error)
        check("query: EXECVE events", count_lines(output) - 1, counts["execve"])

    byte_count = os.path.getsize(path)
    execve = "SELECT \"Command\" FROM events WHERE \"Argument Count\" IS NOT NULL"
    contenders = {
        "tocsin hunt": ([program, "hunt", "-o", "ndjson", path], byte_count, check_hunt),
        "tocsin query, every EXECVE": ([program, "query", "-o", "csv", execve, path], byte_count, check_execve),
        "tocsin query, all fields": ([program, "query", "--star=all", "-o", "ndjson", "SELECT * FROM events LIMIT 1",
                                      path], byte_count, expect_exit(0)),
        "wc -l": (["wc", "-l", path], byte_count, expect_exit(0)),
    }
    if shutil.which("rg"):
        contenders["rg, the query as a regex on raw text"] = (["rg", "-j1", "-c", "-i", "-e", FLAGSHIP_REGEX, path],
                                                              byte_count, expect_exit(0))
    head = head_of(path, SLOW_BYTES)
    head_bytes = os.path.getsize(head)
    walk = f"{build}/tests/bench/auparse_walk"
    if os.path.exists(walk):
        contenders["libauparse, the same work"] = ([walk, head], head_bytes, expect_exit(0))
    if shutil.which("ausearch"):
        contenders["ausearch -x kubectl"] = (["ausearch", "--raw", "-if", head, "-x", "kubectl"], head_bytes,
                                             expect_exit(0, 1))
    return contenders


def kubernetes_contenders(program, path, counts):
    def check_hunt(code, output, error):
        expect_exit(0, 1)(code, output, error)
        check("hunt: Kubernetes Auditing events", summary_number(error, "Kubernetes Auditing"), counts["events"])

    def check_secrets(code, output, error):
        expect_exit(0)(code, output, error)
        check("query: secrets read by people", count_lines(output) - 1, counts["human_secret_get_list"])

    byte_count = os.path.getsize(path)
    secrets = ("SELECT username FROM events WHERE \"Resource\" = 'secrets' AND \"Verb\" IN ('get', 'list') "
               "AND username LIKE '%@example.com'")
    contenders = {
        "tocsin hunt": ([program, "hunt", "-o", "ndjson", path], byte_count, check_hunt),
        "tocsin query, secrets": ([program, "query", "-o", "csv", secrets, path], byte_count, check_secrets),
        "wc -l": (["wc", "-l", path], byte_count, expect_exit(0)),
    }
    if shutil.which("rg"):
        pattern = r'"verb":"(get|list)".*@example.com.*"resource":"secrets"'
        contenders["rg, secrets on raw text"] = (["rg", "-j1", "-c", pattern, path], byte_count, expect_exit(0))
    if shutil.which("jq"):
        head = head_of(path, SLOW_BYTES)
        select = 'select(.objectRef.resource=="secrets" and (.verb=="get" or .verb=="list"))|.auditID'
        contenders["jq, secrets"] = (["jq", "-c", select, head], os.path.getsize(head), expect_exit(0))
    return contenders


def main():
    build = sys.argv[1]
    program = "build/tocsin"
    os.makedirs(FOLDER, exist_ok=True)
    load_before = os.getloadavg()[0]
    rows = []
    audit_path, audit_counts = generate(build, "auditd", int(1200000 * SCALE))
    measure("audit", audit_contenders(build, program, audit_path, audit_counts), rows)
    kubernetes_path, kubernetes_counts = generate(build, "k8s", int(1300000 * SCALE))
    measure("kubernetes", kubernetes_contenders(program, kubernetes_path, kubernetes_counts), rows)
    memory_rows = []
    is_bounded = stream_memory(build, program, "auditd", 866000, memory_rows)
    is_bounded = stream_memory(build, program, "k8s", 672000, memory_rows) and is_bounded
    write_report(rows, memory_rows, load_before)
    return 0 if is_bounded else 1


if __name__ == "__main__":
    sys.exit(main())
