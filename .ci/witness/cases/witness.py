#!/usr/bin/env python3
"""Worlds of people who really could not connect, shown to plan and doctor: what each has to say, and what must not be
said in any. The worlds are not ours; what is expected of each stands in expected.toml, taken from its case.md."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib


def message(case):
    found = re.search(r"^\* the user saw: (.+)$", (case / "case.md").read_text(), re.MULTILINE)
    return found.group(1)


def run(binary, folder, *arguments):
    done = subprocess.run(
        [binary, *arguments, "--sim", "world.toml"], cwd=folder, capture_output=True, text=True, timeout=300,
        env={"HOME": str(folder), "USER": "witness", "LC_ALL": "C.UTF-8"}, check=False,
    )
    text = done.stdout + done.stderr
    first = re.search(r"^First cause\n  \S+ (\S+)", text, re.MULTILINE)
    return done.returncode, f"First cause: {first.group(1)}\n{text}" if first else text


def complaints(binary, case, wanted, never):
    """What is wrong with what is said of a case."""
    with tempfile.TemporaryDirectory() as folder:
        for file in ("rdp.toml", "world.toml"):
            shutil.copy(case / file, folder)
        said = {
            "plan": run(binary, folder, "plan"),
            "doctor": run(binary, folder, "doctor", "web-01"),
            "told": run(binary, folder, "doctor", "--error", message(case), "web-01"),
        }
    for verb, (code, text) in said.items():
        expected = wanted.get(verb, {})
        if code != expected.get("exit"):
            yield f"{verb} ends with {code}, not {expected.get('exit')}"
        for sentence in expected.get("says", []):
            if sentence not in text:
                yield f"{verb} does not say: {sentence}"
        for sentence in never + wanted.get("never", []) + expected.get("never", []):
            if sentence in text:
                yield f"{verb} says: {sentence}"


def main():
    binary, cases = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    if not cases.is_dir():
        print(f"no cases in {cases}: nothing to show")
        return 0
    expected = tomllib.loads((pathlib.Path(__file__).parent / "expected.toml").read_text())
    never = expected.pop("never")
    wrong = []
    for name, wanted in expected.items():
        found = list(complaints(binary, cases / name, wanted, never))
        print(f"{'wrong' if found else 'right'}  {name}")
        wrong += [f"{name}: {complaint}" for complaint in found]
    unknown = {entry.name for entry in cases.iterdir() if entry.is_dir()} - expected.keys()
    wrong += [f"{name}: nothing is expected of it" for name in sorted(unknown)]
    print("\n".join(wrong) or f"of {len(expected)} cases nothing untrue is said")
    return 1 if wrong else 0


sys.exit(main())
