#!/usr/bin/env python3
"""scale.py: how many machines a ClickHouse cluster for so many terabytes of logs a day needs, by simulation.

    scale.py            writes the generated part of docs/scale.md
    scale.py --print    only prints it
    scale.py --check    fails if the document does not have it

What a core does and what an event takes are those of scale_inputs.json, which `make bench-clickhouse` measures and
writes; what a site has (its peaks, days kept, questions, machines, prices) is in SITE, for who knows better to change.
A day is gone through minute by minute: arrivals follow a working day with a peak, merges are work that may be put off,
hunts and analysts ask; a cluster is made one shard larger until nothing is behind for longer than it may be.
"""
import json
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = os.path.join(HERE, "scale_inputs.json")
DOCUMENT = os.path.join(HERE, "..", "..", "docs", "scale.md")
BEGIN = "<!-- `tests/bench/scale.py` writes what follows -->"
END = "<!-- `tests/bench/scale.py` writes what is above -->"

SITE = {
    "cores": 32,             # of a node
    "disk_tb": 30,           # of a node
    "network_gb_s": 3.1,     # 25 Gbit/s
    "disk_full": 0.75,       # so much of a disk may be used: merges need room
    "replicas": 2,
    "days": 30,
    "busy": 0.7,             # so much of a core's time is planned with
    "peak": 2.0,             # the busiest minute, of the mean
    "ingest_behind_s": 60,   # so late may rows be
    "merge_behind_s": 3600,  # and merges
    "lost_nodes": 1,         # of a shard's replicas, on the busiest day: the others do its questions
    "hunt_every_s": 300,     # a pack of rules as one pass over what is new
    "hunt_rules_cost": 3.0,  # of the original query's CPU for the same rows: literals of all rules
    "analysts_hour": 40,     # questions an hour
    "question_hours": 24,    # that each looks back
    "question_wait_s": 60,   # it may take so long alone
    "node_year": 12000.0,    # dollars, with room, power and hands
    "loader_year": 4000.0,   # a machine of 16 cores that parses and sends
    "loader_cores": 16,
}
TERABYTES = (1, 10, 100)
MINUTES = 24 * 60


# ---- what was measured ----------------------------------------------------------------------------------------------

def store_inputs(result):
    """From the figures of bench_clickhouse.py. The recent server's, which a cluster of this size would have."""
    events = result["events"]
    insert = result["kinds"]["modern"]["insert"]
    query = result["kinds"]["modern"]["query"]["through Tocsin"]
    inputs = {
        "measured": f"{result['machine']}; {result['date']}",
        "raw_bytes": round(insert["raw"], 1),
        "sent_bytes": round(insert["sent"], 1),
        "disk_bytes": round(insert["disk"], 1),
        "client_us": round(insert["client"] / events * 1e6, 2),
        "server_us": round(insert["server"] / events * 1e6, 2),
        "receive_us": round(insert["sink server"] / events * 1e6, 2),
        "scan_us": round(query["server"] / events * 1e6, 4),
    }
    with open(INPUTS, "w", encoding="utf-8") as target:
        json.dump(inputs, target, indent=1)
        target.write("\n")


def read_inputs():
    with open(INPUTS, encoding="utf-8") as source:
        return json.load(source)


# ---- a day ----------------------------------------------------------------------------------------------------------

def arrivals(mean, peak):
    """Events a second in each minute of a day: low at night, highest in the early afternoon; `mean` on average."""
    hill = [max(0.0, math.sin(math.pi * (minute / 60 - 6) / 14)) if 6 <= minute / 60 < 20 else 0.0
            for minute in range(MINUTES)]
    wave, swing = hill, sum(hill) / MINUTES
    while peak * swing > 0.9:  # a higher peak is a narrower one
        wave = [part * top for part, top in zip(wave, hill)]
        swing = sum(wave) / MINUTES
    low = (1 - peak * swing) / (1 - swing)
    return [mean * (low + (peak - low) * part) for part in wave]


def simulate(rates, shards, inputs, site):
    """Goes through a day, of which only ingest, merges, hunts and questions are kept; one replica of each shard is
    away. Gives the worst delays in seconds, and how busy cores were at most."""
    # Every replica receives, or fetches and writes, each part; questions are shared by the replicas that are there.
    nodes = site["replicas"]
    asked = max(1, nodes - site["lost_nodes"])
    core_seconds = 60 * site["cores"] * site["busy"]
    receive = inputs["receive_us"] / 1e6
    merge = max(0.0, inputs["server_us"] - inputs["receive_us"]) / 1e6
    rows_day = sum(rates) * 60
    question_rows = rows_day * site["question_hours"] / 24
    waiting_rows = 0.0
    waiting_merge = 0.0
    worst = {"ingest": 0.0, "merge": 0.0, "busy": 0.0}
    for rate in rates:
        rows = rate * 60 / shards
        hunting = rows * inputs["scan_us"] / 1e6 * site["hunt_rules_cost"] / asked
        asking = site["analysts_hour"] / 60 * question_rows / shards * inputs["scan_us"] / 1e6 / asked
        left = core_seconds - hunting - asking
        waiting_rows += rows
        # The network may be narrower than the cores: a block comes once, and goes to the other replicas packed.
        taken = max(0.0, min(waiting_rows, left / receive if left > 0 else 0.0,
                             60 * site["network_gb_s"] * 1e9 / inputs["sent_bytes"]))
        waiting_rows -= taken
        left -= taken * receive
        waiting_merge += taken * merge
        merged = max(0.0, min(waiting_merge, left))
        waiting_merge -= merged
        used = core_seconds - left + merged
        worst["busy"] = max(worst["busy"], used / (60 * site["cores"]))
        worst["ingest"] = max(worst["ingest"], waiting_rows / max(rows, 1e-9) * 60 if waiting_rows > 1e-6 else 0.0)
        worst["merge"] = max(worst["merge"], waiting_merge / max(core_seconds / 60, 1e-9))
    worst["question"] = question_rows / shards * inputs["scan_us"] / 1e6 / (site["cores"] * asked)
    return worst


def limits(rates, shards, inputs, site):
    """What is over its limit with so many shards."""
    worst = simulate(rates, shards, inputs, site)
    disk = sum(rates) * 60 * site["days"] * inputs["disk_bytes"] / shards
    found = []
    if disk > site["disk_tb"] * 1e12 * site["disk_full"]:
        found.append("disk")
    if worst["ingest"] > site["ingest_behind_s"]:
        found.append("inserts")
    if worst["merge"] > site["merge_behind_s"]:
        found.append("merges")
    if worst["question"] > site["question_wait_s"]:
        found.append("questions")
    return found, worst


def plan(terabytes, inputs, site):
    mean = terabytes * 1e12 / inputs["raw_bytes"] / 86400
    rates = arrivals(mean, site["peak"])
    few, shards = 0, 1
    while limits(rates, shards, inputs, site)[0]:
        few, shards = shards, shards * 2
    while shards - few > 1:  # `few` are too few
        middle = (few + shards) // 2
        few, shards = (middle, shards) if limits(rates, middle, inputs, site)[0] else (few, middle)
    reason = limits(rates, few, inputs, site)[0] if few else []
    worst = limits(rates, shards, inputs, site)[1]
    loaders = math.ceil(max(rates) * inputs["client_us"] / 1e6 / (site["loader_cores"] * site["busy"]))
    loaders = max(2, loaders)
    nodes = shards * site["replicas"]
    events_year = mean * 86400 * 365
    return {"terabytes": terabytes, "mean": mean, "peak": max(rates), "shards": shards, "nodes": nodes,
            "loaders": loaders, "disk": sum(rates) * 60 * site["days"] * inputs["disk_bytes"] * site["replicas"],
            "busy": worst["busy"], "question": worst["question"], "merge": worst["merge"],
            "network": max(rates) * inputs["sent_bytes"], "reason": reason,
            "cost": (nodes * site["node_year"] + loaders * site["loader_year"]) / events_year * 1e6}


# ---- page -----------------------------------------------------------------------------------------------------------

def short(number):
    for size, name in ((1e15, " P"), (1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{name}"
    return f"{number:.3g} "


def page_lines(inputs, site=None):
    site = site or SITE
    plans = [plan(terabytes, inputs, site) for terabytes in TERABYTES]
    rows = [
        ("events a second, mean; busiest minute", lambda p: f"{short(p['mean'])}; {short(p['peak'])}".strip()),
        ("loaders (16 cores)", lambda p: f"{p['loaders']}"),
        ("network to the shards, busiest minute", lambda p: f"{short(p['network'])}B/s"),
        (f"shards x {site['replicas']} replicas = nodes", lambda p: f"{p['shards']} = {p['nodes']}"),
        (f"on disk, {site['days']} days, all replicas", lambda p: f"{short(p['disk'])}B"),
        ("cores busy at most", lambda p: f"{100 * p['busy']:.0f} %"),
        ("merges behind at most", lambda p: f"{p['merge']:.0f} s"),
        ("the original query over a day, alone", lambda p: f"{p['question']:.1f} s"),
        ("what one shard less would break", lambda p: ", ".join(p["reason"]) or "nothing: one is the least"),
        ("dollars for a million events", lambda p: f"{p['cost']:.4f}"),
    ]
    lines = [f"Measured: {inputs['measured']}.", "", "| measured | |", "|---|---|",
             f"| bytes an event, in the log; sent; on disk (one copy) | {inputs['raw_bytes']:.0f}; "
             f"{inputs['sent_bytes']:.0f}; {inputs['disk_bytes']:.0f} |",
             f"| an event parsed and sent: CPU of the loader | {inputs['client_us']:.2f} us |",
             f"| an event inserted, merges included: CPU of the server | {inputs['server_us']:.2f} us |",
             f"| of it reading the block | {inputs['receive_us']:.2f} us |",
             f"| an event searched by the original query: CPU of the server | {inputs['scan_us'] * 1000:.0f} ns |", "",
             "| | " + " | ".join(f"{p['terabytes']} TB a day" for p in plans) + " |",
             "|---|" + "---|" * len(plans)]
    lines += [f"| {title} | " + " | ".join(show(p) for p in plans) + " |" for title, show in rows]
    without = dict(site, days=7)
    double = dict(inputs, server_us=inputs["server_us"] * 2)
    lines += ["", "| 100 TB a day if | nodes | what one shard less would break |", "|---|---|---|"]
    for title, changed_inputs, changed_site in (
            ("as above", inputs, site),
            ("7 days are kept", inputs, without),
            ("90 days are kept", inputs, dict(site, days=90)),
            ("one replica", inputs, dict(site, replicas=1, lost_nodes=0)),
            ("the busiest minute has five times the mean", inputs, dict(site, peak=5.0)),
            ("inserting cost twice as much", double, site),
            ("400 questions an hour", inputs, dict(site, analysts_hour=400))):
        one = plan(100, changed_inputs, changed_site)
        lines.append(f"| {title} | {one['nodes']} | {', '.join(one['reason'])} |")
    return lines


def read_document():
    with open(DOCUMENT, encoding="utf-8") as source:
        return source.read()


def generated(document):
    return document.split(BEGIN, 1)[1].split(END, 1)[0].strip()


def write_document():
    document = read_document()
    before, rest = document.split(BEGIN, 1)
    text = before + BEGIN + "\n\n" + "\n".join(page_lines(read_inputs())) + "\n\n" + END + rest.split(END, 1)[1]
    with open(DOCUMENT, "w", encoding="utf-8") as target:
        target.write(text)


def check():
    """The document has what the stored inputs give, and the simulation behaves."""
    inputs = read_inputs()
    failures = []
    if generated(read_document()) != "\n".join(page_lines(inputs)).strip():
        failures.append("docs/scale.md does not have what scale.py prints for scale_inputs.json")
    for peak in (1.5, 2.0, 3.0, 5.0):
        rates = arrivals(1000.0, peak)
        if abs(sum(rates) / len(rates) - 1000) > 1 or abs(max(rates) - 1000 * peak) > 1 or min(rates) < 0:
            failures.append(f"arrivals with a peak of {peak} are not as they should be")
    for terabytes in TERABYTES:
        one = plan(terabytes, inputs, SITE)
        rates = arrivals(one["mean"], SITE["peak"])
        if limits(rates, one["shards"], inputs, SITE)[0]:
            failures.append(f"{terabytes} TB: the plan is over a limit")
        if one["shards"] > 1 and not limits(rates, one["shards"] - 1, inputs, SITE)[0]:
            failures.append(f"{terabytes} TB: fewer shards would do")
    for name in ("server_us", "disk_bytes", "scan_us"):
        more = plan(100, dict(inputs, **{name: inputs[name] * 4}), SITE)
        if more["nodes"] < plan(100, inputs, SITE)["nodes"]:
            failures.append(f"a greater {name} needs fewer nodes")
    for text in failures:
        print(text)
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--check"]:
        return check()
    if sys.argv[1:] == ["--print"]:
        print("\n".join(page_lines(read_inputs())))
        return 0
    write_document()
    return 0


if __name__ == "__main__":
    sys.exit(main())
