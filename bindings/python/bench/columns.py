#!/usr/bin/env python3
"""What columns cost: posting from arrays, entries to a DataFrame, balances of many accounts in the past.

    PYTHONPATH=build/release/python /usr/bin/python3 bindings/python/bench/columns.py DIRECTORY \\
        [--vouchers 5000000] [--accounts 10000]

Posts the vouchers into a new ledger in DIRECTORY (two entries each), and reads them back. Memory is that of
the process: what it has at most while a DataFrame is made, less what it had before, beside the DataFrame's own.
"""

import argparse
import resource
import threading
import time

import numpy as np
import pandas  # noqa: F401: what importing it costs is not measured

import ledger
from ledger import AccountKind, DefineBook, DefineCurrency, OpenAccount

PART = 1_000_000


class Peak:
    """The greatest resident memory while it is open."""

    def __enter__(self):
        self.before = self.peak = resident()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        self.began, self.processor = time.monotonic(), time.process_time()
        return self

    def watch(self):
        while not self.over.wait(0.005):
            self.peak = max(self.peak, resident())

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
        self.processor = time.process_time() - self.processor
        self.over.set()
        self.thread.join()
        self.grown = self.peak - self.before

    def __str__(self):
        return f"{self.seconds:.2f} s ({self.processor:.2f} s of processors)"


def resident():
    """Anonymous memory: pages of the ledger's files are the system's."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def open_accounts(writer, count):
    records = [DefineCurrency("CNY"), DefineBook(1, "Bench")]
    for first in range(1, count + 1, 10_000):
        records += [
            OpenAccount(ledger.AccountId(n), 1, "CNY", "2202", AccountKind.liability)
            for n in range(first, min(first + 10_000, count + 1))
        ]
        for result in writer.post(records):
            result.check()
        records = []


def post(writer, vouchers, accounts):
    known = [ledger.AccountId(n) for n in range(1, accounts + 1)]
    random = np.random.default_rng(7)
    seconds = processor = 0.0
    for first in range(0, vouchers, PART):
        count = min(PART, vouchers - first)
        debit = random.integers(0, accounts, count, dtype="i4")
        columns = {
            "id_high": np.full(count, 1, "u8"),
            "id_low": np.arange(first + 1, first + count + 1, dtype="u8"),
            "debit": debit,
            "credit": (debit + 1) % accounts,
            "amount": random.integers(1, 100_000, count),
        }
        with Peak() as peak:
            table = writer.post_transfers(columns, book=1, accounts=known)
        seconds, processor = seconds + peak.seconds, processor + peak.processor
        assert (table["outcome"] == "accepted").all()
    print(
        f"posting from arrays: {vouchers / seconds:,.0f} vouchers/s, "
        f"{processor / vouchers * 1e6:.2f} us of processors each"
    )
    return known


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--vouchers", type=int, default=5_000_000)
    parser.add_argument("--accounts", type=int, default=10_000)
    arguments = parser.parse_args()
    with ledger.Ledger.create(arguments.directory) as writer:
        began = time.monotonic()
        open_accounts(writer, arguments.accounts)
        print(f"opened {arguments.accounts:,} accounts in {time.monotonic() - began:.1f} s")
        known = post(writer, arguments.vouchers, arguments.accounts)
        writer.seal()
        with writer.view() as view:
            frame = None
            with Peak() as peak:
                frame = view.entries_table(known, lines_only=True).frame()
            size = int(frame.memory_usage(index=False, deep=False).sum())
            print(
                f"entries to a DataFrame: {len(frame):,} rows in {peak}, "
                f"{size / 1e6:,.0f} MB, at most {peak.grown / size:.2f} times that"
            )
            del frame
            past = view.position - arguments.vouchers // 2
            with Peak() as peak:
                table = view.balances_table(1, at=view.record(past).instant)
            print(f"balances in the past: {len(table):,} accounts in {peak}")
            with Peak() as peak:
                frame = table.frame()
            print(f"  and as a DataFrame: {peak} more")


main()
