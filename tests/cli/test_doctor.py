#!/usr/bin/env python3
"""test_doctor.py TOCSIN SAMPLES: doctor over trees that look like hosts. Prints TAP."""
import json
import os
import sys
import tempfile

from run_program import Program, check, check_error, run_tests

PACK = os.path.join(os.path.dirname(__file__), "../../packs/container-api/telemetry")


def shipped(name):
    with open(os.path.join(PACK, name), encoding="utf-8") as file:
        return file.read()


class Host:
    """A folder that looks like a host."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def write(self, path, content=""):
        full = os.path.join(self.folder, path.lstrip("/"))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def process(self, pid, *arguments):
        self.write(f"/proc/{pid}/cmdline", "".join(argument + "\0" for argument in arguments))

    def checks(self):
        code, output, errors = self.program.run("doctor", "--root", self.folder, "-o", "json")
        check(errors == b"", errors.decode())
        report = json.loads(output)
        check(code == (0 if report["complete"] else 1), code, output.decode())
        return {one["id"]: one for one in report["checks"]}

    def status(self, identifier):
        found = self.checks().get(identifier)
        return found["status"] if found else None


def on_host(test):
    def run(program):
        with tempfile.TemporaryDirectory() as folder:
            test(Host(program, folder))
    run.__name__ = test.__name__
    return run


@on_host
def test_an_empty_host_lacks_everything(host):
    checks = host.checks()
    check(checks["audit.commands"]["status"] == "missing", checks["audit.commands"])
    check("-S execve,execveat" in checks["audit.commands"]["add"], checks["audit.commands"])
    check("/etc/audit/rules.d/80-tocsin-commands.rules" in checks["audit.commands"]["add_to"])
    check(checks["audit.daemon"]["status"] == "unknown")
    check(checks["docker.api-log"]["status"] == "not here")
    check(checks["kubernetes.audit-log"]["status"] == "not here")


def complete(host):
    for name in ("80-tocsin-commands", "81-tocsin-docker", "82-tocsin-runtimes", "83-tocsin-kubernetes",
                 "84-tocsin-x86"):
        host.write(f"/etc/audit/rules.d/{name}.rules", shipped(f"{name}.rules"))
    host.write("/etc/audit/auditd.conf", "log_file = /var/log/audit/audit.log\n")
    host.write("/var/log/audit/audit.log", "")
    host.process(1, "/lib/systemd/systemd")
    host.process(300, "/sbin/auditd")
    host.process(400, "/usr/bin/kubelet", "--config=/x")
    host.write("/etc/systemd/system/multi-user.target.wants/tocsin-audit-mounts.service", "")
    host.process(500, "/usr/bin/dockerd", "-H", "fd://")
    host.write("/etc/docker/daemon.json", shipped("daemon.json"))
    host.write("/var/log/journal/x", "")
    host.write("/etc/kubernetes/audit-policy.yaml", shipped("audit-policy.yaml"))
    host.write("/var/log/kubernetes/audit.log", "")
    host.process(600, "kube-apiserver", "--audit-policy-file=/etc/kubernetes/audit-policy.yaml",
                 "--audit-log-path=/var/log/kubernetes/audit.log")
    host.write("/usr/bin/containerd", "")


@on_host
def test_a_complete_host(host):
    complete(host)
    wanting = {name: one for name, one in host.checks().items() if one["status"] not in ("ok", "not here")}
    check(wanting == {}, wanting)
    code, output, _ = host.program.run("doctor", "--root", host.folder)
    check(code == 0 and b"\nok        use of the Docker socket is recorded" in output, output.decode())
    check(b"missing" not in output, output.decode())


@on_host
def test_each_part_is_missed(host):
    complete(host)
    host.write("/etc/audit/rules.d/81-tocsin-docker.rules", "-w /var/run/docker.sock -p rwxa -k docker\n")
    found = host.checks()["audit.docker-socket"]
    check(found["status"] == "missing" and "a watch" in found["detail"] and "-w /var/run" in found["detail"], found)
    check("-S connect -F path=/run/docker.sock" in found["add"], found)
    host.write("/etc/audit/rules.d/80-tocsin-commands.rules", "")
    found = host.checks()["audit.connections"]  # the watch on the socket records none of them
    check(found["status"] == "missing" and "-w" not in found["detail"], found)
    check("only a part" not in found["detail"], found)
    host.write("/etc/audit/rules.d/80-tocsin-commands.rules",
               "-a always,exit -F arch=b64 -S connect -F uid=0 -k some\n")
    found = host.checks()["audit.connections"]
    check(found["status"] == "missing" and found["detail"].count("only a part is recorded") == 1, found)
    host.write("/etc/audit/rules.d/80-tocsin-commands.rules", shipped("80-tocsin-commands.rules"))
    host.write("/etc/audit/rules.d/81-tocsin-docker.rules", "-a always,exit -F arch=b64 -S connect -k all\n")
    check(host.status("audit.docker-socket") == "ok")
    host.write("/etc/audit/rules.d/10-no-audit.rules", "-a never,task\n")
    found = host.checks()["audit.commands"]
    check(found["status"] == "missing" and "switched off by -a never,task" in found["detail"], found)
    host.write("/etc/audit/rules.d/10-no-audit.rules", "")
    os.remove(os.path.join(host.folder, "etc/systemd/system/multi-user.target.wants/tocsin-audit-mounts.service"))
    check(host.status("audit.mounts") == "missing")
    host.process(700, "findmnt", "--poll=mount", "--noheadings")
    check(host.status("audit.mounts") == "ok")
    host.write("/etc/audit/rules.d/83-tocsin-kubernetes.rules", "-w /var/lib/kubelet/pods -p r -k tokens\n")
    check(host.status("audit.tokens") == "ok")
    host.write("/etc/audit/rules.d/83-tocsin-kubernetes.rules", "-w /run/secrets -p r -k tokens\n")
    check(host.status("audit.tokens") == "missing")
    os.remove(os.path.join(host.folder, "var/log/audit/audit.log"))
    check(host.status("audit.log") == "missing")


@on_host
def test_docker_settings(host):
    host.write("/etc/docker/daemon.json", "{}")
    check(host.status("docker.api-log") == "missing")
    check(host.status("docker.exposed-api") == "ok")
    host.write("/etc/docker/daemon.json", '{"log-level": "debug", "authorization-plugins": ["authz"]}')
    check(host.status("docker.api-log") == "ok")
    check(host.status("docker.authorization") == "ok")
    host.write("/etc/docker/daemon.json", '{"hosts": ["unix:///run/docker.sock", "tcp://0.0.0.0:2375"], "debug": true}')
    found = host.checks()["docker.exposed-api"]
    check(found["status"] == "critical" and "tcp://0.0.0.0:2375" in found["detail"], found)
    host.write("/etc/docker/daemon.json", '{"hosts": ["tcp://0.0.0.0:2376"], "tlsverify": true}')
    check(host.status("docker.exposed-api") == "ok")
    host.write("/etc/docker/daemon.json", '{"hosts": ["tcp://127.0.0.1:2375"]}')
    check(host.status("docker.exposed-api") == "missing")
    host.write("/etc/docker/daemon.json", "{broken")
    check("no JSON" in host.checks()["docker.api-log"]["detail"])
    found = host.checks()["docker.exposed-api"]
    check(found["status"] == "unknown" and "no JSON" in found["detail"], found)
    host.write("/etc/docker/daemon.json", "{}")
    for arguments, status in ((("-D",), "ok"), (("--debug=false",), "missing"), (("-l", "debug"), "ok"),
                              (("--log-level=info",), "missing"), (("--log-level=debug",), "ok")):
        host.process(5, "/usr/bin/dockerd", *arguments)
        check(host.status("docker.api-log") == status, arguments)
    for arguments, status in ((("-H", "tcp://:2375"), "critical"), (("--host=tcp://10.0.0.1:2375",), "critical"),
                              (("-Htcp://127.0.0.1:2375",), "missing"), (("-H=fd://",), "ok"),
                              (("-H", "tcp://0.0.0.0:2376", "--tlsverify"), "ok")):
        host.process(5, "/usr/bin/dockerd", *arguments)
        check(host.status("docker.exposed-api") == status, arguments)


@on_host
def test_listening_sockets(host):
    head = "  sl  local_address rem_address   st\n"
    host.write("/proc/net/tcp", head + "   0: 0100007F:0947 00000000:0000 0A 00000000:00000000\n")
    check(host.status("docker.exposed-api") == "missing")
    host.write("/proc/net/tcp", head + "   0: 00000000:0947 00000000:0000 0A 00000000:00000000\n")
    found = host.checks()["docker.exposed-api"]
    check(found["status"] == "critical" and "0.0.0.0 port 2375" in found["detail"], found)
    host.write("/proc/net/tcp", head + "   0: 0500000A:0947 0100000A:1234 01 00000000:00000000\n")
    check(host.status("docker.exposed-api") is None)
    host.write("/proc/net/tcp6", head + "   0: " + "0" * 32 + ":280F " + "0" * 32 + ":0000 0A 0:0\n")
    found = host.checks()["kubernetes.kubelet-read-only"]
    check(found["status"] == "critical" and ":: port 10255" in found["detail"], found)


@on_host
def test_kubernetes_settings(host):
    manifest = "spec:\n  containers:\n  - command:\n    - kube-apiserver\n%s"
    host.write("/etc/kubernetes/manifests/kube-apiserver.yaml", manifest % "    # - --audit-log-path=/commented\n")
    found = host.checks()["kubernetes.audit-log"]
    check(found["status"] == "missing" and "--audit-log-path=" in found["add"], found)
    check(host.status("kubernetes.audit-policy") == "missing")
    host.write("/etc/kubernetes/manifests/kube-apiserver.yaml",
               manifest % '    - --audit-log-path=/var/log/a.log\n    - "--audit-policy-file=/etc/kubernetes/p.yaml"\n')
    checks = host.checks()
    check(checks["kubernetes.audit-log"]["status"] == "ok")
    check(checks["kubernetes.audit-log-file"]["status"] == "missing")
    check(checks["kubernetes.audit-policy"]["status"] == "missing")
    host.write("/etc/kubernetes/p.yaml", "kind: Policy\nrules: [{level: Metadata, verbs: [get]}]\n")
    found = host.checks()["kubernetes.audit-policy"]
    check(found["status"] == "missing" and "list secrets at None" in found["detail"], found)
    host.write("/etc/kubernetes/p.yaml", "kind: Policy\nrules: [{level: RequestResponse}]\n")
    found = host.checks()["kubernetes.audit-policy"]
    check(found["status"] == "critical" and "secrets themselves" in found["detail"], found)
    host.write("/etc/kubernetes/p.yaml", "kind: [")
    check(host.status("kubernetes.audit-policy") == "unknown")


@on_host
def test_links_do_not_leave_the_tree(host):
    outside = tempfile.NamedTemporaryFile(suffix=".json")
    outside.write(b'{"debug": true}')
    outside.flush()
    host.write("/etc/docker/placeholder")
    os.symlink(outside.name, os.path.join(host.folder, "etc/docker/daemon.json"))
    host.write("/usr/bin/dockerd")
    check(host.status("docker.api-log") == "missing")
    outside.close()


@on_host
def test_text_of_the_host_is_escaped(host):
    host.write("/etc/audit/rules.d/a.rules", "-w /run/docker.sock -p r -k \x1b[31m\n")
    host.write("/usr/bin/dockerd")
    code, output, _ = host.program.run("doctor", "--root", host.folder)
    check(code == 1 and b"\x1b" not in output and b"\\x1B[31m" in output, output)


@on_host
def test_what_is_read_is_bounded(host):
    for number in range(9):
        host.write(f"/etc/audit/rules.d/{number}.rules", "")
        os.truncate(os.path.join(host.folder, f"etc/audit/rules.d/{number}.rules"), 32 * 1024 * 1024)
    check_error(host.program.run("doctor", "--root", host.folder), 3,
                "what is read of the host needs more than 256 MiB")


def test_usage(program):
    check_error(program.run("doctor", "x"), 3, "doctor takes no arguments")
    check_error(program.run("doctor", "-o", "csv"), 3, 'there is no output "csv"')
    check_error(program.run("doctor", "--root", "/nonexistent"), 3, "cannot open the folder")
    check_error(program.run("doctor", "--pack", "/nonexistent"), 3, "/nonexistent")
    code, output, _ = program.run("doctor")
    check(code in (0, 1) and b"(audit.daemon)" in output, output)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
