"""evaluate_falco.py: Falco rules and the operators of their conditions. A comparison of a missing field is false, and
not of it is true; regex must match the whole value."""
import re

import yaml

from reading import Tokens, Unreadable, compare, python_regex

PRIORITIES = {"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "DEBUG"}
RULES = [
    ("blank", r"\s+"),
    ("string", r'"(?:[^"\\]|\\.)*"'),
    ("number", r"-?\d+(?:\.\d+)?(?![\w.])"),
    ("word", r"[A-Za-z_][A-Za-z0-9_.]*(?:\[[^\]]*\])?"),
    ("sign", r"<=|>=|!=|[=<>(),]"),
]


def literal(token):
    kind, text = token
    if kind == "string":
        return re.sub(r"\\([\"\\])", r"\1", text[1:-1])
    return float(text) if kind == "number" else text


class Reader:
    def __init__(self, text):
        self.tokens = Tokens(text, RULES)

    def read(self):
        value = self.disjunction()
        if not self.tokens.done():
            raise Unreadable(self.tokens.peek()[1])
        return value

    def disjunction(self):
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
            inner = self.disjunction()
            self.tokens.expect(")")
            return inner
        return self.test()

    def test(self):
        name = self.tokens.take()[1]
        operator = self.tokens.take()[1]
        if operator == "exists":
            return lambda row: row.get(name) is not None
        if operator == "in":
            self.tokens.expect("(")
            values = []
            while not self.tokens.accept(")"):
                values.append(literal(self.tokens.take()))
                self.tokens.accept(",")
            return lambda row: row.get(name) is not None and any(compare(row[name], "=", one) for one in values)
        wanted = literal(self.tokens.take())
        if operator == "regex":
            pattern = re.compile(python_regex(wanted))
            return lambda row: row.get(name) is not None and pattern.fullmatch(str(row[name])) is not None
        tests = {
            "contains": lambda value: wanted in value,
            "icontains": lambda value: wanted.lower() in value.lower(),
            "startswith": lambda value: value.startswith(wanted),
            "endswith": lambda value: value.endswith(wanted),
        }
        if operator in tests:
            return lambda row: row.get(name) is not None and tests[operator](str(row[name]))
        if operator in ("=", "!=", "<", "<=", ">", ">="):
            return lambda row: row.get(name) is not None and compare(row[name], operator, wanted)
        raise Unreadable(f"the operator {operator}")


def run(text, rows, now_ms):
    rules = []
    for rule in yaml.safe_load(text):
        if set(rule) != {"rule", "desc", "condition", "output", "priority", "source", "tags"}:
            raise Unreadable(f"keys of a rule: {sorted(rule)}")
        if rule["priority"] not in PRIORITIES:
            raise Unreadable(rule["priority"])
        rules.append((rule["source"], Reader(rule["condition"]).read()))
    rows = [{**row, "evt.num": number + 1} for number, row in enumerate(rows)]  # every event has one
    return [row for row in rows if any(row.get("source") == source and condition(row) for source, condition in rules)]
