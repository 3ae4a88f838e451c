"""bench_store.py: queries of stored rows, against DuckDB, chDB and SQLite, and what it takes to store."""
import csv
import os
import shutil
import subprocess

import peer_queries
from bench_tools import (EVENTS, FOLDER, LOG_NOW_MS, NEEDLE, PLAIN, PROGRAM, ROWS, SEED, Program, Question, Server,
                         check, folder_bytes, forget, generate, has, measure, must_run, output_lines, run_program, say,
                         tocsin_query)

VARIANTS = ("high", "low")
SQLITE_ROUNDS = 2


# ---- loading --------------------------------------------------------------------------------------------------------

def load_duckdb(server, variant, path):
    columns = ", ".join(f"'{name}': '{'BIGINT' if name == 'starttime' else 'VARCHAR'}'"
                        for name in peer_queries.COLUMNS)
    server.ask(f"CREATE OR REPLACE TABLE events_{variant} AS SELECT * FROM read_csv('{path}', delim='\t', "
               f"header=false, quote='', escape='', nullstr='\x01', columns={{{columns}}})")
    server.ask("CHECKPOINT")


def load_chdb(server, variant, path):
    columns = ", ".join(f"{name} {'UInt64' if name == 'starttime' else 'String'}" for name in peer_queries.COLUMNS)
    server.ask(f"DROP TABLE IF EXISTS events_{variant}")
    server.ask(f"CREATE TABLE events_{variant} ({columns}) ENGINE=MergeTree ORDER BY starttime")
    server.ask(f"INSERT INTO events_{variant} SELECT * FROM file('{os.path.abspath(path)}', 'TSVRaw', '{columns}')")
    server.ask(f"OPTIMIZE TABLE events_{variant} FINAL")


def load_sqlite(database, path):
    columns = ", ".join(f"{name} {'INTEGER' if name == 'starttime' else 'TEXT'}" for name in peer_queries.COLUMNS)
    commands = (f"PRAGMA journal_mode=off;\nPRAGMA synchronous=off;\nCREATE TABLE events ({columns});\n"
                f".mode ascii\n.separator \"\\t\" \"\\n\"\n.import {path} events\n")
    subprocess.run(["sqlite3", database], input=commands, text=True, check=True, stdout=subprocess.DEVNULL)


def count_rows(server, variant):
    return int(server.ask(f"SELECT count(*) FROM events_{variant}")["rows"][0][0])


def has_table(server, variant):
    sql = {"duckdb": f"SELECT count(*) FROM duckdb_tables() WHERE table_name = 'events_{variant}'",
           "chdb": f"EXISTS TABLE events_{variant}"}[server.engine]
    return int(server.ask(sql)["rows"][0][0]) > 0


def load_peers(build, servers, variant):
    """Loaded once for a seed and size; the text is not kept."""
    database = f"{FOLDER}/sqlite-{variant}-{ROWS}-{SEED}.db"
    missing = [server for server in servers if not has_table(server, variant) or count_rows(server, variant) != ROWS]
    if missing or not os.path.exists(database):
        path, _ = generate(build, "flat", ROWS, "-v", variant, "-f", "tsv")
        for server in missing:
            say(f"loading {variant} into {server.engine}")
            (load_duckdb if server.engine == "duckdb" else load_chdb)(server, variant, path)
        if not os.path.exists(database) and has("sqlite3"):
            say(f"loading {variant} into SQLite")
            load_sqlite(database + ".part", path)
            os.rename(database + ".part", database)
        os.remove(path)
    for server in servers:
        check(f"{server.engine}: rows of {variant}", count_rows(server, variant), ROWS)
    return database


def ingest(store, *logs, options=()):
    shutil.rmtree(store, ignore_errors=True)
    return must_run([PROGRAM, "ingest", *PLAIN, "--store", store, *options, *logs], "ingest", is_watched=True)


def load_store(build, variant):
    """The store, the generator's counts, and what it took."""
    path, counts = generate(build, "flat", ROWS, "-v", variant, "-f", "qradar")
    store = f"{FOLDER}/store-{variant}"
    result = ingest(store, path)
    figures = {"cpu": result["cpu"], "wall": result["wall"], "anonymous": result["anonymous"],
               "resident": result["resident"], "bytes": os.path.getsize(path), "events": ROWS,
               "disk": folder_bytes(store)}
    os.remove(path)
    return store, counts, figures


# ---- checks ---------------------------------------------------------------------------------------------------------

def csv_rows(result):
    return list(csv.DictReader(output_lines(result)))


def check_original(name, rows, risks, counts):
    check(f"{name}: rows of the original query", rows, counts["original"])
    check(f"{name}: sum of RiskScore", risks, counts["risk"])


def check_tocsin(store, variant, counts):
    for threads in (1, 2):
        result = run_program(tocsin_query(peer_queries.tocsin_original(is_limited=False), "--store", store,
                                          threads=threads))
        rows = csv_rows(result)
        risks = sum(int(float(row["RiskScore"])) for row in rows)
        check_original(f"tocsin, {variant}, {threads} thread(s)", len(rows), risks, counts)


def check_server(server, kind, variant, counts):
    count, _ = peer_queries.original(kind, f"events_{variant}")
    row = server.ask(count)["rows"][0]
    check_original(f"{server.engine} {kind}, {variant}", int(row[0]), int(row[1]), counts)


def check_sqlite(database, variant, counts):
    count, _ = peer_queries.original("like", "events")
    result = must_run(["sqlite3", "-readonly", database, count], "sqlite3")
    rows, risks = output_lines(result)[0].split("|")
    check_original(f"sqlite, {variant}", int(rows), int(risks), counts)


def expects_lines(what, wanted):
    """Of a program: a header and so many lines."""
    return lambda result: check(what, len(output_lines(result)) - 1, wanted)


def expects_rows(what, wanted):
    return lambda reply: check(what, reply["count"], wanted)


def expects_number(what, wanted):
    def examine(reply):
        got = output_lines(reply)[-1] if "output" in reply else reply["rows"][0][0]
        check(what, int(float(got)), wanted)
    return examine


# ---- workloads ------------------------------------------------------------------------------------------------------

def original_contenders(store, servers, database, variant, counts):
    limited = min(1000, counts["original"])
    file_query = ["--query", peer_queries.ORIGINAL_FILE]
    contenders = {
        "tocsin": Program(tocsin_query(file_query, "--store", store), expects_lines("tocsin: lines", limited)),
        "tocsin, 2 threads": Program(tocsin_query(file_query, "--store", store, threads=2),
                                     expects_lines("tocsin: lines", limited)),
    }
    table = f"events_{variant}"
    for name, engine, kind in (("chDB ilike", "chdb", "ilike"), ("chDB positionCaseInsensitive", "chdb", "position"),
                               ("DuckDB ILIKE", "duckdb", "ilike"), ("DuckDB contains(lower())", "duckdb", "lower")):
        check_server(servers[engine], kind, variant, counts)
        contenders[name] = Question(servers[engine], peer_queries.original(kind, table)[1],
                                    expects_rows(f"{name}: rows", limited))
    if os.path.exists(database):
        check_sqlite(database, variant, counts)
        contenders["SQLite LIKE"] = sqlite_program(database, peer_queries.original("like", "events")[1])
    return contenders


def sqlite_program(database, sql):
    return Program(["sqlite3", "-readonly", "-cmd", "PRAGMA mmap_size=4000000000", database, sql], rounds=SQLITE_ROUNDS)


def word_contenders(store, servers, database, variant, word, wanted):
    table = f"events_{variant}"
    examine = expects_number(f"rows with {word}", wanted)
    contenders = {
        "tocsin": Program(tocsin_query(peer_queries.tocsin_one_word(word), "--store", store), examine),
        "chDB ilike": Question(servers["chdb"], peer_queries.one_word("ilike", table, word), examine),
        "DuckDB ILIKE": Question(servers["duckdb"], peer_queries.one_word("ilike", table, word), examine),
        "DuckDB contains(lower())": Question(servers["duckdb"], peer_queries.one_word("lower", table, word), examine),
    }
    if os.path.exists(database):
        contenders["SQLite LIKE"] = sqlite_program(database, peer_queries.one_word("like", "events", word))
    return contenders


def group_contenders(store, servers, variant):
    """At the tenth place there may be several groups of the same size, so that only sizes are compared."""
    sizes = []

    def same_sizes(name, got):
        sizes.append(got)
        check(f"{name}: sizes of the ten largest groups", got, sizes[0])

    def examine_reply(name):
        return lambda reply: same_sizes(name, [int(row[2]) for row in reply["rows"]])

    def examine_output(name):
        return lambda result: same_sizes(name, [int(float(row["n"])) for row in csv_rows(result)])

    sql = peer_queries.top_groups(f"events_{variant}")
    return {
        "tocsin": Program(tocsin_query(peer_queries.TOCSIN_TOP_GROUPS, "--store", store), examine_output("tocsin")),
        "tocsin, 2 threads": Program(tocsin_query(peer_queries.TOCSIN_TOP_GROUPS, "--store", store, threads=2),
                                     examine_output("tocsin")),
        "chDB": Question(servers["chdb"], sql, examine_reply("chDB")),
        "DuckDB": Question(servers["duckdb"], sql, examine_reply("DuckDB")),
    }


def measure_start(build):
    """What a query takes that has hardly a row to read: the start of the process, which every figure holds."""
    path, _ = generate(build, "flat", 1000, "-f", "qradar")
    store = f"{FOLDER}/store-tiny"
    ingest(store, path)
    return measure("start", {
        "tocsin": Program(tocsin_query(["--query", peer_queries.ORIGINAL_FILE], "--store", store)),
        "tocsin, one word": Program(tocsin_query(peer_queries.tocsin_one_word(NEEDLE), "--store", store)),
    })


def part_store(build):
    servers = {engine: Server(engine, f"{FOLDER}/{engine}-{ROWS}-{SEED}") for engine in ("duckdb", "chdb")}
    workloads = {"start": measure_start(build)}
    for variant in VARIANTS:
        database = load_peers(build, servers.values(), variant)
        store, counts, loaded = load_store(build, variant)
        workloads[f"load-{variant}"] = {"tocsin": loaded}
        check_tocsin(store, variant, counts)
        for title, contenders in (
                (f"original-{variant}", original_contenders(store, servers, database, variant, counts)),
                (f"word-{variant}", word_contenders(store, servers, database, variant, "docker.sock",
                                                    counts["socket"])),
                (f"absent-{variant}", word_contenders(store, servers, database, variant, NEEDLE, 0)),
                (f"groups-{variant}", group_contenders(store, servers, variant))):
            workloads[title] = measure(title, contenders)
    for server in servers.values():
        server.close()
    return workloads


# ---- storing --------------------------------------------------------------------------------------------------------

def part_ingest(build):
    """An audit log into a new store, with its lines and without."""
    path, counts = generate(build, "auditd", EVENTS)
    size = {"bytes": os.path.getsize(path), "events": counts["events"]}
    contenders = {}
    stores = {"tocsin": (f"{FOLDER}/store-audit", []), "tocsin, without payload": (f"{FOLDER}/store-audit-bare",
                                                                                   ["--no-payload"])}
    for name, (store, options) in stores.items():
        contenders[name] = Program([PROGRAM, "ingest", *PLAIN, "--store", store, *options, path],
                                   before=lambda store=store: shutil.rmtree(store, ignore_errors=True))
    figures = measure("ingest", contenders, {name: size for name in stores})
    for name, (store, _) in stores.items():
        figures[name]["disk"] = folder_bytes(store)
        count = run_program(tocsin_query("SELECT COUNT(*) AS n FROM events", "--store", store))
        check(f"{name}: events in the store", int(float(output_lines(count)[-1])), counts["events"])
        rows = csv_rows(run_program(tocsin_query(peer_queries.tocsin_original(is_limited=False), "--store", store,
                                             now=LOG_NOW_MS)))
        check(f"{name}: rows of the original query", len(rows), counts["original"])
        forget(store)
    return {"ingest": figures}
