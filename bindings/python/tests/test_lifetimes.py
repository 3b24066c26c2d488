"""Whatever is closed, dropped or forked, and in whatever order: an answer or a UsageError, and nothing hangs."""

import gc
import os
import subprocess
import sys
import threading
import time

import pytest

import ledger
from ledger import Range, UsageError

from conftest import small_options


def test_context_managers(tmp_path):
    with ledger.Ledger.create(tmp_path / "b", small_options()) as writer:
        with writer.view() as view, writer.follow() as feed:
            assert view.position == 0 and list(feed) == []
        assert view.closed and not writer.closed
    assert writer.closed and "closed" in repr(writer)
    writer.close()
    with pytest.raises(UsageError):
        writer.view()


def test_what_was_taken_ends_with_its_ledger(books):
    books.pay("text:bank", "text:shop", 5)
    view, feed = books.ledger.view(), books.ledger.follow()
    statement = ledger.Statement(view, "text:shop", since=0)
    tables = view.entries_tables("text:shop", rows=1)
    lines = view.lines("text:shop")
    journal = ledger.voucher_journal(view, 1, Range())
    books.ledger.close()
    for ask in (
        lambda: view.position,
        lambda: view.balance("text:shop"),
        lambda: view.at(1),
        lambda: next(lines),
        lambda: next(tables),
        lambda: next(journal),
        lambda: list(statement),
        lambda: feed.next_records(),
        lambda: next(iter(feed)),
        lambda: books.ledger.stats(),
        lambda: books.ledger.post([]),
    ):
        with pytest.raises(UsageError):
            ask()
    view.close()
    feed.close()
    books.reopen()
    assert books.ledger.view().balance("text:shop").total == 5


def test_a_view_keeps_its_ledger(tmp_path):
    view = ledger.Ledger.create(tmp_path / "b", small_options()).view()
    gc.collect()
    assert view.position == 0
    feed = ledger.Ledger.create(tmp_path / "c", small_options()).follow()
    assert feed.next_records() == []
    del view, feed
    ledger.Ledger.open(tmp_path / "b", small_options()).close()


def test_dropped_in_any_order(tmp_path):
    for number in range(6):
        parts = [ledger.Ledger.create(tmp_path / str(number), small_options())]
        parts += [parts[0].view(), parts[0].follow(), parts[0].view()]
        while parts:
            parts.pop(number % len(parts))


def test_locked(books):
    with pytest.raises(ledger.LockedError):
        ledger.Ledger.open(books.directory, small_options())
    script = (
        "import sys, ledger\n"
        "try: ledger.Ledger.open(sys.argv[1])\n"
        "except ledger.LockedError as error: print(error)"
    )
    output = subprocess.run(
        [sys.executable, "-c", script, books.directory], capture_output=True, text=True, check=True
    )
    assert str(os.getpid()) in output.stdout


def test_no_ledger_there(tmp_path):
    with pytest.raises(ledger.StorageError):
        ledger.Reader(tmp_path)
    with pytest.raises(ledger.StorageError):
        ledger.Ledger.open(tmp_path / "none")
    for wrong in (1, None, 1.5, object(), ["a"]):
        with pytest.raises(TypeError):
            ledger.Ledger.open(wrong)
    with pytest.raises(ValueError):
        ledger.Ledger.open("a\0b")


def test_threads_share_one_view_and_post(books):
    books.pay("text:bank", "text:shop", 1)
    view = books.ledger.view()
    failures = []

    def ask():
        try:
            for _ in range(100):
                assert view.balance("text:shop").total == 1
                assert len(list(view.entries("text:shop"))) == 2
        except BaseException as error:
            failures.append(error)

    def post(number):
        try:
            for i in range(50):
                record = ledger.Voucher(
                    ledger.RecordId.of(f"{number}.{i}"),
                    1,
                    [ledger.debit("text:bank", 1), ledger.credit("text:rider", 1)],
                )
                books.ledger.post(record).check()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    threads += [threading.Thread(target=post, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures and not any(thread.is_alive() for thread in threads)
    assert books.ledger.view().balance("text:rider").total == 200


def test_closed_while_threads_ask(books):
    """They get answers until it is closed, and UsageErrors from then on."""
    books.pay_all([("text:bank", "text:shop", 1)] * 50)
    view = books.ledger.view()
    waiting = books.ledger.follow(books.ledger.stats().committed_through)
    ended = []
    asked = threading.Semaphore(0)

    def until_closed(ask):
        try:
            while True:
                ask()
                asked.release()
        except UsageError as error:
            ended.append(error)

    asks = [
        lambda: list(view.lines("text:shop")),
        lambda: view.entries_table("text:shop"),
        lambda: books.ledger.view().position,
        lambda: books.ledger.post([]),
    ]
    threads = [threading.Thread(target=until_closed, args=(ask,)) for ask in asks]
    threads.append(
        threading.Thread(target=until_closed, args=(lambda: waiting.next_records(wait=None),))
    )
    for thread in threads:
        thread.start()
    for _ in range(20):
        asked.acquire()
    books.ledger.close()
    for thread in threads:
        thread.join(60)
    assert len(ended) == len(threads)


def test_a_forked_child_is_refused(books):
    books.pay("text:bank", "text:shop", 1)
    view = books.ledger.view()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for ask in (books.ledger.stats, books.ledger.view, lambda: view.position):
                try:
                    ask()
                    code = 2
                except UsageError:
                    pass
            view.close()
            books.ledger.close()
            del view
            gc.collect()
            code = 0 if code == 1 else code
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert view.balance("text:shop").total == 1
    books.pay("text:bank", "text:shop", 1)


@pytest.mark.parametrize(
    "ending",
    [
        "",  # everything left open
        "sys.exit(3)",
        "raise SystemExit(3)",
        "keep = [view, feed, writer, future]; keep.append(keep)",
        "threading.Thread(target=wait, daemon=True).start()",
        "del writer, view; feed = None",
    ],
)
def test_the_interpreter_ends_cleanly(tmp_path, ending):
    script = f"""
import sys, threading, ledger
writer = ledger.Ledger.create(sys.argv[1])
future = writer.post_async([ledger.DefineCurrency("CNY")])
view, feed = writer.view(), writer.follow(0)
feed.next_records()
def wait():
    while True:
        try: feed.next_records(wait=None)
        except ledger.UsageError: return
{ending}
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "b"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == (3 if "3" in ending else 0), done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize(
    "keep",
    [
        "kept = writer.view()",
        "kept = writer.follow()",
        "kept = [writer]; future.add_done_callback(lambda _: kept.clear())",  # closed by a callback
    ],
)
def test_the_interpreter_ends_cleanly_whoever_keeps_the_ledger(tmp_path, keep):
    script = f"""
import sys, ledger
writer = ledger.Ledger.create(sys.argv[1])
def post(n):
    ids = [ledger.RecordId.of(f"{{n}}.{{i}}") for i in range(500)]
    return writer.post_async([ledger.RegisterEntry(one, 1, b"x") for one in ids])
for n in range(20):
    future = post(n)
{keep}
del writer
"""
    for number in range(3):
        done = subprocess.run(
            [sys.executable, "-c", script, tmp_path / str(number)],
            capture_output=True, text=True, timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_a_forked_child_waits_for_no_call_of_its_parent(books):
    feed = books.ledger.follow(books.ledger.stats().committed_through)
    thread = threading.Thread(target=feed.next_records, kwargs={"wait": None})
    thread.start()
    while ledger._core.calls_under_way() == 0:
        time.sleep(0.001)
    child = os.fork()
    if child == 0:
        os._exit(ledger._core.calls_under_way())  # what the end of an interpreter waits for
    assert os.waitpid(child, 0)[1] == 0
    books.pay("text:bank", "text:shop", 1)
    thread.join()
    assert ledger._core.calls_under_way() == 0


def test_views_closed_while_their_ledger_closes(tmp_path):
    """Each is destroyed once, and before its ledger."""
    for number in range(10):
        writer = ledger.Ledger.create(tmp_path / str(number), small_options())
        views = [writer.view() for _ in range(100)]
        begin = threading.Barrier(3)

        def close(those):
            begin.wait()
            for one in those:
                one.close()

        threads = [
            threading.Thread(target=close, args=(those,)) for those in (views, views[::-1], [writer])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert writer.closed and all(view.closed for view in views)


def test_backup_verify_restore_rebuild(books, tmp_path):
    books.pay("text:bank", "text:shop", 5)
    books.ledger.backup(tmp_path / "copy")
    ledger.restore(tmp_path / "copy", tmp_path / "restored")
    report = ledger.verify(tmp_path / "restored", deep=True)
    assert report and report.verified_through == books.ledger.stats().committed_through
    ledger.rebuild(tmp_path / "restored", small_options())
    with ledger.Reader(tmp_path / "restored") as reader, reader.view() as view:
        assert view.balance("text:shop").total == 5
        reader.refresh()
        assert reader.stats().accounts == 10
        with pytest.raises(UsageError):
            reader._native.seal()
    with pytest.raises(ledger.Error):
        books.ledger.backup(tmp_path / "copy")


def test_background_work_by_hand(tmp_path):
    with ledger.Ledger.create(tmp_path / "b", ledger.Options(background=False)) as writer:
        writer.post(ledger.DefineCurrency("CNY")).check()
        while writer.step():
            pass
        assert writer.stats().committed_through >= 1
    with pytest.raises(ledger.InvalidArgument):
        ledger.Ledger.create(tmp_path / "c", ledger.Options(segment_records=1))
    with pytest.raises(ledger.InvalidArgument):
        ledger.Ledger.create(tmp_path / "c", ledger.Options(digest="md5"))


def test_readers_views_expire(books):
    import datetime as dt

    books.pay("text:bank", "text:shop", 5)
    books.ledger.close()
    options = ledger.ReaderOptions(view_age_max=dt.timedelta(milliseconds=300))
    with ledger.Reader(books.directory, options) as reader:
        view = reader.view()
        time.sleep(0.4)
        with pytest.raises(UsageError, match="view_age_max"):
            view.balance("text:shop")
