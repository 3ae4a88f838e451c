#!/usr/bin/env python3
"""make_query_seeds.py FOLDER [TOCSIN]: writes seeds for fuzz_query into FOLDER, one file a query: those of the golden
cases and of the shipped packs, with two bytes of options in front; conditions and columns of them, for fuzz_filter and
fuzz_value, into FOLDER_filters and FOLDER_values. With TOCSIN, the program, it also writes
tests/fuzz/dictionaries/query.dict anew: keywords, functions and fields."""
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENGINE_BITS = {"null": 1, "matches": 2, "unknown": 4, "select": 8, "window": 8, "time": 8}
RUN_BITS = {"sessions": 1, "order": 2, "now": 4, "evidence": 8}


def queries_of_cases(text):
    """(directives, query) for each query of a .test file."""
    settings, body, name = set(), [], None
    for line in text.splitlines() + ["@end"]:
        if not line.startswith("@") or line.startswith("@@"):
            body.append(line)
            continue
        if name in ("query", "rule"):
            yield settings, "\n".join(body).strip()
        word = line[1:].split(" ")[0]
        if word == "case":
            settings = set()
        settings = settings | {word}
        name, body = word, []


def seeds():
    for path in sorted((ROOT / "tests/cases").rglob("*.test")):
        for settings, query in queries_of_cases(path.read_text(encoding="utf-8", errors="surrogateescape")):
            engine = 0x40 | sum({ENGINE_BITS[s] for s in settings if s in ENGINE_BITS})
            run = (0x40 if len(query) % 4 == 0 else 0x50) | sum({RUN_BITS[s] for s in settings if s in RUN_BITS})
            yield bytes([engine, run]) + query.encode("utf-8", errors="surrogateescape")
    for path in sorted((ROOT / "packs").rglob("*.aql")):
        yield b"@@" + path.read_bytes()


def conditions(query):
    ends = rb"\b(GROUP BY|HAVING|SESSION|ORDER BY|LIMIT|LAST|START|STOP|PARAMETERS)\b|;|$"
    found = re.search(rb"\bWHERE\b(.*?)(" + ends + rb")", query, re.IGNORECASE | re.DOTALL)
    if found:
        yield found.group(1).strip()
    yield from re.findall(rb"\bCASE\s+WHEN\b(.*?)\bTHEN\b", query, re.IGNORECASE | re.DOTALL)


def items(query):
    """What SELECT gives, cut at commas outside of parentheses; roughly, for seeds need not parse."""
    found = re.match(rb"\s*SELECT\b(.*?)\bFROM\b", query, re.IGNORECASE | re.DOTALL)
    depth, item = 0, b""
    for c in (found.group(1) + b"," if found else b""):
        depth += (c == ord("(")) - (c == ord(")"))
        if c == ord(",") and depth == 0:
            yield re.sub(rb"(?i)\s+AS\s.*", b"", item.strip(), flags=re.DOTALL)
            item = b""
        else:
            item += bytes([c])


def words(tocsin):
    def call(*arguments):
        return subprocess.run([tocsin, *arguments], check=True, capture_output=True, text=True).stdout

    grammar = (ROOT / "docs/aql-grammar.ebnf").read_text()
    productions = [line for line in grammar.splitlines() if not re.match(r"\s*(\+|-|=>) ", line)]
    found = {f" {word} " for line in productions for word in re.findall(r"\b[A-Z]{2,}\b", line)}
    for function in json.loads(call("functions", "--output", "json")):
        found.add(function["name"] + "(")
    for field in re.findall(r"^\| `([^`|]+)` \|", (ROOT / "docs/fields.md").read_text(), re.MULTILINE):
        found.add(field if re.fullmatch(r"[A-Za-z_]\w*", field) else f'"{field}"')
    found |= {"''", '""', "'%a%'", "NULL", " AND ", " OR ", "NOT ", " <> ", "!=", "<=", ">=", "1.5e3", "0x1F", "-1",
              "9223372036854775807", "/* */", "-- ", "'10.0.0.0/8'", "'2026-11-23 03:10'", "COUNT(*)", "(SELECT "}
    return sorted(found)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    filters = folder.with_name(folder.name + "_filters")
    filters.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        for condition in conditions(seed[2:]):
            (filters / hashlib.sha1(condition).hexdigest()).write_bytes(b"@" + condition)
    values = folder.with_name(folder.name + "_values")
    values.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        for value in items(seed[2:]):
            (values / hashlib.sha1(value).hexdigest()).write_bytes(b"@" + value)
    if len(sys.argv) > 2:
        lines = ["# Made by tests/fuzz/make_query_seeds.py"]
        for word in words(sys.argv[2]):
            quoted = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else
                             "".join(f"\\x{b:02X}" for b in c.encode()) for c in word)
            lines.append(f'"{quoted}"')
        (ROOT / "tests/fuzz/dictionaries/query.dict").write_text("\n".join(lines) + "\n")


main()
