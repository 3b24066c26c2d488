#!/bin/bash
# A payment company's day, on a machine that has only git and apt: builds ledgerctl, posts the day twice,
# kills one of the two with SIGKILL in the middle, opens it again, goes on, and shows that both ledgers say the
# same. Ends in tables.
#
#   DEMO_BUILD=build/release    where to build
#   LEDGERCTL=PROGRAM           a ledgerctl that is built already, to be used instead
#   DEMO_PAYMENTS=6000          how long the day is
#   DEMO_KEEP=DIRECTORY         where to leave the two ledgers (default: they are removed)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/install_dependencies.sh
source tests/install_dependencies.sh

build=${DEMO_BUILD:-build/release}
payments=${DEMO_PAYMENTS:-6000}
step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

if [ -n "${LEDGERCTL:-}" ]; then
    ledgerctl=$LEDGERCTL
else
    step "build ledgerctl ($build)"
    mkdir -p "$build"
    export CCACHE_NOHASHDIR=true
    if [ ! -f "$build/build.ninja" ]; then
        cmake --preset release -B "$build" >"$build/demo.log" 2>&1 || {
            cat "$build/demo.log"
            fail "cmake could not configure"
        }
    fi
    cmake --build "$build" --target ledgerctl
    ledgerctl=$build/ledgerctl
fi

work=${DEMO_KEEP:-$(mktemp -d)}
mkdir -p "$work"
[ -n "${DEMO_KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
for name in whole killed; do
    [ ! -e "$work/$name" ] || fail "$work/$name is there already; remove it or name another DEMO_KEEP"
done

step "make a day: $payments payments"
python3 examples/generate_day.py "$work/day" --payments "$payments"
afternoon=$(wc -l <"$work/day/day.jsonl")
wc -l "$work"/day/*.jsonl "$work"/day/*.csv | sed '$d'

# Exit code 1 means that something was refused, as two rows of the morning's file and the forged vouchers are.
some_refused() {
    local code=0
    "$@" || code=$?
    [ "$code" -eq 0 ] || [ "$code" -eq 1 ] || fail "exit code $code of: $*"
}
begin() {
    "$ledgerctl" --dir "$1" init
    "$ledgerctl" --dir "$1" post "$work/day/definitions.jsonl" >"$1.definitions.txt"
    some_refused "$ledgerctl" --dir "$1" import --map "$work/day/morning.map.json" \
        --rejects "$1.rejects.csv" "$work/day/morning.csv"
}
afternoon() {
    some_refused "$ledgerctl" --dir "$1" --json post "$work/day/day.jsonl" >"$1.$2.jsonl"
}
end_day() {
    "$ledgerctl" --dir "$1" day cut 1 2026-11-20
    "$ledgerctl" --dir "$1" day close 1 2026-11-20
}

step "a ledger that nothing happens to"
begin "$work/whole"
afternoon "$work/whole" results
end_day "$work/whole"

step "a ledger whose process is killed in the middle of the afternoon"
begin "$work/killed"
python3 examples/kill_midway.py "$work/day/day.jsonl" $((afternoon / 3)) \
    "$ledgerctl" --dir "$work/killed" --json post -

step "open it again, and post the same file from its beginning: what is there already is recognised"
"$ledgerctl" --dir "$work/killed" verify --deep
afternoon "$work/killed" again
again=$(grep -c '"outcome":"already_posted"' "$work/killed.again.jsonl" || true)
[ "$again" -ge $((afternoon / 3)) ] || fail "of the acknowledged records only $again are there"
echo "posted before the kill and recognised: $again"
end_day "$work/killed"

step "the same result?"
python3 examples/day_tables.py "$ledgerctl" "$work/whole" --state >"$work/whole.state"
python3 examples/day_tables.py "$ledgerctl" "$work/killed" --state >"$work/killed.state"
cmp "$work/whole.state" "$work/killed.state" || fail "the two ledgers differ"
echo "yes: trial balance and $(($(wc -l <"$work/whole.state") - 1)) accounts are equal"

step "and to an independent monitor, which knows nothing but the change feed?"
"$ledgerctl" --dir "$work/killed" follow --json | python3 examples/monitor/monitor.py

step "the books at the end of the day, of the ledger that was killed"
python3 examples/day_tables.py "$ledgerctl" "$work/killed"
[ -z "${DEMO_KEEP:-}" ] || printf '\nLeft in %s: whole/, killed/\n' "$work"
