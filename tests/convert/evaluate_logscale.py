"""evaluate_logscale.py: the part of LogScale's language that conversions use. A filter on a field that an event lacks
does not match, and `not` of it does; = compares texts, with * as a wildcard; expressions inside test() can be null."""
import re
import time

from reading import Tokens, Unreadable, aggregate, compare, in_network, order_key, python_regex, unescape

RULES = [
    ("comment", r"//[^\n]*"),
    ("blank", r"\s+"),
    ("regex", r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/i?"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("number", r"\d+(?:\.\d+)?"),
    ("word", r"[@#A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?::[A-Za-z]+)?"),
    ("sign", r":=|==|!=|<=|>=|[=<>()+\-*/,|{};\[\]]"),
]


def name_of(token):
    kind, text = token
    return unescape(text[1:-1]) if kind == "string" else text


class Reader:
    def __init__(self, tokens, now_ms):
        self.tokens = tokens
        self.now = now_ms

    # filters: two-valued

    def filter(self):
        value = self.conjunction()
        while self.tokens.accept("or"):
            left, right = value, self.conjunction()
            value = lambda row, left=left, right=right: left(row) or right(row)
        return value

    def conjunction(self):
        value = self.negation()
        while self.tokens.accept("and"):
            left, right = value, self.negation()
            value = lambda row, left=left, right=right: left(row) and right(row)
        return value

    def negation(self):
        if self.tokens.accept("not"):
            inner = self.negation()
            return lambda row: not inner(row)
        if self.tokens.accept("("):
            inner = self.filter()
            self.tokens.expect(")")
            return inner
        if self.tokens.accept("*"):
            return lambda row: True
        return self.test()

    def test(self):
        name = name_of(self.tokens.take())
        if name == "test" and self.tokens.accept("("):
            condition = self.comparison()
            self.tokens.expect(")")
            return lambda row: condition(row) is True
        if name == "cidr" and self.tokens.accept("("):
            field = name_of(self.tokens.take())
            self.tokens.expect(",")
            self.tokens.expect("subnet")
            self.tokens.expect("=")
            network = name_of(self.tokens.take())
            self.tokens.expect(")")
            return lambda row: in_network(row.get(field), network) is True
        operator = self.tokens.take()[1]
        kind, text = self.tokens.take()
        if operator == "!=" and text == "*":
            return lambda row: row.get(name) is None
        if operator == "=" and text == "*":
            return lambda row: row.get(name) is not None
        if kind == "regex":
            folds = text.endswith("i")
            body = text[1:-2] if folds else text[1:-1]
            pattern = re.compile(python_regex(body.replace("\\/", "/")), re.I if folds else 0)
            return lambda row: row.get(name) is not None and pattern.search(str(row[name])) is not None
        if kind == "string" and operator == "=":
            parts = [re.escape(part) for part in unescape(text[1:-1]).split("*")]
            pattern = re.compile(".*".join(parts), re.S)
            return lambda row: row.get(name) is not None and pattern.fullmatch(str(row[name])) is not None
        if kind == "sign" and text == "-":
            kind, text = self.tokens.take()
            text = "-" + text
        if kind == "number":
            return lambda row: compare_numbers(row.get(name), operator, float(text))
        raise Unreadable(f"{name} {operator} {text}")

    # expressions: may be null

    def comparison(self):
        left = self.sum()
        operator = self.tokens.peek()[1]
        if operator in ("==", "!=", "<", "<=", ">", ">="):
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
        if text == "(" and kind == "sign":
            inner = self.comparison()
            self.tokens.expect(")")
            return inner
        if text == "-" and kind == "sign":
            inner = self.primary()
            return lambda row: arithmetic(0, "-", inner(row))
        if kind == "string":
            constant = unescape(text[1:-1])
            return lambda row: constant
        if kind == "number":
            number = float(text) if "." in text else int(text)
            return lambda row: number
        if kind == "word" and text == "now" and self.tokens.accept("("):
            self.tokens.expect(")")
            return lambda row: self.now
        if kind == "word" and text == "coalesce" and self.tokens.accept("("):
            self.tokens.expect("[")
            values = []
            while not self.tokens.accept("]"):
                values.append(self.comparison())
                self.tokens.accept(",")
            self.tokens.expect(")")
            return lambda row: next((value(row) for value in values if value(row) is not None), None)
        if kind == "word" and text == "formatTime" and self.tokens.accept("("):
            pattern = name_of(self.tokens.take())
            for word in (",", "field", "="):
                self.tokens.expect(word)
            field = name_of(self.tokens.take())
            self.tokens.expect(")")
            return lambda row: time.strftime(pattern, time.gmtime(row[field] / 1000))
        if kind == "word":
            return lambda row: row.get(text)
        raise Unreadable(f"{text!r} in an expression")

    # statements

    def names(self):
        self.tokens.expect("[")
        found = []
        while not self.tokens.accept("]"):
            found.append(name_of(self.tokens.take()))
            self.tokens.accept(",")
        return found

    def case(self, rows):
        self.tokens.expect("{")
        branches = []
        while not self.tokens.accept("}"):
            condition = self.filter()
            self.tokens.expect("|")
            name = name_of(self.tokens.take())
            self.tokens.expect(":=")
            branches.append((condition, name, self.comparison()))
            self.tokens.accept(";")
        out = []
        for row in rows:
            for condition, name, value in branches:
                if condition(row):
                    out.append({**row, name: value(row)})
                    break
        return out

    def functions(self):
        found = []
        self.tokens.expect("[")
        while not self.tokens.accept("]"):
            function = self.tokens.take()[1]
            self.tokens.expect("(")
            field, name, distinct = None, "_" + function, False
            while not self.tokens.accept(")"):
                word = name_of(self.tokens.take())
                if self.tokens.accept("="):
                    value = name_of(self.tokens.take())
                    field = value if word == "field" else field
                    name = value if word == "as" else name
                    distinct = distinct or word == "distinct"
                else:
                    field = word
                self.tokens.accept(",")
            found.append((name, "distinct" if distinct else function, field))
            self.tokens.accept(",")
        return found

    def group(self, rows, keys, functions):
        groups = {}
        for row in rows:
            if all(row.get(key) is not None for key in keys):
                groups.setdefault(tuple(row[key] for key in keys), []).append(row)
        if not keys:
            groups.setdefault((), [])
        return [{**dict(zip(keys, key)),
                 **{name: aggregate({"collect": "first"}.get(function, function),
                                    [row.get(field) for row in members] if field else None, members)
                    for name, function, field in functions}} for key, members in groups.items()]

    def statement(self, rows):
        tokens = self.tokens
        if tokens.is_at("case"):
            tokens.take()
            return self.case(rows)
        if tokens.is_at("["):
            return self.group(rows, [], self.functions())
        if tokens.peek(1)[1] == ":=":
            name = name_of(tokens.take())
            tokens.take()
            value = self.comparison()
            return [{**row, name: value(row)} for row in rows]
        if tokens.peek(1)[1] == "(" and tokens.peek()[1] in ("default", "groupBy", "sort", "select", "head"):
            return self.call(tokens.take()[1], rows)
        condition = self.filter()
        return [row for row in rows if condition(row)]

    def call(self, name, rows):
        tokens = self.tokens
        tokens.expect("(")
        if name == "head":
            count = int(tokens.take()[1])
            tokens.expect(")")
            return rows[:count]
        if name == "select":
            names = self.names()
            tokens.expect(")")
            return [{one: row[one] for one in names if row.get(one) is not None} for row in rows]
        if name == "default":
            for word in ("value", "="):
                tokens.expect(word)
            value = name_of(tokens.take())
            for word in (",", "field", "="):
                tokens.expect(word)
            names = self.names()
            tokens.expect(")")
            return [{**row, **{one: value for one in names if row.get(one) is None}} for row in rows]
        names = self.names()
        tokens.expect(",")
        if name == "groupBy":
            tokens.expect("function")
            tokens.expect("=")
            functions = self.functions()
            for word in (",", "limit", "=", "max", ")"):
                tokens.expect(word)
            return self.group(rows, names, functions)
        tokens.expect("order")
        tokens.expect("=")
        orders = self.names()
        for word in (",", "limit", "="):
            tokens.expect(word)
        limit = int(tokens.take()[1])
        tokens.expect(")")
        for one, order in reversed(list(zip(names, orders))):
            rows = sorted(rows, key=lambda row, one=one: order_key(row.get(one)), reverse=order == "desc")
        return rows[:limit]


def compare_numbers(value, operator, number):
    try:
        return value is not None and compare(float(value), operator, number)
    except ValueError:
        return False


def arithmetic(left, sign, right):
    if left is None or right is None or left == "" or right == "":
        return None
    if sign == "/":
        return left / right
    return {"+": left + right, "-": left - right, "*": left * right}[sign]


def run(text, rows, now_ms):
    tokens = Tokens(text, RULES)
    reader = Reader(tokens, now_ms)
    rows = reader.statement(rows)
    while tokens.accept("|"):
        rows = reader.statement(rows)
    if not tokens.done():
        raise Unreadable(tokens.peek()[1])
    return rows
