#!/usr/bin/env python3
"""test_doc.py TOCSIN SAMPLES PACK: the detection page of a pack holds everything that the pack says. Prints TAP."""
import glob
import os
import re
import sys

from run_program import Program, check, check_error, run_tests
from test_html import Page

PACK = sys.argv[3] if len(sys.argv) > 3 else "packs/container-api"


def words(text):
    """Without Markdown's escapes, and all white space a blank."""
    return " ".join(re.sub(r"\\([\\`*_\[\]<>&#|])", r"\1", text).split())


def page(program, output):
    code, text, errors = program.run("doc", "-o", output, PACK)
    check(code == 0, code, errors.decode())
    return text.decode()


def headers():
    """(file name, header, query) of each rule."""
    for path in sorted(glob.glob(os.path.join(PACK, "rules", "*.aql"))):
        with open(path, encoding="utf-8") as file:
            header, query = file.read().split("*/\n", 1)
        yield os.path.basename(path)[:-4], header, query


def plain_text(text):
    """A text of YAML without its quotes and line ends."""
    text = " ".join(text.split())
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].replace("''", "'")
    return text


def listed(header, key):
    """The items of a plain list of the header's YAML: as lines, or in brackets; folded lines are put together."""
    block = re.search(rf"^{key}:(.*?)(?=^\w|\Z)", header, re.M | re.S)
    if not block:
        return []
    text = block[1].strip()
    if text.startswith("["):
        return [plain_text(item) for item in text.strip("[]").split(",")]
    return [plain_text(item) for item in re.split(r"^\s*- ", "\n" + text, flags=re.M)[1:]]


def check_rules(shown, plain):
    for name, header, query in headers():
        check(name in shown, name)
        check(plain_text(re.search(r"^title: (.*)$", header, re.M)[1]) in shown, name, "title")
        for key in ("false_positives", "references", "requires", "data_components", "log_source_types", "techniques"):
            for item in listed(header, key):
                check(item in shown, name, key, item)
        for item in listed(header, "tuning"):
            knob, text = re.fullmatch(r"\{knob: (\w+), description: (.*)\}", item).groups()
            check(f"{knob}: {plain_text(text)}" in shown, name, item)
        check(" ".join(query.split()) in plain, name, "query")
        form = os.path.join(PACK, "qradar", name + ".aql")
        if os.path.exists(form):
            with open(form, encoding="utf-8") as file:
                check(" ".join(file.read().split()) in plain, name, "plain form")


def test_markdown_is_complete(program):
    text = page(program, "markdown")
    check_rules(words(text), " ".join(text.split()))


def test_html_is_complete(program):
    html = page(program, "html")
    parsed = Page(html)
    shown = " ".join(parsed.text().split())
    check_rules(shown, shown)
    for name, _, _ in headers():
        check("rule-" + name in parsed.ids, name)
    check("<script" not in html)


def test_signals_of_the_validation_tests_are_named(program):
    shown = words(page(program, "markdown"))
    code, listing, _ = program.run("simulate", "--list")
    signals = re.findall(r"expected: (.*)", listing.decode())
    check(code == 0 and len(signals) > 8, listing)
    for signal in signals:
        for part in re.split(r": |, ", signal):
            check(part.removeprefix("dockerd").strip() in shown, signal, part)


def test_all_references_are_there(program):
    with open(os.path.join(PACK, "pack.yaml"), encoding="utf-8") as file:
        references = re.findall(r"^  - (https://\S+)$", file.read(), re.M)
    check(len(references) >= 8, references)
    text = page(program, "markdown")
    links = Page(page(program, "html")).links
    tail = text[text.index("## References"):]
    for reference in references:
        check(f"<{reference}>" in tail and reference in links, reference)


def test_every_group_has_its_guide(program):
    """And every guide is that of a group; each holds what a responder needs."""
    groups = {re.search(r"^group: (\S+)$", header, re.M)[1] for _, header, _ in headers()}
    guides = {os.path.basename(path)[:-3]: path for path in glob.glob(os.path.join(PACK, "guides", "*.md"))}
    del guides["README"]
    check(groups == set(guides), groups ^ set(guides))
    shown = words(page(program, "markdown"))
    for name, path in guides.items():
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for part in ("## Triage", "## Containment", "## Eradication", "## Rotation", "## Evidence", "## Recovery",
                     "## When it is nothing", "```aql"):
            check(part in text, name, part)
        check(words(text.split("\n", 1)[0][2:]) in shown, name)


def test_exceptions_are_listed(program):
    shown = words(page(program, "markdown"))
    with open(os.path.join(PACK, "exceptions.yaml"), encoding="utf-8") as file:
        names = re.findall(r"^  - id: (\S+)$", file.read(), re.M)
    check(len(names) > 20, len(names))
    for name in names:
        check(f"* `{name}`: " in page(program, "markdown"), name)
    check("Set aside as harmless" in shown)


def test_usage(program):
    check_error(program.run("doc", "-o", "pdf"), 3, "there is no output 'pdf' of a document", "markdown and html")
    check_error(program.run("doc", "/nonexistent"), 3, "there is no pack")
    check_error(program.run("doc", PACK, PACK), 3, "doc takes one pack")
    check(program.run("doc")[1] == page(program, "markdown").encode(), "the built-in pack is that of the folder")


if __name__ == "__main__":
    run_tests(globals(), Program(sys.argv[1], sys.argv[2]))
