#!/usr/bin/env python3
"""docker_host.py FOLDER PROGRAM [ARGUMENT...]: runs a program on what looks like a host with Docker.

It has a socket in /run (a file system of its own, so run this in a mount namespace), the API on 127.0.0.1:2375, and a
journal with dockerd's log."""
import http.server
import json
import os
import socketserver
import subprocess
import sys
import threading

ID = "0123456789abcdef" * 4
JOURNAL = """#!/bin/sh
for call in containers/json containers/0123456789ab/json; do
    echo "2026-11-23T15:20:00+0000 host dockerd[77]: time=\\"2026-11-23T15:20:00Z\\" level=debug" \\
        "msg=\\"Calling GET /v1.41/$call\\""
done
"""


class Docker(http.server.BaseHTTPRequestHandler):
    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if self.path.endswith("_ping"):
            body = b"OK"
        elif "containers/json" in self.path:
            body = json.dumps([{"Id": ID, "Names": ["/one"], "State": "running", "Status": "Up"}]).encode()
        else:
            body = json.dumps({"Id": ID, "Config": {"Env": ["PASSWORD=dummy"]}}).encode()
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


class SocketServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def main():
    folder, *command = sys.argv[1:]
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    journal = os.path.join(folder, "journalctl")
    with open(journal, "w", encoding="utf-8") as file:
        file.write(JOURNAL)
    os.chmod(journal, 0o755)
    servers = [SocketServer("/run/docker.sock", Docker), http.server.ThreadingHTTPServer(("127.0.0.1", 2375), Docker)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    done = subprocess.run(command, env={**os.environ, "PATH": folder + ":" + os.environ["PATH"]}, check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
