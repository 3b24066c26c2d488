#!/bin/sh
# Installs a built tree into a temporary prefix, moves the prefix, and uses it as a stranger would:
# an empty CMake project, a pkg-config one-liner, and the C++ examples, each built and run.
#
#     tests/consumed_install/run.sh BUILD_DIRECTORY EXPECTED_VERSION CXX
set -eu

if [ $# -ne 3 ]; then
    echo "usage: $0 BUILD_DIRECTORY EXPECTED_VERSION CXX" >&2
    exit 2
fi
build=$1 version=$2 cxx=$3
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
expect_version() {
    [ "$2" = "$version" ] || fail "$1 says version '$2', expected '$version'"
}

step "install, then move the tree: nothing may point back to where it was"
cmake --install "$build" --prefix "$work/first" >"$work/install.log" || {
    cat "$work/install.log"
    fail "cmake --install $build (build the whole tree first: cmake --build $build)"
}
mv "$work/first" "$work/prefix"
prefix=$work/prefix
library=$(find "$prefix" -name 'libledger-engine.a' -o -name 'libledger-engine.so' | head -n 1)
[ -n "$library" ] || fail "no libledger-engine.a or .so below $prefix"
library_directory=$(dirname "$library")
if grep -rlF -e "$source" -e "$work/first" "$prefix/include" "$library_directory/cmake" \
        "$library_directory/pkgconfig"; then
    fail "the files above name the source tree or the first prefix"
fi

# The shared library, where that is what was built, is found by the loader through this.
export LD_LIBRARY_PATH="$library_directory${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

step "an empty CMake project"
cmake -S "$source/tests/consumed_install" -B "$work/cmake" -G Ninja \
    -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$prefix" -DEXPECTED_VERSION="$version"
cmake --build "$work/cmake"
expect_version "the CMake project" "$("$work/cmake/consumer")"
"$work/cmake/served_consumer" || fail "the client of a served ledger does not work as installed"

step "pkg-config and one compiler call"
export PKG_CONFIG_PATH="$library_directory/pkgconfig"
expect_version "pkg-config" "$(pkg-config --modversion ledger-engine)"
# As in the CMake project, the whole archive must find what it needs.
static="" everything=""
case $library in
    *.a)
        static=--static
        everything="-Wl,--whole-archive $library -Wl,--no-whole-archive"
        ;;
esac
# Word splitting of the flags is what pkg-config is for.
# shellcheck disable=SC2046,SC2086
"$cxx" -std=c++20 "$source/tests/consumed_install/main.cpp" -o "$work/consumer" \
    $everything $(pkg-config --cflags --libs $static ledger-engine)
expect_version "the pkg-config program" "$("$work/consumer")"

for example in embed outbox; do
    step "examples/$example"
    cmake -S "$source/examples/$example" -B "$work/$example" -G Ninja \
        -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$prefix"
    cmake --build "$work/$example"
done
(cd "$work" && "$work/embed/embed")

if [ -x "$prefix/bin/ledgerctl" ]; then
    step "the installed command line"
    "$prefix/bin/ledgerctl" --help >"$work/help" || fail "ledgerctl --help"
    head -n 3 "$work/help"
fi
