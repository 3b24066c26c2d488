"""Posting: every kind of record goes in, and comes out of the feed as it went in."""

import dataclasses
import datetime as dt
import threading
from decimal import Decimal

import pytest

import ledger
from ledger import (
    AccountKind,
    Group,
    Ink,
    Outcome,
    RecordId,
    Side,
    Voucher,
    VoucherLine,
    credit,
    debit,
)

from conftest import every_kind

DAY = dt.date(2026, 1, 5)


def voucher(name, *lines, **fields):
    return Voucher(RecordId.of(name), 1, lines, **fields)


def test_one_record_has_a_receipt(books):
    receipt = books.pay("text:bank", "text:shop", 1250, summary="第一笔")
    assert receipt and receipt.result.outcome is Outcome.accepted
    assert receipt.result.number == 1 and receipt.result.book_date == DAY
    shop = ledger.AccountId.of("shop")
    assert receipt.balances[shop].total == 1250
    with books.ledger.view() as view:
        posted = view.voucher(receipt.result.position)
    assert posted.voucher.summary == "第一笔"
    assert posted.voucher.lines[1] == VoucherLine(shop, Side.credit, 1250)
    assert posted.instant == receipt.result.instant


def test_decimals_are_whole_units_of_the_account(books):
    receipt = books.pay("text:bank", "text:shop", Decimal("12.5"))
    assert receipt.balances[ledger.AccountId.of("shop")].total == 1250
    with pytest.raises(ledger.InvalidArgument, match="finer"):
        books.pay("text:bank", "text:shop", Decimal("0.001"))
    records = [
        ledger.DefineCurrency("POINTS", 5),
        ledger.OpenAccount("text:points", 1, "POINTS", "9001", AccountKind.memorandum),
        ledger.OpenAccount(
            "text:other points",
            1,
            "POINTS",
            "9002",
            AccountKind.memorandum,
            normal_side=Side.credit,
            limits=ledger.Limits(maximum=Decimal("2")),
        ),
        voucher("bonus", debit("text:points", Decimal("1.5")), credit("text:other points", 150000)),
    ]
    assert all(books.ledger.post(records))
    with books.ledger.view() as view:
        assert view.account("text:other points").limits.maximum == 200000
    with pytest.raises(ledger.InvalidArgument, match="unknown"):
        books.pay("text:nobody", "text:shop", Decimal("1"))


def test_decimals_are_those_of_the_ledger_whatever_a_refused_record_says(books):
    new = ledger.OpenAccount("text:yen", 1, "JPY", "1002.03", AccountKind.asset)
    other = ledger.OpenAccount("text:yen shop", 1, "JPY", "2202.04", AccountKind.liability)
    assert all(books.ledger.post([ledger.DefineCurrency("JPY"), new, other]))
    one = Decimal("1")
    hold = ledger.PlaceHold(RecordId.of("hold"), "text:yen", 1)
    records = [
        ledger.DefineCurrency("CNY", 5, 156),
        dataclasses.replace(new, currency="CNY"),
        voucher("yuan", debit("text:bank", one), credit("text:shop", one)),
        voucher("seven", debit("text:yen", 7), credit("text:yen shop", 7)),
        voucher("one more", debit("text:yen", one), credit("text:yen shop", one)),
        hold,
    ]
    refused, again, *posted = books.ledger.post(records)
    assert not refused and not again and all(posted)
    moved = dataclasses.replace(hold, account="text:bank")
    release = ledger.ReleaseHold(RecordId.of("release"), "text:hold", one)
    results = books.ledger.post([moved, release])
    assert not results[0] and results[1]
    with books.ledger.view() as view:
        assert view.balance("text:shop").total == 100
        assert view.balance("text:yen").total == 8
        assert view.hold("text:hold").remaining == 0


def test_decimals_of_what_is_opened_twice_are_unknown(books):
    records = [
        ledger.DefineCurrency("POINTS", 2),
        ledger.DefineCurrency("POINTS", 5),
        ledger.OpenAccount("text:points", 1, "POINTS", "9001", AccountKind.memorandum),
        voucher("bonus", debit("text:points", Decimal("1")), credit("text:points", 100)),
    ]
    with pytest.raises(ledger.InvalidArgument, match="POINTS"):
        books.ledger.post(records)
    assert books.ledger.post(records[:2])[0]


@pytest.mark.parametrize("amount", [1.5, 1.0, float("nan"), True, "1", None, 1j, b"1"])
def test_no_amount_is_a_float(books, amount):
    with pytest.raises(TypeError, match="amount"):
        books.pay("text:bank", "text:shop", amount)


def test_refusals_are_values(books):
    result = books.ledger.dry_run([voucher("x", debit("text:bank", 1), credit("text:shop", 2))])[0]
    assert result.outcome is Outcome.unbalanced and not result
    with pytest.raises(ledger.Refused, match="unbalanced") as refused:
        result.check()
    assert refused.value.result == result
    missing = voucher("y", debit("text:bank", 1), credit("text:none", 1))
    receipt = books.ledger.post(missing)
    assert receipt.result.outcome is Outcome.account_unknown and receipt.result.line == 1
    assert receipt.balances == {}


def test_a_retry_posts_once(books):
    record = voucher("retry", debit("text:bank", 7), credit("text:shop", 7))
    first, again = books.ledger.post([record, record])
    assert again.outcome is Outcome.already_posted and again.position == first.position
    other = voucher("retry", debit("text:bank", 8), credit("text:shop", 8))
    assert books.ledger.post(other).result.outcome is Outcome.id_conflict


def test_groups_post_all_or_none(books):
    good = voucher("good", debit("text:bank", 7), credit("text:shop", 7))
    bad = voucher("bad", debit("text:bank", 7), credit("text:none", 7))
    results = books.ledger.post([Group([good, bad]), good])
    assert [one.outcome for one in results] == [
        Outcome.group_failed,
        Outcome.account_unknown,
        Outcome.accepted,
    ]
    with pytest.raises(TypeError):
        books.ledger.post([Group([Group([good])])])


def test_dry_run_changes_nothing(books):
    position = books.ledger.stats().committed_through
    records = [voucher("dry", debit("text:bank", 7), credit("text:shop", 7))]
    assert books.ledger.dry_run(records)[0].position == position + 1
    assert books.ledger.stats().committed_through == position


def test_futures_have_the_results(books):
    threads = []
    batches = [
        [voucher(f"{n}.{i}", debit("text:bank", 1), credit("text:shop", 1)) for i in range(50)]
        for n in range(20)
    ]
    futures = [books.ledger.post_async(batch) for batch in batches]
    futures[0].add_done_callback(lambda _: threads.append(threading.current_thread()))
    assert all(result for future in futures for result in future.result(60))
    assert books.ledger.view().balance("text:shop").total == 1000
    assert len(threads) == 1
    for records in ([], batches[0] * 200):
        with pytest.raises(ledger.InvalidArgument):
            books.ledger.post_async(records)


def test_a_future_whose_results_cannot_be_made_fails(books, monkeypatch):
    def make(*_):
        raise MemoryError("no room")

    batch = [voucher("a", debit("text:bank", 1), credit("text:shop", 1))]
    with monkeypatch.context() as patched:
        patched.setattr(ledger.Result, "__init__", make)
        future = books.ledger.post_async(batch)
        with pytest.raises(MemoryError, match="no room"):
            future.result(60)
    assert books.ledger.post(batch)[0].outcome is Outcome.already_posted


def test_a_callback_cannot_wait_for_the_engine(books):
    raised = []

    def ask(_):
        for call in (books.ledger.stats, books.ledger.view, books.ledger.close):
            try:
                call()
            except ledger.UsageError as error:
                raised.append(error)

    held = books.ledger.view()  # keeps the committing thread's callback from racing the view
    future = books.ledger.post_async([voucher("a", debit("text:bank", 1), credit("text:shop", 1))])
    future.add_done_callback(ask)
    assert future.result(60)[0]
    books.pay("text:bank", "text:shop", 1)  # later than the callback
    held.close()
    assert len(raised) in (0, 3)  # none where it was done before the callback was added


def test_deadlines(books):
    record = voucher("late", debit("text:bank", 1), credit("text:shop", 1))
    past = dt.timedelta(days=-1)
    assert books.ledger.post(record, deadline=past).result.outcome is Outcome.deadline_passed
    assert books.ledger.post(record, deadline=dt.timedelta(days=100_000))
    with pytest.raises(ledger.InvalidArgument):
        books.ledger.post(record, deadline=dt.timedelta.max)


def test_holds(books):
    books.pay("text:bank", "text:shop", 1000)
    hold = ledger.PlaceHold(
        RecordId.of("hold"), "text:shop", Decimal("3"), expires_at=dt.datetime.max.replace(
            year=2030, tzinfo=dt.timezone.utc
        ), order="text:order", reference="court"
    )
    receipt = books.ledger.post(hold)
    assert receipt.balances[ledger.AccountId.of("shop")].available == 700
    capture = voucher(
        "capture",
        debit("text:shop", 100),
        credit("text:bank", 100),
        captures=[ledger.Capture("text:hold", Decimal("1.00"))],
    )
    books.ledger.post(capture).check()
    with books.ledger.view() as view:
        info = view.hold("text:hold")
        assert (info.placed, info.remaining, info.reference) == (300, 200, "court")
        assert [one.id for one in view.holds("text:shop")] == [RecordId.of("hold")]
        assert [one.id for one in view.holds_of("text:order")] == [RecordId.of("hold")]
    books.ledger.post(ledger.ReleaseHold(RecordId.of("release"), "text:hold")).check()
    with books.ledger.view() as view:
        assert view.hold("text:hold").remaining == 0 and not list(view.holds("text:shop"))


def test_every_kind_of_record_comes_back(books):
    records = list(every_kind())
    before = books.ledger.stats().committed_through
    for record in records:
        books.ledger.post(record).check()
    given = [one for one in books.ledger.follow(before) if one.value is not None]
    made = [one for one in given if not isinstance(one.value, (ledger.Anchor, ledger.Certificate))]
    assert [one.value for one in made] == records
    assert [one.position for one in given] == sorted(one.position for one in given)
    with books.ledger.view() as view:
        assert view.register_entry("text:6") == records[9]
        assert view.relations() == [records[10]]
        info = view.account("text:new")
        assert info.closed and info.name == "N" and info.limits == ledger.Limits(None, 3)
        assert view.item("text:item").remaining == 5
        assert [one.id for one in view.open_items("text:suspense")] == [ledger.ItemId.of("item")]


def test_every_value_has_a_repr_and_is_frozen(books):
    for record in every_kind():
        assert type(record).__name__ in repr(record)
        with pytest.raises(AttributeError):
            setattr(record, dataclasses.fields(record)[0].name, 1)
    assert "CNY" in repr(books.ledger.view().currencies())


def test_reversal(books):
    receipt = books.pay("text:bank", "text:shop", 9)
    first = books.ledger.view().voucher(receipt.result.position).voucher.id
    reversal = Voucher(RecordId.of("undo"), 1, reverses=first, red=True)
    books.ledger.post(reversal).check()
    with books.ledger.view() as view:
        assert view.voucher(first).reversed_by == RecordId.of("undo")
        undone = view.voucher("text:undo").voucher
        assert [line.ink for line in undone.lines] == [Ink.red, Ink.red]
        assert view.balance("text:shop").total == 0


def test_snapshots_are_proved(books):
    books.pay("text:bank", "text:shop", 9)
    assert books.ledger.cut_snapshot("月末")
    with books.ledger.view() as view:
        cut = view.snapshot("月末")
        assert [cut] == list(view.snapshots())
    assert books.ledger.verify_balances(cut.snapshot)
    forged = ledger.Snapshot("月末", cut.snapshot.position, 1, cut.snapshot.algorithm, b"0" * 64)
    assert not books.ledger.verify_balances(forged).ok
    with pytest.raises(ledger.InvalidArgument):
        books.ledger.cut_snapshot("later", 1 << 40)
