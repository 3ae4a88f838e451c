#!/usr/bin/env python3
"""bench_layout.py BUILD_FOLDER [single]: what codecs, sorting keys, indexes and parts of ClickHouse's table cost.

Generated events (audit, Kubernetes, flat) are loaded once by `tocsin ingest --to`. Each layout then gets them in the
same order and in blocks of the size that ingest sends, with merging stopped; merging to one part a day is timed on its
own.
Times are CPU of the server's process. `single`: on 18.16, which knows neither codecs nor indexes.

Settings: LAYOUT_EVENTS (300000 of each kind), LAYOUT_ROUNDS (5), LAYOUT_ONLY (words that names of layouts hold),
LAYOUT_FOLDER (build/bench/layout). Figures go there, too, as layout.md.
"""
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clickhouse"))

# pylint: disable=wrong-import-position
from servers import Servers  # noqa: E402

EVENTS = int(os.environ.get("LAYOUT_EVENTS", "300000"))
ROUNDS = int(os.environ.get("LAYOUT_ROUNDS", "5"))
ONLY = os.environ.get("LAYOUT_ONLY", "").split()
FOLDER = os.environ.get("LAYOUT_FOLDER", "build/bench/layout")
BLOCK_ROWS = 65536
BLOCK_BYTES = 32 << 20
TICKS = os.sysconf("SC_CLK_TCK")
LOGS = [("audit.log", ["auditd"]), ("k8s.jsonl", ["k8s"]), ("flat.jsonl", ["flat", "-v", "low", "-f", "qradar"])]
TEXTS = ["Command", "Process Path", "username", "File Path", "payload"]


# ---- layouts --------------------------------------------------------------------------------------------------------

class Layout:
    """Changes the statement of the table, column by column."""

    def __init__(self, name, codec=None, order=None, extra="", settings=None, column_type=None):
        self.name = name
        self.codec = codec  # of (name, type): the text, or None for none
        self.order = order
        self.extra = extra
        self.settings = settings or {}
        self.column_type = column_type

    def statement(self, text, database):
        lines = []
        for line in text.replace("`default`.", f"`{database}`.").splitlines():
            column = re.match(r"    `([^`]+)` (.*?)(,?)$", line)
            lines.append(self.column(*column.groups()) if column and not line.startswith("    INDEX") else line)
        text = "\n".join(lines)
        if self.extra:
            text = text.replace("\n)\nENGINE", f",\n    {self.extra}\n)\nENGINE", 1)
        if self.order:
            text = re.sub(r"ORDER BY .*", f"ORDER BY {self.order}", text, count=1)
        for name, value in self.settings.items():
            text = re.sub(rf"{name} = \d+", f"{name} = {value}", text, count=1)
        return text

    def column(self, name, rest, comma):
        kind = re.match(r"\w+(\((?:[^()]|\([^()]*\))*\))?", rest).group()
        if self.codec:
            rest = re.sub(r" CODEC\(.*\)$", "", rest)
            codec = self.codec(name, kind)
            rest += f" CODEC({codec})" if codec else ""
        if self.column_type:
            rest = self.column_type(name, kind) + rest[len(kind):]
        return f"    `{name}` {rest}{comma}"


COUNTING = ("_row", "_line", "starttime", "endtime", "devicetime", "starttime", "Audit Serial")


def plain(codec):
    return lambda name, kind: codec


def counting(codec, otherwise):
    return lambda name, kind: codec if name in COUNTING and "Int64" in kind else otherwise


def by_type(number, text):
    return lambda name, kind: (f"Delta(8), {text}" if name in COUNTING and "Int64" in kind else
                               number if "Int64" in kind else text)


def payload_only(codec, otherwise):
    return lambda name, kind: (codec if name in ("payload", "_evidence") else
                               counting(f"Delta(8), {otherwise}", otherwise)(name, kind))


def low_cardinality(name, kind):
    few = ("username", "hostname", "Process Name", "Process Path", "Record Type", "_source", "qideventid",
           "qideventcategory", "Result", "User Name", "Audit User Name", "Architecture", "System Call")
    return f"LowCardinality({kind})" if name in few and "String" in kind else kind


def text_index(kind):
    return ",\n    ".join(f"INDEX `_{i}` lower(ifNull(`{name}`, '')) TYPE {kind} GRANULARITY 1"
                          for i, name in enumerate(TEXTS) if name != "payload")


MODERN = [
    Layout("as it is"),
    Layout("LZ4", plain(None)),
    Layout("ZSTD(1), no delta", plain("ZSTD(1)")),
    Layout("ZSTD(3)", counting("Delta(8), ZSTD(3)", "ZSTD(3)")),
    Layout("LZ4, payload and lines ZSTD(1)", payload_only("ZSTD(1)", "LZ4")),
    Layout("payload and lines ZSTD(3), others ZSTD(1)", payload_only("ZSTD(3)", "ZSTD(1)")),
    Layout("DoubleDelta for times", counting("DoubleDelta, ZSTD(1)", "ZSTD(1)")),
    Layout("T64 for numbers", by_type("T64, ZSTD(1)", "ZSTD(1)")),
    Layout("ordered by starttime", order="`starttime`"),
    Layout("ordered by devicetype, logsourceid, starttime", order="(`devicetype`, `logsourceid`, `starttime`)"),
    Layout("ordered by hour, devicetype, starttime",
           order="(intDiv(`starttime`, 3600000), `devicetype`, `starttime`)"),
    Layout("granules of 4096 rows", settings={"index_granularity": 4096}),
    Layout("granules of 16384 rows", settings={"index_granularity": 16384}),
    Layout("compact parts below 10 MB only", settings={"min_bytes_for_wide_part": 10485760}),
    Layout("tokenbf_v1 on texts", extra=text_index("tokenbf_v1(8192, 3, 0)")),
    Layout("ngrambf_v1(4) on texts", extra=text_index("ngrambf_v1(4, 32768, 2, 0)")),
    Layout("LowCardinality texts", column_type=low_cardinality),
]
DEBIAN = [
    Layout("as it is"),
    Layout("ordered by starttime", order="`starttime`"),
    Layout("ordered by starttime, devicetype", order="(`starttime`, `devicetype`)"),
    Layout("ordered by devicetype, logsourceid, starttime", order="(`devicetype`, `logsourceid`, `starttime`)"),
    Layout("granules of 4096 rows", settings={"index_granularity": 4096}),
    Layout("granules of 16384 rows", settings={"index_granularity": 16384}),
]


# ---- measuring ------------------------------------------------------------------------------------------------------

class Bench:
    def __init__(self, build, kind):
        self.tocsin = f"{build}/src/cli/tocsin"
        self.generate = f"{build}/tests/bench/generate_logs"
        self.kind = kind
        self.servers = Servers(os.path.join(FOLDER, kind))
        self.rows = 0
        self.reading = 0.0
        self.word_sql = ""

    def cpu(self):
        with open(f"/proc/{self.servers.node(1)['pid']}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def sql(self, sql, **settings):
        address = f"http://127.0.0.1:{self.servers.node(1)['http']}/?{urllib.parse.urlencode(settings)}"
        try:
            with urllib.request.urlopen(urllib.request.Request(address, data=sql.encode()), timeout=1200) as reply:
                return reply.read().decode(errors="replace").strip()
        except urllib.error.HTTPError as problem:
            raise RuntimeError(f"{sql[:200]}: {problem.read().decode(errors='replace')}") from None

    def timed(self, work):
        before = self.cpu()
        work()
        return self.cpu() - before

    def run(self, *arguments):
        done = subprocess.run([self.tocsin, *arguments], capture_output=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(arguments)[:300]}\n{done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")

    def make_base(self):
        """All events as they arrive, in a table that keeps that order."""
        done = subprocess.run([self.tocsin, "schema", "--clickhouse", "--config", "none"], capture_output=True,
                              check=True).stdout.decode()
        if self.kind == "single":  # the statement of 18.16 is the one that its server has
            self.run("schema", "--clickhouse", "--apply", self.servers.url(1))
            done = self.sql("SHOW CREATE TABLE default.events FORMAT TabSeparatedRaw")
            done = re.sub(r"^CREATE TABLE default.events \(", "CREATE TABLE IF NOT EXISTS `default`.`events` (\n    ",
                          done).replace(",  ", ",\n    ").replace(") ENGINE = MergeTree", "\n)\nENGINE = MergeTree")
            done = done.replace(" PARTITION BY", "\nPARTITION BY").replace(" ORDER BY", "\nORDER BY")
            done = done.replace(" SETTINGS", "\nSETTINGS")
        else:
            self.run("schema", "--clickhouse", "--apply", self.servers.url(1))
        self.text = done.split(";\n")[0]
        arrival = Layout("", plain(None) if self.kind == "modern" else None, order="(`_input`, `_row`)")
        self.sql("DROP TABLE default.events")
        self.sql(arrival.statement(self.text, "default"))
        logs = []
        for name, arguments in LOGS:
            path = os.path.join(FOLDER, f"{EVENTS}-{name}")
            if not os.path.exists(path):
                with open(path, "wb") as log:
                    subprocess.run([self.generate, *arguments, "-n", str(EVENTS)], stdout=log,
                                   stderr=subprocess.DEVNULL, check=True)
            logs.append(path)
        self.run("ingest", "--config", "none", "--no-summary", "--to", self.servers.url(1), *logs)
        self.rows = int(self.sql("SELECT count() FROM default.events"))
        self.sql("CREATE TABLE default.nothing AS default.events ENGINE = Null")
        self.reading = self.timed(lambda: self.copy("default.nothing"))
        print(f"{self.rows} events; reading them takes {self.reading:.1f} s", flush=True)

    def copy(self, table):
        self.sql(f"INSERT INTO {table} SELECT * FROM default.events"
                 + (" ORDER BY `_input`, `_row`" if self.kind == "modern" else ""), max_threads=1,
                 max_block_size=BLOCK_ROWS, min_insert_block_size_rows=BLOCK_ROWS,
                 min_insert_block_size_bytes=BLOCK_BYTES)

    def measure(self, number, layout):
        database = f"layout{number}"
        self.sql(f"CREATE DATABASE {database}")
        self.sql(layout.statement(self.text, database))
        self.sql("SYSTEM STOP MERGES")
        insert = self.timed(lambda: self.copy(f"{database}.events")) - self.reading
        self.sql("SYSTEM START MERGES")
        merge = self.timed(lambda: self.merge(database))
        size, indexes = self.sql(
            "SELECT sum(bytes_on_disk), "
            + ("sum(secondary_indices_compressed_bytes)" if self.kind == "modern" else "0")
            + f" FROM system.parts WHERE database = '{database}' AND active").split("\t")
        figures = {"bytes": int(size) / self.rows, "index bytes": int(indexes) / self.rows, "insert": insert,
                   "merge": merge}
        for name, sql in self.questions(f"{database}.events").items():
            answers = set()
            times = []
            for _ in range(ROUNDS + 1):
                before = self.cpu()
                for _ in range(4):
                    answers.add(self.sql(sql, max_threads=2))
                times.append((self.cpu() - before) / 4)
            figures[name] = statistics.median(times[1:]) * 1000
            figures[f"{name} found"] = answers
        self.sql(f"DROP DATABASE {database}")
        return figures

    def merge(self, database):
        self.sql(f"OPTIMIZE TABLE {database}.events FINAL")
        if self.kind == "single":
            for day in self.sql(f"SELECT DISTINCT partition FROM system.parts WHERE database = '{database}'").split():
                self.sql(f"OPTIMIZE TABLE {database}.events PARTITION '{day}' FINAL")

    def questions(self, table):
        """The original query's condition, as Tocsin asks for it; a search by time and type; words and a name."""
        with open("packs/container-api/rules/t1552_007_qradar.aql", encoding="utf-8") as rule:
            text = rule.read()
        address = "clickhouse-24:" if self.kind == "modern" else "clickhouse-18.16:"
        explained = self.run("explain", "--config", "none", "--on", address, "--now", "1795389000000", text)
        parts = {word: re.search(rf"[├└]─ {word} (.*)", explained) for word in ("PREWHERE", "WHERE")}
        columns = re.search(r"[├└]─ SELECT (`.*)", explained).group(1)
        where = " ".join(f"{word} {found.group(1)}" for word, found in parts.items() if found)
        rows = f"SELECT sum(cityHash64({columns})), count() FROM {table}"
        lower = "lower(ifNull(`Command`, ''))"
        return {
            "original": f"{rows} {where}",
            "time and type": f"{rows} WHERE `devicetype` = 11 AND `starttime` >= 1795300600000 AND "
                             f"`starttime` < 1795300900000",
            "time": f"{rows} WHERE `starttime` >= 1795300600000 AND `starttime` < 1795300660000",
            "rare word": f"{rows} WHERE {lower} LIKE '%registry-credentials%'",
            "rare token": f"{rows} WHERE {lower} LIKE '% xmrig %'",
            "a name": f"{rows} WHERE `username` = 'nobody-at-all'",
        }


HEAD = ["layout", "bytes an event", "of these indexes", "insert us", "merge us", "original ms", "time and type ms",
        "time ms", "rare word ms", "rare token ms", "a name ms"]


def main():
    kind = "single" if sys.argv[2:] == ["single"] else "modern"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # servers are stopped then, too
    os.makedirs(FOLDER, exist_ok=True)
    shutil.rmtree(os.path.join(FOLDER, kind), ignore_errors=True)
    bench = Bench(sys.argv[1], kind)
    lines = ["| " + " | ".join(HEAD) + " |", "|---|" + "---|" * (len(HEAD) - 1)]
    answers = {}
    bench.servers.start(kind)
    try:
        bench.make_base()
        for number, layout in enumerate(MODERN if kind == "modern" else DEBIAN):
            if ONLY and not any(word in layout.name for word in ONLY):
                continue
            started = time.monotonic()
            found = bench.measure(number, layout)
            for name in [name for name in found if name.endswith(" found")]:
                if len(answers.setdefault(name, found[name]) | found[name]) != 1:
                    sys.exit(f"{layout.name}: {name} other rows: {found[name]}, {answers[name]}")
            per_event = 1e6 / bench.rows
            lines.append(f"| {layout.name} | {found['bytes']:.1f} | {found['index bytes']:.1f} "
                         f"| {found['insert'] * per_event:.2f} | {found['merge'] * per_event:.2f} | "
                         + " | ".join(f"{found[name[:-3]]:.1f}" for name in HEAD[5:]) + " |")
            print(lines[-1], f"({time.monotonic() - started:.0f} s)", flush=True)
    finally:
        bench.servers.stop()
    print({name: sorted(value)[0] for name, value in answers.items()})
    with open(os.path.join(FOLDER, f"layout-{kind}.md"), "w", encoding="utf-8") as target:
        target.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
