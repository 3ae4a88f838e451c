"""evaluate_sigma.py: Sigma rules by the specification, version 2: selections, modifiers, conditions. Case is ignored
unless |cased says otherwise; * and ? are wildcards unless escaped; a missing field matches null only."""
import re
import uuid

import yaml

from reading import Tokens, Unreadable, compare, in_network, python_regex

REQUIRED = {"title", "logsource", "detection"}
KNOWN = REQUIRED | {"id", "status", "description", "references", "author", "date", "modified", "tags", "fields",
                    "falsepositives", "level", "name", "related", "license", "scope", "taxonomy"}
MODIFIERS = {"contains", "startswith", "endswith", "all", "cased", "re", "i", "cidr", "gt", "gte", "lt", "lte",
             "exists"}
STATUSES = {"stable", "test", "experimental", "deprecated", "unsupported"}
LEVELS = {"informational", "low", "medium", "high", "critical"}


def check_document(rule):
    """What the specification's schema wants."""
    if not REQUIRED <= set(rule) <= KNOWN:
        raise Unreadable(f"keys {sorted(set(rule) ^ REQUIRED)}")
    if not isinstance(rule["title"], str) or len(rule["title"]) > 256:
        raise Unreadable("a title of no more than 256 characters is wanted")
    if "id" in rule and uuid.UUID(rule["id"]).version != 4:
        raise Unreadable("the id is no random UUID")
    if rule.get("status", "test") not in STATUSES or rule.get("level", "low") not in LEVELS:
        raise Unreadable("status or level")
    if not set(rule["logsource"]) <= {"category", "product", "service", "definition"}:
        raise Unreadable("logsource")
    for tag in rule.get("tags", []):
        if not re.fullmatch(r"[a-z0-9_-]+\.[a-z0-9._-]+", tag):
            raise Unreadable(f"tag {tag}")
    for key in ("references", "falsepositives", "fields"):
        if not all(isinstance(one, str) for one in rule.get(key, [])):
            raise Unreadable(key)


def wildcard(text):
    out = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text) and text[at + 1] in "*?\\":
            at += 1
            out.append(re.escape(text[at]))
        else:
            out.append({"*": ".*", "?": "."}.get(char, re.escape(char)))
        at += 1
    return "".join(out)


def value_test(modifiers, wanted):
    if wanted is None:
        return lambda value: value is None
    if "exists" in modifiers:
        return lambda value: (value is not None) == wanted
    for name, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
        if name in modifiers:
            return lambda value, sign=sign: value is not None and compare(float(value), sign, float(wanted))
    if "cidr" in modifiers:
        return lambda value: in_network(value, wanted) is True
    if "re" in modifiers:
        pattern = re.compile(python_regex(wanted), re.I if "i" in modifiers else 0)
        return lambda value: value is not None and pattern.search(str(value)) is not None
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        return lambda value: value is not None and str(value) == str(wanted)
    pattern = wildcard(wanted)
    if "contains" in modifiers or "endswith" in modifiers:
        pattern = ".*" + pattern
    if "contains" in modifiers or "startswith" in modifiers:
        pattern += ".*"
    compiled = re.compile(pattern, re.S | (0 if "cased" in modifiers else re.I))
    return lambda value: value is not None and compiled.fullmatch(str(value)) is not None


def read_selection(selection):
    tests = []
    for key, wanted in selection.items():
        name, *modifiers = key.split("|")
        if not set(modifiers) <= MODIFIERS:
            raise Unreadable(f"modifiers of {key}")
        values = [value_test(modifiers, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
        join = all if "all" in modifiers else any
        tests.append(lambda row, name=name, values=values, join=join: join(test(row.get(name)) for test in values))
    return lambda row: all(test(row) for test in tests)


class Condition:
    def __init__(self, text, selections):
        self.tokens = Tokens(text, [("blank", r"\s+"), ("word", r"\w+"), ("sign", r"[()]")])
        self.selections = selections

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
        return self.selections[self.tokens.take()[1]]


def run(text, rows, now_ms):
    rules = []
    for rule in yaml.safe_load_all(text):
        check_document(rule)
        detection = dict(rule["detection"])
        condition = detection.pop("condition")
        selections = {name: read_selection(selection) for name, selection in detection.items()}
        rules.append((rule["logsource"], Condition(condition, selections).read()))
    # A row is of a log source if all that the rule says of it fits; what it does not say (no product) is free, but
    # the process events of one product are no others'.
    return [row for row in rows if any(is_of(row, source) and condition(row) for source, condition in rules)]


def is_of(row, source):
    keys = ("category", "product", "service")
    return {key: row[key] for key in keys if key in row} == source
