"""Feeds and cursors: from a position on, everything once, and nothing missed."""

import datetime as dt
import threading

import pytest

import ledger
from ledger import FeedContent


def test_a_feed_resumes_where_it_was(books):
    books.pay_all([("text:bank", "text:shop", 1)] * 3000)
    last = books.ledger.stats().committed_through
    positions, since = [], 0
    while since < last:
        with books.ledger.follow(since, FeedContent.records) as feed:
            for record in feed:
                positions.append(record.position)
                since = feed.position
                assert since == record.position
                if len(positions) % 700 == 0:
                    break  # as a script that was killed: what was read ahead is read again
    assert positions == list(range(1, last + 1))


def test_entries_of_a_feed_are_those_of_the_accounts(books):
    books.pay("text:bank", "text:shop", 5)
    books.pay("text:shop", "text:bank", 2)
    shop = ledger.AccountId.of("shop")
    fed = [
        entry.entry
        for record in books.ledger.follow(0)
        for entry in record.entries
        if entry.account == shop
    ]
    assert fed == list(books.ledger.view().entries(shop))


def interrupt_at(monkeypatch, number):
    """As Ctrl-C while the objects of a page are made."""
    made = ledger.FeedRecord.__init__
    calls = iter(range(1, number + 1))

    def make(record, *fields):
        if next(calls, 0) == number:
            raise KeyboardInterrupt
        made(record, *fields)

    monkeypatch.setattr(ledger.FeedRecord, "__init__", make)


def test_an_interrupted_feed_loses_nothing(books, monkeypatch):
    books.pay_all([("text:bank", "text:shop", 1)] * 20)
    last = books.ledger.stats().committed_through
    feed = books.ledger.follow(3)
    interrupt_at(monkeypatch, 5)
    with pytest.raises(KeyboardInterrupt):
        feed.next_records()
    assert feed.position == 3
    assert [one.position for one in feed.next_records(2)] == [4, 5]
    assert feed.position == 5
    given = []
    interrupt_at(monkeypatch, 5)
    with pytest.raises(KeyboardInterrupt):
        for record in feed:
            given.append(record.position)
            assert feed.position == record.position
    assert given == [6, 7, 8, 9] and feed.position == 9
    assert [one.position for one in feed] == list(range(10, last + 1))


def test_a_feed_that_is_read_while_it_reads_is_refused(books, monkeypatch):
    feed = books.ledger.follow()
    refused = []
    made = ledger.FeedRecord.__init__

    def make(record, *fields):
        with pytest.raises(ledger.UsageError) as error:
            feed.next_records()
        refused.append(error)
        feed.close()
        made(record, *fields)

    monkeypatch.setattr(ledger.FeedRecord, "__init__", make)
    assert next(iter(feed)).position == 1 and len(refused) == 1
    with pytest.raises(ledger.UsageError):
        feed.next_records()


def test_the_position_stays_when_the_feed_is_closed(books):
    with books.ledger.follow() as feed:
        given = [record.position for _, record in zip(range(7), feed)]
    assert feed.position == given[-1] == 7
    closed = books.ledger.follow(2)
    books.ledger.close()
    assert closed.position == 2
    with pytest.raises(ledger.UsageError):
        next(iter(closed))


@pytest.mark.parametrize("records_max", [0, -1, 10_001])
def test_pages_of_a_feed_are_bounded(books, records_max):
    feed = books.ledger.follow()
    with pytest.raises((ledger.InvalidArgument, TypeError)):
        feed.next_records(records_max)


def test_waiting_for_what_comes(books):
    feed = books.ledger.follow(books.ledger.stats().committed_through)
    assert feed.next_records() == []
    assert feed.next_records(wait=dt.timedelta(milliseconds=1)) == []
    timer = threading.Timer(0.05, books.pay, ("text:bank", "text:shop", 5))
    timer.start()
    (record,) = feed.next_records(wait=dt.timedelta(seconds=60))
    timer.join()
    assert record.value.lines[0].amount == 5
    assert feed.position == record.position


def test_yesterdays_views_and_todays_news(books):
    """A daily script: what since= gives, added to yesterday, is today."""
    books.pay("text:bank", "text:shop", 5)
    with books.ledger.view() as view:
        known, total = view.position, view.balance("text:shop").total
    for amount in (7, 8):
        books.pay("text:bank", "text:shop", amount)
    with books.ledger.view() as view:
        new = list(view.lines("text:shop", since=known))
        assert total + sum(line.amount for line in new) == view.balance("text:shop").total
        table = view.lines_table(1, since=known)
        assert table["amount"].tolist() == [7, 7, 8, 8]
        assert sorted(set(table["position"].tolist())) == list(range(known + 1, view.position + 1))
        statement = ledger.Statement(view, "text:shop", since=known)
        assert (statement.head.opening, statement.head.closing) == (5, 20)
        changed = ledger.compare_positions(view, known, view.position)
        assert {one.movement.id for one in changed.accounts()} == {
            ledger.AccountId.of("bank"),
            ledger.AccountId.of("shop"),
        }
        assert [one.position for one in changed.vouchers()] == [known + 1, known + 2]
