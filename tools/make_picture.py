#!/usr/bin/env python3
"""make_picture.py TOCSIN PICTURE.svg: draws the picture of the README from a real run over the samples.

The program runs on a pseudo-terminal; its colors become those of the picture. Long results lose their middle, and the
line with the speed is left out, since it differs from run to run.
"""
import os
import re
import sys
from html import escape

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "cli"))
from run_program import Program  # pylint: disable=wrong-import-position

WIDTH = 110
ROWS_ABOVE, ROWS_BELOW = 22, 26
CELL, LINE, MARGIN = 7.8, 18, 16
STYLES = {"1": 'font-weight="bold"', "2": 'fill="#8b949e"', "1;31": 'fill="#ff7b72" font-weight="bold"',
          "31": 'fill="#ff7b72"', "33": 'fill="#e3b341"', "36": 'fill="#76e3ea"'}


def draw_line(line, y, style):
    """The line as SVG, and the style that goes on in the next one."""
    spans, at = [], 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            style = STYLES.get(part[2:-1])
        elif part:
            x = MARGIN + at * CELL
            spans.append(f'<tspan x="{x:.1f}" textLength="{len(part) * CELL:.1f}" {style or ""}>{escape(part)}</tspan>')
            at += len(part)
    return (f'<text y="{y}" xml:space="preserve">{"".join(spans)}</text>' if spans else ""), style


def main():
    tocsin, picture = sys.argv[1:]
    samples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples")
    code, shown = Program(tocsin, samples).run_on_terminal("hunt", "samples", width=WIDTH,
                                                           cwd=os.path.dirname(os.path.abspath(samples)))
    if code != 1:
        sys.exit(f"make_picture: exit code {code}")
    lines = shown.decode().rstrip("\n").split("\n")
    lines = [line for line in lines if "speed" not in line]
    if len(lines) > ROWS_ABOVE + ROWS_BELOW:
        lines[ROWS_ABOVE:-ROWS_BELOW] = ["\x1b[0;2m...\x1b[0m"]
    lines.insert(0, "\x1b[2m$\x1b[0m \x1b[1mtocsin hunt samples\x1b[0m")
    height = 2 * MARGIN + LINE * len(lines)
    width = 2 * MARGIN + CELL * WIDTH
    with open(picture, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}">\n'
                   f'<title>tocsin hunt: findings in the samples</title>\n'
                   f'<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n'
                   '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" '
                   'font-size="13" fill="#e6edf3">\n')
        style = None
        for number, line in enumerate(lines):
            drawn, style = draw_line(line, MARGIN + LINE * number + 13, style)
            file.write(drawn + "\n")
        file.write("</g>\n</svg>\n")


if __name__ == "__main__":
    main()
