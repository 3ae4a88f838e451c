#!/usr/bin/env python3
"""test_report.py: the generated part of docs/performance.md has a line for every target, with a figure and a verdict,
the tables of every workload, and charts that are there and are well-formed."""
import math
import os
import re
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

import bench_chart
import bench_report

failures = []


def expect(is_good, text):
    if not is_good:
        failures.append(text)


def check_page():
    with open(bench_report.DOCUMENT, encoding="utf-8") as source:
        page = source.read()
    expect(page.count(bench_report.BEGIN) == page.count(bench_report.END) == 1, "the two marks are not there once")
    generated = page.split(bench_report.BEGIN)[-1].split(bench_report.END)[0]
    for target in bench_report.TARGETS:
        line = re.search(r"^\| " + re.escape(target.work) + r" \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", generated, re.M)
        expect(line is not None, f"no line for: {target.work}")
        if line:
            expect(re.match(r"\d", line.group(1)), f"no figure for: {target.work}")
            expect(line.group(3) in ("met", "**not met**"), f"no verdict for: {target.work}")
    for title in bench_report.WORKLOAD_TITLES.values():
        expect(f"**{title}**" in generated, f"no table: {title}")
    for file, *_ in bench_report.CHARTS:
        expect(f"({file})" in generated, f"no chart {file}")
        path = os.path.join(os.path.dirname(bench_report.DOCUMENT), file)
        expect(os.path.exists(path), f"{path} is not there")
        if os.path.exists(path):
            expect(xml.etree.ElementTree.parse(path).getroot().tag.endswith("svg"), f"{path} is no picture")


def check_verdicts():
    """A target is compared the right way round, at its bound and beside it."""
    for target in bench_report.TARGETS:
        better, worse = (0.99, 1.01) if target.is_most else (1.01, 0.99)
        expect(target.is_met(target.wanted), f"the bound itself does not do: {target.work}")
        expect(target.is_met(target.wanted * better), f"better does not do: {target.work}")
        expect(not target.is_met(target.wanted * worse), f"worse does: {target.work}")


def check_arithmetic():
    results = bench_report.Results.__new__(bench_report.Results)
    results.parts = {}
    results.workloads = {"w": {"tocsin": {"cpu": 0.5, "wall": 0.25, "bytes": 1000, "events": 10, "disk": 400,
                                          "anonymous": 7.0},
                               "peer": {"cpu": 2.0, "wall": 1.0, "bytes": 500, "anonymous": 900.0}}}
    for what, got, wanted in (("CPU ratio", bench_report.cpu_ratio("w", "peer")(results), 4.0),
                              ("speed ratio", bench_report.speed_ratio("w", "peer")(results), 8.0),
                              ("time ratio", bench_report.time_ratio("w", "tocsin", "peer", "wall")(results), 0.25),
                              ("faster peer", bench_report.faster_peer_ratio("w", ["peer"])(results), 4.0),
                              ("milliseconds", bench_report.wall_ms("w", "tocsin")(results), 250.0),
                              ("rate", bench_report.rate("w", "tocsin", "events", 1)(results), 20.0),
                              ("bytes on disk", bench_report.disk_bytes("w", "tocsin")(results), 40.0),
                              ("memory", bench_report.largest_memory(results), 7.0),
                              ("not measured", bench_report.cpu_ratio("w", "nobody")(results), None)):
        expect(got == wanted, f"{what} is {got}, should be {wanted}")
    points = [{"at": at, "cpu": at ** 1.5} for at in (10, 100, 1000)]
    expect(math.isclose(bench_report.slope(points), 1.5), "the slope of x^1.5 is not 1.5")


def check_chart():
    picture = bench_chart.draw("A < B", "x", "y", {"curve & co": [(100000, 0.02), (1000000, 0.2), (10000000, 3.0)]})
    root = xml.etree.ElementTree.fromstring(picture)
    circles = [element for element in root.iter() if element.tag.endswith("circle")]
    places = [(float(circle.get("cx")), float(circle.get("cy"))) for circle in circles]
    expect(len(places) == 3, "a point is missing")
    expect(places == sorted(places) and [y for _, y in places] == sorted((y for _, y in places), reverse=True),
           "points do not go right and up")
    expect(all(0 < x < bench_chart.WIDTH and 0 < y < bench_chart.HEIGHT for x, y in places), "a point is outside")


def main():
    check_page()
    check_verdicts()
    check_arithmetic()
    check_chart()
    for text in failures:
        print(f"NOT OK: {text}")
    print(f"{len(bench_report.TARGETS)} targets; {len(failures)} mistakes")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
