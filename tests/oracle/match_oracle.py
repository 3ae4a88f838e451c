#!/usr/bin/env python3
"""match_oracle.py PROGRAM [ROUNDS [SEED]]: random literals in random values, found by us and by an automaton after Aho
and Corasick in Python.

PROGRAM is match_check. What a value holds must be a hit; what an ASCII value does not hold must not be one, of ASCII
literals that are not cut. Rounds are made of what matching libraries are known to stumble over: long repetitive
literals, literals within literals, case ignored and not in one set, many at once.
"""
import functools
import random
import subprocess
import sys
from collections import deque

LITERAL_BYTES_MAX = 64  # LIMIT_MATCH_LITERAL_BYTES


class Automaton:
    """All literals, their ASCII letters in lower case."""

    def __init__(self, texts):
        self.next, self.fail, self.out = [{}], [0], [[]]
        for number, text in enumerate(texts):
            state = 0
            for byte in text.lower():
                if byte not in self.next[state]:
                    self.next[state][byte] = len(self.next)
                    self.next.append({})
                    self.fail.append(0)
                    self.out.append([])
                state = self.next[state][byte]
            self.out[state].append(number)
        queue = deque(self.next[0].values())
        while queue:
            state = queue.popleft()
            for byte, child in self.next[state].items():
                back = self.fail[state]
                while back and byte not in self.next[back]:
                    back = self.fail[back]
                self.fail[child] = self.next[back].get(byte, 0)
                self.out[child] = self.out[child] + self.out[self.fail[child]]
                queue.append(child)

    def find(self, value):
        found, state = set(), 0
        for byte in value.lower():
            while state and byte not in self.next[state]:
                state = self.fail[state]
            state = self.next[state].get(byte, 0)
            found.update(self.out[state])
        return found


class Maker:
    LETTERS = "aAbBkKsSiIxyz.*\\[({?+|^$-_% 0"
    WORDS = ["docker", "Docker.Sock", "kubectl", "secret", "init", "SSH", "/var/run/", "curl ", "| python",
             "-e /bin/sh"]
    FOREIGN = ["\u212a", "\u017f", "\u0130", "\u0131", "\u00e9", "\u00c9", "\u043f", "\u041f", "\u65e5"]

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, pieces, foreign):
        pick = self.random
        out = b""
        for _ in range(pieces):
            kind = pick.random()
            if kind < 0.45:
                out += pick.choice(self.LETTERS).encode()
            elif kind < 0.75:
                out += pick.choice(self.WORDS).encode()
            elif kind < 0.95 or not foreign:
                out += (pick.choice("abk") * pick.choice((1, 2))).encode() * pick.randrange(1, 9)
            else:
                out += pick.choice(self.FOREIGN).encode()
        return out

    def literal(self, foreign):
        pick = self.random
        kind = pick.random()
        if kind < 0.15:
            return (pick.choice(("a", "ab", "aab", "-", "A")) * pick.randrange(1, 50)).encode()
        if kind < 0.20:
            return bytes(pick.randrange(128) for _ in range(pick.randrange(1, 12))).replace(b"\n", b"n")
        return self.text(pick.randrange(1, 5), foreign)

    def round(self, number):
        pick = self.random
        foreign = number % 3 == 2
        count = pick.choice((1, 2, 3, 4, 20, 300, 1200))
        literals = [(self.literal(foreign), pick.random() < 0.6) for _ in range(count)]
        values = []
        for _ in range(pick.choice((1, 100, 400))):
            value = self.text(pick.randrange(0, 25), foreign)
            for _ in range(pick.randrange(3)):
                text = pick.choice(literals)[0]
                value += pick.choice((text, text.lower(), text.upper(), text[1:], text[:-1], text * 2))
                value += pick.choice((b"", b" ", b"a", b"\0", b"\n", b"\xff" if foreign else b"~"))
            values.append(value)
        return literals, values


def is_ascii(raw):
    return raw.isascii()


def fold(text):
    """Unicode's simple folding, for the letters that are used here: the i with and without dot stay as they are."""
    return "".join(c if c in "\u0130\u0131" else c.upper().lower() for c in text)


@functools.lru_cache(maxsize=4096)
def readings(raw):
    """The text, folded, in lower and in upper case; None: it is not UTF-8."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text, fold(text), text.lower(), text.upper()


def holds_as_text(literal, value):
    """What ILIKE finds, or LIKE in the value as LOWER or UPPER gives it."""
    literal, value = readings(literal), readings(value)
    if literal is None or value is None:
        return False
    return literal[1] in value[1] or literal[0] in value[2] or literal[0] in value[3]


def find_all(literals, values):
    """For each value the numbers of the literals that it holds, and of those that it holds in another case."""
    automaton = Automaton([text for text, _ in literals])
    folded = [number for number, (_, ignores_case) in enumerate(literals) if ignores_case]
    found = []
    for value in values:
        held = {number for number in automaton.find(value) if literals[number][1] or literals[number][0] in value}
        foreign = [] if is_ascii(value) else folded
        found.append((held, {number for number in foreign if holds_as_text(literals[number][0], value)}))
    return found


def check(literals, values, expected, answers):
    """The first difference, or None."""
    for value, (held, held_as_text), answer in zip(values, expected, answers):
        every = "*" in answer
        hits = set() if every else {int(number) for number in answer}
        if len(hits) != len(answer) and not every:
            return value, "a literal is a hit twice"
        if not every and held - hits:
            return value, f"not found: {literals[min(held - hits)]}"
        for number in hits - held:
            text = literals[number][0]
            if is_ascii(value) and is_ascii(text) and len(text) <= LITERAL_BYTES_MAX:
                return value, f"not held: {literals[number]}"
        if every and is_ascii(value):
            return value, "an ASCII value is a hit for every literal"
        if not every and held_as_text - hits:
            return value, f"not found in other case: {literals[min(held_as_text - hits)]}"
    return None


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    total, codes = 0, {}
    maker = Maker(seed)
    made = [maker.round(number) for number in range(rounds)]
    expected = [find_all(literals, values) for literals, values in made]
    lines = []
    for literals, values in made:
        lines += [f"L {int(ignores_case)} {text.hex()}" for text, ignores_case in literals]
        lines += [f"V {value.hex()}" for value in values] + ["."]
    for code in ("best", "without_pairs", "grams", "automaton"):
        result = subprocess.run([program, code], input="\n".join(lines) + "\n", capture_output=True, text=True,
                                check=False)
        if result.returncode != 0:
            sys.exit(f"{program} {code}: exit code {result.returncode}: {result.stderr}")
        output = iter(result.stdout.splitlines())
        for number, (literals, values) in enumerate(made):
            answers = [next(output).split() for _ in values]
            ran = next(output)[2:]
            codes[ran] = codes.get(ran, 0) + 1
            difference = check(literals, values, expected[number], answers)
            if difference:
                sys.exit(f"round {number} ({ran}, {len(literals)} literals): {difference[1]} in {difference[0]!r}")
            total += len(literals) * len(values)
    print(f"{total} pairs of a literal and a value agree; rounds by code: {codes}")


main()
