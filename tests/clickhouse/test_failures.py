#!/usr/bin/env python3
"""What goes wrong while ClickHouse is asked: test_failures.py PROGRAM SAMPLES.

Three nodes of 18.16, of which some are stopped, killed or behind a proxy that cuts connections: whoever asks gets all
rows, or an error that names the node and the way out, and nothing goes on at the servers.
"""
import contextlib
import http.server
import os
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

# pylint: disable=wrong-import-position
from cutting_proxy import CuttingProxy  # noqa: E402
from run_program import Program, Skipped, check, run_tests  # noqa: E402
from run_program import check_error as check_whole_error  # noqa: E402
from servers import GUARDED_PASSWORD, Servers, missing_programs, temporary_folder  # noqa: E402

EVENTS = 20000
COUNT = "SELECT COUNT(*) AS n FROM events"
RECENT = "SELECT username FROM events WHERE starttime > NOW() - 60000"  # asks for the newest event first
ROWS = "SELECT username, UTF8(payload) AS text FROM events"
LINE = ("type=USER_LOGIN msg=audit({seconds}.{ms:03}:{serial}): pid=1 uid=0 auid=1000 ses=1 msg='op=login "
        "acct=\"u{serial}\" exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.1 terminal=ssh res=success'"
        + " filling=" + "0123456789abcdef" * 60 + "\n")
PATIENCE_S = 15  # in which a query that was cancelled must be gone


def brief(done):
    """Thousands of rows are no remark."""
    return done[0], (done[1] or b"")[:300], (done[2] or b"")[-900:]


def check_error(done, code, *texts):
    check_whole_error(brief(done), code, *texts)


def check_count(done, count):
    check(done[0] == 0 and done[1].split() == [b"n", b"%d.0" % count], count, brief(done))


class Cluster:
    """Three nodes with the same events in every test."""

    def __init__(self, folder, program):
        self.folder = folder
        self.program = program
        self.servers = None
        self.of_shard_2 = 0

    def start(self):
        if missing_programs("cluster"):
            raise Skipped(f"{missing_programs('cluster')} is not installed (tools/setup.sh clickhouse)")
        if not self.servers:
            self.servers = Servers(os.path.join(self.folder, "cluster")).start("cluster")
            self.fill()
        return self

    def fill(self):
        log = os.path.join(self.folder, "events.log")
        with open(log, "w", encoding="ascii") as f:
            for i in range(EVENTS):
                f.write(LINE.format(seconds=1700000000 + i // 2000 * 86400, ms=i % 1000, serial=i))
        self.sql("CREATE DATABASE later ON CLUSTER tocsin")
        for database in ("default", "later"):
            check_error(self.program.run("schema", "--clickhouse", "--apply", self.url(database=database)), 0)
        check_error(self.program.run("ingest", "-q", "--to", self.url(), log), 0)
        for node in (1, 2):
            self.sql("SYSTEM SYNC REPLICA events_local", node)
        self.of_shard_2 = int(self.sql("SELECT count() FROM events_local", 3))
        check(0 < self.of_shard_2 < EVENTS, self.of_shard_2)

    def url(self, node=1, port=0, database="default"):
        return f"clickhouse://127.0.0.1:{port or self.servers.node(node)['http']}/{database}?cluster=tocsin"

    def sql(self, sql, node=1):
        return self.servers.sql(node, sql).strip()

    def place(self, node=1):
        return f"127.0.0.1:{self.servers.node(node)['http']}"

    def ask(self, query, *more, node=1, url=None, output="csv"):
        return self.program.run("query", "-o", output, query, "--on", url or self.url(node), *more)

    def check_all(self, node=1):
        check_count(self.ask(COUNT, node=node), EVENTS)

    def signal(self, node, number):
        with contextlib.suppress(ProcessLookupError):  # it was killed
            os.kill(self.servers.node(node)["pid"], number)

    def running(self, node=1):
        """Queries of tocsin there."""
        return int(self.sql("SELECT count() FROM system.processes WHERE query_id LIKE 'tocsin-%'", node))

    def wait_until(self, is_so, what):
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            check(time.monotonic() < deadline, what)
            time.sleep(0.02)

    def while_held(self, query, work, *more, output="csv"):
        """The answer is on its way, and does not get further: then `work` is done. What the query's process gave."""
        proxy = CuttingProxy(self.servers.node(1)["http"], mark=b"FORMAT Native")
        proxy.cut("hold", 1)
        process = self.program.start("query", "-o", output, query, "--on", self.url(port=proxy.port), *more)
        try:
            self.wait_until(lambda: proxy.cuts > 0 or process.poll() is not None, "no rows come")
            check(process.poll() is None, process.returncode)
            check(self.running() > 0, "the query does not run")
            work(process, proxy)
            errors = process.communicate(timeout=60)
        finally:
            proxy.release()
            if process.poll() is None:
                process.kill()
            proxy.close()
        self.wait_until(lambda: self.running() == 0, "the query is still there")
        return process.returncode, *errors

    def while_stopped(self, query, work, *more):
        """Node 3 says nothing: the query waits for it before it begins. It goes on when `work` is done."""
        self.signal(3, signal.SIGSTOP)
        try:
            process = self.program.start("query", "-o", "csv", query, "--on", self.url(), *more)
            self.wait_until(lambda: self.running() > 0 or process.poll() is not None, "the query does not run")
            check(process.poll() is None, process.returncode)
            work(process)
        finally:
            self.signal(3, signal.SIGCONT)
        output, errors = process.communicate(timeout=60)
        self.wait_until(lambda: self.running() == 0, "the query is still there")
        return process.returncode, output, errors


CLUSTER = []


def cluster():
    return CLUSTER[0].start()


def test_passwords(program, folder):
    place = cluster()
    address = f"clickhouse://guarded@{place.place()}/default?cluster=tocsin"

    def ask(**environment):
        return program.run("query", "-o", "csv", COUNT, "--on", address, **environment)

    check_error(ask(TOCSIN_CLICKHOUSE_PASSWORD=GUARDED_PASSWORD), 0)
    check_error(ask(TOCSIN_CLICKHOUSE_PASSWORD="wrong"), 3, place.place(), "TOCSIN_CLICKHOUSE_PASSWORD")
    check_error(ask(), 3, place.place(), "TOCSIN_CLICKHOUSE_PASSWORD")
    secret = os.path.join(folder, "secret")
    with open(secret, "w", encoding="ascii") as f:
        f.write(GUARDED_PASSWORD + "\n")
    check_error(ask(TOCSIN_CLICKHOUSE_PASSWORD_FILE=secret), 0)
    check_error(program.run("query", "-o", "csv", COUNT, "--on", f"{address}&password-file={secret}"), 0)
    check_error(program.run("query", "-o", "csv", COUNT, "--on", f"{address}&password-file={secret}.none"), 3, "secret")


def test_tls(program, folder):
    servers = cluster().servers
    address = f"clickhouse://localhost:{servers.node(1)['https']}/default?tls=1&cluster=tocsin"

    def ask(more):
        return program.run("query", "-o", "csv", COUNT, "--on", address + more)

    check_error(ask(""), 3, "is not trusted", "ca=FILE")
    check_error(ask(f"&ca={servers.folder}/tls/authority.crt"), 0)
    other = os.path.join(folder, "other")
    os.makedirs(other, exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Others",
                    "-keyout", "k", "-out", "other.crt"], cwd=other, check=True, capture_output=True)
    check_error(ask(f"&ca={other}/other.crt"), 3, "is not trusted")
    plain = f"clickhouse://127.0.0.1:{servers.node(1)['http']}/default?tls=1"
    check_error(program.run("query", "-o", "csv", COUNT, "--on", plain), 3, "TLS")


def test_no_such_thing(_program, _folder):
    place = cluster()
    check_error(place.ask(COUNT, url=f"clickhouse://{place.place()}/nowhere"), 3, place.place())
    check_error(place.ask(COUNT, url=f"clickhouse://{place.place()}/system"), 3, "tocsin schema --clickhouse")
    check_error(place.ask(COUNT, url="clickhouse://127.0.0.1:1/default"), 3, "127.0.0.1:1", "is it running")
    check_error(place.ask(COUNT, "--allow-partial", url=f"clickhouse://{place.place()}/default?cluster=none"), 3,
                place.place(), "system.clusters")


def test_tables_of_another_release(_program, _folder):
    place = cluster()
    place.sql("INSERT INTO later.tocsin_schema VALUES (99, 1, 'later')")
    check_error(place.ask(COUNT, url=place.url(database="later")), 3, "version 99", "newer release")


class OtherVersion(http.server.BaseHTTPRequestHandler):
    """A server of a version that is not spoken to."""

    version = b""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.version)))
        self.end_headers()
        self.wfile.write(self.version)

    def log_message(self, *_words):
        pass


def test_versions(program, _folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OtherVersion)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"clickhouse://127.0.0.1:{server.server_port}/default"
    for version, words in ((b"1.1.54390\tUTC\n", ("18.16", "24")), (b"19.17.6\tUTC\n", ("18.16", "24")),
                           (b"what?\tUTC\n", ("version",)), (b"", ("version",))):
        OtherVersion.version = version
        for arguments in (("query", COUNT, "--on", address), ("schema", "--clickhouse", "--apply", address)):
            check_error(program.run(*arguments), 3 if version in (b"", b"what?\tUTC\n") else 2,
                        f"127.0.0.1:{server.server_port}", *words)
    server.shutdown()


def test_columns_while_it_is_asked(program, folder):
    """18.16 makes the table over a cluster anew for a new column: no query sees that."""
    place = cluster()
    log = os.path.join(folder, "application.log")
    with open(log, "w", encoding="ascii") as f:
        for i in range(20):
            f.write(f"2023-11-14T22:13:20Z host1 app[7]: done serial={i} state=ok\n")
    failed = []
    asked = []
    is_over = threading.Event()

    def ask():
        while not is_over.is_set():
            done = place.ask("SELECT COUNT(*) AS n FROM events WHERE username = 'u7'", node=1 + len(asked) % 3)
            asked.append(done[0])
            if done[0] != 0 or done[1].split() != [b"n", b"1.0"]:
                failed.append(brief(done))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(4):
            properties = os.path.join(folder, "properties.yaml")
            with open(properties, "w", encoding="ascii") as f:
                f.write(f"properties:\n  - name: Serial {number}\n    type: integer\n    extractions:\n"
                        "      - regex: 'serial=(\\d+)'\n")
            check_error(program.run("ingest", "-q", "--to", place.url(), "--properties", properties, log), 0)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    check(not failed, len(asked), failed[:2])
    check(len(asked) > 8, asked)
    place.sql("SELECT `Serial 0`, `Serial 3` FROM events LIMIT 1")
    for node in (1, 3):  # the events that every test counts stay as they were
        place.sql("TRUNCATE TABLE events_local", node)
    check_error(program.run("ingest", "-q", "--to", place.url(), os.path.join(folder, "events.log")), 0)
    for node in (1, 2):
        place.sql("SYSTEM SYNC REPLICA events_local", node)
    place.of_shard_2 = int(place.sql("SELECT count() FROM events_local", 3))
    place.check_all()


def test_interrupted(_program, _folder):
    """Ctrl-C ends the query on the server: while rows come, while they are waited for, and before."""
    place = cluster()
    done = place.while_held(ROWS, lambda process, _proxy: process.send_signal(signal.SIGINT))
    check(done[0] == 130, brief(done))

    def interrupt(process):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)

    for query in (ROWS, RECENT):
        done = place.while_stopped(query, interrupt)
        check(done[0] == 130, query, brief(done))
    place.check_all()


def test_time_limit(_program, _folder):
    place = cluster()
    begun = time.monotonic()
    done = place.while_held(ROWS, lambda process, proxy: None, "--time-limit", "2")
    check_error(done, 3, "127.0.0.1", "longer than it may", "--time-limit")
    done = place.while_stopped(RECENT, lambda process: process.wait(timeout=30), "--time-limit", "1")
    check_error(done, 3, place.place(), "longer than it may", "--time-limit")
    check(time.monotonic() - begun < 40, "it waited for longer")
    check_error(place.ask(COUNT, "--time-limit", "60"), 0)
    check_error(place.ask(COUNT, "--time-limit", "0"), 3, "--time-limit")
    place.check_all()


def test_killed_by_the_server(_program, _folder):
    place = cluster()

    def kill(_process, proxy):
        place.sql("KILL QUERY WHERE query_id LIKE 'tocsin-%' ASYNC")
        proxy.release()

    check_error(place.while_held(ROWS, kill), 3, "127.0.0.1", "killed")
    place.check_all()


def test_slow_node(_program, _folder):
    place = cluster()

    def wait(_process):
        time.sleep(1)
        place.signal(3, signal.SIGCONT)

    check_count(place.while_stopped(COUNT, wait), EVENTS)


def test_pipe_that_closes(program, _folder):
    place = cluster()
    process = program.start("query", "-o", "csv", ROWS, "--on", place.url())
    check(process.stdout.readline().startswith(b"username"), "no header")
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(timeout=60)
    check(process.returncode == 0 and b"rror" not in errors, process.returncode, errors)
    place.wait_until(lambda: place.running() == 0, "the query is still there")


def test_limit_that_is_reached(_program, _folder):
    place = cluster()
    done = place.ask(ROWS + " LIMIT 3")
    check(done[0] == 0 and len(done[1].splitlines()) == 4, done)
    place.wait_until(lambda: place.running() == 0, "the query is still there")


def test_cut_connections(_program, _folder):
    """Never fewer rows without a word."""
    place = cluster()
    whole = place.ask(ROWS)
    check(whole[0] == 0 and len(whole[1].splitlines()) == EVENTS + 1, whole[0], whole[2])
    proxy = CuttingProxy(place.servers.node(1)["http"], mark=b"FORMAT Native")
    # A question on a connection that turns out to be closed is sent once more, on a new one.
    for stage, times in (("connect", 1), ("sent", 2), ("answer", 2), ("rows", 1)):
        proxy.cut(stage, times)
        proxy.skips = 0
        done = place.ask(ROWS, url=place.url(port=proxy.port))
        check(done[0] == 3, stage, proxy.cuts, brief(done))
        check_error(done, 3, f"127.0.0.1:{proxy.port}", "hint: ")
        check(proxy.cuts in range(1, times + 1), stage, proxy.cuts)
        proxy.cut("", 0)
        again = place.ask(ROWS, url=place.url(port=proxy.port))
        check(again[0] == 0 and again[1] == whole[1], stage, again[0], again[2])
        place.wait_until(lambda: place.running() == 0, "the query is still there")
    proxy.close()


# ---- nodes that die ----


def test_replica_dies(_program, _folder):
    """The other replica of its shard answers, and no word of it."""
    place = cluster()
    for dead in (1, 2):
        place.servers.kill(f"node{dead}")
        try:
            place.check_all(node=3)
        finally:
            place.servers.restart(f"node{dead}")
    place.servers.kill("node1")
    try:
        check_error(place.ask(COUNT, node=1), 3, place.place(1), "is it running")
    finally:
        place.servers.restart("node1")
    place.check_all()


def test_shard_dies(program, _folder):
    place = cluster()
    place.servers.kill("node3")
    try:
        done = place.ask(COUNT)
        check_error(done, 3, place.place(1), "--allow-partial")
        check(str(place.servers.node(3)["tcp"]).encode() in done[2], "which node?", done)
        left = str(EVENTS - place.of_shard_2).encode()
        for output in ("csv", "tsv", "json", "ndjson", "table"):
            done = place.ask(COUNT, "--allow-partial", output=output)
            check_error(done, 3, "1 of 2 shards", "tocsin")
            check(left in done[1].replace(b",", b""), output, done)
        hunt = program.run("hunt", "--config", "none", "-o", "json", "--on", place.url(), "--allow-partial")
        check_error(hunt, 3, "1 of 2 shards")
        check_error(program.run("hunt", "--config", "none", "--on", place.url()), 3, "--allow-partial")
    finally:
        place.servers.restart("node3")
    place.check_all()


def test_shard_dies_in_the_middle(_program, _folder):
    place = cluster()
    try:
        done = place.while_stopped(ROWS, lambda process: place.servers.kill("node3"))
        check_error(done, 3, place.place(1), "hint: ")
    finally:
        place.servers.restart("node3")
    place.check_all()


def test_asked_node_dies_in_the_middle(program, _folder):
    place = cluster()
    proxy = CuttingProxy(place.servers.node(1)["http"], mark=b"FORMAT Native")
    proxy.cut("hold", 1)
    process = program.start("query", "-o", "csv", ROWS, "--on", place.url(port=proxy.port))
    try:
        place.wait_until(lambda: proxy.cuts > 0 or process.poll() is not None, "no rows come")
        place.servers.kill("node1")
        proxy.release()
        output, errors = process.communicate(timeout=60)
        check_error((process.returncode, output, errors), 3, f"127.0.0.1:{proxy.port}", "hint: ")
    finally:
        place.servers.restart("node1")
        proxy.close()
    place.check_all()


# ---- a full disk ----


def test_full_disk(program, folder):
    """Loads stop with a reason; when there is room again, they go on, and every event is there once."""
    if missing_programs("single"):
        raise Skipped(f"{missing_programs('single')} is not installed (tools/setup.sh clickhouse)")
    data = os.path.join(folder, "full", "node1", "data")
    os.makedirs(data)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", data], capture_output=True, check=False)
    if mounted.returncode != 0:
        raise Skipped("no small disk can be made here (mount -t tmpfs)")
    servers = Servers(os.path.join(folder, "full"))
    try:
        servers.start("single")
        address = servers.url()
        arguments = ("ingest", "-q", "--to", address, "--retry", "1", "--checkpoint", os.path.join(folder, "full.cp"),
                     os.path.join(folder, "events.log"))
        check_error(program.run("schema", "--clickhouse", "--apply", address), 0)
        done = program.run(*arguments)
        check_error(done, 3, f"127.0.0.1:{servers.node(1)['http']}", "a full disk")
        subprocess.run(["mount", "-o", "remount,size=100m", data], check=True)
        check_error(program.run(*arguments), 0)
        found = servers.sql(1, "SELECT count(), uniqExact(_line) FROM events").split()
        check(found == [str(EVENTS)] * 2, found)
    finally:
        servers.stop()
        subprocess.run(["umount", data], check=True)


def main():
    program = Program(sys.argv[1], sys.argv[2])
    with temporary_folder() as folder:
        CLUSTER.append(Cluster(folder, program))
        try:
            run_tests(globals(), program, folder)
        finally:
            if CLUSTER[0].servers:
                CLUSTER[0].servers.stop()


if __name__ == "__main__":
    main()
