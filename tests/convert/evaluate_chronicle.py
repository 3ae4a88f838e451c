"""evaluate_chronicle.py: the part of YARA-L 2.0 that conversions use. A field that an event lacks is "" or 0; lines of
the events section are joined by and; re.regex looks for a part."""
import re

from reading import Tokens, Unreadable, compare, in_network, python_regex, unescape

RULES = [
    ("comment", r"//[^\n]*"),
    ("newline", r"\n"),
    ("blank", r"[ \t]+"),
    ("raw", r"`[^`]*`"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("field", r'\$e(?:\.[A-Za-z0-9_]+|\["[^"\]]*"\])*'),
    ("number", r"-?\d+"),
    ("word", r"\$?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*"),
    ("sign", r"<=|>=|!=|[=<>(),{}:]"),
]


class Reader:
    def __init__(self, tokens):
        self.tokens = tokens

    def skip_lines(self):
        while self.tokens.peek()[0] == "newline":
            self.tokens.take()

    def accept(self, text):
        """Also on the next line: a line that begins with and or or goes on with the one before."""
        at = self.tokens.at
        self.skip_lines()
        if self.tokens.accept(text):
            self.skip_lines()
            return True
        self.tokens.at = at
        return False

    def expression(self):
        value = self.conjunction()
        while self.accept("or"):
            left, right = value, self.conjunction()
            value = lambda row, left=left, right=right: left(row) or right(row)
        return value

    def conjunction(self):
        value = self.negation()
        while self.accept("and"):
            left, right = value, self.negation()
            value = lambda row, left=left, right=right: left(row) and right(row)
        return value

    def negation(self):
        self.skip_lines()
        if self.tokens.accept("not"):
            inner = self.negation()
            return lambda row: not inner(row)
        if self.tokens.accept("("):
            inner = self.expression()
            self.skip_lines()
            self.tokens.expect(")")
            return inner
        return self.test()

    def field(self):
        kind, text = self.tokens.take()
        if kind != "field":
            raise Unreadable(f"{text!r} where a field should be")
        name = text[3:]
        return lambda row: row.get(name)

    def test(self):
        kind, text = self.tokens.peek()
        if text == "re.regex":
            self.tokens.take()
            self.tokens.expect("(")
            field = self.field()
            self.tokens.expect(",")
            body = self.tokens.take()[1][1:-1]
            self.tokens.expect(")")
            flags = re.I if self.tokens.accept("nocase") else 0
            pattern = re.compile(python_regex(body), flags)
            return lambda row: pattern.search(str(field(row) if field(row) is not None else "")) is not None
        if text == "net.ip_in_range_cidr":
            self.tokens.take()
            self.tokens.expect("(")
            field = self.field()
            self.tokens.expect(",")
            network = unescape(self.tokens.take()[1][1:-1])
            self.tokens.expect(")")
            return lambda row: in_network(field(row), network) is True
        field = self.field()
        operator = self.tokens.take()[1]
        kind, text = self.tokens.take()
        if kind == "number":
            return lambda row: compare(float(field(row) or 0), operator, float(text))
        if kind != "string":
            raise Unreadable(f"{text!r} where a value should be")
        value = unescape(text[1:-1])
        folds = self.tokens.accept("nocase")

        def fold(one):
            one = str(one if one is not None else "")
            return one.lower() if folds else one

        return lambda row: compare(fold(field(row)), operator, fold(value))


def read_rule(tokens, reader):
    """The condition of the next rule."""
    reader.skip_lines()
    tokens.expect("rule")
    tokens.take()
    tokens.expect("{")
    statements = []
    section = None
    while not (section == "condition" and tokens.accept("}")):
        reader.skip_lines()
        if tokens.peek(1)[1] == ":" and tokens.peek()[1] in ("meta", "events", "outcome", "condition"):
            section = tokens.take()[1]
            tokens.take()
        elif section == "events":
            statements.append(reader.expression())
            if tokens.peek()[0] != "newline":
                raise Unreadable(f"{tokens.peek()[1]!r} behind a statement")
        elif section == "condition":
            if tokens.take()[1] != "$e":
                raise Unreadable("a condition of something else")
            reader.skip_lines()
        else:  # key = value
            key = tokens.take()[1]
            tokens.expect("=")
            kind = tokens.take()[0]
            if kind not in ("string", "number"):
                raise Unreadable(f"the value of {key}")
    return lambda row: all(statement(row) for statement in statements)


def run(text, rows, now_ms):
    tokens = Tokens(text, RULES)
    reader = Reader(tokens)
    rules = []
    reader.skip_lines()
    while not tokens.done():
        rules.append(read_rule(tokens, reader))
        reader.skip_lines()
    return [row for row in rows if any(rule(row) for rule in rules)]
