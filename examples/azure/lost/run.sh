#!/bin/sh
# A simulated VM that only its disk can heal: looked into without any VM, repaired, proved from outside.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rdpctl=${RDPCTL:-"cargo run --ignore-rust-version --quiet --manifest-path $here/../../../Cargo.toml -p rdpctl --"}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/rdp.toml" "$here/world.toml" "$folder"
cd "$folder"
$rdpctl doctor desk-04 --look-into-disk --allow spend --sim world.toml || [ $? = 2 ]
$rdpctl apply --sim world.toml --auto-approve --allow offline-repair,spend .
$rdpctl state list .
