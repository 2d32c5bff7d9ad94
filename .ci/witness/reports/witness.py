#!/usr/bin/env python3
"""Drift reports of the quickstart's broken world, as others read them."""

import csv
import html.parser
import io
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

import junitparser

HERE = pathlib.Path(__file__).parent
QUICKSTART = HERE.parents[2] / "examples/quickstart"
MULTITOOL = HERE / "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
failed = 0


def holds(what, truth):
    global failed
    failed += not truth
    print(f"{'ok    ' if truth else 'FAILED'} {what}", flush=True)


def report(folder, form, *more):
    command = [os.environ["RDPCTL"], "drift", "--sim", "world.toml", "--format", form, *more, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    return done.stdout


class Tags(html.parser.HTMLParser):
    """Whether every element that begins ends, in the right order."""

    VOID = {"meta", "br", "hr", "img", "input", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file in ("rdp.toml", "world.toml"):
            shutil.copy(QUICKSTART / file, folder)
        seen = json.loads(report(folder, "json"))
        facets = [facet for one in seen["findings"] for facet in one.get("hides") or [one["facet"]]]

        (folder / "drift.sarif").write_text(report(folder, "sarif"))
        MULTITOOL.chmod(MULTITOOL.stat().st_mode | stat.S_IXUSR)
        done = subprocess.run(
            [MULTITOOL, "validate", "drift.sarif", "--output", "said.sarif", "--level", "Error"], cwd=folder,
            capture_output=True, text=True, timeout=120, env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"})
        said = json.loads((folder / "said.sarif").read_text())["runs"][0].get("results") or []
        holds("SARIF: the multitool finds nothing", done.returncode == 0 and said == [])
        for one in said:
            print("      ", one["ruleId"], one["message"])

        cases = junitparser.JUnitXml.fromstring(report(folder, "junit").encode())
        holds("JUnit: as many cases as facets", cases.tests == len(facets) == sum(len(list(one)) for one in cases))
        holds("JUnit: failures are what differs, errors what is unknown",
              (cases.failures, cases.errors) == (seen["drifted"], seen["unknown"]))

        rows = list(csv.DictReader(io.StringIO(report(folder, "csv"))))
        holds("CSV: a row for each finding, with its facets",
              [row["facets"].split() for row in rows] == [one.get("hides") or [one["facet"]] for one in seen["findings"]])

        tags = Tags()
        tags.feed(report(folder, "html"))
        holds("HTML: every element ends where it should", not tags.open and not tags.wrong)
    return 1 if failed else 0


sys.exit(main())
