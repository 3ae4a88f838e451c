"""A proxy in front of a server, which cuts connections at a stage of an INSERT, so many times; then lets all pass. Of
stage connect the first connection passes: a load asks its questions by that one.

Stages: connect (nothing gets through), request (some of the request has), sent (all of the request has, the answer is
dropped), answer (some of the answer has).
"""
import re
import select
import socket
import threading

STAGES = ("connect", "request", "sent", "answer")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class CuttingProxy:
    def __init__(self, port):
        self.target = ("127.0.0.1", port)
        self.stage = ""
        self.left = 0
        self.cuts = 0
        self.skips = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self, stage, times):
        with self.lock:
            self.stage, self.left, self.cuts, self.skips = stage, times, 0, stage == "connect"

    def takes_cut(self, stage):
        """Whether it is this one's turn."""
        with self.lock:
            if self.stage != stage or self.left == 0:
                return False
            if self.skips:
                self.skips = 0
                return False
            self.left -= 1
            self.cuts += 1
            return True

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def close(self):
        self.listener.close()

    def serve(self, client):
        with client:
            if self.takes_cut("connect"):
                return
            try:
                with socket.create_connection(self.target) as server:
                    self.pass_on(client, server)
            except OSError:
                pass

    def pass_on(self, client, server):
        stage = ""
        seen = b""
        left = 0
        while True:
            ready, _, _ = select.select([client, server], [], [], 60)
            if not ready:
                return
            if client in ready:
                data = client.recv(65536)
                if not data:
                    return
                if left <= 0:  # a request begins
                    seen += data
                    head = seen.find(b"\r\n\r\n")
                    length = LENGTH.search(seen[:head + 2]) if head >= 0 else None
                    if not length:
                        server.sendall(data)
                        seen = seen if head < 0 else b""
                        continue
                    stage = self.stage if b"INSERT INTO" in seen[head:head + 4096] else ""
                    left = int(length.group(1)) - (len(seen) - head - 4)
                    seen = b""
                else:
                    left -= len(data)
                if stage == "request" and left > 0 and self.takes_cut("request"):
                    server.sendall(data[:len(data) // 2])
                    return
                server.sendall(data)
            if server in ready:
                data = server.recv(65536)
                if not data:
                    return
                if stage == "sent" and left <= 0 and self.takes_cut("sent"):
                    return
                if stage == "answer" and left <= 0 and self.takes_cut("answer"):
                    client.sendall(data[:20])
                    return
                client.sendall(data)
