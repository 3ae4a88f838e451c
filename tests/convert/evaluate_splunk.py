"""evaluate_splunk.py: the part of SPL that conversions use: search, where, eval, stats, sort, head, table."""
import re
import time

from reading import Tokens, Unreadable, aggregate, and3, compare, in_network, not3, or3, order_key, python_regex

RULES = [
    ("comment", r"```.*?```"),
    ("blank", r"\s+"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("quoted", r"'[^']*'"),
    ("number", r"\d+(?:\.\d+)?"),
    ("word", r"[A-Za-z_][A-Za-z0-9_]*"),
    ("sign", r"<=|>=|!=|[=<>()+\-*/,|]"),
]


class Reader:
    def __init__(self, tokens, now_ms):
        self.tokens = tokens
        self.now = now_ms / 1000

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
        if self.tokens.peek()[0] == "sign" and operator in ("=", "<", "<=", ">", ">=", "!="):
            self.tokens.take()
            right = self.sum()
            return lambda row: compare(left(row), operator, right(row))
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
            constant = re.sub(r"\\([\"\\])", r"\1", text[1:-1])
            return lambda row: constant
        if kind == "number":
            number = float(text)
            return lambda row: number
        if kind == "quoted":
            return lambda row: row.get(text[1:-1])
        if kind == "word" and self.tokens.accept("("):
            return self.call(text.lower())
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
        if name == "case":
            for condition, value in zip(arguments[::2], arguments[1::2]):
                if condition(row) is True:
                    return value(row)
            return None
        if name == "if":
            return arguments[1](row) if arguments[0](row) is True else arguments[2](row)
        values = [argument(row) for argument in arguments]
        if name == "coalesce":
            return next((value for value in values if value is not None), None)
        if name == "mvappend":
            return [value for value in values if value is not None]
        if name == "mvjoin":
            return values[1].join(values[0])
        if name in ("isnull", "isnotnull"):
            return (values[0] is None) == (name == "isnull")
        if name in ("true", "false", "null", "now"):
            return {"true": True, "false": False, "null": None, "now": self.now}[name]
        if values and values[0] is None or (name in ("cidrmatch",) and values[1] is None):
            return None
        if name in ("lower", "upper", "len", "tostring"):
            return {"lower": str.lower, "upper": str.upper, "len": len, "tostring": str}[name](str(values[0]))
        if name == "tonumber":
            try:
                return float(values[0])
            except ValueError:
                return None
        if name == "like":
            if re.search(r"\\", values[1]):
                raise Unreadable("a backslash in a pattern of like()")
            pattern = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in values[1])
            return re.fullmatch(pattern, str(values[0]), re.S) is not None
        if name == "match":
            return re.search(python_regex(values[1]), str(values[0])) is not None
        if name == "in":
            return any(compare(values[0], "=", value) for value in values[1:])
        if name == "cidrmatch":
            return in_network(values[1], values[0])
        if name == "strftime":
            return time.strftime(values[1], time.gmtime(values[0]))
        raise Unreadable(f"the function {name}")


def arithmetic(left, sign, right):
    if left is None or right is None:
        return None
    left, right = float(left), float(right)
    return {"+": left + right, "-": left - right, "*": left * right}[sign] if sign != "/" else left / right


def names(tokens, separators=(",",)):
    found = []
    while not tokens.done() and not tokens.is_at("|"):
        kind, text = tokens.take()
        if text in separators:
            continue
        found.append(text[1:-1] if kind in ("quoted", "string") else text)
    return found


def stats(tokens, reader, rows):
    aggregates = []
    keys = []
    while not tokens.done() and not tokens.is_at("|") and not tokens.is_at("BY"):
        function = tokens.take()[1].lower()
        argument = None
        if tokens.accept("("):
            tokens.expect("eval")
            tokens.expect("(")
            argument = reader.expression()
            tokens.expect(")")
            tokens.expect(")")
        name = function
        if tokens.accept("AS"):
            name = tokens.take()[1]
        aggregates.append((name, function, argument))
        tokens.accept(",")
    if tokens.accept("BY"):
        keys = names(tokens)
    groups = {}
    for row in rows:
        key = tuple(row.get(name) for name in keys)
        if None not in key:
            groups.setdefault(key, []).append(row)
    if not keys:
        groups.setdefault((), [])
    result = []
    for key, members in groups.items():
        out = dict(zip(keys, key))
        for name, function, argument in aggregates:
            values = [argument(row) for row in members] if argument else None
            if function == "count" and values is not None:  # count(eval(X)): rows for which X is true
                values = [value if value is True else None for value in values]
            known = {"dc": "distinct", "earliest": "first", "latest": "last"}.get(function, function)
            out[name] = aggregate(known, values, members)
        result.append(out)
    return result


def run(text, rows, now_ms):
    tokens = Tokens(text, RULES)
    reader = Reader(tokens, now_ms)
    tokens.expect("search")
    if names(tokens) != ["index", "=", "*"]:
        raise Unreadable("search for something else than index=*")
    columns = None
    while tokens.accept("|"):
        command = tokens.take()[1]
        if command == "where":
            condition = reader.expression()
            rows = [row for row in rows if condition(row) is True]
        elif command == "eval":
            rows = [dict(row) for row in rows]
            while True:
                name = tokens.take()[1]
                tokens.expect("=")
                value = reader.expression()
                for row in rows:
                    row[name] = value(row)
                if not tokens.accept(","):
                    break
        elif command == "stats":
            rows = stats(tokens, reader, rows)
        elif command == "sort":
            tokens.expect("0")
            orders = []
            while not tokens.done() and not tokens.is_at("|"):
                is_descending = tokens.accept("-")
                kind, name = tokens.take()
                orders.append((name[1:-1] if kind == "string" else name, is_descending))
                tokens.accept(",")
            for name, is_descending in reversed(orders):
                rows.sort(key=lambda row, name=name: order_key(row.get(name)), reverse=is_descending)
        elif command == "head":
            rows = rows[:int(tokens.take()[1])]
        elif command == "table":
            columns = names(tokens)
        else:
            raise Unreadable(f"the command {command}")
    if not tokens.done():
        raise Unreadable(tokens.peek()[1])
    return [{name: row.get(name) for name in columns} for row in rows] if columns else rows
