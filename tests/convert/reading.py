"""reading.py: what the evaluators of this folder share: tokens of a text, three-valued logic, regular expressions.

Each evaluator reads one language by that language's own documented rules; none of it is Tocsin's code. They read only
what conversions are made of, and stop at anything else.
"""
import re


class Unreadable(Exception):
    """The text is not in the part of the language that the evaluator knows."""


class Tokens:
    """A text cut by a list of (kind, regular expression)."""

    def __init__(self, text, rules, ignored=("blank", "comment")):
        self.items = []
        pattern = re.compile("|".join(f"(?P<{kind}>{rule})" for kind, rule in rules), re.S)
        at = 0
        while at < len(text):
            found = pattern.match(text, at)
            if not found or found.end() == at:
                raise Unreadable(f"at {text[at:at + 40]!r}")
            if found.lastgroup not in ignored:
                self.items.append((found.lastgroup, found.group()))
            at = found.end()
        self.at = 0

    def peek(self, ahead=0):
        return self.items[self.at + ahead] if self.at + ahead < len(self.items) else ("end", "")

    def take(self):
        token = self.peek()
        self.at += 1
        return token

    def is_at(self, text):
        kind, value = self.peek()
        return kind not in ("string", "raw") and value.lower() == text.lower()

    def accept(self, text):
        if self.is_at(text):
            self.at += 1
            return True
        return False

    def expect(self, text):
        if not self.accept(text):
            raise Unreadable(f"{text!r} wanted, {self.peek()[1]!r} found")

    def done(self):
        return self.at >= len(self.items)


def and3(left, right):
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def or3(left, right):
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def not3(value):
    return None if value is None else not value


def unescape(text):
    """The body of a double-quoted string with the usual escapes."""
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r", "t": "\t"}.get(m.group(1), m.group(1)), text, flags=re.S)


def compare(left, operator, right):
    if left is None or right is None:
        return None
    if isinstance(left, str) != isinstance(right, str):
        try:
            left, right = float(left), float(right)
        except ValueError:
            left, right = str(left), str(right)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "==": left == right,
            "=": left == right, "!=": left != right}[operator]


def python_regex(pattern):
    """PCRE or RE2 as Python's: the ends, and characters by number."""
    pattern = pattern.replace("\\z", "\\Z")
    pattern = re.sub(r"(?<!\\)((?:\\\\)*)\$", r"\1\\Z", pattern)
    return re.sub(r"\\x\{([0-9A-Fa-f]+)\}", lambda m: "\\U%08x" % int(m.group(1), 16), pattern)


def lucene_regex(pattern):
    """Lucene's: all of the text must match; . is any character; there are no classes by letter and no ends."""
    out = []
    at = 0
    in_class = False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            if pattern[at].isalnum():
                raise Unreadable(f"an escape of a letter: {pattern}")
            out.append(re.escape(pattern[at]))
        elif in_class:
            in_class = char != "]"
            out.append(char)
        elif char == "[":
            in_class = True
            out.append(char)
            if pattern[at + 1] == "^":
                at += 1
                out.append("^")
        elif char == ".":
            out.append("(?s:.)")
        elif char in "^$#@&<>~\"":
            if char in "^$":
                out.append("\\" + char)
            else:
                raise Unreadable(f"{char} without a backslash: {pattern}")
        else:
            out.append(char)
        at += 1
    return "".join(out)


def in_network(address, network):
    import ipaddress
    if address is None:
        return None
    try:
        return ipaddress.ip_address(str(address)) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def aggregate(name, values, rows):
    """SUM and its kin, over values without nulls."""
    present = [value for value in values if value is not None] if values is not None else None
    if name == "count":
        return len(rows) if present is None else len(present)
    if name == "distinct":
        return len(set(present))
    if not present:
        return None
    if name in ("first", "any"):
        return present[0]
    if name == "last":
        return present[-1]
    numbers = present if name in ("min", "max") else [float(value) for value in present]
    return {"sum": lambda: sum(numbers), "avg": lambda: sum(numbers) / len(numbers), "min": lambda: min(numbers),
            "max": lambda: max(numbers)}[name]()


def order_key(value):
    return (value is None, isinstance(value, str), value if value is not None else 0)
