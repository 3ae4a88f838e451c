#!/usr/bin/env python3
"""bench_report.py: the figures of build/bench/results as the generated part of docs/performance.md, and its charts.

Run alone it writes them again without measuring. The page is written when all parts were measured with the default
number of rows, or with BENCH_DOCS=1; build/bench/report.md always is.
"""
import json
import math
import os

import bench_chart
from bench_tools import FOLDER

DOCUMENT = "docs/performance.md"
BEGIN = "<!-- `make bench` writes what follows -->"
END = "<!-- `make bench` writes what is above -->"
DEFAULT_ROWS = 10000000
PARTS = ["store", "audit", "kubernetes", "rules", "ingest", "growth", "streams"]
MEMORY_MAX_MIB = 256
WORSE_THAN_LINEAR = 1.1

CHARTS = [  # file, key in part growth, title, title of the x axis
    ("performance-events.svg", "events", "CPU time as stored events grow", "events"),
    ("performance-unique.svg", "unique", "CPU time as different commands grow, rows being the same",
     "different commands"),
    ("performance-rules.svg", "rule_count", "CPU time of a hunt over audit text as rules grow", "rules"),
]


class Results:
    """All figures that there are: workload -> contender -> figure -> number."""

    def __init__(self):
        self.parts = {}
        self.workloads = {}
        for part in PARTS:
            path = f"{FOLDER}/results/{part}.json"
            if os.path.exists(path):
                with open(path, encoding="utf-8") as source:
                    self.parts[part] = json.load(source)
                if part != "growth":
                    self.workloads.update(self.parts[part]["workloads"])

    def is_complete(self):
        return all(part in self.parts for part in PARTS)

    def get(self, workload, contender, figure):
        return self.workloads.get(workload, {}).get(contender, {}).get(figure)

    def speed(self, workload, contender, size):
        cpu = self.get(workload, contender, "cpu")
        amount = self.get(workload, contender, size)
        return amount / cpu if cpu and amount else None


# ---- targets --------------------------------------------------------------------------------------------------------

class Target:
    """One line of the table: `figure` of the results, at least or at most `wanted`."""

    def __init__(self, work, figure, wanted, unit, is_most=False):
        self.work = work
        self.figure = figure
        self.wanted = wanted
        self.unit = unit
        self.is_most = is_most

    def show(self, value):
        if self.unit in ("ms", "MiB", "bytes"):
            return f"{value:.0f} {self.unit}"
        if self.unit == "x":
            return f"{value:.1f}x" if value < 10 else f"{value:.0f}x"
        return f"{value:.2f} {self.unit}"

    def is_met(self, value):
        return value <= self.wanted if self.is_most else value >= self.wanted

    def line(self, results):
        value = self.figure(results)
        bound = f"{'at most' if self.is_most else 'at least'} {self.show(self.wanted)}"
        if value is None:
            return f"| {self.work} | not measured | {bound} | |"
        verdict = "met" if self.is_met(value) else "**not met**"
        return f"| {self.work} | {self.show(value)} | {bound} | {verdict} |"


def divide(a, b):
    return a / b if a and b else None


def cpu_ratio(workload, peer, ours="tocsin"):
    """How many times our CPU time the peer takes."""
    return lambda results: divide(results.get(workload, peer, "cpu"), results.get(workload, ours, "cpu"))


def speed_ratio(workload, peer, ours="tocsin"):
    """The same when the two read different amounts."""
    return lambda results: divide(results.speed(workload, ours, "bytes"), results.speed(workload, peer, "bytes"))


def faster_peer_ratio(workload, peers):
    def figure(results):
        times = [results.get(workload, peer, "cpu") for peer in peers]
        return divide(min(times), results.get(workload, "tocsin", "cpu")) if all(times) else None
    return figure


def wall_ms(workload, contender):
    return lambda results: (results.get(workload, contender, "wall") or 0) * 1000 or None


def time_ratio(workload, ours, peer, figure):
    return lambda results: divide(results.get(workload, ours, figure), results.get(workload, peer, figure))


def rate(workload, contender, size, unit):
    return lambda results: (results.speed(workload, contender, size) or 0) / unit or None


def disk_bytes(workload, contender):
    return lambda results: divide(results.get(workload, contender, "disk"), results.get(workload, contender, "events"))


def our_memory(results):
    """(MiB, workload) of every run of ours."""
    found = [(figures["anonymous"], f"{workload}: {name}") for workload, contenders in results.workloads.items()
             for name, figures in contenders.items() if is_ours(name) and "anonymous" in figures]
    growth = results.parts.get("growth", {}).get("workloads", {})
    found += [(point["anonymous"], f"{kind}: {name}") for kind, curves in growth.items()
              for name, points in curves.items() for point in points]
    return sorted(found, reverse=True)


def largest_memory(results):
    found = our_memory(results)
    return found[0][0] if found else None


def is_ours(name):
    return name.startswith("tocsin") or name.endswith(" rules")


REPETITIVE, UNIQUE = "commands that repeat", "unique commands"
TARGETS = [
    Target(f"original query, {REPETITIVE}: CPU against chDB's ilike", cpu_ratio("original-high", "chDB ilike"), 20,
           "x"),
    Target(f"original query, {UNIQUE}: CPU against chDB's ilike", cpu_ratio("original-low", "chDB ilike"), 7, "x"),
    Target(f"original query, {REPETITIVE}: CPU against DuckDB's ILIKE", cpu_ratio("original-high", "DuckDB ILIKE"), 80,
           "x"),
    Target(f"original query, {UNIQUE}: CPU against DuckDB's ILIKE", cpu_ratio("original-low", "DuckDB ILIKE"), 30, "x"),
    Target(f"original query, {REPETITIVE}: CPU against DuckDB's contains(lower())",
           cpu_ratio("original-high", "DuckDB contains(lower())"), 30, "x"),
    Target(f"original query, {UNIQUE}: CPU against DuckDB's contains(lower())",
           cpu_ratio("original-low", "DuckDB contains(lower())"), 12, "x"),
    Target(f"original query, {REPETITIVE}: wall time, 2 threads, with sort and output",
           wall_ms("original-high", "tocsin, 2 threads"), 60, "ms", is_most=True),
    Target(f"original query, {UNIQUE}: wall time, 2 threads, with sort and output",
           wall_ms("original-low", "tocsin, 2 threads"), 200, "ms", is_most=True),
    Target(f"one ILIKE '%x%', {REPETITIVE}: CPU against chDB", cpu_ratio("word-high", "chDB ilike"), 10, "x"),
    Target(f"one ILIKE '%x%', {UNIQUE}: CPU against chDB", cpu_ratio("word-low", "chDB ilike"), 3, "x"),
    Target(f"a needle that is not there, {REPETITIVE}: CPU against chDB", cpu_ratio("absent-high", "chDB ilike"), 100,
           "x"),
    Target(f"a needle that is not there, {UNIQUE}: CPU against chDB", cpu_ratio("absent-low", "chDB ilike"), 100, "x"),
    Target("GROUP BY username, hostname, COUNT, top 10: CPU against the faster of DuckDB and chDB",
           faster_peer_ratio("groups-high", ["chDB", "DuckDB"]), 2, "x"),
    Target("audit, all fields: speed a core against libauparse, interpreted",
           speed_ratio("audit-fields", "libauparse, interpreted"), 8, "x"),
    Target("audit, all fields: speed a core", rate("audit-fields", "tocsin", "bytes", 1e9), 1.0, "GB/s"),
    Target("original query over an audit file, 1 thread: its CPU time as a multiple of ripgrep's",
           time_ratio("audit-original", "tocsin", "ripgrep, the same words", "cpu"), 1.5, "x", is_most=True),
    Target("original query over an audit file, 2 threads: its wall time as a multiple of ripgrep's",
           time_ratio("audit-original", "tocsin, 2 threads", "ripgrep, the same words", "wall"), 1.0, "x",
           is_most=True),
    Target("Kubernetes audit, all fields: speed a core against simdjson (on demand, 15 fields)",
           speed_ratio("kubernetes-fields", "simdjson on demand, 15 fields"), 1.4, "x"),
    Target("Kubernetes audit, all fields: speed a core against DuckDB's read_ndjson (12 columns)",
           speed_ratio("kubernetes-fields", "DuckDB read_ndjson, 12 columns"), 2.5, "x"),
    Target("Kubernetes audit, all fields: speed a core against jq", speed_ratio("kubernetes-fields", "jq, secrets"), 25,
           "x"),
    Target("Kubernetes audit, all fields: speed a core", rate("kubernetes-fields", "tocsin", "bytes", 1e9), 1.4,
           "GB/s"),
    Target("500 rules over audit text, one core", rate("rules", "500 rules", "events", 1e6), 0.7, "M events/s"),
    Target("2,000 rules over audit text, one core", rate("rules", "2000 rules", "events", 1e6), 0.5, "M events/s"),
    Target("ingest of audit text, one core", rate("ingest", "tocsin", "events", 1e6), 0.8, "M events/s"),
    Target("an audit event on disk, without payload", disk_bytes("ingest", "tocsin, without payload"), 60, "bytes",
           is_most=True),
    Target("memory of any of these, beside the page cache", largest_memory, MEMORY_MAX_MIB, "MiB", is_most=True),
]


def target_lines(results):
    return (["| work | measured | target | |", "|---|---|---|---|"] + [target.line(results) for target in TARGETS])


# ---- tables ---------------------------------------------------------------------------------------------------------

WORKLOAD_TITLES = {
    "original-high": f"The original query, {REPETITIVE}",
    "original-low": f"The original query, {UNIQUE}",
    "word-high": f"`ILIKE '%docker.sock%'`, {REPETITIVE}",
    "word-low": f"`ILIKE '%docker.sock%'`, {UNIQUE}",
    "absent-high": f"A needle that is not there, {REPETITIVE}",
    "absent-low": f"A needle that is not there, {UNIQUE}",
    "groups-high": f"GROUP BY username, hostname, {REPETITIVE}",
    "groups-low": f"GROUP BY username, hostname, {UNIQUE}",
    "audit-fields": "Audit text, all fields",
    "audit-original": "Audit text, the original query",
    "kubernetes-fields": "Kubernetes audit, all fields",
    "kubernetes-secrets": "Kubernetes audit, secrets read by people",
    "rules": "Many rules over audit text, one thread",
    "ingest": "Audit text into a new store",
    "streams": "Streams through a pipe, whole pack",
}


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"


def ratio(peer, ours):
    value = divide(peer, ours)
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def size_cells(figures):
    if "bytes" not in figures:
        return "| | "
    cpu = figures["cpu"]
    return f"| {figures['bytes'] / cpu / 1e9:.2f} | {figures['events'] / cpu / 1e6:.2f} "


def normalized(figures, figure):
    """Time for a byte where sizes differ, else time."""
    return figures[figure] / figures.get("bytes", 1)


def workload_lines(title, contenders):
    ours = contenders.get("tocsin") or next(iter(contenders.values()))
    has_size = any("bytes" in figures for figures in contenders.values())
    lines = [f"**{title}**", "",
             "| | CPU | smallest, largest | wall | CPU ratio | wall ratio | memory MiB |" +
             (" GB/s a core | M events/s a core |" if has_size else ""),
             "|---|---|---|---|---|---|---|" + ("---|---|" if has_size else "")]
    for name, figures in contenders.items():
        spread = (f"{seconds(figures['cpu_min'])}, {seconds(figures['cpu_max'])}" if "cpu_min" in figures else "")
        lines.append(f"| {name} | {seconds(figures['cpu'])} | {spread} | {seconds(figures['wall'])} "
                     f"| {ratio(normalized(figures, 'cpu'), normalized(ours, 'cpu'))} "
                     f"| {ratio(normalized(figures, 'wall'), normalized(ours, 'wall'))} "
                     f"| {figures.get('anonymous', 0):.0f} " + (size_cells(figures) if has_size else "") + "|")
    return lines + [""]


def disk_lines(results):
    lines = ["| store | events | bytes an event on disk | M events/s a core | memory MiB |", "|---|---|---|---|---|"]
    for workload, name, title in (("ingest", "tocsin", "audit, with the lines themselves"),
                                  ("ingest", "tocsin, without payload", "audit, without them"),
                                  ("load-high", "tocsin", f"table of seven columns, {REPETITIVE}, with payload"),
                                  ("load-low", "tocsin", f"table of seven columns, {UNIQUE}, with payload")):
        figures = results.workloads.get(workload, {}).get(name)
        if figures and "disk" in figures:
            lines.append(f"| {title} | {figures['events']:,} | {figures['disk'] / figures['events']:.1f} "
                         f"| {figures['events'] / figures['cpu'] / 1e6:.2f} | {figures.get('anonymous', 0):.0f} |")
    return lines + [""]


# ---- growth ---------------------------------------------------------------------------------------------------------

def slope(points):
    """Of the last step, on logarithmic axes: 1 is linear."""
    if len(points) < 2 or min(point["cpu"] for point in points[-2:]) <= 0:
        return 0.0
    first, last = points[-2], points[-1]
    return math.log(last["cpu"] / first["cpu"]) / math.log(last["at"] / first["at"])


def growth_lines(results):
    growth = results.parts.get("growth", {}).get("workloads")
    if not growth:
        return ["Not measured.", ""]
    lines = []
    worse = []
    for file, kind, title, x_title in CHARTS:
        columns = [f"{point['at']:,}" for point in next(iter(growth[kind].values()))]
        lines += [f"![{title}]({file})", "", f"| {title} | " + " | ".join(columns) + " | slope |",
                  "|---|" + "---|" * (len(columns) + 1)]
        for name, points in growth[kind].items():
            steep = slope(points)
            lines.append(f"| {name} | " + " | ".join(seconds(point["cpu"]) for point in points) + f" | {steep:.2f} |")
            if steep > WORSE_THAN_LINEAR:
                worse.append(f"{name}, as {x_title} grow ({steep:.2f})")
        lines.append("")
    lines.append("The slope is that of the last step on logarithmic axes: 1 is linear. Worse than linear (above "
                 f"{WORSE_THAN_LINEAR}): " + ("; ".join(worse) if worse else "nothing") + ".")
    return lines + [""]


def write_charts(results, folder):
    growth = results.parts.get("growth", {}).get("workloads", {})
    for file, kind, title, x_title in CHARTS:
        if kind in growth:
            curves = {name: [(point["at"], point["cpu"]) for point in points]
                      for name, points in growth[kind].items()}
            with open(os.path.join(folder, file), "w", encoding="utf-8") as target:
                target.write(bench_chart.draw(title, x_title, "CPU seconds", curves))


# ---- page -----------------------------------------------------------------------------------------------------------

def condition_lines(results):
    lines = []
    seen = set()
    for name, part in results.parts.items():
        text = (f"{part['machine']}; {part['date']}; {part['rows']:,} stored rows, {part['events']:,} audit events, "
                f"seed {part['seed']}, median of {part['runs']} rounds")
        seen.add(text)
        lines.append((name, f"load {part['load_before']:.1f} before, {part['load_after']:.1f} after, "
                            f"{part['seconds']:.0f} s"))
    return sorted(seen) + ["", "Parts: " + "; ".join(f"{name} ({text})" for name, text in lines) + ".", ""]


def start_lines(results):
    figures = results.workloads.get("start", {}).get("tocsin, one word")
    if not figures:
        return []
    return [f"Every time of Tocsin's is that of a whole process, start and output included; the start alone (one ILIKE "
            f"over a store of 1,000 rows) takes {seconds(figures['cpu'])} of CPU. Databases are asked in a process "
            f"that runs already, and only the query counts.", ""]


def memory_lines(results):
    found = our_memory(results)
    if not found:
        return []
    return ["Most memory of Tocsin's runs: " + "; ".join(f"{size:.0f} MiB ({what})" for size, what in found[:5]) + ".",
            ""]


def page_lines(results):
    lines = ["## Targets", "", *condition_lines(results), *target_lines(results), "", *start_lines(results),
             *memory_lines(results), "## Tables", "",
             "A ratio is the program's time divided by Tocsin's on one thread (for the same number of bytes, where a "
             "slow program reads less).", ""]
    for workload, title in WORKLOAD_TITLES.items():
        if workload in results.workloads:
            lines += workload_lines(title, results.workloads[workload])
    return lines + ["## Stores on disk", "", *disk_lines(results), "## Growth", "", *growth_lines(results)]


def replace_generated(document, lines):
    before, rest = document.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return before + BEGIN + "\n\n" + "\n".join(lines).rstrip() + "\n\n" + END + after


def write():
    results = Results()
    lines = page_lines(results)
    with open(f"{FOLDER}/report.md", "w", encoding="utf-8") as report:
        report.write("\n".join(lines))
    write_charts(results, FOLDER)
    print("\n".join(target_lines(results)))
    print(f"bench: all tables are in {FOLDER}/report.md")
    is_default = all(part["rows"] == DEFAULT_ROWS for part in results.parts.values())
    if results.is_complete() and (is_default or os.environ.get("BENCH_DOCS")):
        with open(DOCUMENT, encoding="utf-8") as source:
            document = source.read()
        with open(DOCUMENT, "w", encoding="utf-8") as target:
            target.write(replace_generated(document, lines))
        write_charts(results, os.path.dirname(DOCUMENT))
        print(f"bench: {DOCUMENT} is written")
    else:
        print(f"bench: {DOCUMENT} is left as it is: not all parts were measured, or not with {DEFAULT_ROWS:,} rows")


if __name__ == "__main__":
    write()
