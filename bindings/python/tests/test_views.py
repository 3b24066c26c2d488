"""Views: the present, both axes of the past, listings, and what is refused."""

import datetime as dt

import pytest

import ledger
from ledger import DateRange, InstantRange, Range, RecordId, Rounding

from ledger._time import instant_of_nanoseconds

from conftest import START

DAY = START.date()


def day(number):
    return DAY + dt.timedelta(days=number)


@pytest.fixture
def paid(books):
    """Ten payments, a day apart, of 100, 200, ..."""
    books.positions = []
    for number in range(10):
        receipt = books.pay("text:bank", "text:shop", 100 * (number + 1), order=f"text:{number % 2}")
        books.positions.append(receipt.result.position)
        books.advance(days=1)
    return books


def test_the_present(paid):
    with paid.ledger.view() as view:
        assert view.position == paid.positions[-1]
        assert view.balance("text:shop").total == 5500
        assert view.balance("text:bank").posted == 5500
        assert view.balance("text:nobody") is None
        assert view.balance_of_group("1002", 1, "CNY").total == 5500
        assert view.account("text:shop").code == "2202.01"
        assert [info.name for info in view.accounts("2202.0")][:2] == ["shop", "rider"]
        assert {one.code for one in view.currencies()} == {"CNY", "USD"}
        assert [book.name for book in view.books()] == ["Client money", "Own money"]
        assert [group.code for group in view.groups()] == ["1002", "2202"]
        assert all(one.debits == one.credits and one.balanced for one in view.trial_sums())
        assert view.currency("CNY").decimal(5500).as_tuple().exponent == -2


def test_the_past_by_position_and_instant(paid):
    with paid.ledger.view() as view:
        for number, position in enumerate(paid.positions):
            total = sum(100 * (n + 1) for n in range(number + 1))
            assert view.balance_at("text:shop", position).total == total
            record = view.record(position)
            assert view.balance_at("text:shop", record.instant).total == total
            assert view.position_at(record.instant) == position
            earlier = instant_of_nanoseconds(record.instant.nanoseconds - 1)
            assert view.balance_at("text:shop", earlier).total == total - 100 * (number + 1)
            assert view.at(position).balance("text:shop").total == total
        with pytest.raises(ledger.InvalidArgument):
            view.balance_at("text:shop", view.position + 1)
        with pytest.raises(ValueError, match="time zone"):
            view.balance_at("text:shop", dt.datetime(2026, 1, 5))


def test_the_past_by_book_date(paid):
    late = paid.pay("text:bank", "text:shop", 7, book_date=DAY)
    with paid.ledger.view() as view:
        assert view.balance_on("text:shop", DAY).total == 107
        before = late.result.position - 1
        assert view.balance_on("text:shop", DAY, before).total == 100
        assert view.balance_on("text:shop", DAY, known_at=view.record(before).instant).total == 100
        assert view.balance_of_group_on("1002", 1, "CNY", DAY).total == 107
        with pytest.raises(TypeError):
            view.balance_on("text:shop", START)


def test_ranges(paid):
    with paid.ledger.view() as view:
        dates = DateRange(day(2), day(4))
        assert view.lowest("text:shop", dates) == 600
        assert view.highest("text:shop", dates) == 1500
        assert view.average("text:shop", dates) == (600 + 1000 + 1500 + 1) // 3
        assert view.average(["text:shop"], dates, Rounding.floor) == 3100 // 3
        assert view.turnover("text:shop", dates) == ledger.Turnover(0, 300 + 400 + 500)
        assert view.longest_run_above("text:shop", dates, 999) == DateRange(day(3), day(4))
        assert view.longest_run_above("text:shop", dates, ledger.iso_currency("CNY").decimal(999)) == (
            DateRange(day(3), day(4))
        )
        instants = InstantRange(START + dt.timedelta(days=2), START + dt.timedelta(days=5))
        assert view.highest("text:shop", instants) == 1500
        assert view.turnover(["text:shop", "text:rider"], instants).credits == 1200
        assert view.longest_run_above("text:shop", instants, 10**6) is None
        assert view.longest_run_above("text:shop", dates, 10**6) is None
        with pytest.raises(ledger.InvalidArgument):
            view.lowest([], dates)
        with pytest.raises(ledger.InvalidArgument):
            view.lowest(["text:shop", "text:dollars"], dates)
        with pytest.raises(TypeError):
            view.lowest("text:shop", (DAY, DAY))


def test_movements(paid):
    with paid.ledger.view() as view:
        moved = view.movement("text:shop", DateRange(day(1), day(2)))
        assert (moved.before.credits, moved.through.credits) == (100, 600)
        all_moved = {one.id: one for one in view.movements(1, DateRange(day(1), day(2)))}
        assert all_moved[moved.id] == moved
        chart = [one for one in view.chart_movements("2202", 1, Range())]
        assert [one.code for one in chart] == ["2202.01", "2202.02", "2202.03"]


def test_listings_stream(paid):
    paid.pay_all([("text:bank", "text:rider", 1)] * 2500)
    with paid.ledger.view() as view:
        lines = list(view.lines("text:rider"))
        assert [line.balance.total for line in lines] == list(range(1, 2501))
        assert list(view.lines("text:rider", backward=True)) == lines[::-1]
        since = lines[1999].position
        assert list(view.lines("text:rider", since=since)) == lines[2000:]
        assert list(view.lines("text:rider", Range(to_position=since))) == lines[:2000]
        kinds = {entry.kind for entry in view.entries("text:rider")}
        assert kinds == {ledger.EntryKind.line, ledger.EntryKind.opened}
        dated = list(view.lines_on("text:shop", DateRange(day(1), day(3))))
        assert [line.amount for line in dated] == [200, 300, 400]
        newer = view.lines_on("text:shop", DateRange(day(1), day(3)), since=paid.positions[2])
        assert [line.amount for line in newer] == [400]
        with pytest.raises(ledger.InvalidArgument):
            view.lines("text:rider", since=-1)
        with pytest.raises(TypeError):
            view.lines("text:rider", Range(), since=1)


def test_records(paid):
    with paid.ledger.view() as view:
        posted = view.voucher(1, day(3), 1)
        assert posted == view.voucher(posted.position) == view.voucher(posted.voucher.id)
        assert [one for one in view.vouchers_on(1, day(3))] == [posted]
        head = view.voucher_head(posted.position)
        assert (head.id, head.number) == (posted.voucher.id, 1)
        assert view.record(posted.voucher.id).position == posted.position
        assert len(list(view.records_of("text:0"))) == 5
        assert [one.position for one in view.records_of("text:0", backward=True)] == sorted(
            (one.position for one in view.records_of("text:0")), reverse=True
        )
        assert view.voucher(RecordId.of("none")) is None and view.record(1 << 40) is None


def test_days(paid):
    for record in (
        ledger.CutDay(1, day(0)),
        ledger.CutDay(1, day(1)),
        ledger.CloseDay(1, day(0)),
    ):
        paid.ledger.post(record).check()
    late = paid.pay("text:bank", "text:shop", 3, book_date=day(9), concerns=day(0))
    paid.ledger.seal()
    with paid.ledger.view() as view:
        days = view.days(1)
        assert (days.closed_through, days.current) == (day(0), day(2))
        assert [one.date for one in view.open_dates(1)] == [day(n) for n in range(1, 10)]
        close = view.closed_by(1, day(0))
        assert [close] == list(view.day_closes(1)) and close.close.date == day(0)
        assert [one.position for one in view.late_vouchers(1, day(0))] == [late.result.position]
        assert [one.position for one in view.vouchers_concerning(1, day(0))] == [
            late.result.position
        ]
        bridge = ledger.Bridge(view, 1, day(0))
        assert {one.account.name: (one.certified, one.seen) for one in bridge.accounts()} == {
            "bank": (100, 103),
            "shop": (100, 103),
        }
        assert [one.position for one in bridge.vouchers()] == [late.result.position]
        certificate = view.certificate(1, day(0))
        assert bridge.head.certificate == certificate
        if certificate is not None:
            assert paid.ledger.verify_balances(certificate)
        with pytest.raises(ledger.InvalidArgument):
            ledger.Bridge(view, 1, day(1))
