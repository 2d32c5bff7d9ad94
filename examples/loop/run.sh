#!/bin/sh
# The quickstart's simulated cloud, in which everything is broken, and one round of the loop: it tells what differs, mends
# what the guards allow, proves it, and ends. Without --once it would go on until SIGTERM.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rdpctl=${RDPCTL:-"cargo run --ignore-rust-version --quiet --manifest-path $here/../../Cargo.toml -p rdpctl --"}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/rdp.toml" "$here/../quickstart/world.toml" "$folder"
cd "$folder"
$rdpctl run --sim world.toml --once .
echo
echo "Since when, and who:"
$rdpctl blame web-01/remote-desktop .
