#!/usr/bin/env python3
"""tocsin hunt --on --every, on servers of both kinds: test_hunt.py PROGRAM SAMPLES.

However many processes hunt, and whenever one is killed: every event is examined once, every alert is there once.
Counted by the events that there are.
"""
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

# pylint: disable=wrong-import-position
from run_program import Program, check, check_error, run_tests  # noqa: E402
from test_ingest import PLACES, Place, each_kind, ingest, write_log  # noqa: E402

EVERY = 7  # event of the log is an alert
RULE = """/* rule
id: every_seventh
title: A user whose number seven divides
risk: Risk
*/
SELECT starttime AS Time, username AS Identity, hostname AS Host, 'login' AS Act, username AS Target, 50 AS Risk
FROM events WHERE LONG(SUBSTRING(username, 1, 10)) % 7 = 0
"""
SEQUENCE = """/* rule
id: three_together
title: Three logins within a minute
risk: Risk
*/
SELECT starttime AS Time, hostname AS Host, username AS Identity, COUNT(*) AS Logins, 'logins' AS Act, 60 AS Risk
FROM (SELECT starttime, username, hostname, sessionid FROM events WHERE username = 'seq'
      SESSION BY starttime username BEGIN username IS NULL TIMEWINDOW 1 MINUTES)
GROUP BY sessionid HAVING Logins >= 3
"""
TABLE = """/* rule
id: plain_table
title: Columns of its own
*/
SELECT username, COUNT(*) AS n FROM events WHERE username IN ('u70', 'u77') GROUP BY username
"""
SEQUENCE_LINE = ("type=USER_LOGIN msg=audit({}.000:{}): pid=1 uid=0 auid=1000 ses=1 msg='op=login acct=\"seq\" "
                 "exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.1 terminal=ssh res=success'\n")


class Hunt:
    """A rule in a file, a database, and what was found."""

    def __init__(self, place, program, folder, name, text):
        self.place = place
        self.program = program
        self.database = place.new_database()
        self.rule = os.path.join(folder, f"{name}-{place.kind}.aql")
        with open(self.rule, "w", encoding="ascii") as f:
            f.write(text)

    def arguments(self, *more, node=1):
        return ("hunt", "--on", self.place.url(self.database, node=node), "--query", self.rule, "-o", "ndjson", *more)

    def load(self, log):
        check_error(self.program.run(*ingest(self.place, self.database, log)), 0)

    def once(self, code, *more):
        done = self.program.run(*self.arguments("--since-last", *more))
        check(done[0] == code, done)
        return done

    def sql(self, sql):
        return self.place.sql(sql)

    def change(self, column, value):
        """The table of events as if it had been sent with other values there; of one server."""
        self.sql(f"CREATE TABLE {self.database}.kept AS {self.database}.events")
        self.sql(f"INSERT INTO {self.database}.kept SELECT * FROM {self.database}.events")
        self.sql(f"DROP TABLE {self.database}.events")
        self.sql(f"CREATE TABLE {self.database}.events AS {self.database}.kept")
        columns = self.sql("SELECT arrayStringConcat(groupArray(concat('`', name, '`')), ', ') FROM system.columns "
                           f"WHERE database = '{self.database}' AND table = 'kept'").replace("\\", "")
        values = columns.replace(f"`{column}`", value)
        self.sql(f"INSERT INTO {self.database}.events ({columns}) SELECT {values} FROM {self.database}.kept")
        self.sql(f"DROP TABLE {self.database}.kept")

    def check_alerts(self, count):
        """Each is there once, with an id and an event of its own."""
        found = self.sql("SELECT count(), uniqExact(id), uniqExact(evidence), uniqExact(target) "
                         f"FROM {self.database}.alerts FINAL")
        check(found == "\t".join([str(count)] * 4), self.place.kind, found, count)

    def unexamined(self):
        return self.sql(f"SELECT uniqExact(_block) FROM {self.database}.events WHERE _block GLOBAL NOT IN "
                        f"(SELECT block FROM {self.database}.tocsin_examined)")

    def check_examined(self):
        left = self.unexamined()
        check(left == "0", self.place.kind, left)
        twice = self.sql(f"SELECT count() FROM (SELECT block FROM {self.database}.tocsin_examined FINAL "
                         "GROUP BY hunt, block HAVING count() > 1)")
        check(twice == "0", self.place.kind, twice)


def alerts_of(count):
    return (count + EVERY - 1) // EVERY


def test_what_arrived_since(program, folder):
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        check(hunt.once(0)[1] == b"", "there is nothing to find")
        for step in range(3):
            log = os.path.join(folder, f"since-{place.kind}-{step}.log")
            write_log(log, 3500 * step, 3500)
            hunt.load(log)
            done = hunt.once(1)
            rows = sum(int(line.split(b'"Rows":')[1].split(b",")[0]) for line in done[1].splitlines())
            check(rows == 500, rows, done[2])
            hunt.check_alerts(500 * (step + 1))
            hunt.check_examined()
            check(hunt.once(0)[1] == b"", "nothing is found twice")
        late = os.path.join(folder, f"late-{place.kind}.log")
        write_log(late, 10500, 700)
        hunt.load(late)
        if place.kind == "single":  # stamped long ago, as by a machine that was cut off
            newest = hunt.sql(f"SELECT max(_arrived) FROM {hunt.database}.events")
            hunt.change("_arrived", f"if(_arrived = {newest}, _arrived - 80000000, _arrived)")
        hunt.once(1)
        hunt.check_alerts(1600)
        hunt.check_examined()

    each_kind(["single", "cluster", "modern"], work, at_once=True)


def test_killed_between_the_parts_of_a_list(program, folder):
    """What is examined lies days behind what is not: nothing is passed over."""
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        hunt.once(0)
        first = "0"
        for step in range(2):
            log = os.path.join(folder, f"parts-{place.kind}-{step}.log")
            write_log(log, 700 * step, 700)
            hunt.load(log)
            first = first if step else hunt.sql(f"SELECT max(_arrived) FROM {hunt.database}.events")
        newest = hunt.sql(f"SELECT max(_arrived) FROM {hunt.database}.events")
        hunt.change("_arrived", f"if(_arrived > {first}, _arrived, _arrived - 864000000)")
        hunt.sql(f"INSERT INTO {hunt.database}.tocsin_examined (hunt, block, arrived, examined, holder) "
                 f"SELECT DISTINCT 'every_seventh', _block, _arrived, _arrived, 'killed' FROM {hunt.database}.events "
                 f"WHERE _arrived > {first}")
        hunt.once(1)
        hunt.check_alerts(100)
        hunt.check_examined()
        log = os.path.join(folder, f"parts-{place.kind}-last.log")
        write_log(log, 1400, 700)
        hunt.load(log)
        hunt.once(1)
        hunt.check_alerts(200)
        mark = hunt.sql(f"SELECT max(arrived) FROM {hunt.database}.tocsin_examined "
                        "WHERE block = toFixedString('', 16)")
        check(int(mark) >= int(newest) - 1000, mark, newest)

    each_kind(["single"], work)


def test_more_blocks_than_a_list_has(program, folder):
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        log = os.path.join(folder, "blocks.log")
        write_log(log, 0, 2100)  # LIMIT_HUNT_BLOCKS is 1000
        hunt.load(log)
        hunt.change("_block", "toFixedString(concat('b', toString(_row)), 16)")
        done = hunt.once(1)
        check(b"2,100 blocks" in done[2], done[2])
        hunt.check_alerts(300)
        hunt.check_examined()

    each_kind(["single"], work)


def test_sequences_longer_than_their_evidence(program, folder):
    """Of 17 lines and more only who and when is known: it is the same if earlier lines arrive, another one later on."""
    def work(place):
        hunt = Hunt(place, program, folder, "three_together", SEQUENCE)
        for number, (seconds, alerts) in enumerate([(range(20, 40), 1), (range(0, 18), 1), (range(600, 620), 2),
                                                    (range(40, 45), 2), (range(700, 703), 3)]):
            hunt.load(write_sequence(folder, f"long-{place.kind}-{number}.log", seconds))
            before = int(hunt.sql(f"SELECT count() FROM {hunt.database}.alerts FINAL"))
            hunt.once(1 if alerts > before else 0)
            found = hunt.sql(f"SELECT count(), max(has_more) FROM {hunt.database}.alerts FINAL")
            check(found == f"{alerts}\t1", place.kind, number, found, alerts)
        hunt.check_examined()

    each_kind(["single", "modern"], work, at_once=True)


def test_two_machines_with_files_of_one_name(program, folder):
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        for machine in range(2):
            here = os.path.join(folder, f"machine-{place.kind}-{machine}")
            os.mkdir(here)
            write_log(os.path.join(here, "audit.log"), 700 * machine, 700)
            done = program.run("ingest", "--no-summary", "--to", place.url(hunt.database), "audit.log", cwd=here)
            check_error(done, 0)
        hunt.once(1)
        found = hunt.sql(f"SELECT count(), uniqExact(id), uniqExact(target) FROM {hunt.database}.alerts FINAL")
        check(found == "200\t200\t200", place.kind, found)

    each_kind(["single", "modern"], work)


def write_sequence(folder, name, seconds):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as f:
        for i, second in enumerate(seconds):
            f.write(SEQUENCE_LINE.format(1700000000 + second, 1000 * second + i))
    return path


def test_sequences_over_passes(program, folder):
    """Two of three events were examined before; the sequence that grows is found once."""
    def work(place):
        hunt = Hunt(place, program, folder, "three_together", SEQUENCE)
        for number, (seconds, alerts) in enumerate([([0, 10], 0), ([20], 1), ([30, 40], 1), ([600, 605, 610], 2),
                                                    ([2000, 2010], 2), ([1990], 3)]):
            hunt.load(write_sequence(folder, f"sequence-{place.kind}-{number}.log", seconds))
            before = int(hunt.sql(f"SELECT count() FROM {hunt.database}.alerts FINAL"))
            hunt.once(1 if alerts > before else 0)
            found = hunt.sql(f"SELECT count() FROM {hunt.database}.alerts FINAL")
            check(found == str(alerts), place.kind, number, found, alerts)
        hunt.check_examined()

    each_kind(["single", "modern"], work)


def test_rules_with_tables_of_their_own(program, folder):
    def work(place):
        hunt = Hunt(place, program, folder, "plain_table", TABLE)
        log = os.path.join(folder, "table.log")
        write_log(log, 0, 1000)
        hunt.load(log)
        done = hunt.once(1)
        check(len(done[1].splitlines()) == 2, done)
        again = os.path.join(folder, "table-again.log")
        write_log(again, 1000, 1000)
        hunt.load(again)
        check(hunt.once(0)[1] == b"", "the same two rows")
        found = hunt.sql(f"SELECT rule, columns FROM {hunt.database}.alerts FINAL ORDER BY columns")
        check(found.splitlines() == ['plain_table\t{"username":"u70","n":"1.0"}',
                                     'plain_table\t{"username":"u77","n":"1.0"}'], found)

    each_kind(["single", "modern"], work)


def test_killed_at_any_moment(program, folder):
    """Three processes hunt while a log is loaded in parts; they are killed one by one, and new ones come."""
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        nodes = 3 if place.kind == "cluster" else 1
        count = 3
        started = 0
        running = []
        deadline = time.monotonic() + 40
        loaded = 0
        while time.monotonic() < deadline:
            while len(running) < count:
                started += 1
                more = ("--every", "1s", "--lease", "5", "--quiet")
                process = program.start(*hunt.arguments(*more, node=started % nodes + 1),
                                        stdout=subprocess.DEVNULL)
                running.append(process)
            log = os.path.join(folder, f"killed-{place.kind}-{loaded}.log")
            write_log(log, 2000 * loaded, 2000)
            hunt.load(log)
            loaded += 1
            time.sleep(random.uniform(0.1, 4))
            victim = running.pop(random.randrange(len(running)))
            victim.kill()
            victim.communicate()
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            _, errors = process.communicate(timeout=60)
            check(process.returncode == 130, process.returncode, errors)
        for _ in range(10):
            done = program.run(*hunt.arguments("--since-last"))
            check(done[0] in (0, 1), done)
            if b"has the lease" not in done[2]:
                break
            time.sleep(2)
        print(f"# {place.kind}: {started} processes, {loaded} logs")
        hunt.check_examined()
        hunt.check_alerts(alerts_of(2000 * loaded))

    each_kind(["single", "cluster", "modern"], work, at_once=True)


def test_the_lease_is_given_back(program, folder):
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        first = program.start(*hunt.arguments("--every", "1m"))
        line = first.stderr.readline()
        check(b"0 blocks" in line, line)
        done = hunt.once(0)
        check(b"has the lease" in done[2], done)
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
        check(first.returncode == 130, first.returncode)
        done = hunt.once(0)
        check(b"0 blocks" in done[2], done)

    each_kind(["single", "modern"], work)


def test_a_server_that_is_away(program, folder):
    """The hunt waits, says so, and passes nothing over."""
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        log = os.path.join(folder, "away.log")
        write_log(log, 0, 2000)
        hunt.load(log)
        process = program.start(*hunt.arguments("--every", "1s", "--lease", "5"), stdout=subprocess.DEVNULL)
        time.sleep(random.uniform(0.5, 4))
        place.servers.kill("node1")
        time.sleep(3)
        place.servers.restart("node1")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if hunt.unexamined() == "0":
                break
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        check(b"trying again" in errors and hunt.unexamined() == "0", errors.decode())
        hunt.check_examined()
        hunt.check_alerts(alerts_of(2000))

    each_kind(["single"], work)


def test_tables_of_version_1(program, folder):
    """As the release before made them: events stay, hunts are refused until the tables are brought up to date."""
    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        log = os.path.join(folder, "old.log")
        write_log(log, 0, 700)
        hunt.load(log)
        on = " ON CLUSTER tocsin" if place.kind == "cluster" else ""
        sync = " SYNC" if place.kind == "modern" else ""
        for table in ("alerts", "tocsin_leases", "tocsin_examined", "tocsin_schema"):
            hunt.sql(f"DROP TABLE {hunt.database}.{table}{on}{sync}")
        engine = "ReplacingMergeTree"
        hunt.sql(f"CREATE TABLE {hunt.database}.tocsin_schema (version Int64, applied Int64, what String) "
                 "ENGINE = MergeTree ORDER BY (version, applied)")
        hunt.sql(f"INSERT INTO {hunt.database}.tocsin_schema VALUES (1, 1700000000000, 'tables of version 1')")
        hunt.sql(f"CREATE TABLE {hunt.database}.tocsin_leases (hunt String, holder String, until Int64, taken Int64) "
                 f"ENGINE = {engine} ORDER BY (hunt, taken, holder)")
        hunt.sql(f"CREATE TABLE {hunt.database}.reference_data (collection String, value String) "
                 f"ENGINE = {engine} ORDER BY (collection, value)")
        check_error(program.run(*hunt.arguments("--since-last")), 3, "earlier version", "schema --clickhouse --apply")
        check_error(program.run(*ingest(place, hunt.database, log)), 3, "earlier version")
        done = program.run(*hunt.arguments())
        check(done[0] == 1, "events of version 1 can be read", done)
        done = program.run("schema", "--clickhouse", "--apply", place.url(hunt.database))
        check(done[0] == 0 and b"brought up to date" in done[1], done)
        check(hunt.sql("SELECT count() FROM system.tables WHERE name = 'reference_data' "
                       f"AND database = '{hunt.database}'") == "0", "the table is gone")
        hunt.once(1)
        hunt.check_alerts(100)
        done = program.run("schema", "--clickhouse", "--apply", place.url(hunt.database))
        check(done[0] == 0 and b"nothing to make" in done[1], done)
        hunt.check_alerts(100)

    each_kind(["single", "modern"], work)


def test_example_of_the_help(program, folder):
    def work(place):
        text = program.run("help", "hunt")[1].decode()
        examples = [line for line in text.splitlines() if line.startswith("  tocsin") and "clickhouse://" in line]
        check(examples, text)
        database = place.new_database()
        check_error(program.run("ingest", "--no-summary", "--to", place.url(database), program.samples), 0)
        for example in examples:
            here = re.sub(r"'clickhouse://[^']*'", place.url(database), example.replace("--every 5m", "--since-last"))
            here = here.replace("  tocsin ", shlex.quote(program.path) + " ")
            done = subprocess.run(["bash", "-c", here], cwd=folder, env=program.environment, check=False,
                                  capture_output=True)
            check(done.returncode == 1, example, done)
        with open(os.path.join(folder, "findings.ndjson"), "rb") as f:
            check(b"container_exec" in f.read(), "findings of the pack")

    each_kind(["single"], work)


def test_wrong_usage(program, folder):
    url = "clickhouse://127.0.0.1:1/x"
    check_error(program.run("hunt", "--every", "5m", "x.log"), 3, "--on")
    check_error(program.run("hunt", "--on", url, "--every", "5m", "--since-last"), 3, "--since-last")
    check_error(program.run("hunt", "--on", url, "--every", "5m", "-o", "html"), 3, "html")
    check_error(program.run("hunt", "--on", url, "--job", "a"), 3, "--every")
    check_error(program.run("hunt", "--on", url, "--every", "5m"), 3, "127.0.0.1:1")

    def work(place):
        hunt = Hunt(place, program, folder, "every_seventh", RULE)
        for option, value in (("--every", "0s"), ("--every", "5"), ("--every", "5y"), ("--every", "40d")):
            check_error(program.run(*hunt.arguments(option, value)), 3, "--every")
        check_error(program.run(*hunt.arguments("--since-last", "--lease", "4")), 3, "--lease")
        check_error(program.run(*hunt.arguments("--since-last", "--look-back", "400d")), 3, "366 days")
        check_error(program.run(*hunt.arguments("--since-last", "--allow-partial")), 3, "--allow-partial")

    each_kind(["single"], work)


def main():
    random.seed(int(os.environ.get("TOCSIN_SEED", "1")))
    program = Program(sys.argv[1], sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("single", "cluster", "modern"):
            PLACES[kind] = Place(kind, folder, program)
        chosen = {name: test for name, test in globals().items()
                  if len(sys.argv) < 4 or name in sys.argv[3:] or not name.startswith("test_")}
        try:
            run_tests(chosen, program, folder)
        finally:
            for place in PLACES.values():
                if place.servers:
                    place.servers.stop()


if __name__ == "__main__":
    main()
