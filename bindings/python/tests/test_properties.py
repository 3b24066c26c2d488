"""Random histories, against a model of a few lines and against the command line."""

import datetime as dt
import json
import pathlib
import subprocess
import tempfile
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import DateRange, InstantRange, Rounding

from conftest import START, Books

NAMES = ["text:bank", "text:shop", "text:rider"]
DAY = START.date()

payments = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.one_of(st.integers(1, 1000), st.integers(1, 1 << 70)),
        st.integers(-3, 3),  # the book date, in days from the day of posting
        st.integers(0, 40),  # hours until the next
    ),
    min_size=1,
    max_size=25,
)


class History:
    """Posts payments, and keeps (position, instant, book date, change) of each account."""

    def __init__(self, books, made):
        self.changes = {name: [] for name in NAMES}
        self.positions = []
        for debit, credit, amount, offset, hours in made:
            date = books.clock.now().date() + dt.timedelta(days=offset)
            result = books.pay(debit, credit, amount, book_date=date).result
            self.positions.append(result.position)
            for name, sign in ((debit, 1), (credit, -1)):
                normal = sign if name == "text:bank" else -sign
                self.changes[name].append((result.position, result.instant, date, normal * amount))
            books.advance(hours=hours)

    def sum(self, name, wanted):
        return sum(change for *at, change in self.changes[name] if wanted(*at))


@settings(max_examples=12)
@given(payments)
def test_views_are_the_model(made):
    with tempfile.TemporaryDirectory() as home:
        books = Books(pathlib.Path(home) / "books")
        history = History(books, made)
        with books.ledger.view() as view:
            for name in NAMES:
                check_account(view, history, name)
            check_tables(view, history)
        books.ledger.close()


def check_account(view, history, name):
    assert view.balance(name).total == history.sum(name, lambda *_: True)
    for position in history.positions:
        expected = history.sum(name, lambda at, *_: at <= position)
        assert view.balance_at(name, position).total == expected
        assert view.balance_at(name, view.record(position).instant).total == expected
        assert view.at(position).balance(name).total == expected
    for day in range(-3, 4):
        date = DAY + dt.timedelta(days=day)
        assert view.balance_on(name, date).total == history.sum(name, lambda _, __, d: d <= date)
        known = history.positions[len(history.positions) // 2]
        expected = history.sum(name, lambda at, _, d: d <= date and at <= known)
        assert view.balance_on(name, date, known).total == expected
    dates = DateRange(DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=5))
    ends = [
        history.sum(name, lambda _, __, d: d <= DAY + dt.timedelta(days=day)) for day in range(-1, 6)
    ]
    assert view.lowest(name, dates) == min(ends) and view.highest(name, dates) == max(ends)
    assert view.average(name, dates, Rounding.floor) == sum(ends) // len(ends)


def check_tables(view, history):
    entries = view.entries_table(NAMES, lines_only=True, amounts="wide")
    high, low = entries["balance_high"].tolist(), entries["balance_low"].tolist()
    balances = [(above << 64) | below for above, below in zip(high, low)]
    expected = []
    for name in NAMES:
        total = 0
        for *_, change in history.changes[name]:
            total += change
            expected.append(total)
    assert balances == expected
    for position in history.positions[::3]:
        table = view.balances_table(1, at=position, amounts="decimal")
        known = dict(zip(table["account"].tolist(), table["balance"]))
        for name in NAMES:
            account = str(ledger.AccountId.parse(name)).encode()
            minor = history.sum(name, lambda at, *_: at <= position)
            assert known[account] == view.currency("CNY").decimal(minor)


def test_the_command_line_says_the_same(books, ledgerctl):
    made = [
        (NAMES[n % 3], NAMES[(n * 7 + 1) % 3], 100 + n * n, n % 5 - 2, n % 30)
        for n in range(60)
        if NAMES[n % 3] != NAMES[(n * 7 + 1) % 3]
    ]
    history = History(books, made)

    def ctl(*arguments):
        command = [ledgerctl, "--dir", books.directory, "--json", *map(str, arguments)]
        output = subprocess.run(command, capture_output=True, text=True, check=True)
        return json.loads(output.stdout)

    with books.ledger.view() as view:
        yuan = view.currency("CNY")
        position, instant = history.positions[20], view.record(history.positions[30]).instant
        balance = view.balance("text:shop")
        said = ctl("balance", "text:shop")
        assert yuan.minor(Decimal(said["total"])) == balance.total
        assert yuan.minor(Decimal(said["debits"])) == balance.debits
        for at in (position, instant):
            said = ctl("balance", "text:shop", "--at", at)
            assert Decimal(said["total"]) == yuan.decimal(view.balance_at("text:shop", at).total)
        said = ctl("balance", "text:bank", "--on", DAY, "--known-at", position)
        assert Decimal(said["total"]) == yuan.decimal(
            view.balance_on("text:bank", DAY, position).total
        )
        lines = list(view.lines("text:bank"))
        said = ctl("lines", "text:bank")["items"]
        assert [one["position"] for one in said] == [line.position for line in lines]
        assert [one["instant"] for one in said] == [str(line.instant) for line in lines]
        assert [Decimal(one["amount"]) for one in said] == [
            yuan.decimal(line.amount) for line in lines
        ]
        sums = {(one.book, one.currency): one.debits for one in view.trial_sums()}
        for one in ctl("trial")["items"]:
            if one["currency"] == "CNY":
                assert yuan.minor(Decimal(one["debits"])) == sums[one["book"], "CNY"]
        days = DateRange(DAY, DAY + dt.timedelta(days=3))
        said = ctl("highest", "text:bank", "--first-date", days.first, "--last-date", days.last)
        assert yuan.decimal(view.highest("text:bank", days)) in decimals_in(said)
        span = InstantRange(START, instant)
        said = ctl("turnover", "text:bank", "--from", "2026-01-05T00:00:00Z", "--to", instant)
        turnover = view.turnover("text:bank", span)
        assert {yuan.decimal(turnover.debits), yuan.decimal(turnover.credits)} <= decimals_in(said)


def decimals_in(said):
    """The amounts of an object of JSON."""
    found = set()
    for value in said.values():
        if isinstance(value, dict):
            found |= decimals_in(value)
        elif isinstance(value, str) and value.replace("-", "", 1).replace(".", "", 1).isdigit():
            found.add(Decimal(value))
    return found
