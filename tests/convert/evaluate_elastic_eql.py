"""evaluate_elastic_eql.py: the part of EQL that conversions use. Three-valued; ~ and : ignore case."""
import re

from reading import Tokens, Unreadable, and3, compare, in_network, lucene_regex, not3, or3, unescape

RULES = [
    ("comment", r"//[^\n]*"),
    ("blank", r"\s+"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("quoted", r"`(?:[^`]|``)*`"),
    ("number", r"-?\d+(?:\.\d+)?"),
    ("word", r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*~?"),
    ("sign", r"==|!=|<=|>=|[<>(),:]"),
]


def wildcard(pattern, folds):
    text = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.compile(text, re.S | (re.I if folds else 0))


class Reader:
    def __init__(self, tokens):
        self.tokens = tokens

    def expression(self):
        value = self.conjunction()
        while self.tokens.accept("or"):
            left, right = value, self.conjunction()
            value = lambda row, left=left, right=right: or3(left(row), right(row))
        return value

    def conjunction(self):
        value = self.negation()
        while self.tokens.accept("and"):
            left, right = value, self.negation()
            value = lambda row, left=left, right=right: and3(left(row), right(row))
        return value

    def negation(self):
        if self.tokens.accept("not"):
            inner = self.negation()
            return lambda row: not3(inner(row))
        return self.comparison()

    def literals(self):
        self.tokens.expect("(")
        values = []
        while not self.tokens.accept(")"):
            values.append(self.primary()({}))
            self.tokens.accept(",")
        return values

    def comparison(self):
        left = self.primary()
        kind, operator = self.tokens.peek()
        if kind == "sign" and operator in ("==", "!=", "<", "<=", ">", ">="):
            self.tokens.take()
            if self.tokens.accept("null"):
                return lambda row: (left(row) is None) == (operator == "==")
            right = self.primary()
            return lambda row: compare(left(row), operator, right(row))
        if operator == ":":
            self.tokens.take()
            pattern = wildcard(self.primary()({}), True)
            return lambda row: None if left(row) is None else pattern.fullmatch(str(left(row))) is not None
        if operator in ("in", "in~"):
            self.tokens.take()
            fold = (lambda value: str(value).lower()) if operator == "in~" else (lambda value: value)
            values = [fold(value) for value in self.literals()]
            return lambda row: None if left(row) is None else fold(left(row)) in values
        if operator in ("like", "like~", "regex", "regex~"):
            self.tokens.take()
            text = self.primary()({})
            folds = operator.endswith("~")
            pattern = (wildcard(text, folds) if operator.startswith("like")
                       else re.compile(lucene_regex(text), re.I if folds else 0))
            return lambda row: None if left(row) is None else pattern.fullmatch(str(left(row))) is not None
        return left

    def primary(self):
        kind, text = self.tokens.take()
        if kind == "sign" and text == "(":
            inner = self.expression()
            self.tokens.expect(")")
            return inner
        if kind == "string":
            constant = unescape(text[1:-1])
            return lambda row: constant
        if kind == "number":
            number = float(text)
            return lambda row: number
        if kind == "quoted":
            return lambda row: row.get(text[1:-1].replace("``", "`"))
        if text == "cidrMatch":
            self.tokens.expect("(")
            field = self.primary()
            networks = []
            while self.tokens.accept(","):
                networks.append(self.primary()({}))
            self.tokens.expect(")")
            return lambda row: None if field(row) is None else any(in_network(field(row), one) for one in networks)
        if text in ("true", "false"):
            return lambda row: text == "true"
        if kind == "word":
            return lambda row: row.get(text)
        raise Unreadable(f"{text!r} in an expression")


def run(text, rows, now_ms):
    tokens = Tokens(text, RULES)
    tokens.expect("any")
    tokens.expect("where")
    condition = Reader(tokens).expression()
    if not tokens.done():
        raise Unreadable(tokens.peek()[1])
    return [row for row in rows if condition(row) is True]
