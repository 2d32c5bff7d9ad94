#!/usr/bin/env python3
"""Compares what the readers understood of real outputs, value by value, with what stands in expected.tsv: what was read
in each capture without the readers' help. How it was written down, the table's own head says."""

import pathlib
import subprocess
import sys


def table(text):
    return dict(line.split("\t", 1) for line in text.splitlines() if line and not line.startswith("#"))


def main():
    reader, captures = sys.argv[1], pathlib.Path(sys.argv[2])
    if not captures.is_dir():
        print(f"no captures in {captures}: nothing to compare")
        return 0
    expected = table((pathlib.Path(__file__).parent / "expected.tsv").read_text())
    said = table(subprocess.run([reader, captures], check=True, capture_output=True, text=True).stdout)
    wrong = [
        f"{name}: understood {said.get(name)!r}, to be read is {right!r}"
        for name, right in expected.items()
        if said.get(name) != right
    ]
    print("\n".join(wrong) or f"{len(expected)} captures are understood as it is written down in this folder")
    return 1 if wrong else 0


sys.exit(main())
