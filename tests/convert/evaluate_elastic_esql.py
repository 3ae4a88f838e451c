"""evaluate_elastic_esql.py: the part of ES|QL that conversions use; three-valued, and LIKE with * and ?."""
import re
import time

from reading import Tokens, Unreadable, aggregate, and3, compare, in_network, lucene_regex, not3, or3, order_key
from reading import unescape

RULES = [
    ("comment", r"//[^\n]*"),
    ("blank", r"\s+"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("quoted", r"`(?:[^`]|``)*`"),
    ("number", r"\d+(?:\.\d+)?"),
    ("word", r"[@A-Za-z_][A-Za-z0-9_]*(?:\.[@A-Za-z_][A-Za-z0-9_]*)*(?:-\*)?"),
    ("sign", r"==|!=|<=|>=|[=<>()+\-*/%,|]"),
]


def wildcard(pattern):
    out = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append({"*": ".*", "?": "."}.get(char, re.escape(char)))
        at += 1
    return re.compile("".join(out), re.S)


class Reader:
    def __init__(self, tokens, now_ms):
        self.tokens = tokens
        self.now = now_ms

    def expression(self):
        value = self.conjunction()
        while self.tokens.accept("OR"):
            left, right = value, self.conjunction()
            value = lambda row, left=left, right=right: or3(left(row), right(row))
        return value

    def conjunction(self):
        value = self.negation()
        while self.tokens.accept("AND"):
            left, right = value, self.negation()
            value = lambda row, left=left, right=right: and3(left(row), right(row))
        return value

    def negation(self):
        if self.tokens.accept("NOT"):
            inner = self.negation()
            return lambda row: not3(inner(row))
        return self.comparison()

    def comparison(self):
        left = self.sum()
        operator = self.tokens.peek()[1]
        if self.tokens.peek()[0] == "sign" and operator in ("==", "!=", "<", "<=", ">", ">="):
            self.tokens.take()
            right = self.sum()
            return lambda row: compare(left(row), operator, right(row))
        if self.tokens.accept("IN"):
            self.tokens.expect("(")
            values = []
            while not self.tokens.accept(")"):
                values.append(self.sum())
                self.tokens.accept(",")
            return lambda row: None if left(row) is None else any(
                compare(left(row), "==", value(row)) for value in values)
        if self.tokens.accept("LIKE"):
            pattern = wildcard(self.sum()({}))
            return lambda row: None if left(row) is None else pattern.fullmatch(str(left(row))) is not None
        if self.tokens.accept("RLIKE"):
            pattern = re.compile(lucene_regex(self.sum()({})))
            return lambda row: None if left(row) is None else pattern.fullmatch(str(left(row))) is not None
        if self.tokens.accept("IS"):
            self.tokens.expect("NULL")
            return lambda row: left(row) is None
        return left

    def sum(self):
        value = self.product()
        while self.tokens.is_at("+") or self.tokens.is_at("-"):
            sign, left, right = self.tokens.take()[1], value, self.product()
            value = lambda row, sign=sign, left=left, right=right: arithmetic(left(row), sign, right(row))
        return value

    def product(self):
        value = self.primary()
        while self.tokens.is_at("*") or self.tokens.is_at("/") or self.tokens.is_at("%"):
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
        if kind == "number":
            number = float(text) if "." in text else int(text)
            if self.tokens.is_at("seconds") or self.tokens.is_at("milliseconds"):
                number *= 1000 if self.tokens.take()[1] == "seconds" else 1
            return lambda row: number
        if kind == "quoted":
            return lambda row: row.get(text[1:-1].replace("``", "`"))
        if kind == "word" and self.tokens.accept("("):
            return self.call(text.upper())
        if kind == "word" and text.lower() in ("true", "false", "null"):
            return lambda row: {"true": True, "false": False, "null": None}[text.lower()]
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
        if name == "CASE":
            for condition, value in zip(arguments[:-1:2], arguments[1::2]):
                if condition(row) is True:
                    return value(row)
            return arguments[-1](row)
        values = [argument(row) for argument in arguments]
        if name == "COALESCE":
            return next((value for value in values if value is not None), None)
        if name == "NOW":
            return self.now
        if any(value is None for value in values):
            return None
        if name in ("TO_DATETIME", "TO_LONG"):
            return int(float(values[0]))
        if name == "TO_DOUBLE":
            try:
                return float(values[0])
            except ValueError:
                return None
        if name in ("TO_LOWER", "TO_UPPER"):
            return str(values[0]).lower() if name == "TO_LOWER" else str(values[0]).upper()
        if name == "LENGTH":
            return len(values[0])
        if name == "CONCAT":
            return "".join(str(value) for value in values)
        if name == "TO_STRING":
            return str(values[0])
        if name == "CIDR_MATCH":
            return any(in_network(values[0], network) for network in values[1:])
        if name == "DATE_FORMAT":
            pattern = values[0].replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d").replace("HH", "%H")
            return time.strftime(pattern.replace("mm", "%M").replace("ss", "%S"), time.gmtime(values[1] / 1000))
        raise Unreadable(f"the function {name}")


def arithmetic(left, sign, right):
    if left is None or right is None:
        return None
    if sign == "/":
        return int(left / right) if isinstance(left, int) and isinstance(right, int) else left / right
    return {"+": left + right, "-": left - right, "*": left * right, "%": left % right if right else None}[sign]


def name_of(token):
    kind, text = token
    return text[1:-1].replace("``", "`") if kind == "quoted" else text


def assignments(tokens, reader):
    found = []
    while True:
        name = name_of(tokens.take())
        tokens.expect("=")
        found.append((name, reader.expression()))
        if not tokens.accept(","):
            return found


def stats(tokens, reader, rows):
    aggregates = []
    keys = []
    while not tokens.done() and not tokens.is_at("|") and not tokens.is_at("BY"):
        name = tokens.take()[1]
        tokens.expect("=")
        function = tokens.take()[1].upper()
        tokens.expect("(")
        argument = None
        if not tokens.accept("*"):
            argument = reader.expression()
        tokens.expect(")")
        aggregates.append((name, function, argument))
        tokens.accept(",")
    if tokens.accept("BY"):
        keys = assignments(tokens, reader)
    groups = {}
    for row in rows:
        groups.setdefault(tuple(value(row) for _, value in keys), []).append(row)
    if not keys:
        groups.setdefault((), [])
    result = []
    for key, members in groups.items():
        out = {name: value for (name, _), value in zip(keys, key)}
        for name, function, argument in aggregates:
            known = "distinct" if function == "COUNT_DISTINCT" else function.lower()
            out[name] = aggregate(known, [argument(row) for row in members] if argument else None, members)
        result.append(out)
    return result


def run(text, rows, now_ms):
    tokens = Tokens(text, RULES)
    reader = Reader(tokens, now_ms)
    tokens.expect("FROM")
    tokens.take()
    columns = None
    while tokens.accept("|"):
        command = tokens.take()[1]
        if command == "WHERE":
            condition = reader.expression()
            rows = [row for row in rows if condition(row) is True]
        elif command == "EVAL":
            rows = [dict(row) for row in rows]
            for name, value in assignments(tokens, reader):
                for row in rows:
                    row[name] = value(row)
        elif command == "STATS":
            rows = stats(tokens, reader, rows)
        elif command == "SORT":
            orders = []
            while True:
                name = name_of(tokens.take())
                orders.append((name, tokens.accept("DESC") or not tokens.accept("ASC")))
                if not tokens.accept(","):
                    break
            for name, is_descending in reversed(orders):
                rows = sorted(rows, key=lambda row, name=name: order_key(row.get(name)), reverse=is_descending)
        elif command == "LIMIT":
            rows = rows[:int(tokens.take()[1])]
        elif command == "KEEP":
            columns = []
            while True:
                columns.append(name_of(tokens.take()))
                if not tokens.accept(","):
                    break
        else:
            raise Unreadable(f"the command {command}")
    if not tokens.done():
        raise Unreadable(tokens.peek()[1])
    return [{name: row.get(name) for name in columns} for row in rows] if columns else rows
