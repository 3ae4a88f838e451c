#!/usr/bin/env python3
"""ClickHouse servers for tests, on loopback, with everything they own in one folder.

    servers.py start FOLDER [--port N] [--kind cluster|single|modern]
    servers.py stop FOLDER
    servers.py show FOLDER          what runs, as JSON: URLs, ports, process ids
    servers.py sql FOLDER NODE SQL  asks node 1, 2 or 3

cluster  three nodes of Debian's ClickHouse (18.16), a ZooKeeper; cluster `tocsin` has two shards, the first of nodes 1
         and 2 (replicas), the second of node 3; macros `shard` and `replica`. Node 1 also speaks TLS, with a
         certificate of its own authority (FOLDER/tls/authority.crt).
single   one node of it, no ZooKeeper.
modern   a recent ClickHouse (chDB, from npm) behind modern_server.mjs.

--port N: ports from N on (36 at most); without it free ones. Users: `default` has no password, `guarded` has the
password `open sesame`, `reader` may only read. Servers are ended by the process ids that FOLDER notes, and only if the
process is still the one that was started.
"""
import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
NODE_MODULES = os.path.join(HERE, "..", "..", "build", "bench", "peers")
SERVER_PATH = os.pathsep.join([os.environ.get("PATH", ""), os.path.join(HERE, "..", "..", "build", "oracle", "sbin"),
                               "/usr/sbin"])
ZOOKEEPER_JAR = "/usr/share/java/zookeeper.jar"
START_SECONDS = 60
MEMORY_FOLDER = "/dev/shm"
MEMORY_FOLDER_BYTES = 2 << 30
STOP_SECONDS = 20
GUARDED_PASSWORD = "open sesame"

USERS = """<yandex>
<profiles>
  <default><max_memory_usage>4000000000</max_memory_usage><max_threads>2</max_threads>
    <load_balancing>in_order</load_balancing><log_queries>0</log_queries></default>
  <reading><readonly>1</readonly></reading>
</profiles>
<users>
  <default><password></password>{common}<profile>default</profile></default>
  <guarded><password>{password}</password>{common}<profile>default</profile></guarded>
  <reader><password></password>{common}<profile>reading</profile></reader>
</users>
<quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows>
  <read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>
</yandex>
"""

CONFIG = """<yandex>
<logger><level>information</level><log>{folder}/server.log</log><errorlog>{folder}/error.log</errorlog>
  <size>50M</size><count>1</count></logger>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><interserver_http_port>{interserver}</interserver_http_port>
<interserver_http_host>127.0.0.1</interserver_http_host><listen_host>127.0.0.1</listen_host>
<mark_cache_size>67108864</mark_cache_size><keep_alive_timeout>10</keep_alive_timeout>
<path>{folder}/data/</path><tmp_path>{folder}/temporary/</tmp_path>
<format_schema_path>{folder}/formats/</format_schema_path><users_config>{users}</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<timezone>{zone}</timezone>{cluster}{tls}
</yandex>
"""


def missing_programs(kind):
    """What is not installed of what servers of this kind need; empty: nothing."""
    modules = os.environ.get("TOCSIN_NODE_MODULES", NODE_MODULES)
    if kind == "modern":
        return "" if os.path.isdir(os.path.join(modules, "node_modules")) and shutil.which("node") else "chDB"
    if not shutil.which("clickhouse-server", path=SERVER_PATH):
        return "clickhouse-server"
    if kind == "cluster" and not (os.path.exists(ZOOKEEPER_JAR) and shutil.which("java")):
        return "ZooKeeper"
    return ""


@contextlib.contextmanager
def temporary_folder():
    """In memory if there is room: a table has hundreds of files, which cost a disk four times as much as all the
    rest."""
    room = 0
    if os.access(MEMORY_FOLDER, os.W_OK):
        status = os.statvfs(MEMORY_FOLDER)
        room = status.f_bavail * status.f_frsize
    parent = MEMORY_FOLDER if room >= MEMORY_FOLDER_BYTES else None
    with tempfile.TemporaryDirectory(prefix="tocsin-clickhouse-", dir=parent, ignore_cleanup_errors=True) as folder:
        yield folder


def take_ports(first, count):
    """Ports from `first` on, or free ones."""
    if first:
        return list(range(first, first + count))
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def started_at(pid):
    """When a process was started, by the kernel's clock; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def start_process(name, command, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "output.log"), "ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                                   start_new_session=True)
    return {"name": name, "command": command, "folder": folder, "pid": process.pid,
            "started": started_at(process.pid)}


def stop_process(entry, signals=(signal.SIGTERM, signal.SIGKILL)):
    """Ends the process of an entry, by its id."""
    for number in signals:
        if started_at(entry["pid"]) != entry["started"] or entry["started"] is None:
            return
        os.kill(entry["pid"], number)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and started_at(entry["pid"]) == entry["started"]:
            reap(entry["pid"])
            time.sleep(0.05)


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except OSError:
        pass  # not a child of this process


def ask(url, sql, timeout=30, **settings):
    """Sends SQL to a server's HTTP interface; the answer as bytes."""
    data = sql if isinstance(sql, bytes) else sql.encode()
    address = url + "/?" + urllib.parse.urlencode(settings)
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=data), timeout=timeout) as reply:
            return reply.read()
    except urllib.error.HTTPError as problem:
        raise RuntimeError(problem.read().decode(errors="replace").strip()) from None


def make_certificate(folder):
    """A certificate for 127.0.0.1 and localhost, by an authority of its own."""
    os.makedirs(folder, exist_ok=True)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Tests of Tocsin",
            "-keyout", "authority.key", "-out", "authority.crt")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key",
            "-out", "server.request")
    with open(os.path.join(folder, "names"), "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.request", "-CA", "authority.crt", "-CAkey", "authority.key",
            "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.crt")


class Servers:
    """Servers of one folder. `nodes` are their entries in the order of their numbers."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.state_file = os.path.join(self.folder, "servers.json")
        self.state = {"processes": []}
        if os.path.exists(self.state_file):
            with open(self.state_file, encoding="utf-8") as f:
                self.state = json.load(f)

    def save(self):
        os.makedirs(self.folder, exist_ok=True)
        with open(self.state_file, "w", encoding="utf-8") as f:
            json.dump(self.state, f, indent=1)

    @property
    def nodes(self):
        return [p for p in self.state["processes"] if p["name"].startswith("node")]

    def node(self, number):
        return next(p for p in self.state["processes"] if p["name"] == f"node{number}")

    def url(self, number=1, database="default"):
        """As tocsin takes it."""
        query = "?cluster=tocsin" if self.state["kind"] == "cluster" else ""
        return f"clickhouse://127.0.0.1:{self.node(number)['http']}/{database}{query}"

    def sql(self, number, sql, **settings):
        return ask(f"http://127.0.0.1:{self.node(number)['http']}", sql, **settings).decode()

    def add(self, entry, **more):
        entry.update(more)
        self.state["processes"] = [p for p in self.state["processes"] if p["name"] != entry["name"]] + [entry]
        self.save()

    def start(self, kind="cluster", first_port=0, zone="UTC"):
        self.state = {"kind": kind, "processes": []}
        self.save()
        try:
            if kind == "modern":
                self.start_modern(first_port)
            else:
                self.start_debian(kind, first_port, zone)
            for node in self.nodes:
                self.wait_for(node)
        except BaseException:
            self.stop()
            raise
        return self

    def start_debian(self, kind, first_port, zone):
        count = 3 if kind == "cluster" else 1
        ports = take_ports(first_port, 3 * count + 2)
        tls = os.path.join(self.folder, "tls")
        make_certificate(tls)
        users = os.path.join(self.folder, "users.xml")
        common = "<networks><ip>127.0.0.1</ip></networks><quota>default</quota>"
        with open(users, "w", encoding="ascii") as f:
            f.write(USERS.format(common=common, password=GUARDED_PASSWORD))
        if kind == "cluster":
            self.start_zookeeper(ports[-1])
        for number in range(1, count + 1):
            http, tcp, interserver = ports[3 * number - 3:3 * number]
            secure = ports[-2] if number == 1 else 0
            cluster = self.cluster_config(number, ports) if kind == "cluster" else ""
            self.start_node(number, {"http": http, "tcp": tcp, "interserver": interserver, "users": users,
                                     "cluster": cluster, "zone": zone, "tls": self.tls_config(tls, secure)}, secure)

    def start_node(self, number, values, secure):
        folder = os.path.join(self.folder, f"node{number}")
        for part in ("data", "temporary", "formats"):
            os.makedirs(os.path.join(folder, part), exist_ok=True)
        config = os.path.join(folder, "config.xml")
        with open(config, "w", encoding="ascii") as f:
            f.write(CONFIG.format(folder=folder, **values))
        server = shutil.which("clickhouse-server", path=SERVER_PATH)
        entry = start_process(f"node{number}", [server, f"--config-file={config}"], folder)
        self.add(entry, http=values["http"], tcp=values["tcp"], https=secure)

    @staticmethod
    def tls_config(folder, port):
        if not port:
            return ""
        return (f"<https_port>{port}</https_port><openSSL><server>"
                f"<certificateFile>{folder}/server.crt</certificateFile>"
                f"<privateKeyFile>{folder}/server.key</privateKeyFile><verificationMode>none</verificationMode>"
                "<loadDefaultCAFile>false</loadDefaultCAFile></server></openSSL>")

    def cluster_config(self, number, ports):
        def replicas(*numbers):
            return "".join(f"<replica><host>127.0.0.1</host><port>{ports[3 * n - 2]}</port></replica>"
                           for n in numbers)
        shard = 1 if number < 3 else 2
        return (f"<remote_servers><tocsin><shard><internal_replication>true</internal_replication>{replicas(1, 2)}"
                f"</shard><shard><internal_replication>true</internal_replication>{replicas(3)}</shard></tocsin>"
                f"</remote_servers><macros><shard>{shard}</shard><replica>node{number}</replica></macros>"
                f"<zookeeper><node><host>127.0.0.1</host><port>{ports[-1]}</port></node></zookeeper>"
                "<distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>")

    def start_zookeeper(self, port):
        folder = os.path.join(self.folder, "zookeeper")
        os.makedirs(os.path.join(folder, "data"), exist_ok=True)
        config = os.path.join(folder, "zoo.cfg")
        with open(config, "w", encoding="ascii") as f:
            f.write(f"tickTime=500\ndataDir={folder}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\n"
                    "admin.enableServer=false\nmaxClientCnxns=0\n")
        entry = start_process("zookeeper", ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                                            ZOOKEEPER_JAR, "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                                            config], folder)
        self.add(entry, tcp=port)
        self.wait_for_zookeeper(entry, port)

    @staticmethod
    def wait_for_zookeeper(entry, port):
        """Until it serves: 18.16 crashes, now and then, if it comes to one that does not."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                    connection.sendall(b"srvr")
                    if b"Mode:" in connection.recv(4096):
                        return
            except OSError:
                pass
            reap(entry["pid"])
            if started_at(entry["pid"]) != entry["started"] or time.monotonic() > deadline:
                raise RuntimeError(f"ZooKeeper does not answer; see {entry['folder']}")
            time.sleep(0.1)

    def start_modern(self, first_port):
        port = take_ports(first_port, 1)[0]
        folder = os.path.join(self.folder, "node1")
        os.makedirs(folder, exist_ok=True)
        modules = os.environ.get("TOCSIN_NODE_MODULES", NODE_MODULES)
        entry = start_process("node1", ["node", os.path.join(HERE, "modern_server.mjs"), str(port),
                                        os.path.abspath(modules), os.path.join(folder, "data")], folder)
        self.add(entry, http=port)

    def wait_for(self, node):
        """Until it answers, and knows its ZooKeeper."""
        sql = "SELECT name FROM system.zookeeper WHERE path = '/'" if self.state["kind"] == "cluster" else "SELECT 1"
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                ask(f"http://127.0.0.1:{node['http']}", sql, timeout=2)
                return
            except (OSError, RuntimeError) as problem:
                reap(node["pid"])
                gone = started_at(node["pid"]) != node["started"]
                if gone or time.monotonic() > deadline:
                    raise RuntimeError(f"{node['name']} does not answer ({problem}); see {node['folder']}") from None
                time.sleep(0.1)

    def kill(self, name):
        """As a crash: without a word."""
        entry = next(p for p in self.state["processes"] if p["name"] == name)
        stop_process(entry, signals=(signal.SIGKILL,))

    def restart(self, name):
        """One that was killed, with what it has on the disk."""
        old = next(p for p in self.state["processes"] if p["name"] == name)
        entry = {**old, **start_process(name, old["command"], old["folder"])}
        self.add(entry)
        if name.startswith("node"):
            self.wait_for(entry)

    def stop(self):
        for entry in reversed(self.state["processes"]):
            stop_process(entry)
        if self.state["processes"]:
            self.state["processes"] = []
            self.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["start", "stop", "show", "sql"])
    parser.add_argument("folder")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--kind", choices=["cluster", "single", "modern"], default="cluster")
    options = parser.parse_args()
    servers = Servers(options.folder)
    if options.action == "start":
        servers.stop()
        servers.start(options.kind, options.port)
        for number in range(1, len(servers.nodes) + 1):
            print(servers.url(number))
    elif options.action == "stop":
        servers.stop()
    elif options.action == "show":
        print(json.dumps(servers.state, indent=1))
    else:
        sys.stdout.write(servers.sql(int(options.words[0]), options.words[1]))


if __name__ == "__main__":
    main()
