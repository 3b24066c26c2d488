"""Ids, instants, money and enums by themselves."""

import datetime as dt
import pickle
import uuid
from decimal import Decimal

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger
from ledger import _core
from ledger._money import decimal_amount, minor_units
from ledger._time import instant_of_nanoseconds, nanoseconds_of

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


def test_version():
    assert ledger.__version__ == _core.__version__
    assert ledger.__version__.count(".") == 2


@pytest.mark.parametrize("kind", [ledger.AccountId, ledger.RecordId, ledger.OrderId, ledger.ItemId])
def test_ids(kind):
    one = kind.of("order-7")
    assert one == kind.parse("text:order-7") == kind.parse(str(one)) == kind.parse(str(one.uuid))
    assert one == eval(repr(one), vars(ledger)) == pickle.loads(pickle.dumps(one))
    assert hash(one) == hash(kind(one.value)) and int(one) == one.value
    assert kind(1) < kind(2)
    for wrong in (0, -1, 1 << 128):
        with pytest.raises(ValueError):
            kind(wrong)
    for wrong in (1.0, "1", None, True):
        with pytest.raises(TypeError):
            kind(wrong)
    with pytest.raises(ledger.InvalidArgument):
        kind.of("")


def test_ids_of_different_things_are_never_equal():
    assert ledger.AccountId(7) != ledger.OrderId(7)
    assert ledger.RecordId.new() < ledger.RecordId.new()


@given(INT64)
def test_instants_keep_nanoseconds(nanoseconds):
    instant = instant_of_nanoseconds(nanoseconds)
    assert instant.nanoseconds == nanoseconds == nanoseconds_of(instant)
    assert ledger.Instant.parse(str(instant)) == instant
    copy = pickle.loads(pickle.dumps(instant))
    assert copy == instant and hash(copy) == hash(instant)
    later = instant + dt.timedelta(microseconds=1)
    assert later > instant and later.nanosecond == instant.nanosecond
    assert later - instant == dt.timedelta(microseconds=1)


@given(INT64, INT64)
def test_instants_compare_by_nanoseconds(one, other):
    a, b = instant_of_nanoseconds(one), instant_of_nanoseconds(other)
    assert (a < b, a <= b, a == b) == (one < other, one <= other, one == other)


def test_instants_and_datetimes():
    plain = dt.datetime(2026, 1, 5, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    instant = instant_of_nanoseconds(nanoseconds_of(plain))
    assert instant == plain and plain == instant and hash(instant) == hash(plain)
    assert instant + dt.timedelta(0) == plain
    assert instant_of_nanoseconds(nanoseconds_of(plain) + 1) > plain
    stamp = pandas.Timestamp("2026-01-05T00:30:00.000000007Z")
    assert nanoseconds_of(stamp) == stamp.value == nanoseconds_of(plain) + 7
    with pytest.raises(ValueError, match="time zone"):
        nanoseconds_of(dt.datetime(2026, 1, 5))


@given(st.integers(-(1 << 127), (1 << 127) - 1), st.integers(0, 18))
def test_decimals_and_minor_units(minor, decimals):
    assert minor_units(decimal_amount(minor, decimals), decimals) == minor
    assert minor_units(decimal_amount(minor * 1000, decimals + 3), decimals) == minor


@pytest.mark.parametrize(
    "text, decimals, error",
    [
        ("0.001", 2, ledger.InvalidArgument),
        ("1E-400", 2, ledger.InvalidArgument),
        ("NaN", 2, ledger.InvalidArgument),
        ("Infinity", 2, ledger.InvalidArgument),
        ("1E400000", 2, OverflowError),
        (str(1 << 127), 0, OverflowError),
    ],
)
def test_decimals_that_are_no_amount(text, decimals, error):
    with pytest.raises(error):
        minor_units(Decimal(text), decimals)


def test_money():
    yuan = ledger.iso_currency("CNY")
    assert yuan.decimal(1250) == Decimal("12.50") and yuan.minor(Decimal("12.5")) == 1250
    assert yuan.minor(Decimal("1E+2")) == 10000 and yuan.minor(Decimal("-0.010")) == -1
    assert ledger.iso_currency("NONE") is None
    with pytest.raises(TypeError):
        yuan.minor(0.5)


def test_outcomes_are_those_of_the_engine():
    there = {(number, name) for number, name, _ in _core.outcome_precedence()}
    here = {(one.value, one.name) for one in ledger.Outcome}
    assert there <= here
    assert here - there <= {(0, "accepted"), (1, "already_posted")} | {
        (one.value, one.name) for one in ledger.Outcome if 2 <= one.value <= 9
    }
    assert all(one.explanation for one in ledger.Outcome)
    assert ledger.Outcome.precedence()[0] in ledger.Outcome


def test_every_error_is_an_error():
    for name in ledger._errors.__all__:
        assert issubclass(getattr(ledger, name), ledger.Error)
    assert issubclass(ledger.InvalidArgument, ValueError)
    assert issubclass(ledger.OverflowError, OverflowError)


def test_uuids_name_accounts():
    assert ledger.AccountId.parse(str(uuid.UUID(int=7))).value == 7


def test_spans_of_pandas_have_nanoseconds(books):
    before = books.clock.now().nanoseconds
    books.clock.advance(pandas.Timedelta(1_000_000_123, unit="ns"))
    assert books.clock.now().nanoseconds - before == 1_000_000_123
