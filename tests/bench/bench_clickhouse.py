#!/usr/bin/env python3
"""bench_clickhouse.py BUILD_FOLDER: what inserting into ClickHouse and asking it costs, on both kinds of server.

Starts three nodes of 18.16 and a recent ClickHouse, loads generated audit events into each, and asks the original query
through Tocsin and as SQL written by hand for the same table; the rows must be the same, and as many as the generator
says. Writes the generated part of docs/clickhouse.md and the inputs of tests/bench/scale.py. About six minutes.

Settings: BENCH_CLICKHOUSE_EVENTS (400000), BENCH_RUNS (5 rounds), BENCH_ONLY ("cluster modern"), BENCH_DOCS=1 (writes
the documents for another number of events, too).
"""
import csv
import datetime
import json
import os
import re
import statistics
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clickhouse"))

# pylint: disable=wrong-import-position
import bench_tools  # noqa: E402
import scale  # noqa: E402
from bench_logs import all_fields_query, first_number  # noqa: E402
from bench_tools import FOLDER, LOG_NOW_MS, RUNS, check, fail, generate, must_run, say  # noqa: E402
from peer_queries import tocsin_original  # noqa: E402
from run_bench import machine  # noqa: E402
from servers import Servers  # noqa: E402

EVENTS = int(os.environ.get("BENCH_CLICKHOUSE_EVENTS", "400000"))
DEFAULT_EVENTS = 400000
KINDS = {"cluster": "18.16, three nodes, two shards", "modern": "26.7, one node"}
TICKS = os.sysconf("SC_CLK_TCK")
REPEATS = 4
SETTLE_SECONDS = 90
DOCUMENT = "docs/clickhouse.md"
BEGIN = "<!-- `make bench-clickhouse` writes what follows -->"
END = "<!-- `make bench-clickhouse` writes what is above -->"


# ---- SQL by hand ----------------------------------------------------------------------------------------------------

def by_hand(kind, table, is_prewhere=False):
    """What somebody who knows the table writes for the original query. 18.16 has no ILIKE."""
    def has(word):
        return f"Command ILIKE '%{word}%'" if kind == "modern" else f"positionCaseInsensitive(Command, '{word}') > 0"

    def has_any(*words):
        return "(" + " OR ".join(has(word) for word in words) + ")"

    risk = (f"(CASE WHEN {has('kubectl')} AND {has_any('secret', 'serviceaccount', 'configmap')} THEN 1 ELSE 0 END"
            f" + CASE WHEN {has('docker')} AND {has_any('inspect', 'logs', 'exec', 'env')} THEN 1 ELSE 0 END"
            f" + CASE WHEN {has('docker.sock')} THEN 1 ELSE 0 END)")
    kubectl_words = has_any("get secret", "describe secret", "get sa ", "get serviceaccount", "get configmap", " logs ",
                            " exec ")
    docker_words = has_any("inspect", "logs", "exec", " env")
    secret_words = has_any("pass", "secret", "token", "key", "credential")
    times = f"_day >= toDate({(LOG_NOW_MS - 86400000) // 86400000}) AND starttime > {LOG_NOW_MS - 86400000}"
    cover = f" PREWHERE {has_any('kubectl', 'docker')}" if is_prewhere else ""
    return ("SELECT formatDateTime(toDateTime(intDiv(starttime, 1000), 'UTC'), '%F %T') AS EventTime,"
            " replaceOne(IPv6NumToString(sourceip), '::ffff:', '') AS SourceIP, ifNull(username, '') AS Username,"
            " ifNull(`Process Name`, '') AS ProcessName, ifNull(Command, '') AS CommandLine,"
            " transform(logsourceid, [1001, 1003], ['Linux OS', 'Kubernetes Auditing'], '') AS LogSourceType,"
            f" ifNull(hostname, '') AS Hostname, {risk} AS RiskScore FROM {table}{cover}"
            f" WHERE _kind = 0 AND logsourceid IN (1001, 1003)"
            f" AND (({has('kubectl')} AND {kubectl_words}) OR ({has('docker')} AND {docker_words} AND {secret_words})"
            f" OR {has('/var/run/docker.sock')}) AND {times}"
            " ORDER BY RiskScore DESC, starttime DESC LIMIT 1000 FORMAT CSVWithNames")


# ---- servers --------------------------------------------------------------------------------------------------------

class Place:
    """Servers of one kind, and their CPU time."""

    def __init__(self, kind):
        self.kind = kind
        self.servers = Servers(os.path.join(FOLDER, "clickhouse", kind))
        self.nodes = (1, 2, 3) if kind == "cluster" else (1,)

    def cpu(self):
        """Of all servers, ZooKeeper too."""
        total = 0
        for process in self.servers.state["processes"]:
            with open(f"/proc/{process['pid']}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def sql(self, sql, node=1):
        return self.servers.sql(node, sql, timeout=600).strip()

    def urls(self, database):
        return ",".join(self.servers.url(node, database) for node in self.nodes)

    def local(self, database):
        return f"{database}.events_local" if self.kind == "cluster" else f"{database}.events"

    def settle(self):
        """Until merges and the other replicas are done."""
        deadline = time.monotonic() + SETTLE_SECONDS
        calm = 0
        while calm < 4 and time.monotonic() < deadline:
            busy = sum(int(self.sql("SELECT count() FROM system.merges", node)) for node in self.nodes)
            if self.kind == "cluster":
                busy += sum(int(self.sql("SELECT toUInt64(sum(queue_size)) FROM system.replicas", node))
                            for node in self.nodes)
            calm = 0 if busy else calm + 1
            time.sleep(0.25)

    def disk_bytes(self, database):
        """Of the first replica of each shard."""
        table = self.local(database).split(".")[1]
        return sum(int(self.sql("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND "
                                f"database = '{database}' AND table = '{table}'", node))
                   for node in ((1, 3) if self.kind == "cluster" else (1,)))


class ThreadWatch:
    """CPU seconds of the threads of a process that is about to end, in the order of what they took."""

    def __init__(self, command):
        self.times = {}
        self.command = command
        self.is_done = False
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def find(self):
        own = os.getpid()
        with open(f"/proc/{own}/task/{own}/children", encoding="ascii") as children:
            return children.read().split()

    def watch(self):
        while not self.is_done:
            for pid in self.find():
                self.look(pid)
            time.sleep(0.01)

    def look(self, pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as command:
                if command.read().split(b"\0")[:-1] != [word.encode() for word in self.command]:
                    return
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
                    self.times[task] = int(stat.read().split()[0]) / 1e9
        except OSError:
            pass

    def stop(self):
        self.is_done = True
        self.thread.join()
        return sorted(self.times.values(), reverse=True)


# ---- inserting ------------------------------------------------------------------------------------------------------

def ingest(program, place, urls, log, *more):
    command = [program, "ingest", "--config", "none", *more, "--to", urls, log]
    watch = ThreadWatch(command)
    before = place.cpu()
    result = must_run(command, "ingest")
    result["server"] = place.cpu() - before
    result["threads"] = watch.stop()
    sent = re.search(r"([\d.]+) bytes an event\)", result["error"])
    result["sent"] = float(sent.group(1)) if sent else fail(f"no summary of the load:\n{result['error']}")
    return result


def sink(place, program):
    """A database whose table takes rows and forgets them: there the server does as little as it can."""
    place.sql("CREATE DATABASE IF NOT EXISTS sink")
    url = re.sub(r"\?.*", "", place.servers.url(1, "sink"))
    must_run([program, "schema", "--clickhouse", "--apply", url], "schema")
    place.sql("RENAME TABLE sink.events TO sink.kept")
    place.sql("CREATE TABLE sink.events AS sink.kept ENGINE = Null")
    return url


def measure_parser(program, log, counts):
    """Reading all fields, which is what a load does before it sends anything; no search in front of it."""
    query, _ = all_fields_query("linux_audit")
    command = [program, "query", *bench_tools.PLAIN, "-o", "csv", query, log]
    results = [must_run(command, "all fields") for _ in range(RUNS + 1)]
    check("events parsed", first_number(results[0]), counts["events"])
    return statistics.median(result["cpu"] for result in results[1:])


def measure_insert(place, program, log, counts):
    database = "bench"
    on_cluster = " ON CLUSTER tocsin" if place.kind == "cluster" else ""
    place.sql(f"CREATE DATABASE {database}{on_cluster}")
    must_run([program, "schema", "--clickhouse", "--apply", place.servers.url(1, database)], "schema")
    forgetting = sink(place, program)
    parser = [measure_parser(program, log, counts)]
    rounds = [ingest(program, place, forgetting, log, "--threads", "2") for _ in range(3)]
    parser.append(measure_parser(program, log, counts))
    before = place.cpu()
    kept = ingest(program, place, place.urls(database), log, "--threads", "2")
    place.settle()
    server = place.cpu() - before
    check(f"{place.kind}: events in the table", int(place.sql(f"SELECT count() FROM {database}.events")),
          counts["events"])
    threads = max(rounds, key=lambda one: sum(one["threads"]))["threads"]
    return {"parser": statistics.mean(parser),
            "client": statistics.median(one["cpu"] for one in rounds),
            "sink wall": min(one["wall"] for one in rounds),
            "sink server": statistics.median(one["server"] for one in rounds),
            "threads": threads[:2] + [sum(threads[2:])],
            "wall": kept["wall"], "server": server, "sent": kept["sent"],
            "disk": place.disk_bytes(database) / counts["events"],
            "raw": os.path.getsize(log) / counts["events"]}


# ---- asking ---------------------------------------------------------------------------------------------------------

def rows_of(result):
    with open(result["output"], encoding="utf-8", newline="") as text:
        return sorted(tuple(row) for row in csv.reader(text))


def measure_query(place, program, counts):
    url = place.servers.url(1, "bench")
    node = place.servers.node(1)["http"]

    def by_curl(sql):
        path = os.path.join(FOLDER, f"query-{len(sql)}.sql")
        with open(path, "w", encoding="utf-8") as text:
            text.write(sql)
        # As Tocsin's client is asked: an error of the server is an error.
        return ["curl", "-sS", "--fail", "--data-binary", f"@{path}", f"http://127.0.0.1:{node}/?max_threads=2"]

    contenders = {
        "through Tocsin": [program, "query", *bench_tools.PLAIN, "-o", "csv", "--now", str(LOG_NOW_MS), "--on", url,
                           tocsin_original()],
        "SQL by hand": by_curl(by_hand(place.kind, "bench.events")),
        "SQL by hand, PREWHERE by hand": by_curl(by_hand(place.kind, "bench.events", True)),
    }
    samples = {name: [] for name in contenders}
    wanted = None
    for number in range(RUNS + 1):
        for name, command in contenders.items():
            before = place.cpu()
            results = [must_run(command, name) for _ in range(REPEATS)]
            sample = {"server": (place.cpu() - before) / REPEATS,
                      "client": sum(result["cpu"] for result in results) / REPEATS,
                      "wall": sum(result["wall"] for result in results) / REPEATS}
            if number > 0:
                samples[name].append({**sample, "all": sample["server"] + sample["client"]})
                continue
            rows = rows_of(results[0])
            wanted = wanted or rows
            check(f"{place.kind}: rows {name}", len(rows) - 1, min(1000, counts["original"]))
            if rows != wanted:
                fail(f"{place.kind}: {name} gives other rows: "
                     f"{[pair for pair in zip(rows, wanted) if pair[0] != pair[1]][:3]}")
    return {name: {figure: statistics.median(sample[figure] for sample in of_one) for figure in of_one[0]}
            for name, of_one in samples.items()}


# ---- page -----------------------------------------------------------------------------------------------------------

def million(seconds, events):
    return f"{events / seconds / 1e6:.2f}"


def us(seconds, events):
    return f"{seconds / events * 1e6:.2f}"


def insert_lines(kinds, events):
    names = list(kinds)
    rows = [
        ("parsing alone, all fields: M events/s of a core", lambda f: million(f["parser"], events)),
        ("the client's CPU, us an event", lambda f: us(f["client"], events)),
        ("of it parsing", lambda f: f"{100 * f['parser'] / f['client']:.0f} %"),
        ("its busiest thread, us an event; the next; all others",
         lambda f: "; ".join(us(seconds, events) for seconds in f["threads"])),
        ("into a table that forgets rows: M events/s by the clock", lambda f: million(f["sink wall"], events)),
        ("that server's CPU, us an event", lambda f: us(f["sink server"], events)),
        ("into the table: M events/s by the clock", lambda f: million(f["wall"], events)),
        ("all servers' CPU, merges and replicas included, us an event", lambda f: us(f["server"], events)),
        ("bytes an event: in the log; sent; on disk, one copy",
         lambda f: f"{f['raw']:.0f}; {f['sent']:.0f}; {f['disk']:.0f}"),
    ]
    return (["| inserting | " + " | ".join(KINDS[name] for name in names) + " |", "|---|" + "---|" * len(names)]
            + [f"| {title} | " + " | ".join(show(kinds[name]["insert"]) for name in names) + " |"
               for title, show in rows])


def query_lines(kinds):
    lines = ["| the original query | server's CPU | client's | together | wall | as a multiple of SQL by hand |",
             "|---|---|---|---|---|---|"]
    for kind, figures in kinds.items():
        hand = figures["query"]["SQL by hand"]["all"]
        for name, of_one in figures["query"].items():
            lines.append(f"| {KINDS[kind]}: {name} | " + " | ".join(
                f"{of_one[figure] * 1000:.0f} ms" for figure in ("server", "client", "all", "wall"))
                         + f" | {of_one['all'] / hand:.2f} |")
    return lines


def page_lines(result):
    return [f"{result['machine']}; {result['date']}; {result['events']:,} audit events; medians of {result['runs']} "
            f"rounds; load {result['load_before']:.1f} before, {result['load_after']:.1f} after.", "",
            *insert_lines(result["kinds"], result["events"]), "", *query_lines(result["kinds"])]


def write(result):
    lines = page_lines(result)
    print("\n".join(lines))
    with open(f"{FOLDER}/results-clickhouse.json", "w", encoding="utf-8") as target:
        json.dump(result, target, indent=1)
    if set(result["kinds"]) != set(KINDS) or (EVENTS != DEFAULT_EVENTS and not os.environ.get("BENCH_DOCS")):
        say(f"{DOCUMENT} is left as it is: not both kinds of server, or not {DEFAULT_EVENTS:,} events")
        return
    with open(DOCUMENT, encoding="utf-8") as source:
        document = source.read()
    before, rest = document.split(BEGIN, 1)
    with open(DOCUMENT, "w", encoding="utf-8") as target:
        target.write(before + BEGIN + "\n\n" + "\n".join(lines) + "\n\n" + END + rest.split(END, 1)[1])
    scale.store_inputs(result)
    scale.write_document()
    say(f"{DOCUMENT} and {scale.DOCUMENT} are written")


def main():
    build = sys.argv[1]
    program = f"{build}/src/cli/tocsin"
    os.makedirs(FOLDER, exist_ok=True)
    log, counts = generate(build, "auditd", EVENTS)
    kinds = {}
    load = os.getloadavg()[0]
    for kind in os.environ.get("BENCH_ONLY", "").split() or KINDS:
        place = Place(kind)
        bench_tools.shutil.rmtree(place.servers.folder, ignore_errors=True)
        say(f"{KINDS[kind]}")
        place.servers.start(kind)
        try:
            kinds[kind] = {"insert": measure_insert(place, program, log, counts)}
            kinds[kind]["query"] = measure_query(place, program, counts)
        finally:
            place.servers.stop()
        bench_tools.shutil.rmtree(place.servers.folder, ignore_errors=True)
    write({"machine": machine(), "date": datetime.date.today().isoformat(), "events": EVENTS, "runs": RUNS,
           "load_before": load, "load_after": os.getloadavg()[0], "kinds": kinds})


if __name__ == "__main__":
    main()
