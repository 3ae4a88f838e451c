#!/usr/bin/env python3
"""test_convert.py TOCSIN [TARGET...]: conversions find what their queries find.

Queries (constructs.txt, the original query) are run by Tocsin over logs made here: the labelled rows of the pack, and
rows with everything that quoting and patterns could trip over. Each is converted, and an evaluator of the target's
language, written from its documentation, runs the conversion over the same rows under the names of the mapping. The
rows found must be the same; or more, or fewer, if the conversion says that it is broader or narrower. The pack's rules
in plain AQL are converted, read and run, too, without comparing rows. Prints TAP.
"""
import base64
import csv
import functools
import glob
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FIRST_MS = 1700000000000
ODD_TEXTS = [
    "kubectl get secrets -o yaml", "KUBECTL GET Secrets", "docker inspect web", "cat /var/run/docker.sock", "", " ",
    "100% sure", "a_b", "aXb", "a*b", "a?b", "*", "?", "%", "_", "a\\b", "\\",
    "C:\\Windows\\system32", 'say "hi"', "'quoted'",
    "back`tick", "a|b", "x) OR (1=1", '") or true //', "line one\nline two", "tab\there", "trailing\n", "$HOME", "${x}",
    "`macro`", "[search index=*]", "%{x}", "a/b", "//comment", "#hash", "a & b", "a@b", "<x>", "a~b",
    "Zoë", "ZOË", "ÄÖÜ",
    "token", "mytoken.txt", "get-token", "token_x", "xtokenx", "5", "7", "10", "-3", "1.5", "ten", "2024",
    "root", "ROOT", "Root",
]


def fail(text):
    sys.exit(f"test_convert: {text}")


# ---- logs ----

def stamp(ms):
    import datetime
    moment = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)


def audit_lines(ms, serial, command):
    words = command.split(" ")
    head = f"audit({ms // 1000}.{ms % 1000:03d}:{serial}):"
    arguments = " ".join(f"a{n}={word.encode().hex().upper()}" for n, word in enumerate(words))
    return (f"type=SYSCALL msg={head} arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid={serial} auid=1000 uid=0 "
            f'ses=3 comm="sh" exe="/bin/sh"\ntype=EXECVE msg={head} argc={len(words)} {arguments}\n')


def kubernetes_line(ms, event):
    event = dict(event)
    event["stageTimestamp"] = event["requestReceivedTimestamp"] = stamp(ms)
    return json.dumps(event, ensure_ascii=False) + "\n"


def made_kubernetes():
    base = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "stage": "ResponseComplete"}
    for verb in ("get", "list", "create", "delete"):
        for resource, name in (("secrets", "db"), ("secrets", None), ("pods", "web"), ("configmaps", "a_b")):
            for user, code, address in (("root", 200, "10.1.2.3"), ("system:serviceaccount:x:y", 403, "192.168.0.9"),
                                        ("system:anonymous", None, None)):
                reference = {"resource": resource, "namespace": "default", "apiVersion": "v1"}
                if name:
                    reference["name"] = name
                event = dict(base, verb=verb, user={"username": user}, objectRef=reference,
                             auditID=f"{verb}-{resource}-{name}-{user}", requestURI=f"/api/v1/{resource}")
                if code:
                    event["responseStatus"] = {"code": code}
                if address:
                    event["sourceIPs"] = [address]
                if verb != "delete":
                    event["userAgent"] = "kubectl/v1.28" if code != 403 else "curl/8.0"
                yield event


def write_logs(folder):
    """Files of one format each; every event has a time of its own, which is its number."""
    times = iter(range(FIRST_MS, FIRST_MS + 10**9, 1001))
    path = os.path.join(ROOT, "packs/container-api/tests/data/labelled-dev.tsv")
    with open(path, encoding="utf-8", newline="") as table:
        labelled = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    commands = [row["text"] for row in labelled if row["telemetry"] in ("execve", "shell")]
    events = [json.loads(row["text"]) for row in labelled if row["telemetry"] == "k8s-audit"] + list(made_kubernetes())
    paths = [os.path.join(folder, name) for name in ("kubernetes.log", "audit.log", "any.log")]
    with open(paths[0], "w", encoding="utf-8") as log:
        for event in events:
            log.write(kubernetes_line(next(times), event))
    with open(paths[1], "w", encoding="utf-8") as log:
        for number, command in enumerate(commands):
            log.write(audit_lines(next(times), number + 1, command))
    with open(paths[2], "w", encoding="utf-8") as log:
        for number, text in enumerate(commands + ODD_TEXTS + [None] * 3):
            event = {"time": next(times), "host": f"host-{number % 5}"}
            if text is not None:
                event["command"] = text
            if number % 3:
                event["user"] = ["root", "alice", "Bob"][number % 7 % 3]
            if number % 2:
                event["src_ip"] = f"10.{number % 3}.0.{number % 250 + 1}"
                event["dst_port"] = [22, 443, 2375, 6443][number % 4]
            log.write(json.dumps(event, ensure_ascii=False) + "\n")
    return paths


class Program:
    def __init__(self, path, logs):
        self.path = path
        self.logs = logs

    def run(self, *arguments):
        done = subprocess.run([self.path, *arguments], capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def query(self, text, *options):
        code, output, errors = self.run("query", "--config", "none", "--tz", "UTC", "-q", "-o", "ndjson", *options,
                                        text, *self.logs)
        if code != 0:
            fail(f"{text}\n{errors}")
        return [json.loads(line) for line in output.splitlines()]


# ---- rows under the names of a target ----

@functools.lru_cache(maxsize=None)
def load_map(target):
    with open(os.path.join(ROOT, "src/convert/fields", f"{target}.yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)


def bare(name):
    """tostring(ObjectRef.name): the column is what stands inside."""
    return name[name.index("(") + 1:-1] if name.endswith(")") else name


FILLERS = {"0.0.0.0", "0:0:0:0:0:0:0:0"}
NUMBER_FIELDS = {"sourceport", "destinationport", "response code", "process id", "parent process id", "session id",
                 "user id", "audit user id", "effective user id", "audit serial"}
TIME_FIELDS = {"starttime", "devicetime", "endtime"}


def native_rows(rows, target, names, conversion):
    wanted = {}
    for field in conversion["fields"]:
        wanted.setdefault(field["type"], set()).add(field["name"])
    numeric = {bare(field["is"]) for entry in names["types"] + [names] for field in entry.get("fields", [])
               if field["field"].lower() in NUMBER_FIELDS}
    mapped_of_kind = {}

    def map_kind(kind):
        entries = [entry for entry in names["types"] if entry["type"] == kind]
        known = wanted.get(kind, set()) | (wanted.get("", set()) if target not in PARTITIONED else set())

        def covers(entry):
            own = {field["is"] for field in entry.get("fields", []) + names.get("fields", [])}
            return known <= own

        entry = next((entry for entry in entries if covers(entry)), entries[0] if entries else {})
        mapped = entry.get("fields", []) + names.get("fields", [])
        return entry, [(field["field"].lower(), bare(field["is"])) for field in mapped]

    made = []
    for row in rows:
        kind = row["TheType"]
        if kind not in mapped_of_kind:
            mapped_of_kind[kind] = map_kind(kind)
        entry, fields = mapped_of_kind[kind]
        out = {"id": row["Id"], "from": [entry["from"]] if "from" in entry else [], "numeric": numeric}
        for field, name in fields:
            value = row["values"].get(field)
            if field in TIME_FIELDS and target == "splunk":
                value = value / 1000
            if value is None or value in FILLERS or (value == 0 and field.endswith("port")):
                continue
            out.setdefault(name, value)
        for test in entry.get("where", []):
            out[test["field"]] = test["values"][0]
        made.append(out)
    return made


# ---- queries ----

def read_queries():
    """A query a line group, parted by blank lines; # begins a comment."""
    with open(os.path.join(HERE, "constructs.txt"), encoding="utf-8") as file:
        groups = file.read().split("\n\n")
    queries = []
    for group in groups:
        text = "\n".join(line for line in group.splitlines() if not line.startswith("# "))
        if text.strip():
            queries.append(text.strip())
    return queries


PARTITIONED = {"sentinel", "chronicle", "sigma", "falco"}
FILTERS = {"elastic-eql", "chronicle", "sigma", "falco"}
TARGETS = ["splunk", "sentinel", "elastic-esql", "elastic-eql", "logscale", "sumo", "chronicle", "sigma", "falco"]


class Harness:
    def __init__(self, program, targets):
        self.program = program
        self.targets = targets
        self.number = 0
        self.failed = 0
        self.grades = {}
        self.refused = {}
        selected = program.query("SELECT *, LOGSOURCETYPENAME(logsourceid) AS TheType FROM events", "--star", "all",
                                 "--order", "input")
        self.rows = []
        for row in selected:
            values = {name.lower(): value for name, value in row.items()}
            if values.get("payload"):
                values["payload"] = base64.b64decode(values["payload"]).decode("utf-8", "replace")
            self.rows.append({"Id": row["starttime"], "TheType": row["TheType"], "values": values})
        if len({row["Id"] for row in self.rows}) != len(self.rows):
            fail("two events have one time")
        self.now = max(row["Id"] for row in self.rows)

    def report(self, is_good, name, lines=()):
        self.number += 1
        self.failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} {self.number} - {name}", flush=True)
        for line in [] if is_good else lines:
            print(f"# {line}")

    def convert(self, target, query):
        code, output, errors = self.program.run("convert", "--config", "none", "--to", target, "-o", "json", query)
        if code == 2 and f"not converted to" in errors:
            return None, errors
        if code != 0:
            return None, f"exit code {code}: {errors}"
        return json.loads(output), errors

    def check(self, name, query, wanted, grouped=False):
        for target in self.targets:
            self.check_target(name, query, wanted, target, grouped)

    def check_target(self, name, query, wanted, target, grouped):
        conversion, errors = self.convert(target, query)
        if not conversion:
            is_refusal = "not converted to" in errors
            self.refused.setdefault(target, []).append(errors.splitlines()[0] if errors else "")
            is_good = is_refusal and ("line" in errors or ":" in errors)
            self.report(is_good, f"{target}: {name}: refused", [errors])
            return
        self.grades.setdefault(target, {}).setdefault(conversion["grade"], []).append(name)
        rows = native_rows(self.rows, target, load_map(target), conversion)
        module = importlib.import_module("evaluate_" + target.replace("-", "_"))
        try:
            found = module.run(conversion["text"], rows, self.now)
        except Exception as problem:  # whatever an evaluator can't read is a failure of the conversion
            self.report(False, f"{target}: {name}", [query, f"{type(problem).__name__}: {problem}",
                                                     *conversion["text"].splitlines()])
            return
        if grouped:
            self.check_groups(name, conversion, wanted, found, target)
        else:
            self.check_rows(name, conversion, wanted, found, target)

    def limits(self, conversion):
        """What the notes say of whole log source types is checked exactly: the types that count, and the grade that is
        left for the rest."""
        kinds = {row["TheType"] for row in self.rows}
        effects = set()
        for note in conversion["notes"]:
            only = re.search(r"only these are asked: (.*)", note["text"])
            missing = re.search(r"counts as missing in logs of type '(.*)':", note["text"])
            if only:
                kinds &= set(only.group(1).split(", "))
            elif missing:
                kinds.discard(missing.group(1))
            elif note["effect"] != "exact":
                effects |= set(note["effect"].split(" and "))
        return kinds, " and ".join(sorted(effects)) or "exact"

    def check_rows(self, name, conversion, wanted, found, target):
        column = "id" if target in FILTERS else "Id"
        kinds, grade = self.limits(conversion)
        counting = {row["Id"] for row in self.rows if row["TheType"] in kinds}
        ids = {int(round(float(row[column]))) for row in found} & counting
        own = {int(row["Id"]) for row in wanted} & counting
        lost, more = own - ids, ids - own
        is_good = not (lost and "narrower" not in grade) and not (more and "broader" not in grade)
        lines = [f"grade {grade}, found {len(ids)}, should be {len(own)}"]
        by_id = {row["Id"]: row["values"].get("command") or row["values"].get("request uri") for row in self.rows}
        lines += [f"missed: {by_id[one]!r}" for one in sorted(lost)[:5]]
        lines += [f"too many: {by_id[one]!r}" for one in sorted(more)[:5]]
        if is_good and target not in FILTERS:
            values = {int(row["Id"]): row for row in wanted}
            for row in found:
                mine = values.get(int(round(float(row["Id"]))), {})
                for key, value in mine.items():
                    if key.startswith("Value") and key in row and not same(row[key], value):
                        is_good = False
                        lines.append(f"{key} is {row[key]!r}, should be {value!r}")
        self.report(is_good, f"{target}: {name} ({grade}, {len(own)} rows)",
                    lines[:12] + conversion["text"].splitlines())

    def check_reading(self, target, path):
        """The evaluator can read and run what comes of a rule of the pack; the rows are not compared."""
        name = f"{target}: {os.path.basename(path)}"
        conversion, errors = self.convert(target, path)
        if not conversion:
            self.report("not converted to" in errors, f"{name}: refused", [errors])
            return
        rows = native_rows(self.rows[::40], target, load_map(target), conversion)
        try:
            importlib.import_module("evaluate_" + target.replace("-", "_")).run(conversion["text"], rows, self.now)
        except Exception as problem:
            self.report(False, name, [f"{type(problem).__name__}: {problem}", *conversion["text"].splitlines()])
            return
        self.report(True, f"{name} ({conversion['grade']})")

    def check_groups(self, name, conversion, wanted, found, target):
        if target in FILTERS:
            is_broader = "broader" in conversion["grade"]
            self.report(is_broader, f"{target}: {name} ({conversion['grade']})", [conversion["text"]])
            return

        def key(row):
            row = {column: value for column, value in row.items()
                   if column not in ("from", "numeric", "id") and not column.startswith("@")}
            return tuple(sorted((column, str(shown(value))) for column, value in row.items()))

        mine, own = {key(row) for row in found}, {key(row) for row in wanted}
        self.report(mine == own, f"{target}: {name} ({len(own)} groups)",
                    [f"{row}" for row in list(mine ^ own)[:6]] + conversion["text"].splitlines())


def shown(value):
    """'' and null: what stands for a missing key. Numbers of any spelling."""
    if value in (None, ""):
        return ""
    try:
        return float(value)
    except ValueError:
        return value


def same(left, right):
    return shown(left) == shown(right)


def main():
    targets = sys.argv[2:] or TARGETS
    sys.path.insert(0, HERE)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(sys.argv[1], write_logs(folder))
        harness = Harness(program, targets)
        with open(os.path.join(ROOT, "packs/container-api/rules/t1552_007_qradar.aql"), encoding="utf-8") as file:
            original = file.read()
        counted = original.replace("SELECT\nDATEFORMAT", "SELECT starttime AS Id,\nDATEFORMAT").replace(
            "END AS RiskScore", "END AS ValueScore").replace("ORDER BY RiskScore", "ORDER BY ValueScore")
        harness.check("the original query", counted, program.query(counted))
        for query in read_queries():
            is_grouped = "AS Id" not in query
            harness.check(" ".join(query.split())[:100], query, program.query(query), is_grouped)
        for path in sorted(glob.glob(os.path.join(ROOT, "packs/container-api/qradar/*.aql"))):
            for target in targets:
                harness.check_reading(target, path)
    print(f"1..{harness.number}")
    for target, grades in harness.grades.items():
        counts = ", ".join(f"{len(names)} {grade}" for grade, names in sorted(grades.items()))
        print(f"# {target}: {counts}, {len(harness.refused.get(target, []))} refused")
    return 1 if harness.failed else 0


if __name__ == "__main__":
    sys.exit(main())
