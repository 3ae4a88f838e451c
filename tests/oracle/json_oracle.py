#!/usr/bin/env python3
"""json_oracle.py PROGRAM [COUNT [SEED]]: random and damaged JSON texts, read by us and by Python's json.

PROGRAM is json_lines_check. Both must agree whether a text is JSON, and on every name, string and number in it.
"""
import json
import random
import subprocess
import sys

DEPTH_MAX = 512  # LIMIT_JSON_DEPTH


class Pairs(list):
    """An object as the list of its members: doubles and order count too."""


def refuse(text):
    raise ValueError(text)


def read_strictly(raw):
    """What RFC 8259 says: UTF-8 without a byte order mark, no NaN, limited depth. Strings keep lone surrogates."""
    text = raw.decode("utf-8")
    if text.startswith("\ufeff"):
        raise ValueError("byte order mark")
    value = json.loads(text, object_pairs_hook=Pairs, parse_int=lambda s: ("number", s),
                       parse_float=lambda s: ("number", s), parse_constant=refuse)
    if depth(value) > DEPTH_MAX:
        raise ValueError("too deep")
    return value


def depth(value):
    deepest, stack = 0, [(value, 0)]
    while stack:
        node, level = stack.pop()
        if isinstance(node, (Pairs, list)):
            level += 1
            children = [v for _, v in node] if isinstance(node, Pairs) else node
            stack.extend((child, level) for child in children)
        deepest = max(deepest, level)
    return deepest


def hex_of(text):
    """A lone surrogate is U+FFFD for us."""
    clean = "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
    return '"' + clean.encode("utf-8").hex() + '"'


def spell(value, out):
    if isinstance(value, Pairs):
        out.append("{ ")
        for name, member in value:
            out.append(hex_of(name) + ":")
            spell(member, out)
        out.append("}")
    elif isinstance(value, list):
        out.append("[ ")
        for element in value:
            spell(element, out)
        out.append("]")
    elif isinstance(value, tuple):
        out.append(value[1] + " ")
    elif isinstance(value, str):
        out.append(hex_of(value) + " ")
    else:
        out.append({None: "null ", True: "true ", False: "false "}[value])


STRINGS = ["", "a", "kind", "\u00e9", "\U0001F600", "\u2028", "\x00", "\x1f", "\\", "\"", "/", "x" * 40, "\\\"" * 20,
           "\ud83d", "\ude00\ud83d", "tab\there", "audit.k8s.io/v1", "{", "]", ",\":"]
INSERTED = [b'"', b"\\", b"{", b"]", b",", b":", b"\n", b"\x00", b"\xff", b"\xed\xa0\x80", b"0", b"-", b"e", b"NaN",
            b"\xc3", b"\xf0\x9f\x98\x80", b"\\u12", b"\x7f"]
NUMBERS = ["0", "-0", "1", "-12", "1.5", "1e3", "1E-7", "123456789012345678901234567890", "-0.0e+10"]


def random_value(random_source, level):
    kind = random_source.randrange(9 if level < 6 else 6)
    if kind < 3:
        return random_source.choice(STRINGS)
    if kind == 3:
        return ("number", random_source.choice(NUMBERS))
    if kind == 4:
        return random_source.choice([None, True, False])
    if kind == 5:
        return "".join(random_source.choice(STRINGS) for _ in range(random_source.randrange(8)))
    count = random_source.randrange(6)
    if kind == 6:
        return [random_value(random_source, level + 1) for _ in range(count)]
    return Pairs((random_source.choice(STRINGS), random_value(random_source, level + 1)) for _ in range(count))


def blank(random_source):
    if random_source.is_compact:
        return ""
    return "".join(random_source.choice(" \t\r\n") for _ in range(random_source.choice([0, 0, 0, 1, 3, 70])))


def write_string(random_source, text):
    if random_source.randrange(2):
        return json.dumps(text)
    out = []
    for c in text:
        if 0xD800 <= ord(c) <= 0xDFFF or ord(c) < 0x20 or random_source.randrange(12) == 0:
            out.append(json.dumps(c)[1:-1] if random_source.randrange(2) else
                       "".join("\\u%04X" % unit for unit in utf16(c)))
        else:
            out.append(json.dumps(c, ensure_ascii=False)[1:-1])
    return '"' + "".join(out) + '"'


def utf16(c):
    data = c.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2)]


def write(random_source, value):
    b = lambda: blank(random_source)
    if isinstance(value, Pairs):
        members = (b() + write_string(random_source, k) + b() + ":" + b() + write(random_source, v) + b()
                   for k, v in value)
        return "{" + b() + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + b() + ",".join(b() + write(random_source, v) + b() for v in value) + "]"
    if isinstance(value, tuple):
        return value[1]
    if isinstance(value, str):
        return write_string(random_source, value)
    return json.dumps(value)


def damage(random_source, raw):
    raw = bytearray(raw)
    for _ in range(random_source.randrange(1, 4)):
        at = random_source.randrange(len(raw) + 1)
        choice = random_source.randrange(5)
        if choice == 0:
            del raw[at:at + random_source.randrange(1, 4)]
        elif choice == 1:
            raw[at:at] = random_source.choice(INSERTED)
        elif choice == 2 and at < len(raw):
            raw[at] = random_source.randrange(256)
        elif choice == 3:
            raw = raw[:at]
        else:
            raw = raw[at // 2:]
    return bytes(raw)


def texts(count, seed):
    random_source = random.Random(seed)
    for level in (DEPTH_MAX, DEPTH_MAX + 1):
        yield b"[" * level + b"]" * level
    for number in range(count):
        random_source.is_compact = number % 2 == 0
        raw = write(random_source, random_value(random_source, 0)).encode("utf-8", "surrogatepass")
        yield raw if number % 3 == 0 else damage(random_source, raw)


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    all_texts = list(texts(count, seed))
    sys.setrecursionlimit(10000)
    request = b"".join(b"%d\n%s" % (len(raw), raw) for raw in all_texts)
    result = subprocess.run([sys.argv[1]], input=request, stdout=subprocess.PIPE, check=True)
    answers = result.stdout.decode("ascii").splitlines()
    valid = wrong = 0
    if len(answers) != len(all_texts):
        print("%d answers to %d texts" % (len(answers), len(all_texts)))
        return 1
    for raw, answer in zip(all_texts, answers):
        try:
            out = []
            spell(read_strictly(raw), out)
            want = "".join(out)
            valid += 1
        except (ValueError, RecursionError):
            want = "-"
        if answer.replace(" ", "") != want.replace(" ", ""):
            wrong += 1
            if wrong <= 5:
                print("text %r\n ours %s\n want %s" % (raw, answer, want))
    print("%d texts, %d of them JSON, %d differences" % (len(all_texts), valid, wrong))
    return 1 if wrong or valid == 0 else 0


sys.exit(main())
