#!/usr/bin/env python3
"""test_packs.py TOCSIN SAMPLES: `tocsin test`. Prints TAP."""
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from run_program import Program, check, check_error, run_tests

RULE = """/* rule
id: reads
title: reads "secrets" <&>
status: stable
level: medium
risk: Risk
telemetry: process
tactics: [Credential Access]
techniques: [T1552.007]
data_components: [Process Creation]
requires: [Command]
*/
SELECT starttime AS Time, username AS Identity, 'read secrets' AS Act, "Command" AS Detail,
    CASE WHEN "Command" ILIKE '%-A%' THEN 70 ELSE 30 END AS Risk
FROM events WHERE "Command" ILIKE '%get secret%'
"""
CASES = """positive:
  - name: plain
    exactly: 1
    act: read secrets
    commands: [kubectl get secrets, sudo kubectl get secret db]
  - name: all of them
    level: high
    risk: 70
    commands: [kubectl get secrets -A]
negative:
  - name: pods
    commands: [kubectl get pods]
evasion:
  - name: a pipe
    commands: ['kubectl get secret x | jq .']
"""
LABELLED = ("label\ttechnique_variant\ttelemetry\ttext\n"
            "attack\tget\texecve\tkubectl get secret a\n"
            "attack\tflags\texecve\tkubectl -n a get -o yaml secret b\n"
            "attack\tget\tshell\tkubectl get secret a | jq .\n"
            "benign\tpods\texecve\tkubectl get pods\n"
            "benign\twords\texecve\techo get secret\n"
            "gray\town\texecve\tkubectl get secret own\n")


class Pack:
    """A pack in a folder, and the program to test it with."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.write("pack.yaml", "name: small\ntitle: A small pack\nversion: 1.0.0\ndescription: for tests\n"
                                "levels: {informational: 0, low: 20, medium: 40, high: 60, critical: 85}\n")
        self.write("rules/reads.aql", RULE)
        self.write("tests/reads.yaml", CASES)

    def write(self, path, content):
        full = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return full

    def test(self, *options, code=0):
        got, output, errors = self.program.run("test", *options, self.folder)
        check(got == code, got, output.decode(), errors.decode())
        return output.decode(), errors.decode()

    def report(self, *options, code=0):
        return json.loads(self.test("-o", "json", *options, code=code)[0])["packs"][0]


def with_pack(test):
    def run(program):
        with tempfile.TemporaryDirectory() as folder:
            test(Pack(program, folder))
    run.__name__ = test.__name__
    return run


@with_pack
def test_cases_that_hold_pass(pack):
    output, errors = pack.test()
    check("ok      reads" in output and "4 cases (2 positive, 1 negative, 1 evasion), 10 checks" in output, output)
    check("1 of 1 rule passed" in output and "not measured" in output, output)
    check(errors == "", errors)
    rule = pack.report()["rules"][0]
    check(rule["positive"] == {"cases": 2, "checks": 6, "passed": 6}, rule)
    check(rule["passed"] and not rule["failures"], rule)


@with_pack
def test_a_case_that_fails_is_named_with_its_line(pack):
    pack.write("tests/reads.yaml", CASES.replace("kubectl get pods", "kubectl get secretstores"))
    output, _ = pack.test(code=1)
    check('tests/reads.yaml:12: negative "pods": 1 finding, expected exactly 0' in output, output)
    check("    kubectl get secretstores\n    as audit records" in output, output)
    check("as JSON" in output and "FAILED  reads" in output, output)


@with_pack
def test_a_missed_event_is_explained(pack):
    pack.write("tests/reads.yaml", CASES.replace("kubectl get secrets,", "kubectl -n a get -o json secrets,"))
    output, _ = pack.test("--explain", code=1)
    check("0 findings, expected exactly 1" in output, output)
    check(re.search(r"    \| .*ILIKE '%get secret%'", output), output)


@with_pack
def test_level_risk_and_act_are_compared(pack):
    for wrong, message in (("level: high", "level is high, expected low"),
                           ("risk: 70", "risk is 70, expected 0 to 20")):
        right = "level: low" if wrong.startswith("level") else "risk: ..20"
        pack.write("tests/reads.yaml", CASES.replace(wrong, right))
        output, _ = pack.test(code=1)
        check(message in output or "expected at most 20" in output, output)
    pack.write("tests/reads.yaml", CASES.replace("act: read secrets", "act: list secrets"))
    check("act is 'read secrets', expected 'list secrets'" in pack.test(code=1)[0])
    pack.write("tests/reads.yaml", CASES.replace("act: read secrets", "identity: nobody"))
    check("identity is 'user-" in pack.test(code=1)[0])


@with_pack
def test_a_rule_needs_positive_and_negative_cases(pack):
    pack.write("tests/reads.yaml", CASES[:CASES.index("negative")])
    check("rule reads: has no negative case" in pack.test(code=1)[0])
    os.remove(os.path.join(pack.folder, "tests/reads.yaml"))
    check("rule reads: has no cases" in pack.test(code=1)[0])


@with_pack
def test_wrong_yaml_fails_its_rule_with_the_place(pack):
    pack.write("rules/other.aql", RULE.replace("id: reads", "id: other"))
    pack.write("tests/other.yaml", CASES)
    for text, place in (("positive:\n  - nam: x\n", "tests/reads.yaml:2"),
                        ("positive:\n  - name: x\n    commands: ['a \"b']\n", "tests/reads.yaml:3"),
                        ("positive:\n  - name: x\n    file: tests/data/none.log\n", "tests/reads.yaml:2"),
                        ("positive:\n  - name: x\n    requests: [GET secrets]\n", "tests/reads.yaml:3")):
        pack.write("tests/reads.yaml", text)
        output, _ = pack.test(code=1)
        check(place in output and "ok      other" in output, text, output)


@with_pack
def test_slips_of_the_pen_in_a_pack_fail(pack):
    pack.write("rules/reads.aql", RULE.replace("requires: [Command]", 'requires: [Command, "Comand"]'))
    output, _ = pack.test(code=1)
    check("rules/reads.aql:11: rule reads requires the field 'Comand', which nobody knows" in output, output)
    check("did you mean Command?" in output, output)
    pack.write("rules/reads.aql", RULE.replace("telemetry:", "group: kubectl\ntelemetry:"))
    check("1 of 1 rule passed" in pack.test()[0])
    pack.write("guides/kubelet.md", "# Kubelet\n")
    output, _ = pack.test(code=1)
    check("rules/reads.aql:7: rule reads is of the group 'kubectl', which has no guide" in output, output)
    check("'kubectl'" in pack.report(code=1)["rules"][0]["error"], output)
    pack.write("guides/kubectl.md", "# Kubectl\n")
    check("1 of 1 rule passed" in pack.test()[0])
    pack.write("tests/raeds.yaml", CASES)
    check("tests/raeds.yaml: the pack has no rule 'raeds'" in pack.test(code=3)[1])
    check("1 of 1 rule passed" in pack.test("--rule", "reads")[0])


@with_pack
def test_events_and_files_are_taken_as_they_are(pack):
    line = '{"time":1795400000000,"user":"ann","command":"kubectl get secret a"}\n'
    pack.write("tests/data/two.log", '{"time":1795400000000,"command":"ls"}\n' + line + line.replace("ann", "bob"))
    pack.write("tests/reads.yaml", f"""positive:
  - name: inline
    exactly: 1
    identity: ann
    events: |
      {line}
  - {{name: a file, file: tests/data/two.log, exactly: 2}}
  - {{name: one line of it, file: tests/data/two.log, lines: 2, exactly: 1}}
  - {{name: its end, file: tests/data/two.log, lines: 2.., exactly: 2}}
negative:
  - {{name: the first, file: tests/data/two.log, lines: 1}}
""")
    pack.test()
    pack.write("tests/reads.yaml", "positive:\n  - {name: x, file: tests/data/two.log, lines: 9}\n")
    check("has no line 9" in pack.test(code=1)[0])


@with_pack
def test_a_story_is_judged_as_a_whole(pack):
    pack.write("tests/reads.yaml", """positive:
  - name: three in a row
    together: true
    exactly: 1
    commands: [kubectl get secret a, ls, kubectl get secret b]
  - name: not joined, as an hour lies between
    together: true
    apart: 3600
    exactly: 2
    commands: [kubectl get secret a, kubectl get secret b]
negative:
  - {name: n, commands: [ls]}
""")
    rule = pack.report()["rules"][0]
    check(rule["positive"] == {"cases": 2, "checks": 4, "passed": 4}, rule)


@with_pack
def test_labelled_rows_are_measured(pack):
    pack.write("measures.yaml", "labelled: [tests/data/l.tsv]\nthresholds: {recall_min: 60, benign_max: 1}\n")
    pack.write("tests/data/l.tsv", LABELLED)
    output, _ = pack.test()
    check("recall    66.7 %: 2 of 3 labelled attacks found" in output, output)
    check("benign    500.0 findings per 1000 rows: 1 of 2" in output and "gray      1 of 1" in output, output)
    output, _ = pack.test("--list-missed")
    check("missed: kubectl -n a get -o yaml secret b" in output and "by reads: echo get secret" in output, output)
    check(re.search(r"attack  flags +0 of 1", output), output)
    pack.write("measures.yaml", "labelled: [tests/data/l.tsv]\nthresholds: {recall_min: 98, benign_max: 0}\n")
    output, _ = pack.test(code=1)
    check("FAILED    recall of labelled attacks is 66.7 %" in output, output)
    check("FAILED    1 labelled benign rows are found" in output, output)
    check(not pack.report(code=1)["passed"])
    root = ElementTree.fromstring(pack.test("-o", "junit", code=1)[0].encode())
    numbers = {one.get("name"): one.get("value") for one in root.iter("property")}
    check(numbers["recall_percent"] == "66.7" and numbers["benign_per_1000"] == "500.0", numbers)
    check(root.find("testsuite[@name='small.measures']").get("failures") == "2")
    table = pack.write("own.tsv", LABELLED.replace("attack\tflags", "benign\tflags"))
    check("recall    100.0 %: 2 of 2" in pack.test("--labelled", table, code=1)[0])


@with_pack
def test_a_gray_row_must_not_be_high(pack):
    table = pack.write("own.tsv", "gray\ta\texecve\tkubectl get secret -A\n")
    check("FAILED    1 gray rows are at high or critical" in pack.test("--labelled", table, code=1)[0])


@with_pack
def test_wrong_tables_are_refused_with_their_line(pack):
    for text, message in (("attack\ta\texecve\n", "no four columns"), ("evil\ta\texecve\tx\n", "no label"),
                          ("attack\ta\tpaper\tx\n", "no telemetry"),
                          ("attack\ta\tk8s-audit\tkubectl get secrets\n", "JSON object"),
                          ("attack\ta\tk8s-audit\t[1]\n", "JSON object"),
                          ('attack\ta\tk8s-audit\t{"kind":"Event","verb":"li\n', "JSON object")):
        table = pack.write("own.tsv", "label\ttechnique_variant\ttelemetry\ttext\n" + text)
        _, errors = pack.test("--labelled", table, code=3)
        check(message in errors and ":2" in errors, errors)
    check("none.tsv" in pack.test("--labelled", "/nonexistent/none.tsv", code=3)[1])


@with_pack
def test_benign_logs_are_measured(pack):
    lines = [json.dumps({"time": 1795400000000 + number * 3600000, "host": "h", "command": command}) for number, command
             in enumerate(["ls", "kubectl get secret a", "kubectl get secret b", "ls"])]
    pack.write("tests/data/day.log", "\n".join(lines) + "\n")
    pack.write("tests/data/day.lines.tsv", "lines\tlabel\n2\tattack\n")
    pack.write("measures.yaml", "logs:\n  - {log: tests/data/day.log, labels: tests/data/day.lines.tsv}\n"
                                "thresholds: {per_day_max: 0.5}\n")
    output, _ = pack.test("--list-missed", code=1)
    check("per day   1.0 findings on benign events: 1 in 4 events of 1 log" in output, output)
    check("tests/data/day.log:3: reads low 30: read secrets" in output, output)
    check("FAILED    1.0 findings a day" in output, output)
    pack.write("tests/data/day.lines.tsv", "2-3\tattack\n")
    check("per day   0.0" in pack.test()[0])
    pack.write("tests/data/day.lines.tsv", "3-2\tattack\n")
    check("no line of labels" in pack.test(code=3)[1])
    pack.write("tests/data/day.lines.tsv", "1\tbenign\n" * 1000001)
    check("more than 1000000 lines of labels" in pack.test(code=3)[1])
    pack.write("measures.yaml", "logs:\n  - {log: tests/data/none.log}\n")
    check("no file 'tests/data/none.log'" in pack.test(code=3)[1])
    pack.write("measures.yaml", "thresholds: {recall_min: 120}\n")
    check("measures.yaml" in pack.test(code=3)[1])


@with_pack
def test_junit_is_xml_that_others_read(pack):
    pack.write("tests/reads.yaml", CASES.replace("name: pods", "name: \"<pods> & 'co' \\x01\"")
               .replace("kubectl get pods", "kubectl get secret \"a&b<c>\"")
               + "  - name: |\n      two\n      lines\n    commands: [x]\n")
    output, _ = pack.test("-o", "junit", code=1)
    root = ElementTree.fromstring(output.encode())
    check(root.tag == "testsuites" and int(root.get("failures")) == 2, output)
    suites = root.findall("testsuite")
    check([suite.get("name") for suite in suites] == ["small.reads"], output)
    cases = suites[0].findall("testcase")
    check(len(cases) == int(suites[0].get("tests")) == int(root.get("tests")) == 6, output)
    failed = [case for case in cases if case.find("failure") is not None]
    check(failed[0].get("name") == "negative: <pods> & 'co' \ufffd", [case.get("name") for case in cases])
    check('kubectl get secret "a&b<c>"' in failed[0].find("failure").text, output)
    check(len(failed[0].findall("failure")) == 2, output)
    pack.write("tests/reads.yaml", "positive: [\n")
    root = ElementTree.fromstring(pack.test("-o", "junit", code=1)[0].encode())
    check(root.get("errors") == "1" and root.find("testsuite/testcase/error") is not None)


@with_pack
def test_junit_fits_the_schema_of_ci_servers(pack):
    """The parts that every reader of JUnit needs: counts that fit, names, classes, times."""
    output, _ = pack.test("-o", "junit")
    root = ElementTree.fromstring(output.encode())
    for suite in root.iter("testsuite"):
        for key in ("name", "tests", "failures", "errors", "skipped", "time"):
            check(suite.get(key) is not None, key)
        check(float(suite.get("time")) >= 0)
        check(sum(1 for _ in suite.iter("failure")) == 0)
        for case in suite.iter("testcase"):
            check(case.get("name") and case.get("classname") and case.get("time") is not None)


@with_pack
def test_the_navigators_layer(pack):
    layer = json.loads(pack.test("-o", "navigator")[0])
    check(layer["versions"]["layer"] == "4.5" and layer["domain"] == "enterprise-attack", layer)
    check(isinstance(layer["name"], str) and layer["versions"]["attack"].isdigit(), layer)
    one = layer["techniques"][0]
    check(re.fullmatch(r"T\d{4}(\.\d{3})?", one["techniqueID"]) and one["tactic"] == "credential-access", one)
    check(one["score"] == 100 and one["enabled"] is True and isinstance(one["comment"], str), one)
    check(all(set(item) == {"name", "value"} and isinstance(item["value"], str) for item in one["metadata"]), one)
    gradient = layer["gradient"]
    check(len(gradient["colors"]) >= 2 and gradient["minValue"] < gradient["maxValue"], gradient)
    check(all(re.fullmatch("#[0-9a-f]{8}", color) for color in gradient["colors"]), gradient)


@with_pack
def test_techniques_of_a_layer_have_their_own_tactics(pack):
    pack.write("rules/reads.aql", RULE.replace("[T1552.007]", "[T1552.007, T1613, T1069.003, T1609, T1610, T1090, "
                                               "T1027.010, T1528, T1649, T9999]"))
    other = RULE.replace("id: reads", "id: other").replace("[T1552.007]", "[T1552.007, T9998]")
    pack.write("rules/other.aql", other.replace("[Credential Access]", "[Credential Access, Lateral Movement]"))
    pack.write("tests/other.yaml", CASES)
    layer = json.loads(pack.test("-o", "navigator")[0])
    tactics = {one["techniqueID"]: one["tactic"] for one in layer["techniques"]}
    check(tactics == {"T1552.007": "credential-access", "T1613": "discovery", "T1069.003": "discovery",
                      "T1609": "execution", "T1610": "execution", "T1090": "command-and-control",
                      "T1027.010": "defense-evasion", "T1528": "credential-access", "T1649": "credential-access",
                      "T9999": "credential-access", "T9998": "lateral-movement"}, tactics)


@with_pack
def test_coverage_by_technique_and_telemetry(pack):
    output, _ = pack.test("--coverage")
    check(re.search(r"T1552\.007 +1 +8 of 8 ", output) and re.search(r"process +1 +8 of 8 ", output), output)
    coverage = pack.report()["coverage"]
    check(coverage["techniques"][0]["checks"] == 8 and coverage["telemetry"][0]["name"] == "process", coverage)


@with_pack
def test_lists_and_choices_of_rules(pack):
    output, _ = pack.test("--list")
    check(re.search(r"^reads +stable +medium +process +T1552\.007 ", output), output)
    check(json.loads(pack.test("--list", "-o", "json")[0])[0]["requires"] == ["Command"])
    pack.write("rules/other.aql", RULE.replace("id: reads", "id: other"))
    check("1 of 1 rule passed" in pack.test("--rule", "reads")[0])
    check_error(pack.program.run("test", "--rule", "none", pack.folder), 3, "no rule 'none'")


@with_pack
def test_rules_that_can_never_fire(pack):
    log = pack.write("pods.log", '{"time":1795400000000,"host":"h","message":"hello"}\n')
    code, output, _ = pack.program.run("test", "--can-fire", "--pack", pack.folder, log)
    check(code == 1 and b'reads can never fire here: no event has the field "Command"' in output, output)
    check(b"Process Creation" in output and b"audit EXECVE" in output, output)
    log = pack.write("commands.log", '{"time":1795400000000,"host":"h","command":"ls"}\n')
    code, output, _ = pack.program.run("test", "--can-fire", "--pack", pack.folder, log)
    check(code == 0 and b"1 of 1 rules can fire on these 1 events" in output, output)
    code, output, _ = pack.program.run("test", "--can-fire", "-o", "json", "--pack", pack.folder, log)
    check(code == 0 and json.loads(output)["rules"][0]["can_fire"] is True, output)
    check_error(pack.program.run("test", "--can-fire"), 3, "name some")
    check_error(pack.program.run("test", "--can-fire", "/nonexistent"), 3, "/nonexistent")


@with_pack
def test_findings_that_are_not_shown(pack):
    log = Tuned(pack, [("ci", "kubectl get secret -A"), ("ann", "kubectl get secret a")]).log
    for options, code, title in (((), 1, b"Hunt\n"),
                                 (("--min-level", "critical"), 0, b"Hunt: nothing shown\n"),
                                 (("--min-level", "critical", "--fail-on", "high"), 1, b"Hunt: nothing shown\n"),
                                 (("--min-level", "critical", "--fail-on", "critical"), 0, b"Hunt: nothing shown\n"),
                                 (("--min-level", "high", "--fail-on", "critical"), 0, b"Hunt\n")):
        got, output, errors = pack.program.run("hunt", "--pack", pack.folder, "-o", "ndjson", *options, log)
        check(got == code and title in errors, options, got, output, errors)
        check(not options or b"not shown" in errors, options, errors)
    quiet = pack.write("quiet.log", '{"time":1795400000000,"host":"h","user":"u","command":"ls"}\n')
    code, _, errors = pack.program.run("hunt", "--pack", pack.folder, "--min-level", "high", quiet)
    check(code == 0 and b"Hunt: nothing found\n" in errors, code, errors)


class Tuned:
    """Findings of a small log, to be tuned."""

    def __init__(self, pack, commands, rule=RULE):
        self.pack = pack
        pack.write("rules/reads.aql", rule.replace("username AS Identity", 'username AS Identity, hostname AS Host, '
                                                   '"Command" AS Target'))
        log = pack.write("day.log", "".join(
            json.dumps({"time": 1795400000000 + number * 3600000, "host": "ci-1", "user": user,
                        "command": command}) + "\n"
            for number, (user, command) in enumerate(commands)))
        code, output, errors = pack.program.run("hunt", "--pack", pack.folder, "-o", "ndjson", "-q", log)
        check(code == 1, code, errors)
        self.log = log
        self.findings = pack.write("findings.ndjson", output)

    def tune(self, *options, code=0):
        got, output, errors = self.pack.program.run("tune", "--pack", self.pack.folder, *options, self.findings)
        check(got == code, got, output.decode(), errors.decode())
        return output.decode()


@with_pack
def test_tune_lists_findings_with_their_numbers(pack):
    tuned = Tuned(pack, [("ci", "kubectl get secret deploy-key"), ("ann", "kubectl get secret a")])
    output = tuned.tune()
    check(re.search(r"^ +1 +low +30  \w+: read secrets, kubectl get secret", output), output)
    check("2 findings; mark those that are harmless" in output, output)


@with_pack
def test_tune_proposes_an_exception_that_hunt_takes(pack):
    tuned = Tuned(pack, [("ci", "kubectl get secret deploy-key"), ("ann", "kubectl get secret a")])
    number = next(line for line in tuned.tune().splitlines() if " ci: " in line).split()[0]
    output = tuned.tune("--benign", number)
    for part in ("identity: ['ci']", "rules: ['reads']", "acts: ['read secrets']", "host: ['ci-1']",
                 "target: ['kubectl get secret deploy-key']", "reason: TO FILL IN", "expires: 2027-05-"):
        check(part in output, part, output)
    check("give 1 finding without this list and 0 with it" in output, output)
    path = pack.write("mine.yaml", output)
    code, left, errors = pack.program.run("hunt", "--pack", pack.folder, "--exceptions", path, "-o", "ndjson", "-q",
                                          tuned.log)
    check(code == 1 and [json.loads(line)["Identity"] for line in left.splitlines()] == ["ann"], left, errors)


@with_pack
def test_tune_refuses_to_hide_a_test_attack(pack):
    tuned = Tuned(pack, [("ci", "sudo kubectl get secret db")])
    output = tuned.tune("--all-benign", code=1)
    check("REFUSED" in output and "tests/reads.yaml:5: sudo kubectl get secret db" in output, output)
    check("- id:" not in output and "  []" in output, output)
    pack.write("measures.yaml", "labelled: [l.tsv]\n")
    pack.write("l.tsv", "attack\tget\texecve\tkubectl get secret stolen\n")
    tuned = Tuned(pack, [("ci", "kubectl get secret stolen"), ("ci", "kubectl get secret mine")])
    output = tuned.tune("--all-benign", code=1)
    check("l.tsv:1: kubectl get secret stolen" in output, output)
    output = tuned.tune("--benign", "1" if "mine" in tuned.tune().splitlines()[0] else "2")
    check("target: ['kubectl get secret mine']" in output and "are found with it" in output, output)


@with_pack
def test_tune_narrows_down_to_commands(pack):
    wide = RULE.replace("'read secrets' AS Act", "'read secrets' AS Act, 'secrets' AS Target")
    pack.write("rules/reads.aql", wide)
    log = pack.write("day.log", json.dumps({"time": 1795400000000, "host": "h", "user": "ci",
                                            "command": "kubectl get secret it's-mine"}) + "\n")
    output = pack.program.run("hunt", "--pack", pack.folder, "-o", "ndjson", "-q", log)[1]
    code, output, _ = pack.program.run("tune", "--pack", pack.folder, "--all-benign", "-", stdin=output)
    check(code == 0 and b"only these targets and commands" in output, code, output)
    check(b"detail: ['kubectl get secret it''s-mine']" in output, output)


@with_pack
def test_tune_refuses_an_identity_that_anybody_may_have(pack):
    tuned = Tuned(pack, [("unknown", "kubectl get secret x")])
    check("anybody may have this identity" in tuned.tune("--all-benign", code=1))


@with_pack
def test_tune_usage(pack):
    tuned = Tuned(pack, [("ci", "kubectl get secret x")])
    run = pack.program.run
    for marks in ("2", "0", "x", "3-1"):
        check_error(run("tune", "--pack", pack.folder, "--benign", marks, tuned.findings), 3, "no finding")
    check_error(run("tune", "--benign", "1", "--all-benign", tuned.findings), 3, "exclude")
    check_error(run("tune"), 3, "name a file")
    check_error(run("tune", "/nonexistent/findings"), 3, "/nonexistent/findings")
    check_error(run("tune", pack.write("x.txt", "hello\n")), 3, "x.txt:1: this line is no finding")
    check_error(run("tune", pack.write("x.txt", "{}\n")), 3, "x.txt:1: this line is no finding")
    with open(tuned.findings, encoding="utf-8") as file:
        finding = file.read().rstrip("\n")
    for cut in (finding[:-1], finding[:len(finding) // 2], finding[:2]):
        path = pack.write("x.txt", finding + "\n" + cut)
        check_error(run("tune", "--pack", pack.folder, path), 3, "x.txt:2: this finding is cut")
    with open("/dev/full", "wb") as full:
        check_error(run("tune", tuned.findings, stdout=full), 3, "cannot write")


@with_pack
def test_pipes_are_waited_for(pack):
    tuned = Tuned(pack, [("ci", "kubectl get secret x")])
    writes_late = "{ sleep 0.3; cat \"$2\"; sleep 0.3; }"
    done = subprocess.run(["bash", "-c", writes_late + " | \"$0\" tune --pack \"$1\" -", pack.program.path, pack.folder,
                           tuned.findings], capture_output=True, check=False, env=pack.program.environment)
    check(done.returncode == 0 and b"1 finding" in done.stdout, done)
    exceptions = pack.write("mine.yaml", tuned.tune("--all-benign"))
    hunt = "\"$0\" hunt -q -o ndjson --pack \"$1\" --exceptions <(" + writes_late + ") \"$3\""
    done = subprocess.run(["bash", "-c", hunt, pack.program.path, pack.folder, exceptions, tuned.log],
                          capture_output=True, check=False, env=pack.program.environment)
    check(done.returncode == 0 and done.stdout == b"" and done.stderr == b"", done)


@with_pack
def test_usage_errors(pack):
    check_error(pack.program.run("test", "-o", "paper", pack.folder), 3, "no such output")
    check_error(pack.program.run("test", "/nonexistent/pack"), 3, "there is no pack")
    check_error(pack.program.run("test", "--list", "--can-fire", pack.folder), 3, "exclude")
    check_error(pack.program.run("test", "--pack", "x", "y"), 3, "not both")
    pack.write("rules/reads.aql", RULE.replace("FROM events", "FROM nowhere"))
    check(pack.program.run("test", pack.folder)[0] == 2)


@with_pack
def test_a_closed_pipe_ends_quietly(pack):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([pack.program.path, "test", pack.folder], stdout=writer, stderr=subprocess.PIPE,
                          check=False, env=pack.program.environment)
    os.close(writer)
    check(done.returncode == 0 and done.stderr == b"", done)
    with open("/dev/full", "wb") as full:
        code, _, errors = pack.program.run("test", pack.folder, stdout=full)
    check(code == 3 and b"cannot write" in errors, code, errors)


@with_pack
def test_several_packs_at_once(pack):
    code, output, _ = pack.program.run("test", "-o", "json", pack.folder, pack.folder)
    check(code == 0 and len(json.loads(output)["packs"]) == 2, output)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
