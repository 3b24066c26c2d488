"""Tables: what they have is what the streams of values have; posting from columns."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import ledger
from ledger import AccountKind, DateRange, Outcome, Range

from conftest import START

yuan = ledger.iso_currency("CNY").decimal
ACCOUNTS = ["text:bank", "text:shop", "text:rider"]


@pytest.fixture
def view(books):
    names = ("text:shop", "text:rider")
    payments = [("text:bank", names[number % 2], number + 1) for number in range(1200)]
    books.pay_all(payments, order="text:o")  # over a page of the streams, and into the checkpoint
    books.ledger.post(ledger.PlaceHold(ledger.RecordId.of("h"), "text:shop", 5)).check()
    books.opened = books.ledger.view()
    yield books.opened
    books.opened.close()


def nanoseconds(instant):
    return np.datetime64(instant.nanoseconds, "ns")


@pytest.mark.parametrize("lines_only", [False, True])
def test_entries(view, lines_only):
    table = view.entries_table(ACCOUNTS, lines_only=lines_only)
    rows = table.to_numpy()
    streams = [view.lines(one) if lines_only else view.entries(one) for one in ACCOUNTS]
    expected = [(ledger.AccountId.parse(a), e) for a, s in zip(ACCOUNTS, streams) for e in s]
    assert len(table) == len(expected)
    for row, (account, entry) in zip(rows, expected):
        assert row["account"].decode() == str(account)
        assert row["position"] == entry.position and row["instant"] == nanoseconds(entry.instant)
        assert row["kind"] == entry.kind.name
        assert row["side"] == (entry.side.name if entry.side else "")
        assert row["line"] == (-1 if entry.line is None else entry.line)
        assert row["amount"] == entry.amount and row["held"] == entry.balance.held
        assert row["balance"] == entry.balance.total
        assert np.isnat(row["book_date"]) == (entry.book_date is None)


def test_chunks_are_the_whole(view):
    whole = view.entries_table(ACCOUNTS).to_numpy()
    chunks = [table.to_numpy() for table in view.entries_tables(ACCOUNTS, rows=997)]
    assert max(map(len, chunks)) == 997
    assert np.concatenate(chunks).tolist() == whole.tolist()
    since = int(whole["position"].max()) - 100
    newer = view.entries_table(ACCOUNTS, since=since).to_numpy()
    assert newer.tolist() == whole[whole["position"] > since].tolist()
    lines = view.lines_table(1)
    chunks = [table.to_numpy() for table in view.lines_tables(1, rows=100)]
    assert len(chunks) == 24
    assert np.concatenate(chunks).tolist() == lines.to_numpy().tolist()


def test_frames(view):
    frame = view.entries_table(ACCOUNTS).frame()
    assert frame["account"].cat.categories[0] == str(ledger.AccountId.of("bank"))
    assert str(frame["instant"].dtype) == "datetime64[ns, UTC]"
    assert frame["book_date"].max() == pd.Timestamp(START.date())
    assert frame["amount"].dtype == np.int64
    last = frame.groupby("account", observed=True)["balance"].last()
    assert last[str(ledger.AccountId.of("shop"))] == view.balance("text:shop").total
    assert frame["side"].isna().sum() == 4 and set(frame["side"].dropna()) == {"debit", "credit"}
    del frame


def test_arrays_outlive_everything(books):
    books.pay("text:bank", "text:shop", 5)
    with books.ledger.view() as view:
        table = view.entries_table("text:shop")
    array = table["amount"]
    frame = table.frame()
    books.ledger.close()
    del table
    assert array.tolist()[-1] == 5 and frame["balance"].iloc[-1] == 5


def test_lines(view):
    frame = view.lines_table(1).frame()
    vouchers = list(ledger.voucher_journal(view, 1, Range()))
    expected = [(v.position, v.number, line.amount) for v in vouchers for line in v.voucher.lines]
    assert list(zip(frame["position"], frame["number"], frame["amount"])) == expected
    first = vouchers[0].voucher.id
    assert (int(frame["id_high"][0]) << 64 | int(frame["id_low"][0])) == first.value
    dated = view.lines_table(1, DateRange(START.date(), START.date()))
    assert len(dated) == len(frame)


def test_balances(view):
    for at in (None, 300, view.record(300).instant):
        rows = view.balances_table(1, at=at).to_numpy()
        for row in rows:
            account = row["account"].decode()
            past = view.balance(account) if at is None else view.balance_at(account, at)
            assert row["balance"] == past.total and row["debits"] == past.debits
            assert row["currency"] == view.account(account).currency
    coded = view.balances_table(1, prefix="2202").to_numpy()
    assert [row["code"] for row in coded] == ["2202.01", "2202.02", "2202.03"]
    dated = view.balances_table(1, on=START.date())
    assert dated["balance"].tolist() == view.balances_table(1)["balance"].tolist()
    assert len(view.balances_table(1, at=0)) == 0
    assert len(view.balances_table(7)) == 0
    with pytest.raises(ledger.InvalidArgument):
        view.balances_table(1, at=view.position + 1)


def test_amounts_over_64_bits(books):
    large = (1 << 100) + 7
    books.pay("text:bank", "text:shop", large)
    with books.ledger.view() as view:
        with pytest.raises(OverflowError, match="wide"):
            view.entries_table("text:shop")
        wide = view.entries_table("text:shop", amounts="wide")
        high, low = wide["amount_high"][-1], wide["amount_low"][-1]
        assert int(high) << 64 | int(low) == large
        for table in (
            view.entries_table("text:shop", amounts="decimal"),
            view.lines_table(1, amounts="decimal"),
            view.statement_table("text:shop", since=0, amounts="decimal"),
        ):
            assert table["amount"][-1] == yuan(large)
        balances = view.balances_table(1, amounts="decimal").frame()
        assert yuan(large) in set(balances["balance"])
        books.pay("text:shop", "text:bank", large * 2)
    with books.ledger.view() as view:
        wide = view.balances_table(1, amounts="wide")
        words = zip(wide["balance_high"], wide["balance_low"])
        assert -large in {(int(high) << 64) | int(low) for high, low in words}


def test_decimals_are_exact_where_the_context_is_small(books):
    import decimal

    books.pay("text:bank", "text:shop", (1 << 120) + 1)
    with decimal.localcontext() as context, books.ledger.view() as view:
        context.prec = 3
        table = view.entries_table("text:shop", amounts="decimal")
        assert str(table["amount"][-1]).replace(".", "") == str((1 << 120) + 1)


# ---- posting


def transfers(count, **columns):
    high, low = ledger.ids_of(f"transfer {n}" for n in range(count))
    return {
        "id_high": high,
        "id_low": low,
        "debit": ["text:bank"] * count,
        "credit": np.array(["text:shop", "text:rider"] * count)[:count],
        "amount": np.arange(1, count + 1),
        **columns,
    }


def test_transfers(books):
    count = 20_000
    table = books.ledger.post_transfers(transfers(count), book=1)
    assert len(table) == count and set(table["outcome"]) == {"accepted"}
    assert (np.diff(table["position"]) == 1).all() and table["number"].tolist()[-1] == count
    again = books.ledger.post_transfers(transfers(count), book=1)
    assert set(again["outcome"]) == {"already_posted"}
    assert (again["position"] == table["position"]).all()
    with books.ledger.view() as view:
        assert view.balance("text:bank").total == count * (count + 1) // 2
        assert view.voucher(ledger.RecordId.of("transfer 7")).position == table["position"][7]


def test_lines_of_a_frame(books):
    frame = pd.DataFrame(
        {
            "id": ["a", "a", "b", "b", "b", "c", "c", "d"],
            "account": pd.Categorical(
                ["text:bank", "text:shop", "text:bank", "text:shop", "text:rider"]
                + ["text:bank", "text:nobody", "text:bank"]
            ),
            "side": ["debit", "credit", "debit", "credit", "credit", "debit", "credit", "debit"],
            "amount": [5, 5, 9, 4, 5, 1, 1, 1],
            "book": 1,
            "order": ["o"] * 8,
            "code": 3,
            "book_date": pd.Timestamp("2026-01-07"),
        }
    )
    table = books.ledger.post_lines(frame)
    assert table["outcome"].tolist() == [
        "accepted",
        "accepted",
        "account_unknown",
        "too_few_lines",
    ]
    with books.ledger.view() as view:
        voucher = view.voucher(ledger.RecordId.of("b")).voucher
        assert voucher.book_date == dt.date(2026, 1, 7) and voucher.code == 3
        assert voucher.order == ledger.OrderId.of("o") and len(voucher.lines) == 3
        back = view.lines_table(1).frame()
        assert back["amount"].tolist() == [5, 5, 9, 4, 5]


@pytest.mark.parametrize(
    "wrong, error",
    [
        ({"amount": [1.0, 2.0]}, TypeError),
        ({"amount": [Decimal(1), Decimal(2)]}, TypeError),
        ({"amount": [True, False]}, TypeError),
        ({"amount": [1]}, ledger.InvalidArgument),
        ({"amount": [[1, 2], [3, 4]]}, ledger.InvalidArgument),
        ({"amount": np.array([1 << 63, 1], "u8")}, ledger.InvalidArgument),
        ({"side": ["debit", "other"]}, KeyError),
        ({"side": [0, 300]}, ledger.InvalidArgument),
        ({"account": ["text:bank", 7]}, TypeError),
        ({"account": ["text:bank", "text:"]}, ledger.InvalidArgument),
        ({"id_low": [1]}, ledger.InvalidArgument),
        ({"id_high": [-1, -1]}, ledger.InvalidArgument),
        ({"book": [1, 1 << 16]}, ledger.InvalidArgument),
        ({"code": ["1", "2"]}, TypeError),
    ],
)
def test_wrong_columns(books, wrong, error):
    columns = {
        "id_high": [0, 0],
        "id_low": [1, 1],
        "account": ["text:bank", "text:shop"],
        "side": ["debit", "credit"],
        "amount": [1, 1],
        "book": [1, 1],
    }
    with pytest.raises(error):
        books.ledger.post_lines({**columns, **wrong})
    assert set(books.ledger.post_lines(columns)["outcome"]) == {"accepted"}


def test_places_outside_the_accounts_are_unknown_accounts(books):
    columns = transfers(1, debit=[-1], credit=[5])
    table = books.ledger.post_transfers(columns, book=1, accounts=["text:bank"])
    assert table["outcome"].tolist() == ["account_unknown"]


def test_dates_outside_a_voucher_s_are_refused(books):
    columns = transfers(2, book_date=np.array(["1800-01-01", "9999-12-31"], "M8[D]"))
    table = books.ledger.post_transfers(columns, book=1)
    assert table["outcome"].tolist() == ["date_out_of_range", "accepted"]
    with books.ledger.view() as view:
        lines = view.lines_table(1)
        assert lines["book_date"][0] == np.datetime64("9999-12-31")
        with pytest.raises(OverflowError, match="pandas"):
            lines.frame()


def test_no_rows(books):
    table = books.ledger.post_transfers(transfers(0), book=1)
    assert len(table) == 0 and len(table.frame()) == 0


def test_many_currencies_and_codes(books):
    table = books.ledger.view().balances_table(1, prefix="")
    frame = table.frame()
    assert set(frame["currency"]) == {"CNY", "USD"} and len(frame) == 9
    assert set(frame["kind"]) == {kind.name for kind in AccountKind} - {"common", "memorandum"}
    assert Outcome.accepted.is_success
