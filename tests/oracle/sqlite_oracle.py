#!/usr/bin/env python3
"""sqlite_oracle.py PROGRAM [COUNT [SEED [ROWS]]]: random queries over random events, answered by us and by SQLite.

PROGRAM is tocsin. Filters, arithmetic, CASE, LIKE, grouping with aggregates, HAVING, sub-selects, ORDER BY and LIMIT:
both must give the same rows, in the same order where the query has one. We get 1 MiB of memory, so that many ROWS of
many different values make groups and rows go through temporary files.
"""
import json
import math
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile

INTEGERS = ["sourceport", "category", "eventcount", "devicetime"]  # devicetime may be null
TEXTS = ["username"]
WORDS = ["alice", "Bob", "bob", "al", "%", "a_b", "", "Zoe", "zoë", "x" * 40]


class Deviation:
    """Aggregates that SQLite lacks."""

    def __init__(self, is_sample):
        self.is_sample, self.values = is_sample, []

    def step(self, value):
        if value is not None:
            self.values.append(value)

    def finalize(self):
        if not self.values:
            return None
        if len(self.values) == 1:
            return 0.0
        return statistics.stdev(self.values) if self.is_sample else statistics.pstdev(self.values)


def make_events(chance, rows):
    """Few different values among few rows, many among many."""
    events = []
    names = WORDS + [f"user-{n}@example" for n in range((rows - 400) // 2)]
    for i in range(rows):
        event = {"starttime": 1700000000000 + i * 1000, "sourceport": chance.randrange(6),
                 "category": chance.randrange(1, 9) * 1000, "eventcount": chance.randrange(1, 50)}
        if chance.random() < 0.7:
            event["devicetime"] = chance.randrange(-rows // 10, rows // 10)
        if chance.random() < 0.8:
            event["username"] = chance.choice(names)
        events.append(event)
    return events


def open_database(events):
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA case_sensitive_like = ON")
    database.create_aggregate("STDEV", 1, lambda: Deviation(True))
    database.create_aggregate("STDEVP", 1, lambda: Deviation(False))
    columns = ["starttime"] + INTEGERS + TEXTS
    database.execute("CREATE TABLE events (" + ", ".join(columns) + ")")
    for event in events:
        database.execute("INSERT INTO events VALUES (" + ", ".join("?" * len(columns)) + ")",
                         [event.get(name) for name in columns])
    return database


class Writer:
    """Random expressions that mean the same in both languages: no overflow, no mix of types."""

    def __init__(self, chance, integers, texts):
        self.chance, self.integers, self.texts = chance, integers, texts

    def integer(self, depth=2):
        kind = self.chance.randrange(6) if depth > 0 else self.chance.randrange(2)
        if kind == 0 or not self.integers:
            return str(self.chance.randrange(1, 12))
        if kind == 1:
            return self.chance.choice(self.integers)
        if kind == 2:
            return (f"CASE WHEN {self.boolean(depth - 1)} THEN {self.integer(depth - 1)} "
                    f"ELSE {self.integer(depth - 1)} END")
        if kind == 3:
            return f"({self.integer(depth - 1)} * {self.chance.randrange(-3, 4)})"
        return f"({self.integer(depth - 1)} {self.chance.choice('+-/%')} {self.integer(depth - 1)})"

    def text(self):
        if not self.texts or self.chance.random() < 0.2:
            return self.literal(self.chance.choice(WORDS))
        return self.chance.choice(self.texts)

    @staticmethod
    def literal(text):
        return "'" + text.replace("'", "''") + "'"

    def pattern(self):
        return self.literal("".join(self.chance.choice(["%", "_", "a", "b", "o", "li", "Z"])
                                    for _ in range(self.chance.randrange(1, 5))))

    def boolean(self, depth=2):
        kind = self.chance.randrange(9) if depth > 0 else self.chance.randrange(6)
        negated = self.chance.choice(["", "NOT "])
        if kind == 0 and self.texts:
            return f"{self.chance.choice(self.texts)} {negated}LIKE {self.pattern()}"
        if kind == 1 and self.texts:
            return f"{self.chance.choice(self.texts)} {self.chance.choice(['=', '!=', '<', '>='])} {self.text()}"
        if kind == 2 and self.texts:
            words = ", ".join(self.literal(word) for word in self.chance.sample(WORDS, 3))
            return f"{self.chance.choice(self.texts)} {negated}IN ({words})"
        if kind == 3 and self.integers:
            return f"{self.chance.choice(self.integers + self.texts)} IS {negated}NULL"
        if kind == 4:
            return f"({self.integer(depth - 1)} {negated}BETWEEN {self.integer(0)} AND {self.integer(0)})"
        if kind in (6, 7):
            return f"({self.boolean(depth - 1)} {self.chance.choice(['AND', 'OR'])} {self.boolean(depth - 1)})"
        if kind == 8:
            return f"(NOT {self.boolean(depth - 1)})"
        left = self.integer(depth - 1)
        return f"{left} {self.chance.choice(['=', '!=', '<', '<=', '>', '>='])} {self.integer(depth - 1)}"


def plain_query(chance, writer, source):
    outputs = [writer.integer() for _ in range(chance.randrange(1, 4))] + [writer.text()]
    items = ", ".join(f"{value} AS c{i}" for i, value in enumerate(outputs))
    order = [f"c{i} {chance.choice(['ASC', 'DESC'])}" for i in chance.sample(range(len(outputs)), len(outputs))]
    text = f"SELECT {items} FROM {source} WHERE {writer.boolean()} ORDER BY {', '.join(order)}"
    return (text + f" LIMIT {chance.randrange(40)}" if chance.random() < 0.4 else text), True


AGGREGATES = ["SUM({i})", "AVG({i})", "MIN({i})", "MAX({i})", "COUNT({i})", "COUNT(*)", "MIN({t})", "MAX({t})",
              "COUNT({t})", "UNIQUECOUNT({t})", "UNIQUECOUNT({i})", "DISTINCTCOUNT({t})", "STDEV({i})", "STDEVP({i})",
              "SUM({i}) / COUNT(*)", "SUM(CASE WHEN {b} THEN 1 ELSE 0 END)"]


def grouped_query(chance, writer, source):
    keys = [chance.choice([writer.integer(1), chance.choice(writer.texts or [writer.integer(1)])])
            for _ in range(chance.randrange(3))]
    aggregates = [chance.choice(AGGREGATES).format(i=writer.integer(1), t=writer.text(), b=writer.boolean(1))
                  for _ in range(chance.randrange(1, 5))]
    items = [f"{key} AS k{i}" for i, key in enumerate(keys)] + [f"{text} AS a{i}" for i, text in enumerate(aggregates)]
    text = f"SELECT {', '.join(items)} FROM {source} WHERE {writer.boolean(1)}"
    if keys:
        text += " GROUP BY " + ", ".join(f"k{i}" for i in range(len(keys)))
    if chance.random() < 0.5:
        having = ["COUNT(*) > 2", f"SUM({writer.integer(1)}) > {chance.randrange(100)}",
                  "MAX(sourceport) BETWEEN 1 AND 4", "NOT (COUNT(*) = 1)"]
        text += " HAVING " + chance.choice(having)
    if chance.random() < 0.5:
        text += f" ORDER BY COUNT(*) DESC, " + ", ".join(f"k{i}" for i in range(len(keys))) if keys else ""
        return text, bool(keys)
    return text, False


def make_query(chance):
    source, writer = "events", Writer(chance, INTEGERS, TEXTS)
    if chance.random() < 0.3:
        source = (f"(SELECT {writer.integer()} AS sourceport, {writer.integer(1)} AS n, username "
                  f"FROM events WHERE {writer.boolean(1)})")
        writer = Writer(chance, ["sourceport", "n"], TEXTS)
    maker = grouped_query if chance.random() < 0.6 else plain_query
    text, is_ordered = maker(chance, writer, source)
    if chance.random() < 0.2:
        inner = Writer(chance, INTEGERS, TEXTS)
        name = chance.choice(["sourceport", "username"])
        asked = f"{name} {chance.choice(['', 'NOT '])}IN (SELECT {name} FROM events WHERE {inner.boolean(1)})"
        behind = text.index(source) + len(source)
        outer = text.rindex(" WHERE ") if source == "events" else text.index(" WHERE ", behind)
        if text[outer:].startswith(" WHERE "):
            text = text[:outer] + f" WHERE {asked} AND " + text[outer + len(" WHERE "):]
    return text, is_ordered


def for_sqlite(text):
    """A HAVING without GROUP BY needs one there."""
    text = text.replace("UNIQUECOUNT(", "COUNT(DISTINCT ").replace("DISTINCTCOUNT(", "COUNT(DISTINCT ")
    return text.replace("SUM(", "1.0 * SUM(")  # ours is a double: matters for what is divided


def ours(program, path, text):
    options = ["--null", "sql", "--memory", "1", "--tz", "UTC", "-q", "-o", "ndjson"]
    run = subprocess.run([program, "query", *options, text, path],
                         capture_output=True, timeout=250)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.decode(errors="replace"))
    rows = [json.loads(line) for line in run.stdout.decode().splitlines()]
    return [tuple(value for name, value in row.items() if not name.startswith("@")) for row in rows]


def plain(value):
    return int(value) if isinstance(value, bool) else value


def same(a, b):
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return a == b


def sort_key(row):
    return [(value is not None, isinstance(value, str), round(value, 6) if isinstance(value, float) else value or 0)
            if not isinstance(value, str) else (True, True, value) for value in row]


def differs(mine, theirs, is_ordered):
    mine = [tuple(plain(value) for value in row) for row in mine]
    if not is_ordered:
        mine, theirs = sorted(mine, key=sort_key), sorted(theirs, key=sort_key)
    return len(mine) != len(theirs) or any(len(a) != len(b) or not all(map(same, a, b)) for a, b in zip(mine, theirs))


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    chance = random.Random(seed)
    events = make_events(chance, int(sys.argv[4]) if len(sys.argv) > 4 else 400)
    database = open_database(events)
    compared = rows = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "events.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"events":[\n' + ",\n".join(json.dumps(event) for event in events) + "]}\n")
        for _ in range(count):
            text, is_ordered = make_query(chance)
            while len(events) > 400 and ("DISTINCTCOUNT" in text or " IN (SELECT" in text):
                text, is_ordered = make_query(chance)  # not exact among many; does not fit in 1 MiB
            try:
                theirs = database.execute(for_sqlite(text)).fetchall()
                mine = ours(program, path, text)
            except (sqlite3.Error, RuntimeError) as error:
                print(f"sqlite_oracle: {text}\n  {error}")
                return 1
            if differs(mine, theirs, is_ordered):
                print(f"sqlite_oracle: {text}\n  ours:   {mine[:20]}\n  SQLite: {theirs[:20]}")
                return 1
            compared += 1
            rows += len(theirs)
    print(f"sqlite_oracle: {compared} queries agree, {rows} rows")
    return 0 if rows > compared else 1


if __name__ == "__main__":
    sys.exit(main())
