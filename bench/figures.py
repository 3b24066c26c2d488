#!/usr/bin/env python3
"""The table of docs/performance.md: named workloads of `ledgerctl bench`, several rounds, medians.

    bench/figures.py build/release/ledgerctl DIRECTORY [--rounds 3] [--only NAME ...] [--scale 1.0] [--full-cache]

DIRECTORY is on the disk to be measured; the reports stay in it, one JSON file a run, and runs whose file is there
already are not made again. One round runs every workload once, so that a busy hour of a shared machine
falls on all of them.

--full-cache fills the page cache before each run, with the holes of a sparse file: what a machine looks like that has
been up for a day. A virtual machine that has just started, or gives free memory back to its host, pays for the
first touch of every page instead, which says more of the host than of the ledger.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess

MILLION = 1_000_000

# name: (vouchers, options)
WORKLOADS = {
    "batch 8,190, 10 k accounts": (20 * MILLION, "--accounts 10000"),
    "the same, distinct random orders": (20 * MILLION, "--accounts 10000 --orders distinct"),
    "batch 8,190, 1 M accounts": (20 * MILLION, "--accounts 1000000"),
    "the same, distinct random orders, 1 M": (20 * MILLION, "--accounts 1000000 --orders distinct"),
    "batch 8,190, random ids": (20 * MILLION, "--accounts 10000 --id-order random"),
    "half of all lines on one account": (20 * MILLION, "--hot-accounts 1 --hot-share 0.5"),
    "the same, buffered": (20 * MILLION, "--hot-accounts 1 --hot-share 0.5 --buffered"),
    "30 % holds, ended later": (20 * MILLION, "--hold-share 0.3"),
    "batch 1,000": (20 * MILLION, "--batch 1000 --in-flight 8"),
    "batch 100": (20 * MILLION, "--batch 100 --in-flight 64"),
    "one at a time, one client": (60_000, "--batch 1"),
    "64 threads, one at a time": (2 * MILLION, "--batch 1 --clients 64"),
    "one thread, asynchronous": (20 * MILLION, "--batch 1 --async"),
}


def fill_cache(directory):
    pages = directory / "holes"
    with open(pages, "wb") as file:
        file.truncate(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 9 // 10)
    with open(pages, "rb", buffering=0) as file:
        buffer = bytearray(1 << 22)
        while file.readinto(buffer):
            pass


def run(ledgerctl, directory, name, vouchers, options, number, full_cache):
    report = directory / f"{name.replace(' ', '-').replace(',', '').replace('%', 'percent')}.{number}.json"
    if not report.exists():
        if full_cache:
            fill_cache(directory)
        command = [ledgerctl, "--json", "--dir", str(directory / "ledger"), "bench", "--vouchers", str(vouchers),
                   "--query-seconds", "0.5", "--yardstick-seconds", "3", *options.split()]
        if number == 1:
            command.append("--cold")
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        report.write_text(done.stdout)
    return json.loads(report.read_text())


def row(name, reports):
    def median(*path):
        values = []
        for value in reports:
            for key in path:
                value = value.get(key) if value else None
            if value is not None:
                values.append(value)
        return statistics.median(values) if values else float("nan")

    latency = " / ".join(f"{median('load', 'latency_ms_' + p):.3g}" for p in ("p50", "p99", "p100"))
    rates = ", ".join(f"{report['load']['accepted_per_second'] / 1000:,.0f}" for report in reports)
    return (f"| {name} | {median('load', 'accepted_per_second') / 1000:,.0f} k ({rates}) | {latency} "
            f"| {median('disk', 'bytes_a_voucher'):.0f} | {median('load', 'anonymous_memory_bytes_peak') / 2**20:.0f} "
            f"| {median('reopen', 'warm_seconds'):.2f} / {median('reopen', 'cold_seconds'):.2f} "
            f"| {median('yardstick', 'preallocated', 'mib_per_second'):.0f} "
            f"| {median('queries', 'balances_per_second') / 1e6:.1f} M "
            f"/ {median('queries', 'vouchers_by_id_per_second') / 1000:.0f} k "
            f"/ {median('queries', 'histories_per_second') / 1000:.1f} k |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledgerctl")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of workloads, or parts of them")
    parser.add_argument("--full-cache", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the vouchers")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    chosen = {name: what for name, what in WORKLOADS.items()
              if not arguments.only or any(part in name for part in arguments.only)}
    reports = {name: [] for name in chosen}
    for number in range(1, arguments.rounds + 1):
        for name, (vouchers, options) in chosen.items():
            scaled = max(1, round(vouchers * arguments.scale))
            reports[name].append(run(arguments.ledgerctl, arguments.directory, name, scaled, options, number,
                                     arguments.full_cache))
            load = reports[name][-1]["load"]
            print(f"round {number}, {name}: {load['accepted_per_second']:,.0f}/s", flush=True)
    print("\n| workload | records/s: median (runs) | latency ms p50 / p99 / p100 | B a record | memory MiB "
          "| reopen s warm / cold | yardstick MiB/s | balances, vouchers, histories a second |")
    print("|---|---|---|---|---|---|---|---|")
    for name in chosen:
        print(row(name, reports[name]))


if __name__ == "__main__":
    main()
