"""Posting from columns: what is in a column is posted, or the call says why not; nothing is guessed."""

import dataclasses
import datetime as dt
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import ledger
from ledger import Ink
from ledger._posting import line_columns

DAY = dt.date(2026, 1, 5)


def transfers(ids, **columns):
    count = len(ids)
    return {
        "id": ids,
        "debit": ["text:bank"] * count,
        "credit": ["text:shop"] * count,
        "amount": np.arange(1, count + 1),
        **columns,
    }


def lines(**columns):
    return {
        "id": ["a", "a"],
        "account": ["text:bank", "text:shop"],
        "side": ["debit", "credit"],
        "amount": [5, 5],
        **columns,
    }


def total(books, name):
    with books.ledger.view() as view:
        return view.balance(f"text:{name}").total


@pytest.mark.parametrize("ink", [["black", "red"], [Ink.black, Ink.red], np.array([0, 1])])
def test_transfers_have_the_ink_of_their_row(books, ink):
    table = books.ledger.post_transfers(transfers(["a", "b"], ink=ink), book=1)
    assert table["outcome"].tolist() == ["accepted", "accepted"]
    with books.ledger.view() as view:
        inks = [
            [line.ink for line in view.voucher(ledger.RecordId.of(name)).voucher.lines]
            for name in ("a", "b")
        ]
    assert inks == [[Ink.black, Ink.black], [Ink.red, Ink.red]]
    assert total(books, "shop") == 1 - 2


def test_an_unknown_column_is_refused(books):
    with pytest.raises(ledger.InvalidArgument, match="Ink"):
        books.ledger.post_transfers(transfers(["a"], Ink=["red"]), book=1)
    with pytest.raises(ledger.InvalidArgument, match="side"):
        books.ledger.post_transfers(transfers(["a"], side=["debit"]), book=1)
    with pytest.raises(ledger.InvalidArgument, match="summary"):
        books.ledger.post_lines(pd.DataFrame(lines(summary=["x", "x"])), book=1)
    with pytest.raises(ledger.InvalidArgument, match="book"):
        books.ledger.post_lines(lines(book=[2, 2]), book=1)
    assert total(books, "shop") == 0


def test_a_transfer_whose_id_is_repeated_posts_once(books):
    columns = transfers(["a", "a", "b", "a"], amount=[5, 5, 7, 6])
    table = books.ledger.post_transfers(columns, book=1)
    assert table["outcome"].tolist() == ["accepted", "already_posted", "accepted", "id_conflict"]
    assert table["position"][0] == table["position"][1]
    assert total(books, "shop") == 5 + 7


@pytest.mark.parametrize("wrong", [{"side": [0, 2]}, {"side": [0, -1]}, {"ink": [0, 7]}])
def test_a_number_that_the_enum_lacks_is_refused(books, wrong):
    with pytest.raises(ledger.InvalidArgument, match="|".join(wrong)):
        books.ledger.post_lines(lines(**wrong), book=1)
    (name, numbers), = wrong.items()
    made, known = line_columns(lines(), None, 1)
    made = dataclasses.replace(made, **{name: np.array(numbers, "i1")})
    with pytest.raises(ledger.InvalidArgument, match="is no"):  # nor by the module itself
        ledger._core.post_columns(books.ledger._native, made, known, False)
    assert total(books, "shop") == 0


@pytest.mark.parametrize(
    "given",
    [
        [DAY, DAY],
        np.array([DAY, DAY], object),
        np.array([DAY, DAY], "M8[D]"),
        np.array([DAY, DAY], "M8[ns]"),
        np.array([DAY, DAY], ">M8[s]"),
        pd.Series([pd.Timestamp(DAY)] * 2),
    ],
)
def test_book_dates(books, given):
    books.ledger.post_lines(lines(book_date=given), book=1)
    with books.ledger.view() as view:
        assert view.voucher(ledger.RecordId.of("a")).voucher.book_date == DAY


def test_a_row_without_a_book_date_has_the_book_s_day(books):
    later = dt.date(2026, 1, 9)
    for name, none in (("a", None), ("b", np.datetime64("NaT"))):
        dates = [none, later] if none is None else np.array([none, later], "M8[D]")
        columns = transfers([name, name + "2"], book_date=dates)
        assert books.ledger.post_transfers(columns, book=1)["outcome"].tolist() == ["accepted"] * 2
        with books.ledger.view() as view:
            dates = [view.voucher(ledger.RecordId.of(one)).voucher.book_date for one in columns["id"]]
        assert dates == [DAY, later]


@pytest.mark.parametrize(
    "given",
    [
        pd.Series([pd.Timestamp("2026-01-05", tz="Asia/Shanghai")] * 2),
        pd.DatetimeIndex(["2026-01-05"] * 2, tz="UTC"),
        np.array(["2026-01-05T00:00:00.000000001", "2026-01-05"], "M8[ns]"),
        np.array(["2026-01", "2026-01"], "M8[M]"),
        np.ma.masked_array(np.array([DAY, DAY], "M8[D]"), [True, False]),
        [dt.datetime(2026, 1, 5), DAY],
        [ledger.Instant(2026, 1, 5), DAY],
        [pd.Timestamp(DAY), DAY],
        [20458.0, 20458.0],
        [20458, 20458],
        ["2026-01-05", "2026-01-05"],
    ],
)
def test_a_book_date_is_no_moment_and_no_number(books, given):
    with pytest.raises((TypeError, ledger.InvalidArgument), match="book_date"):
        books.ledger.post_lines(lines(book_date=given), book=1)
    assert total(books, "shop") == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": np.ma.masked_array([5, 5], [False, True])},
        {"amount": [True, 5]},
        {"amount": [5, np.True_]},
        {"code": (True, 1)},
        {"side": np.ma.masked_array([0, 1], [False, True])},
        {"side": [False, 1]},
        {"ink": np.ma.masked_array([0, 1], [False, True])},
    ],
)
def test_what_is_masked_or_a_bool_is_no_number(books, wrong):
    (name,) = wrong
    with pytest.raises(TypeError, match=name):
        books.ledger.post_lines(lines(**wrong), book=1)
    if name in ("amount", "code", "ink"):
        with pytest.raises(TypeError, match=name):
            books.ledger.post_transfers(transfers(["b", "c"], **wrong), book=1)
    assert total(books, "shop") == 0


@pytest.mark.parametrize("half", ["order_high", "order_low", "id_high", "id_low"])
def test_half_an_id_is_none(books, half):
    with pytest.raises(ledger.InvalidArgument, match=half):
        books.ledger.post_lines(lines(**{half: [1, 1]}), book=1)
    pair = {"order_high": [1, 1], "order_low": [2, 2]}
    with pytest.raises(ledger.InvalidArgument, match="either"):
        books.ledger.post_lines(lines(order=["o", "o"], **pair), book=1)
    assert books.ledger.post_lines(lines(**pair), book=1)["outcome"].tolist() == ["accepted"]


CLOSED_MEANWHILE = """
import os, pathlib, signal, sys, threading, time
sys.path.insert(0, sys.argv[1])
import numpy as np
import ledger
from conftest import Books

count = 200_000
columns = {
    "id_high": np.zeros(count, "u8"), "id_low": np.arange(1, count + 1, dtype="u8"),
    "debit": np.zeros(count, "i4"), "credit": np.ones(count, "i4"), "amount": np.ones(count, "i8"),
}
books = Books(pathlib.Path(sys.argv[2]))
begin = books.ledger.stats().committed_through
signal.signal(signal.SIGUSR1, lambda number, frame: books.ledger.close())

def once_begun():
    while books.ledger.stats().committed_through == begin:
        time.sleep(0.001)
    if sys.argv[3] == "handler":
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    else:
        books.ledger.close()

def post():
    return books.ledger.post_transfers(columns, book=1, accounts=["text:bank", "text:shop"])

thread = threading.Thread(target=once_begun)
thread.start()
try:
    post()
except ledger.UsageError as error:
    print(error)
thread.join()
books.reopen()
posted = books.ledger.view().balance("text:shop").total
outcomes = post()["outcome"]
print(posted == (outcomes == "already_posted").sum(), 0 < posted < count)
print(books.ledger.view().balance("text:shop").total == count)
books.ledger.close()
"""


@pytest.mark.parametrize("closed_by", ["handler", "thread"])
def test_closed_while_columns_are_posted(tmp_path, closed_by):
    tests = pathlib.Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", CLOSED_MEANWHILE, tests, tmp_path / "books", closed_by],
        capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    message, *truths = done.stdout.splitlines()
    assert "closed" in message and truths == ["True True", "True"]
