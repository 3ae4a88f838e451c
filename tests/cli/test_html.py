#!/usr/bin/env python3
"""test_html.py TOCSIN SAMPLES: reports and pages as HTML: whole, and harmless whatever a log holds. Prints TAP."""
import json
import os
import re
import sys
import tempfile
from html.parser import HTMLParser

from run_program import Program, check, run_tests

VOID = {"meta", "line", "rect", "br", "hr", "img"}
TAGS = {"html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "h3", "h4", "p", "b", "a", "ul",
        "ol", "li", "pre", "code", "em", "strong", "table", "tr", "th", "td", "span", "div", "details", "summary",
        "article", "aside", "section", "svg", "rect", "line", "text", "nav", "blockquote"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id", "style", "href", "viewbox", "role",
              "aria-label", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "text-anchor", "start", "title",
              "open"}
LINK = re.compile(r"#[A-Za-z0-9_-]+|https?://[^\s\"'<>]+")
HOSTILE = ["</pre><script>alert(1)</script>", "\" onmouseover=\"alert(1)", "' style='position:fixed",
           "<img src=x onerror=y>", "</title><style>*{display:none}</style>", "&lt;b&gt; &amp;", "javascript:alert(1)",
           "]]><!--", "\u202etxt.exe", "\x1b[2J", "\x00nul", "</textarea><svg onload=alert(1)>"]


class Page(HTMLParser):
    """Reads a page strictly: known tags and attributes only, all of them closed."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.words, self.ids, self.links = [], [], set(), []
        self.feed(html)
        self.close()
        check(self.open == [], "open tags", self.open)
        for link in self.links:
            check(not link.startswith("#") or link[1:] in self.ids, "a link to nothing", link)

    def handle_starttag(self, tag, attrs):
        check(tag in TAGS, "unknown tag", tag, self.getpos())
        for name, value in attrs:
            check(name in ATTRIBUTES, "unknown attribute", tag, name)
            if name == "style":
                check(re.fullmatch(r"width: \d{1,3}%", value), "style", value)
            if name == "href":
                check(LINK.fullmatch(value) or value == "", "link", value)
                self.links.append(value)
            if name == "id":
                check(value not in self.ids, "id twice", value)
                self.ids.add(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            check(self.open and self.open.pop() == tag, "tag closed that is not open", tag, self.getpos())

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    def handle_comment(self, data):
        check(data.strip() == "raw HTML omitted", "comment", data)

    def text(self):
        return "".join(self.words)


def hunt(program, *options, stdin=None):
    code, output, errors = program.run("hunt", "-o", "html", *options, stdin=stdin)
    check(code in (0, 1), code, errors.decode())
    return code, output.decode(), errors


def event(number, who, uri, agent, source="203.0.113.7"):
    return json.dumps({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "stage": "ResponseComplete",
        "auditID": f"00000000-0000-4000-8000-{number:012d}", "verb": "list", "requestURI": uri, "userAgent": agent,
        "user": {"username": who}, "sourceIPs": [source],
        "objectRef": {"resource": "secrets", "apiVersion": "v1"},
        "responseStatus": {"code": 200}, "requestReceivedTimestamp": f"2026-11-23T10:{number:02d}:00.000000Z",
        "stageTimestamp": f"2026-11-23T10:{number:02d}:00.000000Z"})


def test_a_report_is_one_page(program):
    code, html, _ = hunt(program, program.samples)
    page = Page(html)
    check(code == 1 and html.startswith("<!DOCTYPE html>") and html.endswith("</html>\n"))
    style = html[html.index("<style>"):html.index("</style>")]
    check("<script" not in html and "@import" not in style and "url(" not in style)
    for word in ("Container API credential access", "Rules", "Set aside as harmless", "What was read", "Findings",
                 "Guides", "events of Linux OS", "what to ask and to do", "evidence:"):
        check(word in page.text(), word)
    check(html.count("<article") > 1 and "finding-1" in page.ids and "<svg" in html)
    check(f"{html.count('<article')} findings" in page.text(), html.count("<article"))


def test_two_reports_are_the_same(program):
    check(hunt(program, program.samples)[1] == hunt(program, "--threads", "2", program.samples)[1])


def test_hostile_evidence_is_text(program):
    log = "\n".join(event(n, text, "/api/v1/secrets?" + text, text) for n, text in enumerate(HOSTILE)) + "\n"
    code, html, _ = hunt(program, stdin=log.encode())
    page = Page(html)
    check(code == 1 and html.count("<article") == len(HOSTILE), html.count("<article"))
    shown = page.text()
    for text in HOSTILE:
        plain = text.replace("\x1b", "\\x1B").replace("\x00", "\\x00").replace("\u202e", "\\u{202E}")
        check(plain in shown, plain)
    check("\x1b" not in html and "\u202e" not in html and "\x00" not in html)


def test_hostile_file_name_is_text(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "<b onclick=x>&\"'.log")
        with open(path, "w", encoding="utf-8") as file:
            file.write(event(1, "jane", "/api/v1/secrets", "curl/8") + "\n")
        page = Page(hunt(program, path)[1])
        check("<b onclick=x>&\"'.log:1" in page.text())


def test_hostile_pack_is_text(program):
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "rules"))
        os.makedirs(os.path.join(folder, "guides"))
        files = {"pack.yaml": "name: p\ntitle: '<script>alert(1)</script>'\ndescription: '<i>x</i>'\n",
                 "guides/g.md": "# A <script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=y>\n\n"
                                "<div onclick=x>raw</div>\n\n[good](https://attack.mitre.org/)\n",
                 "rules/r.aql": "/* rule\nid: r\ntitle: '<b>bold</b>'\ngroup: g\n*/\n"
                                "SELECT starttime AS Time, username AS Identity, 'x' AS Act FROM events\n",
                 "rules/q.aql": "/* rule\nid: q\ntitle: '</table><script>'\n*/\n"
                                "SELECT username AS \"<u>\" FROM events\n"}
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        page = Page(hunt(program, "--pack", folder, stdin=(event(1, "<s>", "/", "c") + "\n").encode())[1])
        for word in ("<script>alert(1)</script>", "<i>x</i>", "<b>bold</b>", "</table><script>", "<u>", "<s>"):
            check(word in page.text(), word)
        check("https://attack.mitre.org/" in page.links and not any("javascript" in link for link in page.links))


def test_a_query_is_a_table(program):
    query = "SELECT username AS \"<who>\", COUNT(*) FROM events GROUP BY username"
    code, output, _ = program.run("query", "-q", "-o", "html", query, program.samples)
    page = Page(output.decode())
    check(code == 0 and "<who>" in page.text() and output.count(b"<table>") == 1)


def test_nothing_found_is_said(program):
    code, html, _ = hunt(program, stdin=b"{\"time\":\"2026-11-23T10:00:00Z\",\"user\":\"a\",\"command\":\"ls\"}\n")
    page = Page(html)
    check(code == 0 and "0 findings" in page.text() and "What was read" in page.text())


def test_excepted_rows_are_told(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "e.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("exceptions:\n  - {id: '<x>', acts: ['*secrets*'], scope: {identity: [jane]}, reason: '<why>',"
                       " owner: '<who>', expires: 2026-11-22}\n"
                       "  - {id: y, acts: ['*secrets*'], scope: {identity: [joe]}, reason: r, owner: o}\n")
        log = event(1, "jane", "/api/v1/secrets", "curl/8") + "\n" + event(2, "joe", "/api/v1/secrets", "curl/8") + "\n"
        _, html, errors = hunt(program, "--exceptions", path, stdin=log.encode())
        page = Page(html)
        check("expired for 1" in page.text() and "<why>" in page.text() and html.count("<article") == 1)
        check(b"row by y" in errors and b"ran out on 2026-11-22" in errors, errors)
        code, _, errors = program.run("hunt", "--exceptions", path, "--exceptions", path, stdin=log.encode())
        check(code == 3 and b"--exceptions is given twice" in errors, errors)
        _, html, _ = hunt(program, "--exceptions", path, "--show-excepted", stdin=log.encode())
        check(html.count("<article") == 2 and "excepted by y" in Page(html).text())


def test_rules_and_acts_that_are_not_there_are_told(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "e.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("exceptions:\n  - id: x\n    rules: [kube_secrets, kube_secret]\n"
                       "    acts: [reed secrets, exec]\n    scope: {identity: [jane]}\n    reason: r\n    owner: o\n")
        log = (event(1, "jane", "/api/v1/secrets", "curl/8") + "\n").encode()
        code, _, errors = program.run("hunt", "--exceptions", path, stdin=log)
        check(code == 1 and errors.count(b"warning: ") == 2, code, errors)
        check(b"e.yaml:3:" in errors and b"the pack has no rule 'kube_secret'" in errors, errors)
        check(b"e.yaml:4:" in errors and b"no rule of the pack names the act 'reed secrets'" in errors, errors)
        check(b"warning" not in program.run("hunt", "-q", "--exceptions", path, stdin=log)[2])
        check(b"warning" not in program.run("hunt", stdin=log)[2], "the list of the pack is right")


def test_levels_decide_the_exit_code(program):
    log = (event(1, "jane", "/api/v1/namespaces/shop/secrets", "kubectl/v1.30", "10.0.0.7") + "\n").encode()
    check(program.run("hunt", "-q", "--fail-on", "low", stdin=log)[0] == 1)
    check(program.run("hunt", "-q", "--fail-on", "critical", stdin=log)[0] == 0)
    code, output, _ = program.run("hunt", "-q", "--min-level", "critical", stdin=log)
    check(code == 0 and output == b"", code, output)
    code, _, errors = program.run("hunt", "--fail-on", "warning", stdin=log)
    check(code == 3 and b"--fail-on is one of informational|low" in errors, errors)
    code, _, errors = program.run("check", "--fail-on", "high", "SELECT 1")
    check(code == 3 and b"--fail-on is one of note|" in errors, errors)


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
