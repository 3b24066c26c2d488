"""A small ledger on a clock that the test drives, in a directory that goes away."""

import datetime as dt
import itertools
import os
import pathlib

import pytest
from hypothesis import HealthCheck, settings

import ledger
from ledger import AccountKind, DefineBook, DefineCurrency, DefineGroup, OpenAccount, RecordId

settings.register_profile(
    "ledger",
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("ledger")

START = dt.datetime(2026, 1, 5, tzinfo=dt.timezone.utc)  # a Monday


def small_options(clock=None):
    return ledger.Options(
        segment_records=1024,
        map_bytes=4 << 30,
        preallocate_bytes=4 << 20,
        disk_reserve_bytes=1 << 20,
        clock=clock,
    )


class Books:
    """A ledger with some accounts; `pay` posts a voucher between two of them."""

    def __init__(self, directory):
        self.directory = directory
        self.clock = ledger.ManualClock(START)
        self.ledger = ledger.Ledger.create(directory, small_options(self.clock))
        self.numbers = itertools.count(1)
        for result in self.ledger.post(definitions()):
            result.check()

    def voucher(self, debit, credit, amount, **fields):
        number = next(self.numbers)
        lines = [ledger.debit(debit, amount), ledger.credit(credit, amount)]
        return ledger.Voucher(RecordId.of(f"voucher {number}"), 1, lines, **fields)

    def pay(self, debit, credit, amount, **fields):
        return self.ledger.post(self.voucher(debit, credit, amount, **fields)).check()

    def pay_all(self, payments, **fields):
        for result in self.ledger.post([self.voucher(*one, **fields) for one in payments]):
            result.check()

    def advance(self, **span):
        self.clock.advance(dt.timedelta(**span))

    def reopen(self):
        self.ledger.close()
        self.ledger = ledger.Ledger.open(self.directory, small_options(self.clock))


def definitions():
    yield DefineCurrency("CNY")
    yield DefineCurrency("USD")
    yield DefineBook(1, "Client money")
    yield DefineBook(2, "Own money")
    yield DefineGroup("1002", AccountKind.asset, "Banks")
    yield DefineGroup("2202", AccountKind.liability, "Payables")
    for name, code, kind in (
        ("bank", "1002.01", AccountKind.asset),
        ("shop", "2202.01", AccountKind.liability),
        ("rider", "2202.02", AccountKind.liability),
        ("equity", "4103", AccountKind.equity),
        ("fees", "6001", AccountKind.income),
        ("costs", "6601", AccountKind.expense),
    ):
        yield OpenAccount(f"text:{name}", 1, "CNY", code, kind, name=name)
    yield OpenAccount("text:dollars", 1, "USD", "1002.02", AccountKind.asset)
    yield OpenAccount("text:dollar shop", 1, "USD", "2202.03", AccountKind.liability)
    yield OpenAccount("text:suspense", 1, "CNY", "2241", AccountKind.liability, open_items=True)
    yield OpenAccount("text:other bank", 2, "CNY", "1003", AccountKind.asset)


def every_kind():
    """Records of all kinds that the books of the tests accept, as the feed gives them back."""
    account, order = ledger.AccountId.of, ledger.OrderId.of("order")
    yield ledger.DefineCurrency("KUDOS", 3, 0, "Kudos")
    yield ledger.DefineBook(3, "账套", True, 28800, dt.date(2026, 1, 1))
    yield ledger.DefineGroup("1122", AccountKind.asset, "应收")
    yield ledger.OpenAccount(
        account("new"),
        1,
        "KUDOS",
        "1122.01",
        AccountKind.asset,
        ledger.Side.credit,
        "新",
        ledger.Limits(-5, 1 << 100),
        ledger.Buffering(dt.timedelta(seconds=2), 10),
        False,
        True,
        None,
        {"channel": "wx"},
    )
    yield ledger.SetLimits(RecordId.of("1"), account("new"), ledger.Limits(None, 3), order)
    yield ledger.SetFreeze(RecordId.of("2"), account("new"), ledger.Freeze.all, "court", order)
    yield ledger.SetAttributes(RecordId.of("3"), account("new"), "N", {"a": "b"}, order)
    yield ledger.SetBuffering(RecordId.of("4"), account("new"), None, order)
    yield ledger.CloseAccount(RecordId.of("5"), account("new"), order)
    yield ledger.RegisterEntry(RecordId.of("6"), 7, b"\0\xff", order)
    yield ledger.DefineRelation(
        1,
        "rel",
        (
            ledger.RelationTerm(1, account("other bank")),
            ledger.RelationTerm(-1000, None, "1122", 2, "CNY"),
        ),
        True,
    )
    yield ledger.Voucher(
        RecordId.of("7"),
        1,
        (
            ledger.VoucherLine(account("bank"), ledger.Side.debit, 5, ledger.Ink.black, {"k": "v"}),
            ledger.VoucherLine(account("suspense"), ledger.Side.credit, 5, opens=ledger.ItemId.of("item")),
        ),
        order,
        START.date(),
        9,
        True,
        False,
        dt.date(2026, 1, 6),
        dt.date(2026, 1, 4),
        ledger.Instant(2026, 1, 4, 3, nanosecond=9),
        "s",
        "m",
        "c",
        "d",
        None,
        None,
        {"x": "y"},
        (),
    )
    yield ledger.PlaceHold(
        RecordId.of("8"), account("shop"), 1, ledger.HoldKind.judicial, ledger.Instant(2027, 1, 1), (), (),
        "r", order
    )
    yield ledger.CutDay(2, START.date())
    yield ledger.CloseDay(2, START.date(), ())


@pytest.fixture
def books(tmp_path):
    made = Books(tmp_path / "books")
    yield made
    made.ledger.close()


@pytest.fixture(scope="session")
def ledgerctl():
    program = os.environ.get("LEDGER_CTL", "")
    if not pathlib.Path(program).is_file():
        pytest.skip("LEDGER_CTL names no ledgerctl: it is not built here")
    return program
