"""Calls everything with arguments that are no good, in a process of its own.

    fuzz_calls.py DIRECTORY SEED CALLS

Any exception is fine; a crash, a hang, or an exception that is none of Python's ways is not.
"""

import datetime as dt
import decimal
import gc
import inspect
import pathlib
import random
import sys
import uuid

import numpy as np
import pandas as pd

import ledger
from conftest import Books, every_kind

DIRECTORY, SEED, CALLS = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
RANDOM = random.Random(SEED)


class Evil:
    """Answers questions with exceptions, or lies."""

    value = "not a number"
    records = lines = terms = property(lambda self: iter([self]))

    def __index__(self):
        raise RuntimeError("no")

    def __iter__(self):
        yield self
        raise RuntimeError("no more")

    def __repr__(self):
        raise RuntimeError("no repr")

    def __fspath__(self):
        return 7


class Int(int):
    def __index__(self):
        return 1 << 200


CYCLE = []
CYCLE.append(CYCLE)


def values(books, view):
    """Some that are right, and many that are wrong."""
    return [
        None, True, 0, 1, -1, 7, 1 << 31, 1 << 63, (1 << 64) - 1, 1 << 64, 1 << 127, 1 << 128,
        -(1 << 127), -(1 << 128), 10**5000, Int(5), 0.0, 1.5, float("nan"), 1j,
        decimal.Decimal("1.5"), decimal.Decimal("NaN"), decimal.Decimal("1E+999999"), "", "text:",
        "text:bank", "text:shop", "CNY", "2202", "\0", "\ud800", "x" * 100_000, "财务", b"", b"\xff",
        bytearray(3), [], [None], ["text:shop"], ["text:shop", 7], CYCLE, {}, {"a": 1}, (), ((),),
        set(), iter([1, 2]), object(), object, Evil(), Evil, len, lambda *a, **k: None, ...,
        dt.date.min, dt.date.max, dt.date(2026, 1, 5), dt.datetime.min, dt.datetime.max,
        dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc), dt.datetime(2026, 1, 5, tzinfo=dt.timezone.utc),
        dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-23))), dt.time(),
        dt.timedelta(0), dt.timedelta(milliseconds=1), dt.timedelta.min, pd.NaT,
        pd.Timestamp("2026-01-05T00:00:00.000000001Z"), uuid.UUID(int=0), uuid.UUID(int=7),
        np.int64(3), np.uint64(1 << 63), np.float64(1), np.bool_(True), np.array([]), np.arange(5),
        np.array([[1]]), np.array(["text:shop"]), np.datetime64("NaT"), pd.DataFrame(),
        pd.DataFrame({"id": ["a"], "amount": [1.5]}),
        ledger.AccountId.of("shop"), ledger.RecordId.of("voucher 1"), ledger.OrderId(1),
        ledger.ItemId(1), ledger.Side.debit, ledger.Outcome.accepted, ledger.Rounding.floor,
        ledger.FeedContent.records, ledger.Range(), ledger.Range(5, 1),
        ledger.Range(Evil(), None, 1.5, "x"),
        ledger.DateRange(dt.date.min, dt.date.max), ledger.DateRange(dt.date.max, dt.date.min),
        ledger.DateRange(None, 7), ledger.InstantRange(None, None),
        ledger.InstantRange(*[dt.datetime(2026, 1, n, tzinfo=dt.timezone.utc) for n in (5, 6)]),
        ledger.Options(), ledger.Options(segment_records=1 << 60), ledger.Options(clock=7),
        ledger.ReaderOptions(view_age_max=dt.timedelta.max), ledger.Rates({}), ledger.Limits(1.5),
        ledger.Group([]), ledger.Group(7), ledger.Capture(None, None), ledger.Buffering(None),
        ledger.Snapshot("a", 1, 1, "x", b""), ledger.Certificate(1, None, 1, 1, "", 7),
        ledger.PeriodClose(1, dt.date(2026, 1, 5), [None]), books.ledger, view, books.clock,
        *every_kind(),
    ]


def functions(books, view, feed):
    for owner in (books.ledger, view, feed, ledger, ledger._core):
        for name in dir(owner):
            if name.startswith("__") or (owner is ledger and name.startswith("_")):
                continue
            if name in ("close", "close_all", "seal", "backup", "restore", "verify", "rebuild", "step"):
                continue  # closes them, or takes long; called in the end
            # Native objects are not promised to stand anything but what the package gives them.
            if owner is ledger._core and name.startswith("arrow_"):
                continue
            if callable(call := getattr(owner, name, None)):
                yield f"{owner}.{name}", call


def try_call(call, arguments, keywords):
    try:
        made = call(*arguments, **keywords)
        if inspect.isgenerator(made) or isinstance(made, ledger.Feed):
            for _, _ in zip(range(3), made):
                pass
        return made
    except Exception:
        return None


def keywords_of(call, pool):
    try:
        names = [one.name for one in inspect.signature(call).parameters.values()]
    except (TypeError, ValueError):
        return {}
    names = [name for name in names if name not in ("wait", "args", "kwargs")]
    return {name: RANDOM.choice(pool) for name in names if RANDOM.random() < 0.2}


def main():
    books = Books(DIRECTORY / "books")
    for number in range(5):
        books.pay("text:bank", "text:shop", number + 1)
    view, feed = books.ledger.view(), books.ledger.follow(0)
    pool = values(books, view)
    calls = list(functions(books, view, feed))
    records = [type(one) for one in every_kind()] + [ledger.VoucherLine, ledger.RelationTerm]
    for number in range(CALLS):
        if number % 4 == 0:  # records of wrong parts, posted
            kind = RANDOM.choice(records)
            parts = [RANDOM.choice(pool) for _ in inspect.signature(kind).parameters]
            made = try_call(kind, parts, {})
            try_call(books.ledger.dry_run, [[made, *every_kind()]], {})
            try_call(books.ledger.post, [made], {})
            continue
        name, call = RANDOM.choice(calls)
        arguments = [RANDOM.choice(pool) for _ in range(RANDOM.randrange(5))]
        if name.endswith(".next_records") or name.endswith(".next"):
            arguments = arguments[:1] + [dt.timedelta(0)]
        made = try_call(call, arguments, keywords_of(call, pool))
        if isinstance(made, (ledger.Ledger, ledger.Reader)):
            made.close()
    assert view.balance("text:shop") is not None
    for owner in (view, feed, books.ledger):
        owner.close()
    for name, call in calls:  # once more, closed
        arguments = [RANDOM.choice(pool) for _ in range(RANDOM.randrange(4))]
        if name.endswith(".next_records") or name.endswith(".next"):
            arguments = arguments[:1] + [dt.timedelta(0)]
        try_call(call, arguments, {})
    for call in (ledger.verify, ledger.rebuild, ledger.restore, books.ledger.backup):
        for value in pool:
            if not isinstance(value, str) or value in ("", "\0", "\ud800"):
                try_call(call, [value], {})
    gc.collect()
    print("stood", flush=True)


main()
