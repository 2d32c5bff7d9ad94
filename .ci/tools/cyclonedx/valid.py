"""Says whether a bill of materials is valid CycloneDX 1.6, and whether it names every crate of the binary.

    valid.py FILE
"""

import json
import pathlib
import subprocess
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

text = pathlib.Path(sys.argv[1]).read_text()
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
if error:
    sys.exit(f"not valid: {error}")
bom = json.loads(text)
named = {(it["name"], it["version"]) for it in [bom["metadata"]["component"], *bom["components"]]}
# What cargo itself says that the binary is made of.
tree = subprocess.run(
    ["cargo", "tree", "--locked", "-p", "rdpctl", "-e", "normal,build", "--prefix", "none",
     "--target", "x86_64-unknown-linux-gnu"],
    check=True, capture_output=True, text=True).stdout
compiled = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
compiled = {(name, version.removeprefix("v")) for name, version in compiled}
missing = sorted(compiled - named)
without = sorted(it["name"] for it in bom["components"] if "licenses" not in it)
if missing or without:
    sys.exit(f"missing: {missing}; without a licence: {without}")
print(f"{len(named)} components, {len(compiled)} of them by cargo tree")
