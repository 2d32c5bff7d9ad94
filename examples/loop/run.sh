#!/bin/sh
# The quickstart's simulated cloud, in which everything is broken, and a loop that tells what differs, mends what the guards
# allow, proves it, and serves a page on which all of that is seen. It prints the page's address and goes on until Ctrl-C;
# LISTEN=127.0.0.1:8080 names a port. With --once it ends after one round, and says since when and who.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rdpctl=${RDPCTL:-"cargo run --ignore-rust-version --quiet --manifest-path $here/../../Cargo.toml -p rdpctl --"}
folder=$(mktemp -d)
loop=
ended() {
    [ -z "$loop" ] || { kill "$loop" 2>/dev/null && wait "$loop"; } || true
    rm -rf "$folder"
}
trap ended EXIT
trap 'exit 0' INT TERM
cp "$here/rdp.toml" "$here/../quickstart/world.toml" "$folder"
cd "$folder"
if [ "${1:-}" = --once ]; then
    $rdpctl run --sim world.toml --once .
    echo
    echo "Since when, and who:"
    $rdpctl blame web-01/remote-desktop .
else
    $rdpctl run --sim world.toml --listen "${LISTEN:-127.0.0.1:0}" . &
    loop=$!
    wait "$loop"
fi
