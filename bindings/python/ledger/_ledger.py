"""Ledgers: one that this process writes, and one that another process writes."""

from __future__ import annotations

import atexit
import concurrent.futures
import datetime as dt
import os
import time
from types import TracebackType
from typing import Any, Iterable, Mapping, Optional, Self, Sequence, Union, overload

from . import _core
from ._enums import FeedContent
from ._errors import UnavailableError
from ._feed import Feed
from ._ids import AnyAccount
from ._options import Options, ReaderOptions
from ._posting import line_columns, transfer_columns
from ._records import Certificate, Group, Record, Snapshot
from ._table import Table
from ._values import Receipt, Result, Stats, VerifyReport
from ._view import View

__all__ = ["Ledger", "Reader", "rebuild", "restore", "verify"]

Path = Union[str, "os.PathLike[str]"]

_END_SECONDS = 10  # for calls of other threads, which end once the ledger is closed

class _Source:
    """What a ledger and a reader have in common."""

    def __init__(self, native: _core.Owner, directory: Path) -> None:
        if not isinstance(native, _core.Owner):
            raise TypeError("a ledger is made by Ledger.open, create or open_or_create")
        self._native = native
        self._directory = os.fspath(directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self.closed else ""
        return f"<{type(self).__name__} {self._directory!r}{closed}>"

    def close(self) -> None:
        """Closes, and all views and feeds with it; waits for calls under way. Again: nothing."""
        self._native.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._native.closed

    def view(self) -> View:
        """A view of everything acknowledged so far (of a reader: at its last `refresh`)."""
        return View(self._native.view())

    def follow(self, since: int = 0, content: FeedContent = FeedContent.entries) -> Feed:
        """Every committed record after a position, once and in order.

        Parameters
        ----------
        since : int
            The position of the last record that was dealt with; 0: from the first one on.
        content : FeedContent
            Whether account entries come with the records.
        """
        return Feed(_core.follow(self._native, since, content))

    def stats(self) -> Stats:
        """Sizes and counts."""
        return self._native.stats()


class Reader(_Source):
    """A ledger that another process writes, or nobody at the moment.

    Any thread may call. A process opens a ledger once.

    Parameters
    ----------
    directory : path
    options : ReaderOptions, optional

    Raises
    ------
    StorageError
        Where there is no ledger, or its checkpoint is missing, damaged or too far behind.

    Examples
    --------
    >>> with ledger.Reader("books") as reader, reader.view() as view:   # doctest: +SKIP
    ...     view.balance("text:shop").total
    """

    def __init__(self, directory: Path, options: ReaderOptions = ReaderOptions()) -> None:
        super().__init__(_core.open_reader(directory, options), directory)

    def refresh(self) -> None:
        """Makes everything visible that was acknowledged before the call."""
        self._native.refresh()


class Ledger(_Source):
    """The writer; one per ledger at a time. Any thread may call.

    `open`, `create` and `open_or_create` make one; it is a context manager. Every call that posts is
    durable when it answers. After a fork the child cannot use it.
    """

    @classmethod
    def open(cls, directory: Path, options: Options = Options()) -> Ledger:
        """Opens an existing ledger and recovers it.

        Raises
        ------
        FormatError
            Where the directory holds no ledger.
        LockedError
            Where another process writes it; the message names it.
        """
        return cls(_core.open(directory, options), directory)

    @classmethod
    def create(cls, directory: Path, options: Options = Options()) -> Ledger:
        """Makes an empty ledger; `UsageError` where there is one."""
        return cls(_core.create(directory, options), directory)

    @classmethod
    def open_or_create(cls, directory: Path, options: Options = Options()) -> Ledger:
        """Opens a ledger, or makes an empty one."""
        return cls(_core.open_or_create(directory, options), directory)

    # ---- posting

    @overload
    def post(self, records: Record, *, deadline: Optional[dt.timedelta] = None) -> Receipt: ...

    @overload
    def post(
        self, records: Iterable[Union[Record, Group]], *, deadline: Optional[dt.timedelta] = None
    ) -> list[Result]: ...

    def post(
        self,
        records: Union[Record, Iterable[Union[Record, Group]]],
        *,
        deadline: Optional[dt.timedelta] = None,
    ) -> Union[Receipt, list[Result]]:
        """Posts one record, or many in order, and waits until they are durable.

        Parameters
        ----------
        records : a record, or an iterable of records and `Group`
            A group posts all or none.
        deadline : timedelta, optional
            What has not begun by then is refused with `Outcome.deadline_passed`. It counts from when
            the iterable was read to its end.

        Returns
        -------
        Receipt
            Of one record, with the balances after it.
        list of Result
            Of many, one for each.

        Raises
        ------
        PoisonedError
            Where the outcome of a record is unknown.
        """
        one = _core.post_one(self._native, records, deadline)
        if one is not None:
            return one
        return _core.post(self._native, records, deadline)

    def post_async(
        self, records: Iterable[Union[Record, Group]], *, deadline: Optional[dt.timedelta] = None
    ) -> concurrent.futures.Future[list[Result]]:
        """Hands 1 to 8,190 records over and returns at once.

        Callbacks of the future run in the engine's thread: they must be brief, and whatever asks the
        ledger there is a `UsageError`. A future that has an exception of Python's own (`MemoryError`)
        tells nothing of the records: post them again.

        Raises
        ------
        UnavailableError
            Where the queue is full; nothing was posted.
        """
        future: concurrent.futures.Future[list[Result]] = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        if not _core.post_async(self._native, records, future, deadline):
            raise UnavailableError("the queue is full; nothing was posted, try again")
        return future

    def post_lines(
        self,
        columns: Mapping[str, Any],
        *,
        book: Optional[int] = None,
        accounts: Optional[Sequence[AnyAccount]] = None,
    ) -> Table:
        """Posts vouchers from columns, a row a line, the rows of a voucher one after the other.

        Parameters
        ----------
        columns : DataFrame, or mapping of str to array
            ``id_high`` and ``id_low`` (uint64), or ``id`` (texts, see `ids_of`); ``account``, ``side``
            (debit, credit), ``amount`` (whole minor units). They may have ``ink``, and ``order`` (as
            ``id``), ``book``, ``book_date``, ``code``, which are taken from the first row of a voucher. A
            book date is a `datetime.date`, or datetime64 without a time zone and a time of day. No
            other columns.
        book : int, optional
            Of all vouchers, in the place of a column.
        accounts : sequence of AccountId, optional
            Then ``account`` has places in it; else it is categorical or of texts that name accounts.

        Returns
        -------
        Table
            A row a voucher: outcome, position, number, instant. Refused ones are among them: look at
            ``outcome``.

        Raises
        ------
        UnavailableError
            Where the queue stays full for 30 seconds. What was posted before is durable; posting the
            same columns again posts the rest.
        """
        made, known = line_columns(columns, accounts, book)
        return Table(_core.post_columns(self._native, made, known, False))

    def post_transfers(
        self,
        columns: Mapping[str, Any],
        *,
        book: Optional[int] = None,
        accounts: Optional[Sequence[AnyAccount]] = None,
    ) -> Table:
        """Posts vouchers of two lines from columns, a row a voucher.

        As `post_lines`, with ``debit`` and ``credit`` in the place of ``account`` and ``side``. Both
        lines have the row's ``ink``. Every row has its result: one whose id stands above already is
        ``already_posted``, or ``id_conflict`` where it differs.
        """
        made, known = transfer_columns(columns, accounts, book)
        return Table(_core.post_columns(self._native, made, known, True))

    def dry_run(self, records: Iterable[Union[Record, Group]]) -> list[Result]:
        """What posting would answer; nothing is journaled, and nobody sees it."""
        return _core.dry_run(self._native, records)

    def cut_snapshot(self, name: str, at: int = 0) -> Result:
        """Names a position (0: the newest) and journals the digest of all balances there (余额快照)."""
        return self._native.cut_snapshot(name, at)

    # ---- care

    def backup(self, directory: Path) -> None:
        """Copies the ledger, hot, into a directory that does not exist yet."""
        self._native.backup(directory)

    def step(self) -> bool:
        """One step of background work, for `Options.background` False; whether more is due."""
        return self._native.step()

    def seal(self) -> None:
        """Waits until everything acknowledged is sealed into the checkpoint."""
        self._native.seal()

    def verify_balances(self, proof: Union[Snapshot, Certificate]) -> VerifyReport:
        """Whether a snapshot, or the certificate of a closed day, still holds."""
        return self._native.verify_balances(proof)


def verify(directory: Path, *, deep: bool = False) -> VerifyReport:
    """Checks the files of a ledger, with or without a writer; `deep` replays everything beside it."""
    return _core.verify(directory, deep)


def rebuild(directory: Path, options: Options = Options()) -> None:
    """Makes the checkpoint anew from the journal. No writer may be open."""
    _core.rebuild(directory, options)


def restore(backup: Path, directory: Path) -> None:
    """Puts a backup in place as a ledger, in a directory that does not exist yet."""
    _core.restore(backup, directory)


def _close_all() -> None:
    """Before the interpreter ends: no thread may come back from an engine, or call from it, afterwards."""
    _core.close_all()
    end = time.monotonic() + _END_SECONDS
    while _core.calls_under_way() and time.monotonic() < end:
        time.sleep(0.001)


atexit.register(_close_all)
