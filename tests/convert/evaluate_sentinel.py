"""evaluate_sentinel.py: the part of the Kusto query language that conversions use. Texts are never null there: what a
row lacks is ''. Numbers and times can be null."""
import re
import time

from reading import Tokens, Unreadable, aggregate, and3, compare, in_network, not3, or3, order_key
from reading import python_regex, unescape

RULES = [
    ("comment", r"//[^\n]*"),
    ("blank", r"\s+"),
    ("raw", r'@"(?:[^"]|"")*"'),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("bracket", r"\['[^']*'\]"),
    ("span", r"\d+(?:ms|s)\b"),
    ("date", r"\d{4}-\d\d-\d\d"),
    ("number", r"\d+(?:\.\d+)?"),
    ("word", r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?:\[\d+\])?(?:-away)?"),
    ("sign", r"==|!=|<=|>=|=~|~|[=<>()+\-*/,|]"),
]
TEXT_OPERATORS = {"contains", "contains_cs", "startswith", "startswith_cs", "endswith", "endswith_cs"}


def ascii_lower(text):
    return "".join(char.lower() if char.isascii() else char for char in text)


class Reader:
    def __init__(self, tokens, now_ms, numeric):
        self.tokens = tokens
        self.now = now_ms
        self.numeric = numeric  # columns that are no text

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

    def list(self):
        self.tokens.expect("(")
        values = []
        while not self.tokens.accept(")"):
            values.append(self.sum())
            self.tokens.accept(",")
        return values

    def comparison(self):
        left = self.sum()
        operator = self.tokens.peek()[1]
        if self.tokens.peek()[0] == "sign" and operator in ("==", "!=", "<", "<=", ">", ">=", "=~"):
            self.tokens.take()
            right = self.sum()
            if operator == "=~":
                return lambda row: ascii_lower(left(row)) == ascii_lower(right(row))
            return lambda row: compare(left(row), operator, right(row))
        if operator == "in":
            self.tokens.take()
            folds = self.tokens.accept("~")
            values = self.list()
            fold = (lambda text: ascii_lower(text)) if folds else (lambda value: value)
            return lambda row: None if left(row) is None else any(
                compare(fold(left(row)), "==", fold(value(row))) for value in values)
        if operator == "matches":
            self.tokens.take()
            self.tokens.expect("regex")
            pattern = re.compile(python_regex(self.sum()({})))
            return lambda row: pattern.search(left(row)) is not None
        if operator in TEXT_OPERATORS:
            self.tokens.take()
            right = self.sum()
            return lambda row: text_test(operator, left(row), right(row))
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

    def column(self, name):
        missing = None if name in self.numeric else ""
        return lambda row: row.get(name) if row.get(name) is not None else missing

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
        if kind == "raw":
            constant = text[2:-1].replace('""', '"')
            return lambda row: constant
        if kind == "number":
            number = float(text) if "." in text else int(text)
            return lambda row: number
        if kind == "span":
            span = int(text.rstrip("ms")) * (1 if text.endswith("ms") else 1000)
            return lambda row: span
        if kind == "bracket":
            return self.column(text[2:-2])
        if kind == "word" and self.tokens.accept("("):
            return self.call(text)
        if kind == "word" and text in ("true", "false"):
            return lambda row: text == "true"
        if kind == "word":
            return self.column(text)
        raise Unreadable(f"{text!r} in an expression")

    def call(self, name):
        if name == "datetime":
            if self.tokens.take()[1] != "1970-01-01":
                raise Unreadable("a date")
            self.tokens.expect(")")
            return lambda row: 0
        arguments = []
        while not self.tokens.accept(")"):
            arguments.append(self.expression())
            if not self.tokens.is_at(")"):
                self.tokens.expect(",")
        return lambda row: self.apply(name, arguments, row)

    def apply(self, name, arguments, row):
        if name == "case":
            for condition, value in zip(arguments[:-1:2], arguments[1::2]):
                if condition(row) is True:
                    return value(row)
            return arguments[-1](row)
        values = [argument(row) for argument in arguments]
        if name == "not":
            return not3(values[0])
        if name == "coalesce":
            return next((value for value in values if value is not None and value != ""), values[-1])
        if name in ("isempty", "isnotempty"):
            return (values[0] in ("", None)) == (name == "isempty")
        if name in ("isnull", "isnotnull"):
            return (values[0] is None) == (name == "isnull")
        if name == "ago":
            return self.now - values[0]
        if name == "unixtime_milliseconds_todatetime":
            return values[0]
        if name == "now":
            return self.now
        if name in ("tolong", "toint", "todouble"):
            try:
                number = None if values[0] in (None, "") else float(values[0])
                return int(number) if number is not None and name != "todouble" else number
            except ValueError:
                return None
        if name == "tostring":
            return "" if values[0] is None else str(values[0])
        if name in ("tolower", "toupper"):
            return values[0].lower() if name == "tolower" else values[0].upper()
        if name == "strlen":
            return len(values[0])
        if name == "strcat":
            return "".join(str(value) for value in values)
        if name == "strcmp":
            return (values[0] > values[1]) - (values[0] < values[1])
        if name in ("ipv4_is_in_range", "ipv6_is_in_range"):
            return in_network(values[0], values[1]) if values[0] else None
        if name == "format_datetime":
            pattern = values[1].replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d").replace("HH", "%H")
            return time.strftime(pattern.replace("mm", "%M").replace("ss", "%S"), time.gmtime(values[0] / 1000))
        raise Unreadable(f"the function {name}")


def text_test(operator, left, right):
    if not operator.endswith("_cs"):
        left, right = ascii_lower(left), ascii_lower(right)
    kind = operator.split("_")[0]
    return {"contains": right in left, "startswith": left.startswith(right), "endswith": left.endswith(right)}[kind]


def arithmetic(left, sign, right):
    if left is None or right is None or left == "" or right == "":
        return None
    if sign == "/":
        is_whole = isinstance(left, int) and isinstance(right, int)
        return int(left / right) if is_whole else left / right
    return {"+": left + right, "-": left - right, "*": left * right}[sign]


def assignments(tokens, reader, stops=("|", ")")):
    found = []
    while True:
        name = tokens.take()[1]
        if tokens.accept("="):
            found.append((name, reader.expression()))
        else:
            found.append((name, reader.column(name)))
        if not tokens.accept(","):
            return found


def summarize(tokens, reader, rows):
    aggregates = []
    keys = []
    while not tokens.done() and not tokens.is_at("|") and not tokens.is_at("by"):
        name = tokens.take()[1]
        tokens.expect("=")
        function = tokens.take()[1]
        tokens.expect("(")
        arguments = []
        while not tokens.accept(")"):
            arguments.append(reader.expression())
            tokens.accept(",")
        aggregates.append((name, function, arguments))
        tokens.accept(",")
    if tokens.accept("by"):
        keys = assignments(tokens, reader)
    groups = {}
    for row in rows:
        groups.setdefault(tuple(value(row) for _, value in keys), []).append(row)
    if not keys:
        groups.setdefault((), [])
    result = []
    for key, members in groups.items():
        out = {name: value for (name, _), value in zip(keys, key)}
        for name, function, arguments in aggregates:
            if function == "count":
                out[name] = len(members)
            elif function == "countif":
                out[name] = sum(1 for row in members if arguments[0](row) is True)
            elif function == "count_distinctif":
                out[name] = len({arguments[0](row) for row in members if arguments[1](row) is True})
            else:
                known = {"take_any": "any"}.get(function, function)
                out[name] = aggregate(known, [arguments[0](row) for row in members], members)
            reader.numeric.add(name)
        result.append(out)
    return result


def pipeline(tokens, reader, rows):
    while tokens.accept("|"):
        command = tokens.take()[1]
        if command == "where":
            condition = reader.expression()
            rows = [row for row in rows if condition(row) is True]
        elif command == "project":
            columns = assignments(tokens, reader)
            rows = [{name: value(row) for name, value in columns} for row in rows]
        elif command == "summarize":
            rows = summarize(tokens, reader, rows)
        elif command == "sort":
            tokens.expect("by")
            orders = []
            while True:
                name = tokens.take()[1]
                orders.append((name, tokens.accept("desc") or not tokens.accept("asc")))
                if not tokens.accept(","):
                    break
            for name, is_descending in reversed(orders):
                rows.sort(key=lambda row, name=name: order_key(row.get(name)), reverse=is_descending)
        elif command == "take":
            rows = rows[:int(tokens.take()[1])]
        elif command == "project-away":
            while True:
                name = tokens.take()[1]
                for row in rows:
                    row.pop(name)
                if not tokens.accept(","):
                    break
        else:
            raise Unreadable(f"the command {command}")
    return rows


def run(text, rows, now_ms):
    tokens = Tokens(text, RULES)
    numeric = {"TimeGenerated"} | rows[0]["numeric"]
    reader = Reader(tokens, now_ms, numeric)

    def table(name):
        return [row for row in rows if name in row["from"]]

    if tokens.accept("union"):
        result = []
        while True:
            tokens.expect("(")
            result += pipeline(tokens, reader, table(tokens.take()[1]))
            tokens.expect(")")
            if not tokens.accept(","):
                break
    else:
        result = table(tokens.take()[1])
    result = pipeline(tokens, reader, result)
    if not tokens.done():
        raise Unreadable(tokens.peek()[1])
    return result
