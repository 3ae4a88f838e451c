#!/usr/bin/env python3
"""test_protocol.py TOCSIN: the language server, spoken to by hand. Prints TAP."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from run_program import run_tests  # noqa: E402 pylint: disable=wrong-import-position

URI = "file:///x/y.aql"


def frame(message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def request(number, method, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def note(method, **params):
    return {"jsonrpc": "2.0", "method": method, "params": params}


START = [request(1, "initialize", capabilities={}), note("initialized")]
END = [request("bye", "shutdown"), note("exit")]


def opened(text):
    return note("textDocument/didOpen", textDocument={"uri": URI, "languageId": "aql", "version": 1, "text": text})


def talk(program, messages, raw=b""):
    """Sends all; gives (exit code, messages back, stderr)."""
    sent = b"".join(frame(message) for message in messages) + raw
    done = subprocess.run([program, "lsp", "--config", "none"], input=sent, capture_output=True, timeout=60,
                          check=False)
    answers = []
    rest = done.stdout
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = int(head.split(b":")[1])
        answers.append(json.loads(rest[:length]))
        rest = rest[length:]
    return done.returncode, answers, done.stderr


def by_id(answers, number):
    return next(answer for answer in answers if answer.get("id") == number)


def marks(answers):
    return [answer["params"]["diagnostics"] for answer in answers
            if answer.get("method") == "textDocument/publishDiagnostics"]


def check(is_right, *what):
    if not is_right:
        raise AssertionError("\n".join(repr(part) for part in what))


def test_start_and_end(program):
    code, answers, errors = talk(program, START + END)
    check(code == 0 and not errors, code, errors)
    check(by_id(answers, 1)["result"]["capabilities"]["hoverProvider"] is True, answers)
    check(by_id(answers, "bye")["result"] is None, answers)


def test_end_without_shutdown(program):
    code, _, _ = talk(program, START + [note("exit")])
    check(code == 1, code)
    code, _, errors = talk(program, START)  # the editor died
    check(code == 1 and not errors, code, errors)


def test_order_is_kept(program):
    _, answers, _ = talk(program, [request(7, "textDocument/hover")] + START + END[:1] +
                         [request(8, "textDocument/hover"), note("exit")])
    check(by_id(answers, 7)["error"]["code"] == -32002, answers)
    check(by_id(answers, 8)["error"]["code"] == -32600, answers)


def test_unknown_methods(program):
    code, answers, _ = talk(program, START + [request(2, "textDocument/rename"), note("$/whatever")] + END)
    check(code == 0 and by_id(answers, 2)["error"]["code"] == -32601, answers)


def test_no_json_and_no_request(program):
    code, answers, _ = talk(program, START + [b"{broken", b"[1]", b'{"id":3}', b'{"id":4,"method":5}'] + END)
    check(code == 0, code)
    check([answer["error"]["code"] for answer in answers if answer.get("id") is None and "error" in answer]
          == [-32700, -32600], answers)


def test_broken_frames_end_it(program):
    for raw in (b"hello\r\n\r\n", b"Content-Length: x\r\n\r\n", b"Content-Length: 99999999999\r\n\r\n", b"A: b\r\n\r\n",
                b"Content-Length: 10\r\n\r\n{}", b"Content-Len", b"x" * 10000):
        code, _, errors = talk(program, START, raw)
        check(code == 3 and b"tocsin: " in errors, raw[:40], code, errors)


def test_marks_follow_the_text(program):
    code, answers, _ = talk(program, START + [
        opened("SELECT nobody FROM events LAST 1 HOURS"),
        note("textDocument/didChange", textDocument={"uri": URI, "version": 2},
             contentChanges=[{"text": "SELECT"}, {"text": "SELECT username FROM events LAST 1 HOURS"}]),
        note("textDocument/didChange", textDocument={"uri": URI, "version": 3},
             contentChanges=[{"text": "SELECT\r\n ,"}]),
        note("textDocument/didClose", textDocument={"uri": URI})] + END)
    found = marks(answers)
    check(code == 0 and len(found) == 4, found)
    check([mark["code"] for mark in found[0] if mark["severity"] == 1] == ["unknown-field"], found[0])
    check(not [mark for mark in found[1] if mark["severity"] == 1], found[1])
    check(found[2] and found[2][0]["severity"] == 1 and found[2][0]["range"]["start"] == {"line": 1, "character": 1},
          found[2])
    check(found[3] == [], found[3])


def test_places_are_utf16(program):
    text = "SELECT '\U0001F4A1\u00e9', nobody FROM events LAST 1 HOURS"
    _, answers, _ = talk(program, START + [opened(text)] + END)
    start = marks(answers)[0][0]["range"]["start"]
    check(start == {"line": 0, "character": 14}, start)


def test_places_outside_are_ends(program):
    ask = {"textDocument": {"uri": URI}, "position": {"line": 99, "character": 99}}
    nowhere = {"textDocument": {"uri": "file:///other"}, "position": {"line": 0, "character": 0}}
    code, answers, _ = talk(program, START + [
        opened("SELECT username FROM "), request(2, "textDocument/completion", **ask),
        request(3, "textDocument/hover", **ask), request(4, "textDocument/completion", **nowhere),
        request(5, "textDocument/hover", textDocument={"uri": URI}, position={"line": -1, "character": "x"}),
        request(6, "textDocument/formatting", textDocument={"uri": URI})] + END)
    check(code == 0 and "events" in [item["label"] for item in by_id(answers, 2)["result"]], answers)
    check(by_id(answers, 3)["result"] is None, answers)
    check(by_id(answers, 4)["error"]["code"] == -32602 and by_id(answers, 5)["error"]["code"] == -32602, answers)
    check(by_id(answers, 6)["error"]["code"] == -32803, answers)


def test_layout_is_one_edit(program):
    code, answers, _ = talk(program, START + [
        opened("select username from events last 1 hours"),
        request(2, "textDocument/formatting", textDocument={"uri": URI}, options={"tabSize": 4})] + END)
    edits = by_id(answers, 2)["result"]
    check(code == 0 and len(edits) == 1 and edits[0]["newText"].startswith("SELECT"), answers)
    _, answers, _ = talk(program, START + [
        opened(edits[0]["newText"]), request(2, "textDocument/formatting", textDocument={"uri": URI})] + END)
    check(by_id(answers, 2)["result"] == [], answers)


def test_many_documents(program):
    many = [note("textDocument/didOpen", textDocument={"uri": f"file:///{n}", "text": ""}) for n in range(1001)]
    code, _, errors = talk(program, START + many)
    check(code == 3 and b"more than 1000 open documents" in errors, code, errors)


if __name__ == "__main__":
    run_tests(globals(), os.path.abspath(sys.argv[1]))
