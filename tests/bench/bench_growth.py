"""bench_growth.py: how the cost of storing and asking grows with events, unique values and rules.

A point is the smaller CPU time of two runs, of one for what is stored.
"""
import os

import peer_queries
from bench_rules import rule_folder, rules_command
from bench_store import ingest
from bench_tools import (FOLDER, ROWS, check, fail, folder_bytes, forget, generate, output_lines, run_program, say,
                         tocsin_query)

SIZES = [100000, 300000, 1000000, 3000000, 10000000]
UNIQUE_COUNTS = [100000, 1000000, 10000000]
RULE_COUNTS = [1, 10, 100, 500, 1000, 2000]
RULE_EVENTS = 200000
TOP_COMMANDS = 'SELECT "Command", COUNT(*) AS n FROM events GROUP BY "Command" ORDER BY n DESC LIMIT 10'
RARE_COMMAND = "SELECT COUNT(*) AS n FROM events WHERE \"Command\" ILIKE '%batch 0000002a%'"


def seconds(command, codes=(0,)):
    results = [run_program(command, is_watched=number == 0) for number in range(2)]
    for result in results:
        if result["code"] not in codes:
            fail(f"exit code {result['code']} of {' '.join(command)}\n{result['error']}")
    return {"cpu": min(result["cpu"] for result in results), "anonymous": results[0]["anonymous"]}


def add(curves, name, at, figures):
    curves.setdefault(name, []).append({"at": at, **figures})
    say(f"growth: {name} at {at}: {figures['cpu']:.4f} s CPU, {figures['anonymous']:.0f} MiB")


def stored(build, rows, *arguments):
    """A store of generated rows, and what storing took."""
    path, counts = generate(build, "flat", rows, *arguments, "-f", "qradar")
    store = f"{FOLDER}/store-growth"
    result = ingest(store, path)
    forget(path)
    figures = {"cpu": result["cpu"], "anonymous": result["anonymous"], "disk": folder_bytes(store)}
    return store, counts, figures


def up_to_rows(sizes):
    return [size for size in sizes if size < ROWS] + [ROWS]


def grow_events(build):
    curves = {}
    for rows in up_to_rows(SIZES):
        for variant, words in (("high", "commands that repeat"), ("low", "unique commands")):
            store, counts, figures = stored(build, rows, "-v", variant)
            add(curves, f"ingest, {words}", rows, figures)
            query = ["--query", peer_queries.ORIGINAL_FILE]
            add(curves, f"original query, {words}", rows, seconds(tocsin_query(query, "--store", store)))
            check("rows", len(output_lines({"output": f"{FOLDER}/stdout.txt"})) - 1, min(1000, counts["original"]))
            add(curves, f"one word, {words}", rows,
                seconds(tocsin_query(peer_queries.tocsin_one_word("docker.sock"), "--store", store)))
            if variant == "high":
                add(curves, "GROUP BY username, hostname", rows,
                    seconds(tocsin_query(peer_queries.TOCSIN_TOP_GROUPS, "--store", store)))
            forget(store)
    return curves


def grow_unique(build):
    """The same number of rows, with more and more different commands."""
    curves = {}
    for unique in up_to_rows(UNIQUE_COUNTS):
        store, _, figures = stored(build, ROWS, "-u", str(unique))
        add(curves, "ingest", unique, figures)
        add(curves, "one word", unique, seconds(tocsin_query(RARE_COMMAND, "--store", store)))
        add(curves, "GROUP BY \"Command\"", unique, seconds(tocsin_query(TOP_COMMANDS, "--store", store)))
        forget(store)
    return curves


def grow_rules(build):
    path, _ = generate(build, "auditd", RULE_EVENTS)
    curves = {}
    for count in RULE_COUNTS:
        add(curves, "hunt", count, seconds(rules_command(rule_folder(count), path), codes=(0, 1)))
    os.remove(path)
    return curves


def part_growth(build):
    return {"events": grow_events(build), "unique": grow_unique(build), "rule_count": grow_rules(build)}
