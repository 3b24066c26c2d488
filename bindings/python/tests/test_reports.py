"""Reports, and the vouchers that they propose."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest

import ledger
from ledger import DateRange, PeriodCloses, Range, Rates, RelationTerm

from conftest import START

DAY = START.date()
MONTH = DateRange(DAY, DAY + dt.timedelta(days=25))


@pytest.fixture
def view(books):
    books.pay("text:bank", "text:shop", 10000)
    books.pay("text:shop", "text:fees", 300)
    books.pay("text:costs", "text:bank", 100)
    books.pay("text:dollars", "text:dollar shop", 50)
    books.opened = books.ledger.view()
    yield books.opened
    books.opened.close()


def test_trial_balance(view):
    trial = ledger.trial_balance(view, 1, MONTH, "CNY")
    rows = {row.code: row for row in trial.rows}
    assert rows["1002"].is_group and rows["1002"].figures.closing == 9900
    assert rows["2202.01"].figures.closing == -9700
    assert trial.totals.closing.debits == trial.totals.closing.credits == 10000
    assert trial.known_at == view.position and trial.currency.decimals == 2
    assert [row.code for row in ledger.trial_balance(view, 1, MONTH, "CNY", levels=1).rows][0] == "1002"


def test_trial_table_has_the_rows(view):
    trial = ledger.trial_balance(view, 1, MONTH, "CNY")
    table = ledger.trial_table(view, 1, MONTH, "CNY")
    assert table["code"].tolist() == [row.code for row in trial.rows]
    assert table["closing"].tolist() == [row.figures.closing for row in trial.rows]
    decimals = ledger.trial_table(view, 1, MONTH, "CNY", amounts="decimal")
    assert decimals["closing"][0] == Decimal("99.00")


def test_all_currencies_in_one(view):
    for rate in (Decimal("7.10"), Fraction(71, 10), "7.1"):
        trial = ledger.trial_balance(view, 1, Range(), "CNY", rates=Rates({"USD": rate}))
        rows = {row.code: row for row in trial.rows}
        assert rows["1002.02"].figures.closing == 355
    with pytest.raises(TypeError):
        Rates({"USD": 7.1})
    with pytest.raises(ledger.InvalidArgument):
        ledger.trial_balance(view, 1, Range(), "CNY", rates=Rates({}))
    with pytest.raises(ledger.InvalidArgument):
        ledger.trial_balance(view, 7, Range(), "CNY")


def test_sheet_and_income(view):
    sheet = ledger.balance_sheet(view, 1, MONTH, "CNY")
    assert sheet.assets.total.closing == 9900
    assert sheet.owned.closing == sheet.owed.closing
    assert sheet.result.closing == 200
    income = ledger.income_statement(view, 1, MONTH, "CNY")
    assert (income.income.total, income.expenses.total, income.result) == (300, 100, 200)
    assert income.income.rows[0].amount == 300


def test_statement(books, view):
    statement = ledger.Statement(view, "text:shop", MONTH)
    head = statement.head
    lines = list(statement)
    assert [line.balance for line in lines] == [10000, 9700]
    assert head.opening + head.turnover.credits - head.turnover.debits == head.closing == 9700
    assert [line.voucher.number for line in lines] == [1, 2]
    table = view.statement_table("text:shop", MONTH)
    assert table["balance"].tolist() == [10000, 9700]
    with pytest.raises(TypeError):
        ledger.Statement(view, "text:shop")


def test_journal(view):
    numbers = [one.number for one in ledger.voucher_journal(view, 1, MONTH)]
    assert numbers == [1, 2, 3, 4]
    assert len(list(ledger.voucher_journal(view, None, Range()))) == 4


def test_control_check(books, view):
    relation = ledger.DefineRelation(
        1,
        "reserve",
        (RelationTerm(1, group="1002", book=1, currency="CNY"), RelationTerm(-1, "text:shop")),
        at_day_close=True,
    )
    books.ledger.post(relation).check()
    with books.ledger.view() as now:
        check = ledger.control_check(now, 1, Range())
        (value,) = check.relations
        assert (value.left, value.right, value.difference) == (9900, 9700, 200)
        assert not value.holds and not check.holds
        assert [term.value for term in value.terms] == [9900, -9700]


def test_period_close(books, view):
    last = MONTH.last
    close = ledger.PeriodClose(1, last, ["text:equity"], made_by="me")
    vouchers = ledger.propose_period_close(view, close)
    for voucher in vouchers:
        books.ledger.post(voucher).check()
    with books.ledger.view() as now:
        assert now.balance("text:fees").total == 0 and now.balance("text:equity").total == 200
        assert ledger.propose_period_close(now, close) == []
        income = ledger.income_statement(now, 1, MONTH, "CNY")
        assert income.result == 200  # as before the close
        counted = ledger.trial_balance(now, 1, MONTH, "CNY")
        left_out = ledger.trial_balance(now, 1, MONTH, "CNY", closes=PeriodCloses.left_out)
        assert counted != left_out


def test_revaluation(books):
    for name, code, currency, kind in (
        ("usd position", "3001", "USD", ledger.AccountKind.common),
        ("home position", "3002", "CNY", ledger.AccountKind.common),
        ("gain", "6061", "CNY", ledger.AccountKind.income),
    ):
        books.ledger.post(ledger.OpenAccount(f"text:{name}", 1, currency, code, kind)).check()
    lines = [
        ledger.debit("text:dollars", 100),
        ledger.credit("text:usd position", 100),
        ledger.debit("text:home position", 700),
        ledger.credit("text:bank", 700),
    ]
    books.ledger.post(ledger.Voucher(ledger.RecordId.of("bought"), 1, lines)).check()
    asked = ledger.Revaluation(
        1,
        DAY,
        [ledger.ExchangePosition("text:usd position", "text:home position")],
        "CNY",
        Rates({"USD": Decimal("7.25")}),
        "text:gain",
    )
    with books.ledger.view() as view:
        proposal = ledger.propose_revaluation(view, asked)
        assert proposal.homes[0].adjustment == 25
    books.ledger.post(proposal.voucher).check()
    with books.ledger.view() as view:
        assert view.balance("text:gain").total == 25
        assert ledger.propose_revaluation(view, asked).voucher is None


def test_comparisons_of_days(books, view):
    books.advance(days=1)
    books.pay("text:bank", "text:shop", 1)
    with books.ledger.view() as now:
        days = ledger.compare_days(now, 1, DAY, DAY + dt.timedelta(days=1))
        assert len(list(days.vouchers())) == 1
        known = ledger.compare_known(now, 1, MONTH.last, view.position, now.position)
        assert len(list(known.accounts())) == 2
        with pytest.raises(ledger.InvalidArgument):
            ledger.compare_positions(now, 5, 5)


def test_what_is_read_once_goes_on_where_it_was(books, monkeypatch):
    monkeypatch.setattr(ledger._paging, "PAGE", 4)
    first = books.ledger.stats().committed_through
    books.pay_all([("text:bank", "text:shop", 1)] * 10)
    with books.ledger.view() as view:
        for reading in (
            iter(ledger.Statement(view, "text:shop", since=0)),
            ledger.Statement(view, "text:shop", since=0),
            ledger.compare_positions(view, first, view.position).vouchers(),
            ledger.voucher_journal(view, 1, ledger.Range()),
        ):
            for _ in reading:
                break
            assert len(list(reading)) == 9 and list(reading) == []
        comparison = ledger.compare_positions(view, first, view.position)
        assert next(comparison.vouchers()).position == first + 1
        assert [one.position for one in comparison.vouchers()] == list(range(first + 2, first + 11))


def test_what_failed_in_the_middle_cannot_be_read_on(books, monkeypatch):
    monkeypatch.setattr(ledger._paging, "PAGE", 4)
    books.pay_all([("text:bank", "text:shop", 1)] * 10)
    made = ledger.StatementLine.__init__

    def make(line, entry, balance, voucher):
        if balance == 6:
            raise KeyboardInterrupt
        made(line, entry, balance, voucher)

    with books.ledger.view() as view:
        statement = ledger.Statement(view, "text:shop", since=0)
        with monkeypatch.context() as patched:
            patched.setattr(ledger.StatementLine, "__init__", make)
            with pytest.raises(KeyboardInterrupt):
                list(statement)
        with pytest.raises(ledger.UsageError, match="anew"):
            list(statement)
