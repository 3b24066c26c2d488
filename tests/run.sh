#!/bin/bash
# Everything that must hold, in one command: installs what is missing, then
#   release  the whole suite, warnings as errors
#   tsan     the tests labelled `threads` under ThreadSanitizer
#   asan     the rest under AddressSanitizer and UndefinedBehaviorSanitizer
# Stops at the first stage that fails, with a non-zero exit; the last lines are ctest's summary.
#
#   LEDGER_TEST_STAGES="release tsan asan"   which stages to run
#   LEDGER_TEST_JOBS=2                       compiler and test processes at once
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tests/install_dependencies.sh
source tests/install_dependencies.sh

stages=${LEDGER_TEST_STAGES:-release tsan asan}
jobs=${LEDGER_TEST_JOBS:-$(nproc)}

header() { printf '\n======== %s (%s s)\n' "$*" "$SECONDS"; }

# TSan's shadow memory needs mappings where a kernel with much address randomisation does not leave
# them: "unexpected memory mapping". Without randomisation they are always there.
without_aslr() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

configure() {
    local preset=$1
    shift
    header "$preset: configure"
    cmake --preset "$preset" "$@" >"build/$preset.configure.log" 2>&1 || {
        cat "build/$preset.configure.log"
        echo "configuring $preset failed" >&2
        return 1
    }
}

build() {
    header "$1: build"
    without_aslr cmake --build --preset "$1" --parallel "$jobs" "${@:2}"
}

run_tests() {
    header "$1: test"
    without_aslr ctest --preset "$1" --parallel "$jobs" --no-tests=error "${@:2}"
}

stage_release() {
    configure release -DLEDGER_WERROR=ON
    build release
    run_tests release
}

stage_tsan() {
    configure tsan
    build tsan --target thread_tests
    run_tests tsan --label-regex '^threads$'
}

stage_asan() {
    configure asan
    build asan
    run_tests asan --label-exclude '^(threads|tree)$'
}

mkdir -p build
for stage in $stages; do
    case $stage in
        release | tsan | asan) "stage_$stage" ;;
        *)
            echo "LEDGER_TEST_STAGES: no stage '$stage'; there are: release tsan asan" >&2
            exit 2
            ;;
    esac
done
