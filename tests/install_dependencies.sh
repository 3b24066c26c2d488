#!/bin/sh
# Installs the Debian packages that the engine is built and tested with; asks apt only for what is
# missing. To be run, or sourced by scripts that build (tests/run.sh, examples/demo.sh).

LEDGER_PACKAGES="g++ cmake ninja-build pkg-config ccache python3
    liblmdb-dev libcapnp-dev capnproto libspdlog-dev libfmt-dev libboost-dev libssl-dev
    libxxhash-dev libhowardhinnant-date-dev libcli11-dev nlohmann-json3-dev libgtest-dev libgmock-dev libbenchmark-dev
    python3-dev pybind11-dev python3-pybind11 python3-numpy python3-pandas python3-pytest python3-hypothesis
    python3-setuptools python3-wheel python3-venv python3-pip mypy"

ledger_is_installed() {
    # The braces belong to dpkg-query's format, not to the shell.
    # shellcheck disable=SC2016
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

ledger_install_dependencies() {
    command -v apt-get >/dev/null 2>&1 || {
        echo "No apt-get here: have the equivalents of these Debian packages ready:" >&2
        echo "$LEDGER_PACKAGES" >&2
        return 0
    }
    missing=""
    for package in $LEDGER_PACKAGES; do
        ledger_is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "Installing:$missing"
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "Missing packages; as root, run: apt-get install$missing" >&2
            return 1
        }
        as_root="sudo"
    fi
    # shellcheck disable=SC2015,SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
        echo "apt-get could not install:$missing (see its message above)" >&2
        return 1
    }
}

ledger_install_dependencies
