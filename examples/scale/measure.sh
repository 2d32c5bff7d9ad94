#!/bin/sh
# Repeats the figures of docs/benchmarks.md: warm plans from a filled state, cold surveys of a simulated account.
# Needs a release build, GNU time and curl:
#   cargo build --release --ignore-rust-version -p rdpctl --bin rdpctl --example fill_state
set -eu
cd "$(dirname "$0")/../.."
bin="${CARGO_TARGET_DIR:-target}/release"
work=$(mktemp -d)
sim=
trap '[ -z "$sim" ] || kill "$sim"; rm -rf "$work"' EXIT
timed() { /usr/bin/time -f "$1: %e s, %U s user, %S s system, %M KiB" "$bin/rdpctl" plan $2 "$3" 2>&1 >/dev/null | grep KiB; }

echo "warm: sixteen facets each, 1 % drifted"
for n in 1000 10000 100000 1000000; do
    mkdir -p "$work/warm-$n" && cp examples/scale/guests/rdp.toml "$work/warm-$n"
    "$bin/examples/fill_state" "$work/warm-$n" "$work/warm-$n/.rdpctl/state.db" examples/scale/healthy-survey.json "$n" 1
    timed "$n" --refresh=false "$work/warm-$n"
done
echo "warm: all drifted"
mkdir -p "$work/all" && cp examples/scale/guests/rdp.toml "$work/all"
"$bin/examples/fill_state" "$work/all" "$work/all/.rdpctl/state.db" examples/scale/healthy-survey.json 100000 100
timed 100000 --refresh=false "$work/all"

# The keys of the simulated account; they open nothing else.
export TENCENTCLOUD_SECRET_ID=AKIDscale000000000000000000000000000 TENCENTCLOUD_SECRET_KEY=scale-opens-nothing
cold() { # words, world, declaration
    "$bin/rdpctl" sim "$2" --format json > "$work/ready" & sim=$!
    while [ ! -s "$work/ready" ]; do kill -0 "$sim"; done
    url=$(sed 's/.*"tencent":"\([^"]*\)".*/\1/' "$work/ready")
    rm -rf "$work/cold" && mkdir "$work/cold"
    sed "s|^region = .*|&\nendpoint = \"$url\"|" "$3" > "$work/cold/rdp.toml"
    # Another endpoint than the vendor's own is somebody's to grant.
    printf '[[endpoint]]\nprovider = "tencent"\nurl = "%s"\n' "$url" > "$work/grants.toml"
    export RDPCTL_GRANTS="$work/grants.toml"
    timed "$1" --refresh=true "$work/cold"
    printf '    calls: ' && curl -s "$url/__sim/counters" | sed 's/,"actions.*//; s/.*://'
    kill "$sim" && wait "$sim" || true
    sim=
    : > "$work/ready"
}
echo "cold: the cloud account alone"
for n in 1000 10000 100000; do cold "$n" "examples/scale/world-$n.toml" examples/scale/rdp.toml; done
echo "cold: 50 ms a call"
{ cat examples/scale/world-1000.toml; printf '\n[fault]\nlatency = "50ms"\n'; } > "$work/slow.toml"
cold 1000 "$work/slow.toml" examples/scale/rdp.toml
echo "cold: with guests over run-command"
sed 's/^profile  = "whole"/profile  = "inside"/; s/^\[fleet.nodes\]/[profile.inside]\nextends   = "whole"\nreachable = "unmanaged"\n\n&/' \
    examples/scale/guests/rdp.toml > "$work/inside.toml"
cold 1000 examples/scale/world-1000.toml "$work/inside.toml"
