#!/usr/bin/env python3
"""test_simulate.py TOCSIN SAMPLES: simulate. With root and an audit system that nobody uses, for real. Prints TAP."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from run_program import Program, Skipped, check, check_error, run_tests

DATA = os.path.join(os.path.dirname(__file__), "../../packs/container-api/tests/data")
NOTE = "/run/tocsin-simulate.note"


def audit_state():
    """What auditctl says of the kernel: enabled, pid and so on, and the rules."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    program = shutil.which("auditctl", path=path)
    if not program:
        return None
    status = subprocess.run([program, "-s"], capture_output=True, check=False)
    rules = subprocess.run([program, "-l"], capture_output=True, check=False)
    if status.returncode != 0 or rules.returncode != 0:
        return None
    numbers = dict(re.findall(r"^(enabled|pid|backlog_limit) (\d+)$", status.stdout.decode(), re.M))
    return {**numbers, "rules": rules.stdout.decode().strip()}


def need_audit():
    if os.geteuid() != 0:
        raise Skipped("needs root")
    state = audit_state()
    if state is None:
        raise Skipped("the kernel's audit system cannot be asked")
    if state["pid"] != "0" or state["rules"] != "No rules" or os.path.exists(NOTE):
        raise Skipped("somebody uses the audit system")
    if subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, check=False).returncode != 0:
        raise Skipped("no namespaces here")
    return state


def simulate(program, *options):
    code, output, errors = program.run("simulate", "--yes", "-o", "json", *options)
    if b"another simulation" in errors:
        raise Skipped("another simulation is going on")
    check(code in (0, 1), code, errors.decode())
    return json.loads(output), code


def wait_until_restored(state):
    for _ in range(100):
        if audit_state() == state and not os.path.exists(NOTE):
            return
        time.sleep(0.1)
    check(audit_state() == state, state, audit_state())
    check(not os.path.exists(NOTE))


def test_list(program):
    code, output, _ = program.run("simulate", "--list")
    check(code == 0 and len(re.findall(rb"^[1-4]  ", output, re.M)) == 4, output)
    check(b"expected: use of /var/run/docker.sock\n" in output, output)


def test_usage(program):
    check_error(program.run("simulate", "x"), 3, "simulate takes no arguments")
    check_error(program.run("simulate", "-o", "csv"), 3, 'there is no output "csv"')
    for wrong in ("0", "5", "1,", ",", "12", "1,x", ""):
        check_error(program.run("simulate", "--test", wrong), 3, "names no test")


def test_without_consent_nothing_is_done(program):
    state = audit_state()
    code, output, errors = program.run("simulate")
    check(code == 3 and output == b"", code, output)
    check(b"nothing was done" in errors or b"only root" in errors or b"cannot be asked" in errors, errors)
    if b"nothing was done" in errors:
        check(b"--yes" in errors, errors)
    if not os.path.exists(NOTE):
        check(audit_state() == state, state, audit_state())


def test_an_answer_of_no(program):
    state = need_audit()
    master, slave = os.openpty()
    os.write(master, b"n\n")
    process = program.start("simulate", stdin=slave, stderr=slave)
    os.close(slave)
    output, _ = process.communicate(timeout=60)
    shown = b""
    try:
        while part := os.read(master, 65536):
            shown += part
    except OSError:  # EIO: all is read
        pass
    os.close(master)
    check(process.returncode == 3 and output == b"", process.returncode, output)
    check(b"audit rules" in shown and b"Go on? [y/N]" in shown and b"nothing was done" in shown, shown)
    check(audit_state() == state, state, audit_state())


def test_signals_come(program):
    state = need_audit()
    with tempfile.TemporaryDirectory() as folder:
        report, _ = simulate(program, "--keep", folder)
        wait_until_restored(state)
        for test in report["tests"]:
            if test["state"] == "skipped":
                check("not installed" in test["skipped"], test)
                continue
            check(test["problem"] is None, test)
            for one in test["signals"]:
                check(one["seen"] in ("yes", "not here"), test["test"], one)
            with open(f"{folder}/test-{test['test']}.log", encoding="utf-8") as log:
                text = log.read()
            check('key="tocsin_simulate"' in text, text)
    check(report["rules_refused"] == 0, report)


def test_each_is_found(program):
    need_audit()
    report, code = simulate(program)
    for test in report["tests"]:
        check(test["state"] in ("found", "skipped") and (test["rules"] or test["skipped"]), test)
    check(code == 0 and report["complete"], report)


def test_one_of_them(program):
    state = need_audit()
    report, _ = simulate(program, "--test", "3")
    check([test["test"] for test in report["tests"]] == [3], report)
    check(report["tests"][0]["events"] >= 2, report)
    wait_until_restored(state)


def test_with_the_docker_of_the_host(program):
    state = need_audit()
    if not shutil.which("docker"):
        raise Skipped("docker is not installed")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 2375)) == 0:
            raise Skipped("something listens on 2375")
    with tempfile.TemporaryDirectory() as folder:
        host = os.path.join(os.path.dirname(os.path.abspath(__file__)), "docker_host.py")
        done = subprocess.run(["unshare", "--mount", host, folder, program.path, "simulate", "--yes", "--real-docker",
                               "--test", "2,3,4", "-o", "json"], capture_output=True, check=False, timeout=60,
                              env=program.environment)
        check(done.returncode in (0, 1), done.returncode, done.stderr)
        report = json.loads(done.stdout)
    for test in report["tests"]:
        check(test["state"] == "skipped" or test["problem"] is None, test)
        check(test["state"] == "skipped" or all(one["seen"] == "yes" for one in test["signals"]), test)
    called = {one["signal"]: one for test in report["tests"] for one in test["signals"]}
    check(called["dockerd: calls of its API"]["rules"], called)
    wait_until_restored(state)


def start_and(program, number):
    process = program.start("simulate", "--yes")
    for _ in range(200):  # until rules are loaded
        if "tocsin_simulate" in (audit_state() or {"rules": ""})["rules"]:
            break
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def test_an_interrupt_puts_everything_back(program):
    state = need_audit()
    code, errors = start_and(program, signal.SIGINT)
    check(code in (130, 0, 1), code, errors)
    check(audit_state() == state, state, audit_state())
    check(not os.path.exists(NOTE))


def test_being_killed_puts_everything_back(program):
    state = need_audit()
    code, errors = start_and(program, signal.SIGKILL)
    check(code in (-9, 0, 1), code, errors)
    wait_until_restored(state)


def private_daemons():
    """Daemons with the configuration of a simulation."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"auditd") and any(b"/tocsin-simulate." in word for word in words):
            found.append(int(number))
    return found


def end_at(program, number, seconds):
    process = program.start("simulate", "--yes", "--test", "3")
    time.sleep(seconds)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def test_the_private_daemon_ends_whenever_it_is_killed(program):
    """In the first moments the daemon is being started: none may stay, in the kernel's books neither."""
    state = need_audit()
    for step in range(30):
        code, errors = end_at(program, signal.SIGKILL, step * 0.01)
        check(code in (-9, 0, 1), code, errors)
        wait_until_restored(state)
        check(private_daemons() == [], step, private_daemons())


def test_a_hangup_puts_everything_back(program):
    state = need_audit()
    code, errors = start_and(program, signal.SIGHUP)
    check(code in (130, 0, 1), code, errors)
    check(audit_state() == state and not os.path.exists(NOTE), state, audit_state())
    for seconds in (0.02, 0.1, 0.15, 0.2, 0.3):
        code, errors = end_at(program, signal.SIGHUP, seconds)
        check(code in (-1, 130, 0, 1), seconds, code, errors)  # -1: before it began
        wait_until_restored(state)
        check(private_daemons() == [], seconds, private_daemons())


def test_doctor_understands_what_the_kernel_says(program):
    """The shipped rules, loaded, and read back from the kernel, which words them in its own way."""
    state = need_audit()
    telemetry = os.path.join(os.path.dirname(__file__), "../../packs/container-api/telemetry")
    try:
        for name in ("80-tocsin-commands", "84-tocsin-x86"):
            with open(f"{telemetry}/{name}.rules", encoding="utf-8") as file:
                for rule in re.findall(r"^-a .*$", file.read(), re.M):
                    words = rule.replace("-F key=", "-F key=tocsin_test_").split()
                    if "dir=/run/tocsin-tokens" not in words:
                        done = subprocess.run(["auditctl", *words], capture_output=True, check=False)
                        check(done.returncode == 0, rule, done.stderr)
        _, output, errors = program.run("doctor", "-o", "json")
        checks = {one["id"]: one for one in json.loads(output)["checks"]}
        for name in ("audit.commands", "audit.connections", "audit.older-calls"):
            check(checks[name]["status"] == "ok", checks[name], errors)
        check(checks["audit.daemon"]["status"] == "missing", checks["audit.daemon"])
    finally:
        for key in ("exec", "connect", "runtime_socket"):
            subprocess.run(["auditctl", "-D", "-k", f"tocsin_test_tocsin_{key}"], capture_output=True, check=False)
    check(audit_state() == state, audit_state())


def test_recorded_logs_are_found(program):
    """What was recorded of the four tests is found without an audit system."""
    for number in range(1, 5):
        code, output, errors = program.run("hunt", "-q", "-o", "ndjson", f"{DATA}/simulated-test-{number}.log")
        check(code == 1 and output, number, code, errors)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
