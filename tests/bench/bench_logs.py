"""bench_logs.py: reading raw logs: audit against libauparse and ripgrep, Kubernetes audit against simdjson, DuckDB and
jq, many rules at once, and streams that are never stored."""
import os
import re
import subprocess

import peer_queries
from bench_rules import rule_folder, rules_command
from bench_tools import (EVENTS, FOLDER, LOG_NOW_MS, PROGRAM, InProcess, Program, Question, Server, check, fail,
                         generate, has, head_of, measure, output_lines, run_program, say, tocsin_query)

SLOW_BYTES = 150_000_000  # what a slow peer gets to read
STREAM_GIB = float(os.environ.get("BENCH_STREAM_GIB", "1"))
MEMORY_MAX_MIB = 256

# The original query as a regular expression over raw lines, which cannot see arguments in hex. The first is the fastest
# that looks for the same words; the second knows how an audit line separates arguments.
ORIGINAL_REGEX = (
    r"kubectl.*(get secret|describe secret|get sa |get serviceaccount|get configmap| logs | exec )"
    r"|docker.*(inspect|logs|exec| env).*(pass|secret|token|key|credential)"
    r"|docker.*(pass|secret|token|key|credential).*(inspect|logs|exec| env)|/var/run/docker\.sock"
)
AUDIT_REGEX = (
    r'type=EXECVE.*(kubectl.*("get" a[0-9]+="(secret|sa"|serviceaccount|configmap)|"describe" a[0-9]+="secret|"logs"'
    r'|"exec")'
    r'|docker.*(inspect|logs|exec|"env).*(pass|secret|token|key|credential)'
    r'|docker.*(pass|secret|token|key|credential).*(inspect|logs|exec|"env)|/var/run/docker\.sock)'
)


def all_fields_query(format_name):
    """COUNT of every field that the format has, by the list in docs/fields.md, so that each is found in each event."""
    with open("docs/fields.md", encoding="utf-8") as document:
        section = document.read().split(f"\n## {format_name}\n", 1)[1].split("\n## ", 1)[0]
    names = dict.fromkeys(re.findall(r"^\| `[^`]*` \| `([^`]+)` \|", section, re.MULTILINE))
    if len(names) < 15:
        fail(f"docs/fields.md lists {len(names)} fields of {format_name}: has its form changed?")
    counts = ", ".join(f'COUNT("{name}") AS c{number}' for number, name in enumerate(names))
    return f"SELECT COUNT(*) AS n, {counts} FROM events", len(names)


def first_number(result):
    return int(float(output_lines(result)[1].split(",")[0]))


def expects_first(what, wanted):
    return lambda result: check(what, first_number(result), wanted)


def expects_line_count(what, wanted):
    return lambda result: check(what, len(output_lines(result)) - 1, wanted)


def summary_number(error, label):
    """A number of tocsin's summary, from the line that holds `label`."""
    match = re.search(r"([\d,]+)\s+" + label, error)
    return int(match.group(1).replace(",", "")) if match else None


# ---- audit ----------------------------------------------------------------------------------------------------------

def halves(path):
    """The log in two files, cut at a line's end, for a program that uses a thread a file."""
    targets = [f"{path}.half{number}" for number in (1, 2)]
    if not all(os.path.exists(target) for target in targets):
        middle = os.path.getsize(path) // 2
        with open(path, "rb") as source:
            source.seek(middle)
            source.readline()
            cut = source.tell()
        for target, start, length in ((targets[0], 0, cut), (targets[1], cut, os.path.getsize(path) - cut)):
            with open(path, "rb") as source, open(target, "wb") as half:
                source.seek(start)
                while length > 0:
                    block = source.read(min(length, 1 << 20))
                    half.write(block)
                    length -= len(block)
    return targets


def audit_fields(build, path, counts):
    query, field_count = all_fields_query("linux_audit")
    head = head_of(path, SLOW_BYTES)
    head_events = first_number(run_program(tocsin_query("SELECT COUNT(*) AS n FROM events", head)))

    def examine_walk(result):
        values = dict(re.findall(r"(\w+)=(\d+)", "\n".join(output_lines(result))))
        # The last event of a file that is cut off may have lost its last records: libauparse keeps it back.
        if abs(int(values["events"]) - head_events) > 2:
            fail(f"libauparse sees {values['events']} events, tocsin {head_events}")
        say(f"libauparse: events = {values['events']}, tocsin: {head_events}")

    def examine_hunt(result):
        check("hunt: Linux OS events", summary_number(result["error"], "Linux OS"), head_events)

    whole = {"bytes": os.path.getsize(path), "events": counts["events"]}
    part = {"bytes": os.path.getsize(head), "events": head_events}
    contenders = {
        "tocsin": Program(tocsin_query(query, path), expects_first("tocsin: events", counts["events"])),
        "tocsin, 2 threads": Program(tocsin_query(query, path, threads=2),
                                     expects_first("tocsin: events", counts["events"])),
        "tocsin hunt, whole pack": Program([PROGRAM, "hunt", "--config", "none", "-o", "ndjson", head], examine_hunt,
                                           codes=(0, 1), rounds=2),
        "the audit parser alone, log in memory": InProcess([f"{build}/tests/bench/bench_linux_audit", head, "1000", "1",
                                                            "all"]),
        "libauparse, interpreted": Program([f"{build}/tests/bench/auparse_walk", head], examine_walk),
        "wc -l": Program(["wc", "-l", path]),
    }
    if has("ausearch"):
        contenders["ausearch -x kubectl"] = Program(["ausearch", "--raw", "-if", head, "-x", "kubectl"], codes=(0, 1))
    size = {name: part if head in contender.command else whole for name, contender in contenders.items()}
    figures = measure("audit-fields", contenders, size)
    figures["tocsin"]["fields"] = field_count
    return figures


def audit_original(path, counts):
    size = {"bytes": os.path.getsize(path), "events": counts["events"]}
    limited = min(1000, counts["original"])
    file_query = ["--query", peer_queries.ORIGINAL_FILE]
    for threads in (1, 2):
        result = run_program(tocsin_query(peer_queries.tocsin_original(is_limited=False), path, threads=threads,
                                          now=LOG_NOW_MS))
        check(f"tocsin, {threads} thread(s): rows", len(output_lines(result)) - 1, counts["original"])
    contenders = {
        "tocsin": Program(tocsin_query(file_query, path, now=LOG_NOW_MS), expects_line_count("tocsin: rows", limited)),
        "tocsin, 2 threads": Program(tocsin_query(file_query, path, threads=2, now=LOG_NOW_MS),
                                     expects_line_count("tocsin: rows", limited)),
        "ripgrep, the same words": Program(["rg", "-j1", "-c", "-i", "-e", ORIGINAL_REGEX, path]),
        "ripgrep, the same words, 2 threads": Program(["rg", "-j2", "-c", "-i", "-e", ORIGINAL_REGEX, *halves(path)]),
        "ripgrep, arguments": Program(["rg", "-j1", "-c", "-i", "-e", AUDIT_REGEX, path]),
    }
    return measure("audit-original", contenders, {name: size for name in contenders})


def part_audit(build):
    path, counts = generate(build, "auditd", EVENTS)
    return {"audit-fields": audit_fields(build, path, counts), "audit-original": audit_original(path, counts)}


# ---- Kubernetes -----------------------------------------------------------------------------------------------------

KUBERNETES_FIELDS = ["Audit Level", "Audit ID", "Stage", "Request URI", "Verb", "username", "Groups", "Source IPs",
                     "User Agent", "Resource", "Namespace", "Object Name", "Response Code", "devicetime",
                     "Authorization Decision"]

DUCKDB_COLUMNS = (
    "{level: 'VARCHAR', auditID: 'VARCHAR', stage: 'VARCHAR', requestURI: 'VARCHAR', verb: 'VARCHAR', "
    "user: 'STRUCT(username VARCHAR, groups VARCHAR[])', sourceIPs: 'VARCHAR[]', userAgent: 'VARCHAR', "
    "objectRef: 'STRUCT(resource VARCHAR, namespace VARCHAR, name VARCHAR)', responseStatus: 'STRUCT(code BIGINT)', "
    "requestReceivedTimestamp: 'VARCHAR', stageTimestamp: 'VARCHAR'}"
)


def duckdb_events(path):
    """Every column is used, or it would not be parsed."""
    return (f"SELECT count(*), count(level), count(auditID), count(stage), count(requestURI), "
            f"count(\"user\".username), count(\"user\".groups), count(sourceIPs), count(userAgent), "
            f"count(objectRef.namespace), count(objectRef.name), count(responseStatus.code), "
            f"count(requestReceivedTimestamp), count(stageTimestamp), "
            f"count(*) FILTER (objectRef.resource = 'secrets' AND verb IN ('get', 'list') "
            f"AND \"user\".username LIKE '%@example.com') "
            f"FROM read_ndjson('{path}', columns = {DUCKDB_COLUMNS}, maximum_object_size = 4194304)")


def kubernetes_fields(build, path, counts, server):
    query, field_count = all_fields_query("kubernetes_audit")
    fifteen = ", ".join(f'COUNT("{name}") AS c{number}' for number, name in enumerate(KUBERNETES_FIELDS))
    head = head_of(path, SLOW_BYTES)
    head_events = first_number(run_program(tocsin_query("SELECT COUNT(*) AS n FROM events", head)))

    def examine_walk(result):
        values = dict(re.findall(r"(\w+)=(\d+)", "\n".join(output_lines(result))))
        check("simdjson: events", int(values["events"]), counts["events"])
        check("simdjson: secrets read by people", int(values["secrets"]), counts["human_secret_get_list"])

    def examine_reply(reply):
        row = reply["rows"][0]
        check("DuckDB: events", row[0], counts["events"])
        check("DuckDB: secrets read by people", row[-1], counts["human_secret_get_list"])

    walk = f"{FOLDER}/simdjson_walk"
    expected = expects_first("tocsin: events", counts["events"])
    contenders = {
        "tocsin": Program(tocsin_query(query, path), expected),
        "tocsin, 15 fields": Program(tocsin_query(f"SELECT COUNT(*) AS n, {fifteen} FROM events", path), expected),
        "tocsin, 2 threads": Program(tocsin_query(query, path, threads=2), expected),
        "simdjson on demand, 15 fields": InProcess([walk, path], examine_walk),
        "simdjson, all of it validated, 15 fields": InProcess([walk, path, "dom"], examine_walk),
        "DuckDB read_ndjson, 12 columns": Question(server, duckdb_events(os.path.abspath(path)), examine_reply),
        "jq, secrets": Program(["jq", "-c", 'select(.objectRef.resource=="secrets" and (.verb=="get" or .verb=="list"))'
                                            '|.auditID', head], rounds=2),
        "wc -l": Program(["wc", "-l", path]),
    }
    size = {name: {"bytes": os.path.getsize(path), "events": counts["events"]} for name in contenders}
    size["jq, secrets"] = {"bytes": os.path.getsize(head), "events": head_events}
    figures = measure("kubernetes-fields", contenders, size)
    figures["tocsin"]["fields"] = field_count
    return figures


def kubernetes_secrets(path, counts):
    query = ("SELECT username FROM events WHERE \"Resource\" = 'secrets' AND \"Verb\" IN ('get', 'list') "
             "AND username LIKE '%@example.com'")
    wanted = counts["human_secret_get_list"]
    contenders = {
        "tocsin": Program(tocsin_query(query, path), expects_line_count("tocsin: secrets read by people", wanted)),
        "tocsin, 2 threads": Program(tocsin_query(query, path, threads=2),
                                     expects_line_count("tocsin: secrets read by people", wanted)),
        "ripgrep": Program(["rg", "-j1", "-c", r'"verb":"(get|list)".*@example.com.*"resource":"secrets"', path],
                           lambda result: check("rg: lines", int(output_lines(result)[0]), wanted)),
    }
    size = {"bytes": os.path.getsize(path), "events": counts["events"]}
    return measure("kubernetes-secrets", contenders, {name: size for name in contenders})


def part_kubernetes(build):
    path, counts = generate(build, "k8s", EVENTS * 13 // 12)
    subprocess.run(["g++", "-std=c++17", "-O3", "-march=native", "-DNDEBUG", "-o", f"{FOLDER}/simdjson_walk",
                    "tests/bench/simdjson_walk.cpp", "-lsimdjson"], check=True)
    server = Server("duckdb", ":memory:")
    workloads = {"kubernetes-fields": kubernetes_fields(build, path, counts, server),
                 "kubernetes-secrets": kubernetes_secrets(path, counts)}
    server.close()
    return workloads


# ---- many rules -----------------------------------------------------------------------------------------------------

def part_rules(build):
    """One pass of many rules over audit text, on one thread."""
    path, counts = generate(build, "auditd", EVENTS)
    size = {"bytes": os.path.getsize(path), "events": counts["events"]}
    contenders = {}
    for rule_count in (1, 10, 100, 500, 2000):
        folder = rule_folder(rule_count)
        contenders[f"{rule_count} rules"] = Program(rules_command(folder, path), codes=(0, 1), rounds=3)
    return {"rules": measure("rules", contenders, {name: size for name in contenders})}


# ---- streams --------------------------------------------------------------------------------------------------------

def stream(build, kind, events_per_gib):
    """A log through a pipe into the whole pack, never stored: peak memory."""
    count = int(events_per_gib * STREAM_GIB)
    generator = subprocess.Popen([f"{build}/tests/bench/generate_logs", kind, "-n", str(count)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    result = run_program([PROGRAM, "hunt", "--config", "none", "-o", "ndjson", "-"], stdin=generator.stdout,
                         is_watched=True)
    generator.stdout.close()
    counted = generator.stderr.read().decode()
    generator.wait()
    if result["code"] not in (0, 1):
        fail(f"stream of {kind}: exit code {result['code']}\n{result['error']}")
    byte_count = int(re.search(r"out_bytes=(\d+)", counted).group(1))
    say(f"stream of {byte_count / 2**30:.2f} GiB {kind}: peak {result['anonymous']:.0f} MiB, at most {MEMORY_MAX_MIB}")
    return {"cpu": result["cpu"], "wall": result["wall"], "anonymous": result["anonymous"],
            "resident": result["resident"], "bytes": byte_count, "events": count}


def part_streams(build):
    return {"streams": {"tocsin hunt, audit": stream(build, "auditd", 866000),
                        "tocsin hunt, Kubernetes": stream(build, "k8s", 672000)}}
