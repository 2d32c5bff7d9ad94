"""What a witness had the simulator of Azure answer, as lines `METHOD TYPE/action` in a file beside it: a test of ours
holds what rdpctl sends against them. A witness that drives another set than its file says fails; `DRIVEN=write` writes
the file anew."""

import json
import os
import urllib.request


def compare(hatch, file):
    """What differs, in a sentence; nothing where nothing does."""
    with urllib.request.urlopen(f"{hatch}/__sim/counters") as answer:
        served = sorted(json.load(answer)["served"])
    if os.environ.get("DRIVEN") == "write":
        file.write_text("".join(f"{line}\n" for line in served))
    known = set(file.read_text().splitlines()) if file.exists() else set()
    new, gone = sorted(set(served) - known), sorted(known - set(served))
    if not new and not gone:
        return ""
    return f"{file.name} is not what was driven: it lacks {new}, and {gone} was not driven"
