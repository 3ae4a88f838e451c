"""bench_tools.py: what the parts of the benchmark share: settings, data, runs of programs and questions to databases.

A contender is measured in rounds, in turn with the others, so that a change of the machine hits all of them. The first
round is not counted: it warms the page cache, its answers are checked, and the memory of programs is watched in it.
"""
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

FOLDER = "build/bench"
PROGRAM = "build/tocsin"
ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "1200000"))
SEED = int(os.environ.get("BENCH_SEED", "42"))
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
NEEDLE = os.environ.get("BENCH_NEEDLE", "xmrig")
THREADS = 2

# The original query looks a day back from NOW(): for the table a day after a bound that databases are told, so that all
# see the same rows; for audit logs, of a few hours, so that it sees all of them.
DAY_MS = 86400000
START_MS = 1795300000000
DAY_START_MS = START_MS + 3600000
NOW_MS = DAY_START_MS + DAY_MS
LOG_NOW_MS = START_MS - 1 + DAY_MS
# Programs that take less time than this are run several times in a round.
SHORT_SECONDS = 0.15
REPEATS_MAX = 10


def say(text):
    print(f"bench: {text}", flush=True)


def fail(text):
    sys.exit(f"bench: {text}")


def check(what, got, wanted):
    if got != wanted:
        fail(f"{what} is {got}, should be {wanted}: no time is quoted for a wrong answer")
    say(f"{what} = {got}, as it should be")


# ---- memory ---------------------------------------------------------------------------------------------------------

class MemoryWatch:
    """The largest anonymous memory of a process, in MiB, looked at every two milliseconds: mapped files are page cache
    and do not count. What comes and goes between two looks is missed."""

    def __init__(self, pid):
        self.path = f"/proc/{pid}/status"
        self.peak_kib = 0
        self.is_done = False
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def look(self):
        try:
            with open(self.path, encoding="ascii", errors="replace") as status:
                text = status.read()
        except OSError:
            return False
        sizes = re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", text, re.MULTILINE)
        self.peak_kib = max(self.peak_kib, sum(int(size) for size in sizes))
        return bool(sizes)

    def watch(self):
        while not self.is_done and self.look():
            time.sleep(0.002)

    def stop(self):
        self.is_done = True
        self.thread.join()
        return self.peak_kib / 1024


# ---- programs -------------------------------------------------------------------------------------------------------

def run_program(command, stdin=None, is_watched=False):
    """Runs to the end. Standard output goes to a file, not to memory."""
    output_path = os.path.join(FOLDER, "stdout.txt")
    error_path = os.path.join(FOLDER, "stderr.txt")
    with open(error_path, "wb") as error_file, open(output_path, "wb") as output_file:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=output_file, stderr=error_file)
        watch = MemoryWatch(process.pid) if is_watched else None
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    with open(error_path, encoding="utf-8", errors="replace") as error_file:
        error = error_file.read()
    return {"code": process.returncode, "output": output_path, "error": error, "wall": wall,
            "cpu": usage.ru_utime + usage.ru_stime, "resident": usage.ru_maxrss / 1024,
            "anonymous": watch.stop() if watch else 0}


def must_run(command, what, **options):
    result = run_program(command, **options)
    if result["code"] != 0:
        fail(f"{what}: exit code {result['code']}\n{' '.join(command)}\n{result['error']}")
    return result


def output_lines(result):
    with open(result["output"], encoding="utf-8", errors="replace") as text:
        return text.read().splitlines()


class Program:
    """A command; its figures are those of the whole process, start included, as the kernel counts them."""

    def __init__(self, command, examine=None, codes=(0,), rounds=None, before=None):
        self.command = command
        self.before = before  # done before every run, outside of its time
        self.examine = examine
        self.codes = codes
        self.rounds = rounds
        self.repeats = 1
        self.memory = {}

    def expect_code(self, result):
        if result["code"] not in self.codes:
            fail(f"exit code {result['code']} of {' '.join(self.command)}\n{result['error']}")

    def run(self, is_watched=False):
        if self.before:
            self.before()
        result = run_program(self.command, is_watched=is_watched)
        self.expect_code(result)
        return result

    def first(self):
        result = self.run(is_watched=True)
        self.memory = {"anonymous": result["anonymous"], "resident": result["resident"]}
        self.repeats = max(1, min(REPEATS_MAX, round(SHORT_SECONDS / max(result["cpu"], 0.001))))
        if self.examine:
            self.examine(result)

    def once(self):
        results = [self.run() for _ in range(self.repeats)]
        return tuple(sum(result[name] for result in results) / len(results) for name in ("cpu", "wall"))


class InProcess(Program):
    """A command that prints cpu=SECONDS of its work alone, without start and without reading the file."""

    def once(self):
        result = self.run()
        values = dict(re.findall(r"(\w+)=([\d.]+)", "\n".join(output_lines(result))))
        return float(values["cpu"]), float(values.get("wall", values["cpu"]))


# ---- databases that stay open ---------------------------------------------------------------------------------------

class Server:
    """One of the peers that are libraries, in a process that stays for all its questions."""

    def __init__(self, engine, database):
        self.engine = engine
        self.process = subprocess.Popen(
            ["node", "tests/bench/peer_server.mjs", engine, f"{FOLDER}/peers", database, str(THREADS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, sql):
        self.process.stdin.write(json.dumps({"sql": sql}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        reply = json.loads(line) if line else {"error": "the process ended"}
        if "error" in reply:
            fail(f"{self.engine}: {reply['error']}\n{sql}")
        return reply

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Question:
    """A query of an open database. CPU and wall time are those of the query alone, in favour of the peer."""

    def __init__(self, server, sql, examine=None, rounds=None):
        self.server = server
        self.sql = sql
        self.examine = examine
        self.rounds = rounds
        self.memory = {}

    def first(self):
        watch = MemoryWatch(self.server.process.pid)
        reply = self.server.ask(self.sql)
        self.memory = {"anonymous": watch.stop()}
        if self.examine:
            self.examine(reply)

    def once(self):
        reply = self.server.ask(self.sql)
        return reply["cpu"], reply["wall"]


# ---- measuring ------------------------------------------------------------------------------------------------------

def measure(title, contenders, size=None):
    """contenders: name -> Program or Question. `size`: name -> {"bytes": N, "events": N} that it reads.
    Gives name -> figures."""
    samples = {name: [] for name in contenders}
    for number in range(RUNS + 1):
        for name, contender in contenders.items():
            if number == 0:
                contender.first()
            elif number <= (contender.rounds or RUNS):
                samples[name].append(contender.once())
    figures = {}
    for name, contender in contenders.items():
        cpu = [sample[0] for sample in samples[name]]
        wall = [sample[1] for sample in samples[name]]
        figures[name] = {"cpu": statistics.median(cpu), "cpu_min": min(cpu), "cpu_max": max(cpu),
                         "wall": statistics.median(wall), "wall_min": min(wall), "runs": len(cpu),
                         **contender.memory, **(size or {}).get(name, {})}
        say(f"{title}: {name}: {figures[name]['cpu']:.4f} s CPU, {figures[name]['wall']:.4f} s wall, "
            f"{contender.memory.get('anonymous', 0):.0f} MiB")
    return figures


# ---- data -----------------------------------------------------------------------------------------------------------

def generate(build, kind, count, *arguments, suffix="log"):
    """Path and counts of a generated log, made once for each seed and size."""
    name = "-".join([kind, str(count), str(SEED), *(argument.strip("-") for argument in arguments)])
    path = os.path.join(FOLDER, f"{name}.{suffix}")
    counts_path = path + ".counts"
    if not (os.path.exists(path) and os.path.exists(counts_path)):
        say(f"writing {path}")
        with open(path, "wb") as log:
            command = [f"{build}/tests/bench/generate_logs", kind, "-n", str(count), "-s", str(SEED), *arguments]
            counted = subprocess.run(command, stdout=log, stderr=subprocess.PIPE, text=True, check=True).stderr
        with open(counts_path, "w", encoding="utf-8") as counts_file:
            counts_file.write(counted)
    with open(counts_path, encoding="utf-8") as counts_file:
        return path, {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", counts_file.read())}


def forget(path):
    for name in [path] + glob.glob(path + ".*"):
        if os.path.isdir(name):
            shutil.rmtree(name)
        elif os.path.exists(name):
            os.remove(name)


def head_of(path, byte_count):
    """A file of the first whole lines of `path`. In small pieces: a child's peak memory is never below its parent's."""
    target = f"{path}.head-{byte_count}"
    if not os.path.exists(target):
        with open(path, "rb") as source, open(target, "wb") as head:
            for line in source:
                if head.tell() + len(line) > byte_count:
                    break
                head.write(line)
    return target


def folder_bytes(path):
    """What a folder takes on disk."""
    return sum(os.stat(os.path.join(folder, name)).st_blocks * 512
               for folder, _, names in os.walk(path) for name in names)


def has(command):
    return shutil.which(command) is not None


# ---- tocsin ---------------------------------------------------------------------------------------------------------

PLAIN = ["--config", "none", "--no-summary"]


def tocsin_query(query, *where, threads=1, now=NOW_MS):
    """A query over logs, or over a store if `where` begins with --store."""
    text = query if isinstance(query, list) else [query]
    options = [PROGRAM, "query", *PLAIN, "-o", "csv", "--threads", str(threads), "--now", str(now)]
    if where and where[0] == "--store":
        return options + list(where) + text
    return options + text + list(where)
