#!/bin/sh
# The subscription beside this file is simulated, and its desks are repaired: plan, apply, plan again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rdpctl=${RDPCTL:-"cargo run --ignore-rust-version --quiet --manifest-path $here/../../Cargo.toml -p rdpctl --"}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/rdp.toml" "$here/world.toml" "$folder"
cd "$folder"
$rdpctl plan --sim world.toml .
$rdpctl apply --sim world.toml --auto-approve --allow reboot,spend .
$rdpctl plan --sim world.toml --detailed-exitcode .
