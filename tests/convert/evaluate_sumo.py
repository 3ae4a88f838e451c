"""evaluate_sumo.py: the part of Sumo Logic's language that conversions use. `matches` takes * as any run, or a regular
expression, here always one of the whole value."""
import re
import time

from reading import Tokens, Unreadable, aggregate, and3, compare, in_network, not3, or3, order_key, python_regex
from reading import unescape

RULES = [
    ("comment", r"//[^\n]*"),
    ("blank", r"\s+"),
    ("regex", r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("quoted", r'%"(?:[^"\\]|\\.)*"'),
    ("number", r"\d+(?:\.\d+)?"),
    ("word", r"[A-Za-z_][A-Za-z0-9_]*"),
    ("sign", r"<=|>=|!=|[=<>()+\-*/,|!]"),
]


class Reader:
    def __init__(self, tokens, now_ms):
        self.tokens = tokens
        self.now = now_ms

    def expression(self):
        value = self.conjunction()
        while self.tokens.accept("or"):
            left, right = value, self.conjunction()
            value = lambda row, left=left, right=right: or3(left(row), right(row))
        return value

    def conjunction(self):
        value = self.comparison()
        while self.tokens.accept("and"):
            left, right = value, self.comparison()
            value = lambda row, left=left, right=right: and3(left(row), right(row))
        return value

    def comparison(self):
        if self.tokens.accept("!"):
            inner = self.primary()
            return lambda row: not3(inner(row))
        left = self.sum()
        kind, operator = self.tokens.peek()
        if kind == "sign" and operator in ("=", "!=", "<", "<=", ">", ">="):
            self.tokens.take()
            right = self.sum()
            return lambda row: compare(left(row), operator, right(row))
        if self.tokens.accept("in"):
            self.tokens.expect("(")
            values = []
            while not self.tokens.accept(")"):
                values.append(self.sum())
                self.tokens.accept(",")
            return lambda row: None if left(row) is None else any(
                compare(left(row), "=", value(row)) for value in values)
        if self.tokens.accept("matches"):
            kind, text = self.tokens.take()
            if kind == "regex":
                if not text.startswith(("/^", "/(?i)^")) or not text.endswith("$/"):
                    raise Unreadable("a regular expression of a part")
                pattern = re.compile(python_regex(text[1:-1].replace("\\/", "/")))
            else:
                body = unescape(text[1:-1])
                if "?" in body or "\\" in body:
                    raise Unreadable("a wildcard that is not sure")
                pattern = re.compile(".*".join(re.escape(part) for part in body.split("*")), re.S)
            return lambda row: None if left(row) is None else pattern.fullmatch(str(left(row))) is not None
        return left

    def sum(self):
        value = self.product()
        while self.tokens.is_at("+") or self.tokens.is_at("-"):
            sign, left, right = self.tokens.take()[1], value, self.product()
            value = lambda row, sign=sign, left=left, right=right: arithmetic(left(row), sign, right(row))
        return value

    def product(self):
        value = self.primary()
        while self.tokens.is_at("*") or self.tokens.is_at("/"):
            sign, left, right = self.tokens.take()[1], value, self.primary()
            value = lambda row, sign=sign, left=left, right=right: arithmetic(left(row), sign, right(row))
        return value

    def primary(self):
        kind, text = self.tokens.take()
        if kind == "sign" and text == "(":
            inner = self.expression()
            self.tokens.expect(")")
            return inner
        if kind == "sign" and text == "-":
            inner = self.primary()
            return lambda row: arithmetic(0, "-", inner(row))
        if kind == "string":
            constant = unescape(text[1:-1])
            return lambda row: constant
        if kind == "quoted":
            name = unescape(text[2:-1])
            return lambda row: row.get(name)
        if kind == "number":
            number = float(text) if "." in text else int(text)
            return lambda row: number
        if kind == "word" and self.tokens.accept("("):
            return self.call(text)
        if kind == "word" and text in ("true", "false", "null"):
            return lambda row: {"true": True, "false": False, "null": None}[text]
        if kind == "word":
            return lambda row: row.get(text)
        raise Unreadable(f"{text!r} in an expression")

    def call(self, name):
        arguments = []
        while not self.tokens.accept(")"):
            arguments.append(self.expression())
            if not self.tokens.is_at(")"):
                self.tokens.expect(",")
        return lambda row: self.apply(name, arguments, row)

    def apply(self, name, arguments, row):
        if name == "if":
            return arguments[1](row) if arguments[0](row) is True else arguments[2](row)
        values = [argument(row) for argument in arguments]
        if name == "isNull":
            return values[0] is None
        if name == "now":
            return self.now
        if any(value is None for value in values):
            return None
        if name in ("toLowerCase", "toUpperCase"):
            return str(values[0]).lower() if name == "toLowerCase" else str(values[0]).upper()
        if name == "length":
            return len(values[0])
        if name == "concat":
            return "".join(str(value) for value in values)
        if name in ("num", "toLong", "toInt"):
            try:
                return float(values[0]) if name == "num" else int(float(values[0]))
            except ValueError:
                return None
        if name == "compareCIDRPrefix":
            return in_network(values[1], f"{values[0]}/{values[2]}")
        if name == "fromMillis":
            return values[0]
        if name == "formatDate":
            pattern = values[1].replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d").replace("HH", "%H")
            return time.strftime(pattern.replace("mm", "%M").replace("ss", "%S"), time.gmtime(values[0] / 1000))
        raise Unreadable(f"the function {name}")


def arithmetic(left, sign, right):
    if left is None or right is None:
        return None
    return left / right if sign == "/" else {"+": left + right, "-": left - right, "*": left * right}[sign]


def name_of(token):
    kind, text = token
    return unescape(text[2:-1]) if kind == "quoted" else text


AGGREGATES = {"count", "sum", "avg", "min", "max", "count_distinct", "first", "last", "stddev"}


def group(tokens, reader, rows):
    functions = []
    while not tokens.done() and not tokens.is_at("|") and not tokens.is_at("by"):
        function = tokens.take()[1]
        argument = None
        if tokens.accept("("):
            argument = reader.expression()
            tokens.expect(")")
        name = "_count"
        if tokens.accept("as"):
            name = tokens.take()[1]
        functions.append((name, {"count_distinct": "distinct"}.get(function, function), argument))
        tokens.accept(",")
    keys = []
    if tokens.accept("by"):
        while not tokens.done() and not tokens.is_at("|"):
            keys.append(name_of(tokens.take()))
            tokens.accept(",")
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    if not keys:
        groups.setdefault((), [])
    return [{**dict(zip(keys, key)),
             **{name: aggregate(function, [argument(row) for row in members] if argument else None, members)
                for name, function, argument in functions}} for key, members in groups.items()]


def names(tokens):
    found = []
    while not tokens.done() and not tokens.is_at("|"):
        found.append(name_of(tokens.take()))
        tokens.accept(",")
    return found


def run(text, rows, now_ms):
    tokens = Tokens(text, RULES)
    reader = Reader(tokens, now_ms)
    for word in ("_index", "=", "*"):
        tokens.expect(word)
    while tokens.accept("|"):
        kind, word = tokens.peek()
        if word == "where":
            tokens.take()
            condition = reader.expression()
            rows = [row for row in rows if condition(row) is True]
        elif word == "sort":
            tokens.take()
            tokens.expect("by")
            orders = []
            while True:
                name = name_of(tokens.take())
                orders.append((name, tokens.accept("desc") or not tokens.accept("asc")))
                if not tokens.accept(","):
                    break
            for name, is_descending in reversed(orders):
                rows = sorted(rows, key=lambda row, name=name: order_key(row.get(name)), reverse=is_descending)
        elif word == "limit":
            tokens.take()
            rows = rows[:int(tokens.take()[1])]
        elif word == "fields":
            tokens.take()
            columns = names(tokens)
            rows = [{name: row.get(name) for name in columns} for row in rows]
        elif kind == "word" and word in AGGREGATES:
            rows = group(tokens, reader, rows)
        else:
            value = reader.expression()
            tokens.expect("as")
            name = name_of(tokens.take())
            rows = [{**row, name: value(row)} for row in rows]
    if not tokens.done():
        raise Unreadable(tokens.peek()[1])
    return rows
