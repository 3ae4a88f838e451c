#!/usr/bin/env python3
"""tocsin schema and tocsin ingest --to, on servers of both kinds: test_ingest.py PROGRAM SAMPLES.

Whatever fails - the loading process, a server, the connection at each stage -, every event is in the table once:
counted by the place of its line.
"""
import concurrent.futures
import os
import random
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

# pylint: disable=wrong-import-position
from cutting_proxy import STAGES, CuttingProxy  # noqa: E402
from run_program import Program, Skipped, check, check_error, run_tests  # noqa: E402
from servers import Servers, missing_programs, temporary_folder  # noqa: E402

EVENTS = 70000
DAYS = 6
LINE = ("type=USER_LOGIN msg=audit({seconds}.{ms:03}:{serial}): pid=1 uid=0 auid=1000 ses=1 msg='op=login "
        "acct=\"u{serial}\" exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.1 terminal=ssh res=success'\n")


def write_log(path, first, count, mode="w"):
    """Events of some days, in turns, so that a window becomes several blocks."""
    with open(path, mode, encoding="ascii") as f:
        for i in range(first, first + count):
            f.write(LINE.format(seconds=1700000000 + i // 500 % DAYS * 86400 + i // 1000, ms=i % 1000, serial=i))


class Place:
    """Servers that run, and a fresh database for every load."""

    def __init__(self, kind, folder, program):
        self.kind = kind
        self.folder = os.path.join(folder, kind)
        self.program = program
        self.servers = None
        self.count = 0
        self.reserved = []

    def start(self):
        if missing_programs(self.kind):
            raise Skipped(f"{missing_programs(self.kind)} is not installed (tools/setup.sh clickhouse)")
        for attempt in range(3):  # 18.16 sometimes dies of the first ON CLUSTER on a busy machine
            if self.servers:
                break
            self.servers = Servers(f"{self.folder}-{attempt}").start(self.kind)
            try:
                # For tests in which servers die: afterwards 18.16 hardly makes tables.
                self.reserved = [] if self.kind == "modern" else [self.new_database() for _ in range(6)]
            except (OSError, RuntimeError, AssertionError):
                self.servers.stop()
                self.servers = None
        check(self.servers, self.kind, "no server stays alive")
        return self

    def sql(self, sql, node=1):
        return self.servers.sql(node, sql).strip()

    def url(self, database, port=0, node=1):
        port = port or self.servers.node(node)["http"]
        return f"clickhouse://127.0.0.1:{port}/{database}" + ("?cluster=tocsin" if self.kind == "cluster" else "")

    def new_database(self):
        self.count += 1
        name = f"load{self.count}"
        if self.kind == "cluster":
            self.sql(f"CREATE DATABASE {name} ON CLUSTER tocsin")
        else:
            self.sql(f"CREATE DATABASE {name}")
        done = self.program.run("schema", "--clickhouse", "--apply", self.url(name))
        check(done[0] == 0 and b": made," in done[1], done)
        return name

    def check_once(self, database, events, node=1, sources=1):
        """Every line is there, and once."""
        if self.kind == "cluster":  # a replica that was away may be behind
            for replica in (1, 2, 3):
                self.sql(f"SYSTEM SYNC REPLICA {database}.events_local", replica)
        wanted = f"{events}\t{events}\t{sources}"
        found = self.sql(f"SELECT count(), uniqExact(_source, _line), uniqExact(_source) FROM {database}.events", node)
        check(found == wanted, self.kind, found, wanted)
        broken = self.sql(f"SELECT count() FROM (SELECT _block, uniqExact(_day) AS days FROM {database}.events "
                          "GROUP BY _block HAVING days > 1)", node)
        check(broken == "0", broken)


PLACES = {}


def ingest(place, database, log, *more, url=None):
    return ("ingest", "--no-summary", "--to", url or place.url(database), *more, log)


def each_kind(kinds, work, at_once=False):
    """The test of every kind of server that is here, one after the other or all at once; skipped only if none is."""
    skipped = []

    def run(kind):
        try:
            work(PLACES[kind].start())
        except Skipped as reason:
            skipped.append(str(reason))

    with concurrent.futures.ThreadPoolExecutor(len(kinds) if at_once else 1) as pool:
        for done in [pool.submit(run, kind) for kind in kinds]:
            done.result()
    if len(skipped) == len(kinds):
        raise Skipped(skipped[0])


def test_load_and_again(program, folder):
    log = os.path.join(folder, "plain.log")

    def work(place):
        database = place.new_database()
        checkpoint = os.path.join(folder, f"plain-{place.kind}")
        arguments = ingest(place, database, log, "--checkpoint", checkpoint)
        for _ in range(2):
            check_error(program.run(*arguments), 0)
            place.check_once(database, EVENTS)
        days = place.sql("SELECT uniqExact(_day), sum(toInt64(_day) != intDiv(starttime, 86400000)) "
                         f"FROM {database}.events")
        check(days == f"{DAYS}\t0", days)
        check_error(program.run("ingest", "--no-summary", "--once", "--to", place.url(database), log), 0)
        place.check_once(database, EVENTS)  # without a checkpoint, too: blocks are known by their rows

    each_kind(["single", "cluster", "modern"], work)


def test_stamped_by_the_clock_of_the_server(program, folder):
    """Scheduled hunts go by `_arrived`: a machine whose clock is wrong hides nothing."""
    log = os.path.join(folder, "stamped.log")
    write_log(log, 0, 100)
    if "WRONG_CLOCK" not in os.environ:
        raise Skipped("WRONG_CLOCK does not name the library of tests/clickhouse/wrong_clock.c")

    def work(place):
        options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
        for seconds in (-400 * 86400, 400 * 86400):
            database = place.new_database()
            before = int(place.sql("SELECT toUnixTimestamp(now())"))
            done = program.run(*ingest(place, database, log), LD_PRELOAD=os.environ["WRONG_CLOCK"],
                               WRONG_CLOCK_SECONDS=str(seconds), ASAN_OPTIONS=options)
            check_error(done, 0)
            after = int(place.sql("SELECT toUnixTimestamp(now())"))
            wrong = place.sql(f"SELECT count() FROM {database}.events WHERE _arrived < {before * 1000} OR "
                              f"_arrived >= {(after + 1) * 1000}")
            check(wrong == "0", place.kind, seconds, wrong)
            order = place.sql(f"SELECT max(_input) >= toInt64({before * 1000}) * 1048576 FROM {database}.events")
            check(order == "1", place.kind, seconds, order)
            place.check_once(database, 100)

    each_kind(["single", "modern"], work)


def test_log_that_grows(program, folder):
    def work(place):
        log = os.path.join(folder, f"grows-{place.kind}.log")
        database = place.new_database()
        arguments = ingest(place, database, log, "--checkpoint", os.path.join(folder, f"grows-{place.kind}"))
        for step in range(3):
            write_log(log, step * 5000, 5000, "a")
            check_error(program.run(*arguments), 0)
            place.check_once(database, (step + 1) * 5000)

    each_kind(["single", "cluster"], work)


def run_until_done(program, arguments, how, patience):
    """Started anew as often as it is ended before it is done."""
    ended = 0
    for _ in range(60):
        process = program.start(*arguments)
        try:
            process.communicate(timeout=random.uniform(0.05, patience))
        except Exception:  # pylint: disable=broad-except
            process.send_signal(how)
            process.communicate(timeout=60)
        if process.returncode == 0:
            return ended
        check(process.returncode in (-how, 130), process.returncode)
        ended += 1
        patience *= 1.15
    raise AssertionError("it never comes to its end")


def test_killed_and_started_anew(program, folder):
    log = os.path.join(folder, "plain.log")

    def work(place):
        database = place.new_database()
        for how in (signal.SIGKILL, signal.SIGINT):
            checkpoint = os.path.join(folder, f"killed-{place.kind}-{how}")
            ended = run_until_done(program, ingest(place, database, log, "--checkpoint", checkpoint), how, 1.0)
            print(f"# {place.kind}: ended {ended} times")
            place.check_once(database, EVENTS)
            database = place.new_database()

    each_kind(["single", "cluster", "modern"], work)


def test_connection_cut_at_each_stage(program, folder):
    log = os.path.join(folder, "plain.log")

    def work(place):
        proxy = CuttingProxy(place.servers.node(1)["http"])
        for stage in STAGES:
            database = place.new_database()
            proxy.cut(stage, 5)
            done = program.run(*ingest(place, database, log, "--retry", "60", url=place.url(database, proxy.port)))
            check_error(done, 0)
            check(proxy.cuts == 5, stage, proxy.cuts)
            place.check_once(database, EVENTS)
        proxy.close()

    each_kind(["single", "cluster"], work)


def test_side_by_side(program, folder):
    def work(place):
        database = place.new_database()
        logs = [os.path.join(folder, f"side{i}.log") for i in range(3)]
        for i, log in enumerate(logs):
            write_log(log, i * 20000, 20000)
        running = [program.start(*ingest(place, database, log)) for log in logs]
        for process in running:
            _, errors = process.communicate(timeout=120)
            check(process.returncode == 0, errors)
        place.check_once(database, 60000, sources=3)

    each_kind(["single", "cluster", "modern"], work)


def test_properties_become_columns(program, folder):
    properties = os.path.join(folder, "properties.yaml")
    with open(properties, "w", encoding="ascii") as f:
        f.write("properties:\n  - name: Serial Number\n    type: integer\n    extractions:\n"
                "      - regex: 'serial=(\\d+)'\n")
    log = os.path.join(folder, "application.log")
    with open(log, "w", encoding="ascii") as f:
        for i in range(2000):
            f.write(f"2023-11-14T22:13:20Z host1 app[7]: done serial={i} state=ok\n")

    def work(place):
        database = place.new_database()
        arguments = ("ingest", "--no-summary", "--to", place.url(database), "--properties", properties, log)
        running = [program.start(*arguments) for _ in range(2)]
        for process in running:
            _, errors = process.communicate(timeout=60)
            check(process.returncode == 0, errors)
        found = place.sql(f"SELECT count(), uniqExact(`Serial Number`), max(`Serial Number`) FROM {database}.events")
        check(found == "4000\t2000\t1999", found)

    each_kind(["single", "cluster", "modern"], work)


def test_refused_rows_are_set_aside(program, folder):
    log = os.path.join(folder, "few.log")
    place = PLACES["modern"].start()
    database = place.new_database()
    place.sql(f"ALTER TABLE {database}.events ADD CONSTRAINT no_such CHECK ifNull(username, '') NOT IN ('u7', 'u1999')")
    check_error(program.run(*ingest(place, database, log)), 3, "--set-aside")
    database = place.new_database()
    place.sql(f"ALTER TABLE {database}.events ADD CONSTRAINT no_such CHECK ifNull(username, '') NOT IN ('u7', 'u1999')")
    aside = os.path.join(folder, "aside.native")
    done = program.run("ingest", "--to", place.url(database), "--set-aside", aside, log)
    check_error(done, 0, "2 events that the server refused")
    place.check_once(database, 1998)
    found = place.sql(f"SELECT arraySort(groupArray(username)) FROM file('{aside}', Native)")
    check(found == "['u1999','u7']", found)


def test_errors_say_the_way_out(program, folder):
    log = os.path.join(folder, "few.log")

    def work(place):
        place.sql("CREATE DATABASE IF NOT EXISTS bare")
        check_error(program.run(*ingest(place, "bare", log)), 3, "there are no tables of Tocsin", "tocsin schema")
        database = place.new_database()
        check_error(program.run(*ingest(place, database, log), "--connections", "x"), 3, "--connections")
        place.sql(f"INSERT INTO {database}.tocsin_schema VALUES (99, 1, 'later')")
        for arguments in (ingest(place, database, log), ("schema", "--clickhouse", "--apply", place.url(database))):
            check_error(program.run(*arguments), 3, "version 99", "later release")

    each_kind(["single", "modern"], work)
    check_error(program.run("ingest", "--to", "clickhouse://127.0.0.1:1/x", log), 3, "127.0.0.1")
    check_error(program.run("ingest", "--to", "http://127.0.0.1/x", log), 3, "clickhouse://")


def test_columns_of_later_releases_are_added(program, folder):
    def work(place):
        database = place.new_database()
        place.sql(f"ALTER TABLE {database}.events DROP COLUMN `sourceasn`")
        if place.kind == "modern":
            place.sql(f"ALTER TABLE {database}.events DROP INDEX _arrived_since")
        done = program.run("schema", "--clickhouse", "--apply", place.url(database))
        check(done[0] == 0 and b"1 columns added" in done[1], done)
        place.sql(f"SELECT `sourceasn` FROM {database}.events")
        if place.kind == "modern":
            check_error(program.run(*ingest(place, database, os.path.join(folder, "few.log"))), 0)
            plan = place.sql(f"EXPLAIN indexes = 1 SELECT _block FROM {database}.events PREWHERE _arrived >= 1")
            check("_arrived_since" in plan, plan)

    each_kind(["single", "modern"], work)


def crash(place, name, database, log, program, checkpoint):
    """A server dies in the middle of a load, and comes again."""
    process = program.start(*ingest(place, database, log, "--checkpoint", checkpoint, "--retry", "60"))
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if place.sql(f"SELECT count() FROM {database}.events") != "0":
            break
    place.servers.kill(name)
    time.sleep(0.5)
    place.servers.restart(name)
    _, errors = process.communicate(timeout=120)
    check(process.returncode == 0, errors)


def test_server_dies(program, folder):
    log = os.path.join(folder, "plain.log")

    def work(place):
        names = ["node1"] if place.kind == "single" else ["node1", "node2", "node3"]
        for name in names:
            database = place.reserved.pop()
            crash(place, name, database, log, program, os.path.join(folder, f"dies-{place.kind}-{name}"))
            place.check_once(database, EVENTS)
            if place.kind == "cluster":  # the other replica has the same
                place.check_once(database, EVENTS, node=2)

    each_kind(["single", "cluster"], work)


def test_another_node_takes_over(program, folder):
    log = os.path.join(folder, "plain.log")
    place = PLACES["cluster"].start()
    database = place.reserved.pop()
    urls = place.url(database, node=2) + "," + place.url(database, node=1)
    process = program.start(*ingest(place, database, log, url=urls))
    time.sleep(0.3)
    place.servers.kill("node2")
    _, errors = process.communicate(timeout=120)
    place.servers.restart("node2")
    check(process.returncode == 0, errors)
    place.check_once(database, EVENTS)


def test_straight_to_the_shard(program, folder):
    """With the addresses of all nodes no block goes through a second server; and it is where the table puts it."""
    log = os.path.join(folder, "plain.log")
    place = PLACES["cluster"].start()

    def inserts():
        return sum(int(place.sql("SELECT sum(value) FROM system.events WHERE event = 'InsertQuery'", node))
                   for node in (1, 2, 3))

    for nodes, is_straight in (((1, 2, 3), True), ((2,), False)):
        database = place.new_database()
        before = inserts()
        urls = ",".join(place.url(database, node=node) for node in nodes)
        check_error(program.run(*ingest(place, database, log, url=urls)), 0)
        place.check_once(database, EVENTS)
        blocks = int(place.sql(f"SELECT uniqExact(_block) FROM {database}.events"))
        check(blocks >= 2 and (inserts() - before == blocks) == is_straight, nodes, inserts() - before, blocks)
        for node, shard in ((1, 0), (2, 0), (3, 1)):
            found = place.sql(f"SELECT uniqExact(_block), sum(sipHash64(_block) % 2 != {shard}) "
                              f"FROM {database}.events_local", node).split("\t")
            check(found[0] != "0" and found[1] == "0", nodes, node, found)


def test_shard_goes_on_with_its_other_replica(program, folder):
    """Node 2 falls while blocks go straight to it; the one shard's other node takes over. Node 3 is shard 2's only one:
    the load waits for it."""
    log = os.path.join(folder, "plain.log")
    place = PLACES["cluster"].start()
    for name in ("node2", "node3"):
        database = place.reserved.pop() if place.reserved else place.new_database()
        urls = ",".join(place.url(database, node=node) for node in (2, 1, 3))
        process = program.start(*ingest(place, database, log, "--retry", "90", url=urls))
        time.sleep(0.3)
        place.servers.kill(name)
        time.sleep(1)
        place.servers.restart(name)
        _, errors = process.communicate(timeout=120)
        check(process.returncode == 0, name, errors)
        place.check_once(database, EVENTS)


def main():
    random.seed(int(os.environ.get("TOCSIN_SEED", "1")))
    program = Program(sys.argv[1], sys.argv[2])
    with temporary_folder() as folder:
        for kind in ("single", "cluster", "modern"):
            PLACES[kind] = Place(kind, folder, program)
        write_log(os.path.join(folder, "plain.log"), 0, EVENTS)
        write_log(os.path.join(folder, "few.log"), 0, 2000)
        try:
            run_tests(globals(), program, folder)
        finally:
            for place in PLACES.values():
                if place.servers:
                    place.servers.stop()


if __name__ == "__main__":
    main()
