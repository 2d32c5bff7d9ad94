#!/bin/sh
# Breaks the disk of a Windows machine, says what is wrong with it, repairs it where it lies, and has it proved from
# outside: the machine is started from the repaired disk, and shakes hands. Needs nothing but rdpctl; works in a folder
# of its own, and leaves nothing behind.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rdpctl=${RDPCTL:-"cargo run --ignore-rust-version --quiet --manifest-path $here/../../Cargo.toml -p rdpctl --"}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/world.toml" "$here/rdp.toml" "$folder"
cd "$folder"

told() { printf '\n$ rdpctl %s\n' "$*"; }
expect() { # an exit code, then what is run
    wanted=$1
    shift
    told "$@"
    code=0
    $rdpctl "$@" || code=$?
    [ "$code" = "$wanted" ] || { echo "that ended with $code, not $wanted"; exit 1; }
}

# The world comes to be: the machine is off, and its disk lies there.
$rdpctl plan --sim world.toml > /dev/null
expect 2 doctor --disk server.raw
expect 0 apply --disk server.raw --state kept --auto-approve --allow offline-repair
expect 0 doctor --disk server.raw
# The cloud starts it from that disk, and what was repaired is what answers.
expect 0 apply --sim world.toml --auto-approve
