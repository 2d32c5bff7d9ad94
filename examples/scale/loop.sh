#!/bin/sh
# What the loop costs in its steady state: MINUTES (10) of a simulated account with INSTANCES (10000) in sync, the cloud asked
# every minute, each machine looked at every 15 minutes. Needs a build of rdpctl (RDPCTL) and curl.
set -eu
cd "$(dirname "$0")/../.."
rdpctl=$(realpath "${RDPCTL:-${CARGO_TARGET_DIR:-target}/release/rdpctl}")
instances=${INSTANCES:-10000} minutes=${MINUTES:-10}
work=$(mktemp -d) kept=$(mktemp -d)
trap 'kill $loop $sim 2> /dev/null || true; rm -rf "$work" "$kept"' EXIT
sim='' loop=''
sed '/^drift /d' "examples/scale/world-$instances.toml" > "$work/world.toml"
"$rdpctl" sim "$work/world.toml" --format json > "$work/ready" & sim=$!
while [ ! -s "$work/ready" ]; do kill -0 "$sim"; sleep 0.1; done
url=$(sed 's/.*"tencent":"\([^"]*\)".*/\1/' "$work/ready")
# Everything but the handshake, which has no door to knock at for so many.
sed "s|^region = .*|&\nendpoint = \"$url\"|; s/^profile  = \"whole\"/profile  = \"inside\"/; s/^\[fleet.nodes\]/[profile.inside]\nextends   = \"whole\"\nreachable = \"unmanaged\"\n\n&/" \
    examples/scale/guests/rdp.toml > "$work/rdp.toml"
printf '[[endpoint]]\nprovider = "tencent"\nurl = "%s"\n' "$url" > "$kept/grants.toml"
export TENCENTCLOUD_SECRET_ID=AKIDscale000000000000000000000000000 TENCENTCLOUD_SECRET_KEY=scale-opens-nothing
: > "$work/events"
"$rdpctl" run --grants "$kept/grants.toml" --state "$work/state.db" --format json --listen 127.0.0.1:0 "$work/rdp.toml" \
    > "$work/events" 2> "$work/err" & loop=$!
while ! grep -q '"event":"ready"' "$work/events"; do kill -0 "$loop" || { cat "$work/err"; exit 1; }; sleep 0.5; done
at=$(sed -n 's/^answers at //p' "$work/err")
number() { curl -s "$at" | sed -n "s/^$1 //p"; }
grep -h '"event":"paced"\|"event":"ready"' "$work/events"
before=$(number process_cpu_seconds_total)
sleep $((minutes * 60))
after=$(number process_cpu_seconds_total)
echo "$instances instances: $(echo "$before $after $minutes" | awk '{ printf "%.2f %% of a core", ($2 - $1) / $3 / 60 * 100 }') over $minutes minutes, $(number process_resident_memory_bytes | awk '{ printf "%.0f MB", $1 / 1e6 }') resident; until ready $before s of processor time"
grep -c '"event":"turned"' "$work/events" | sed 's/$/ turns told/'
curl -s "$at" | grep '^rdpctl_looks_total\|^rdpctl_oldest'
