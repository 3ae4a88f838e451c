"""A proxy in front of a server, which cuts connections at a stage of an INSERT (or of what else has `mark` in it), so
many times; then lets all pass. Of stage connect the first connection passes: a load asks its questions by that one.

Stages: connect (nothing gets through), request (some of the request has), sent (all of the request has, the answer is
dropped), answer (some of the answer has), rows (a lot of it has). Of stage hold nothing is cut: behind a lot of the
answer there is no more of it until release().
"""
import re
import select
import socket
import threading

STAGES = ("connect", "request", "sent", "answer")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


ROWS_BYTES = 100000
MARK_BYTES = 65536


class CuttingProxy:
    def __init__(self, port, mark=b"INSERT INTO"):
        self.mark = mark
        self.target = ("127.0.0.1", port)
        self.stage = ""
        self.left = 0
        self.cuts = 0
        self.skips = 0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self, stage, times):
        self.released.clear()
        with self.lock:
            self.stage, self.left, self.cuts, self.skips = stage, times, 0, stage == "connect"

    def release(self):
        self.released.set()

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
        begin = b""  # of the request: its head and what may have the mark
        left = answered = 0
        while True:
            ready, _, _ = select.select([client, server], [], [], 60)
            if not ready:
                return
            if client in ready:
                data = client.recv(65536)
                if not data:
                    return
                if left <= 0:  # a request begins
                    begin += data
                    head = begin.find(b"\r\n\r\n")
                    length = LENGTH.search(begin[:head + 2]) if head >= 0 else None
                    if not length:
                        server.sendall(data)
                        begin = begin if head < 0 else b""
                        continue
                    begin = begin[head + 4:]
                    left = int(length.group(1)) - len(begin)
                    stage = ""
                    answered = 0
                else:
                    left -= len(data)
                    begin += data[:max(0, MARK_BYTES - len(begin))]
                stage = stage or (self.stage if self.mark in begin[:MARK_BYTES] else "")
                begin = b"" if left <= 0 else begin
                if stage == "request" and left > 0 and self.takes_cut("request"):
                    server.sendall(data[:len(data) // 2])
                    return
                server.sendall(data)
            if server in ready:
                data = server.recv(65536)
                if not data:
                    return
                answered += len(data)
                if stage == "sent" and left <= 0 and self.takes_cut("sent"):
                    return
                if stage == "answer" and left <= 0 and self.takes_cut("answer"):
                    client.sendall(data[:20])
                    return
                if stage == "rows" and answered > ROWS_BYTES and self.takes_cut("rows"):
                    client.sendall(data[:len(data) // 2])
                    return
                client.sendall(data)
                if stage == "hold" and answered > ROWS_BYTES and self.takes_cut("hold"):
                    while not self.released.is_set() and not select.select([client], [], [], 0.05)[0]:
                        pass
