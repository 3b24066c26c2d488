"""Views: the ledger as it stood after one position, and feeds, which follow it."""

from __future__ import annotations

import collections
import datetime as dt
from decimal import Decimal
from types import TracebackType
from typing import Any, Callable, Iterator, Optional, Sequence, TypeVar, Union, overload

import numpy as np

from . import _core
from ._enums import Rounding
from ._errors import InvalidArgument
from ._ids import AnyAccount, AnyItem, AnyOrder, AnyRecord
from ._money import Currency, minor_units
from ._records import Certificate, DefineBook, DefineGroup, DefineRelation, RegisterEntry
from ._table import Amounts, Array, Table, is_wide, tables_of
from ._time import Instant
from ._values import (
    AccountEntry,
    AccountInfo,
    AccountMovement,
    Axis,
    Balance,
    BookDays,
    ChartMovement,
    DatedBalance,
    DateRange,
    DayClose,
    FeedRecord,
    HoldInfo,
    InstantRange,
    ItemInfo,
    MovementRange,
    OpenDate,
    PostedRecord,
    PostedVoucher,
    Range,
    SnapshotCut,
    TrialSum,
    Turnover,
    VoucherHead,
)

__all__ = ["Feed", "View"]

_ALL_ROWS = 1 << 62
PAGE = 1000  # of the iterators: bounded, whatever there is

_T = TypeVar("_T")
At = Union[int, dt.datetime]
Accounts = Union[AnyAccount, Sequence[AnyAccount]]


def stream(
    ask: Callable[[tuple[int, bool, str]], tuple[list[_T], str]], backward: bool = False
) -> Iterator[_T]:
    """Follows the cursor from page to page."""
    cursor = ""
    while True:
        items, cursor = ask((PAGE, bool(backward), cursor))
        yield from items
        if not cursor:
            return


def _listed(accounts: Accounts) -> list[Any]:
    return list(accounts) if isinstance(accounts, (list, tuple)) else [accounts]


def _since(since: Optional[int], range: Optional[Range]) -> Range:
    """The range, from after a position on."""
    if since is None:
        return Range() if range is None else range
    if range is not None:
        raise TypeError("give either since or range")
    if since < 0:
        raise InvalidArgument(f"{since} was given for a position, 0 or more")
    return Range(from_position=since + 1)


class View:
    """The ledger as it stood after one position; the same question gives the same answer for ever.

    Taken from `Ledger.view` or `Reader.view`, and a context manager. It keeps old parts of the files
    in use, so let it go: `close` does, and so does the end of its last reference. Any thread may ask,
    one at a time. After `close` of the view or its ledger every query raises `UsageError`.

    What lists things is an iterator that reads on page by page, in bounded memory. Ids that are
    unknown give None, or nothing. Accounts are given as `AccountId`, as text of the command line
    (``"text:shop"``, hexadecimal digits) or as `uuid.UUID`.
    """

    def __init__(self, native: _core.View) -> None:
        if not isinstance(native, _core.View):
            raise TypeError("a view is taken from a Ledger or a Reader")
        self._native = native

    def __enter__(self) -> View:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<View, closed>" if self.closed else f"<View at position {self.position}>"

    def close(self) -> None:
        """Lets go of what the view keeps; waits for a query under way."""
        self._native.close()

    @property
    def closed(self) -> bool:
        """Whether the view, or its ledger, was closed."""
        return self._native.closed

    @property
    def position(self) -> int:
        """The last position that the view shows; 0 in an empty ledger."""
        return self._native.position()

    @property
    def instant(self) -> Optional[Instant]:
        """The posting instant of that position."""
        return self._native.instant()

    def at(self, position: int) -> View:
        """The same ledger earlier: a view pinned to this position."""
        return View(self._native.at(position))

    def position_at(self, instant: dt.datetime) -> int:
        """The last position posted at or before an instant; 0: none."""
        return self._native.position_at(instant)

    def positions_of(self, range: Range) -> tuple[int, int]:
        """First and last position of a range; first > last: it has none."""
        return self._native.positions_of(range)

    # ---- accounts

    def account(self, account: AnyAccount) -> Optional[AccountInfo]:
        """What the view knows of an account."""
        return self._native.account(account)

    def accounts(self, prefix: str = "") -> Iterator[AccountInfo]:
        """The accounts whose code begins so, by code and opening."""
        return stream(lambda page: self._native.accounts(prefix, page))

    def balance(self, account: AnyAccount) -> Optional[Balance]:
        """Balance of an account."""
        return self._native.balance(account)

    def balance_of_group(self, code: str, book: int, currency: str) -> Optional[Balance]:
        """The sum over the accounts of a book and currency under a group of the chart."""
        return self._native.balance_of_group(code, book, currency)

    def balance_at(self, account: AnyAccount, at: At) -> Optional[Balance]:
        """Balance as it was right after a position, or at an instant.

        Parameters
        ----------
        account : AccountId
        at : int or datetime
            A position of this view, or an aware datetime.

        Returns
        -------
        Balance or None
            None: the account was not open then.
        """
        return self._native.balance_at(account, at)

    def balance_on(
        self, account: AnyAccount, date: dt.date, known_at: Optional[At] = None
    ) -> Optional[DatedBalance]:
        """Balance at the end of a book date.

        Parameters
        ----------
        account : AccountId
        date : date
        known_at : int or datetime, optional
            Leaves out what was posted after this position or instant; by default, after the view.
        """
        if known_at is None:
            return self._native.balance_on(account, date)
        return self._native.balance_on(account, date, known_at)

    def balance_of_group_on(
        self, code: str, book: int, currency: str, date: dt.date
    ) -> Optional[DatedBalance]:
        """The sum over a group's accounts at the end of a book date."""
        return self._native.balance_of_group_on(code, book, currency, date)

    def entries(
        self,
        account: AnyAccount,
        range: Optional[Range] = None,
        *,
        since: Optional[int] = None,
        backward: bool = False,
    ) -> Iterator[AccountEntry]:
        """All entries of an account, each with the balances after it.

        Parameters
        ----------
        account : AccountId
        range : Range, optional
        since : int, optional
            Only what was posted after this position: the one of an earlier view.
        backward : bool
            Newest first.
        """
        wanted = _since(since, range)
        return stream(lambda page: self._native.entries(account, page, wanted), backward)

    def lines(
        self,
        account: AnyAccount,
        range: Optional[Range] = None,
        *,
        since: Optional[int] = None,
        backward: bool = False,
    ) -> Iterator[AccountEntry]:
        """As `entries`, without anything but lines."""
        wanted = _since(since, range)
        return stream(lambda page: self._native.lines(account, page, wanted), backward)

    def lines_on(
        self, account: AnyAccount, dates: DateRange, *, since: int = 0
    ) -> Iterator[AccountEntry]:
        """Lines by book date; of those posted after the position `since` alone."""
        return stream(lambda page: self._native.lines_on(account, dates, since, page))

    # ---- ranges

    def lowest(self, accounts: Accounts, range: Axis) -> Optional[int]:
        """Least balance of the accounts together over an `InstantRange` or, at days' ends, a `DateRange`."""
        return self._native.lowest(_listed(accounts), range)

    def highest(self, accounts: Accounts, range: Axis) -> Optional[int]:
        """Greatest balance of the accounts together over a range."""
        return self._native.highest(_listed(accounts), range)

    def average(
        self, accounts: Accounts, range: Axis, rounding: Rounding = Rounding.half_even
    ) -> Optional[int]:
        """Balance weighted by the time that it stood, or mean of the days' ends, rounded once."""
        return self._native.average(_listed(accounts), range, rounding)

    def turnover(self, accounts: Accounts, range: Axis) -> Optional[Turnover]:
        """Debits and credits of a range."""
        return self._native.turnover(_listed(accounts), range)

    @overload
    def longest_run_above(
        self, accounts: Accounts, range: InstantRange, threshold: Union[int, Decimal]
    ) -> Optional[InstantRange]: ...

    @overload
    def longest_run_above(
        self, accounts: Accounts, range: DateRange, threshold: Union[int, Decimal]
    ) -> Optional[DateRange]: ...

    def longest_run_above(
        self, accounts: Accounts, range: Axis, threshold: Union[int, Decimal]
    ) -> Optional[Axis]:
        """The first of the longest stretches in which the balance was above a threshold.

        Returns
        -------
        InstantRange, DateRange or None
            None also where the balance never was above it.
        """
        listed = _listed(accounts)
        if isinstance(threshold, Decimal):
            info = self.account(listed[0]) if listed else None
            if info is None:
                return None
            threshold = minor_units(threshold, self.currency(info.currency).decimals)
        run = self._native.longest_run_above(listed, range, threshold)
        if isinstance(run, DateRange):
            return run if run.first <= run.last else None
        return run if run is not None and run.start != run.end else None

    def movement(self, account: AnyAccount, range: MovementRange) -> Optional[AccountMovement]:
        """What moved on an account over a range."""
        return self._native.movement(account, range)

    def movements(self, book: int, range: MovementRange) -> Iterator[AccountMovement]:
        """What moved on each account of a book, in the order of opening."""
        return stream(lambda page: self._native.movements(book, range, page))

    def chart_movements(
        self, prefix: str, book: int, range: MovementRange
    ) -> Iterator[ChartMovement]:
        """What moved on each account of a book whose code begins so."""
        return stream(lambda page: self._native.chart_movements(prefix, book, range, page))

    # ---- records

    def voucher(
        self, voucher: Union[AnyRecord, int], book_date: Optional[dt.date] = None, number: int = 0
    ) -> Optional[PostedVoucher]:
        """A voucher by id, by position, or by book, book date and number.

        Examples
        --------
        >>> view.voucher("text:receipt-1")            # doctest: +SKIP
        >>> view.voucher(17)                          # doctest: +SKIP
        >>> view.voucher(1, date(2026, 1, 5), 3)      # doctest: +SKIP
        """
        if book_date is None:
            return self._native.voucher(voucher)
        return self._native.voucher(voucher, book_date, number)

    def vouchers_on(self, book: int, book_date: dt.date) -> Iterator[PostedVoucher]:
        """All vouchers of a book and date, by number."""
        return stream(lambda page: self._native.vouchers_on(book, book_date, page))

    def voucher_head(self, position: int) -> Optional[VoucherHead]:
        """What names the voucher at a position; cheaper than `voucher`."""
        return self._native.voucher_head(position)

    def record(self, record: Union[AnyRecord, int]) -> Optional[PostedRecord]:
        """Any record by id or position."""
        return self._native.record(record)

    def register_entry(self, record: AnyRecord) -> Optional[RegisterEntry]:
        """What a register entry holds."""
        return self._native.register_entry(record)

    def records_of(self, order: AnyOrder, *, backward: bool = False) -> Iterator[PostedRecord]:
        """All records of an order."""
        return stream(lambda page: self._native.records_of(order, page), backward)

    # ---- days and snapshots

    def days(self, book: int) -> Optional[BookDays]:
        """How far the days of a book are."""
        return self._native.days(book)

    def open_dates(self, book: int) -> Iterator[OpenDate]:
        """Dates that have vouchers and are not closed."""
        return stream(lambda page: self._native.open_dates(book, page))

    def day_closes(self, book: int, *, backward: bool = False) -> Iterator[DayClose]:
        """The day closes of a book."""
        return stream(lambda page: self._native.day_closes(book, page), backward)

    def closed_by(self, book: int, date: dt.date) -> Optional[DayClose]:
        """The close that closed this date: its own, or that of a later one."""
        return self._native.closed_by(book, date)

    def certificate(self, book: int, date: dt.date) -> Optional[Certificate]:
        """The certificate of a closed day, which is made some time after the close."""
        return self._native.certificate(book, date)

    def vouchers_concerning(
        self, book: int, date: dt.date, *, backward: bool = False
    ) -> Iterator[PostedVoucher]:
        """The vouchers that name this day as the one they concern."""
        return stream(lambda page: self._native.vouchers_concerning(book, date, page), backward)

    def late_vouchers(
        self, book: int, date: dt.date, *, backward: bool = False
    ) -> Iterator[PostedVoucher]:
        """The vouchers that the balances at the end of this day lack."""
        return stream(lambda page: self._native.late_vouchers(book, date, page), backward)

    def snapshots(self, *, backward: bool = False) -> Iterator[SnapshotCut]:
        """Snapshots, in the order in which they were cut."""
        return stream(lambda page: self._native.snapshots(page), backward)

    def snapshot(self, name: str) -> Optional[SnapshotCut]:
        """The snapshot of this name."""
        return self._native.snapshot(name)

    # ---- holds and open items

    def hold(self, hold: AnyRecord) -> Optional[HoldInfo]:
        """A hold."""
        return self._native.hold(hold)

    def holds(
        self, account: AnyAccount, *, open_only: bool = True, backward: bool = False
    ) -> Iterator[HoldInfo]:
        """Holds on an account."""
        return stream(lambda page: self._native.holds(account, open_only, page), backward)

    def holds_of(self, order: AnyOrder, *, backward: bool = False) -> Iterator[HoldInfo]:
        """Holds of an order."""
        return stream(lambda page: self._native.holds_of(order, page), backward)

    def item(self, item: AnyItem) -> Optional[ItemInfo]:
        """An item of an open-item account."""
        return self._native.item(item)

    def open_items(self, account: AnyAccount, *, backward: bool = False) -> Iterator[ItemInfo]:
        """The open items of an account (挂账)."""
        return stream(lambda page: self._native.open_items(account, page), backward)

    # ---- the whole

    def currencies(self) -> list[Currency]:
        """The currencies that the ledger knows."""
        return self._native.currencies()

    def currency(self, code: str) -> Currency:
        """One of them; raises KeyError."""
        for currency in self.currencies():
            if currency.code == code:
                return currency
        raise KeyError(code)

    def books(self) -> list[DefineBook]:
        """The books."""
        return self._native.books()

    def groups(self) -> list[DefineGroup]:
        """The groups of the chart."""
        return self._native.groups()

    def relations(self) -> list[DefineRelation]:
        """The relations."""
        return self._native.relations()

    def trial_sums(self) -> list[TrialSum]:
        """Debits and credits per book and currency, over all accounts."""
        return self._native.trial_sums()

    # ---- tables: without an object of Python a row

    def balances_table(
        self,
        book: int,
        *,
        at: Optional[At] = None,
        on: Optional[dt.date] = None,
        prefix: Optional[str] = None,
        amounts: Amounts = "int64",
    ) -> Table:
        """The balances of all accounts of a book: turnover of both sides so far, and what it comes to.

        Parameters
        ----------
        book : int
        at : int or datetime, optional
            A position or instant of the past; by default the view's.
        on : date, optional
            In the place of `at`: at the end of this book date, as known at the view.
        prefix : str, optional
            Only accounts whose code begins so (``""``: all), with their codes; without, the table is
            made faster and has no codes.
        amounts : {"int64", "wide", "decimal"}
            Minor units in 64 bits, in two columns of 64, or Decimal whole units, an object each.
        """
        if at is not None and on is not None:
            raise TypeError("give either at or on")
        range: MovementRange = Range()
        if on is not None:
            range = DateRange(on, on)
        elif isinstance(at, dt.datetime):
            range = Range(end=at)
        elif at is not None:
            if at > self.position:
                raise InvalidArgument(f"position {at} lies after the view's, {self.position}")
            if at == 0:
                return self.at(0).balances_table(book, prefix=prefix, amounts=amounts)
            range = Range(to_position=at)
        parts = _core.balances(self._native, book, range, prefix, is_wide(amounts))
        return Table(parts, self._scales(amounts))

    def entries_table(
        self,
        accounts: Accounts,
        range: Optional[Range] = None,
        *,
        since: Optional[int] = None,
        lines_only: bool = False,
        amounts: Amounts = "int64",
    ) -> Table:
        """The entries of accounts, one account after the other; as `entries_tables`, all in one."""
        for table in self.entries_tables(
            accounts,
            range,
            since=since,
            lines_only=lines_only,
            amounts=amounts,
            rows=_ALL_ROWS,
        ):
            return table
        raise InvalidArgument("no account is given")

    def entries_tables(
        self,
        accounts: Accounts,
        range: Optional[Range] = None,
        *,
        since: Optional[int] = None,
        lines_only: bool = False,
        amounts: Amounts = "int64",
        rows: int = 1_000_000,
    ) -> Iterator[Table]:
        """The same in tables of at most so many rows, for what memory does not hold.

        Columns: account, position, instant, kind, line, side, ink, book_date, amount, balance (in all,
        after the entry, on the normal side), held.
        """
        reader = _core.EntryTables(
            self._native,
            _listed(accounts),
            _since(since, range),
            bool(lines_only),
            is_wide(amounts),
        )
        return tables_of(reader, rows, self._scales(amounts))

    def lines_table(
        self,
        book: Optional[int] = None,
        range: Optional[MovementRange] = None,
        *,
        since: Optional[int] = None,
        amounts: Amounts = "int64",
    ) -> Table:
        """The lines of all vouchers; as `lines_tables`, all in one."""
        tables = self.lines_tables(book, range, since=since, amounts=amounts, rows=_ALL_ROWS)
        return next(tables)

    def lines_tables(
        self,
        book: Optional[int] = None,
        range: Optional[MovementRange] = None,
        *,
        since: Optional[int] = None,
        amounts: Amounts = "int64",
        rows: int = 1_000_000,
    ) -> Iterator[Table]:
        """The lines of all vouchers of a book, or of all books, in the order of posting or of dates.

        Tables of about so many rows, of whole vouchers. Columns: position, instant, book, book_date,
        number, id_high, id_low, order_high, order_low, code, line, account, side, ink, amount.
        """
        wanted: MovementRange = range if isinstance(range, DateRange) else _since(since, range)
        if isinstance(range, DateRange) and since is not None:
            raise TypeError("give either since or range")
        reader = _core.LineTables(self._native, book, wanted, is_wide(amounts))
        return tables_of(reader, rows, self._scales(amounts))

    def statement_table(
        self,
        account: AnyAccount,
        period: Optional[Axis] = None,
        *,
        since: Optional[int] = None,
        amounts: Amounts = "int64",
    ) -> Table:
        """The lines of a statement (对账单); `Statement` has its head."""
        if (period is None) == (since is None):
            raise TypeError("give either a period or since")
        wanted = since if period is None else period
        parts = _core.statement_table(self._native, account, wanted, is_wide(amounts))
        info = self.account(account)
        decimals = 0 if info is None else self.currency(info.currency).decimals
        scales = (lambda table: np.full(len(table), decimals)) if amounts == "decimal" else None
        return Table(parts, scales)

    def _scales(self, amounts: str) -> Optional[Callable[[Table], Array]]:
        """For Decimals: the decimals of each row's currency."""
        if amounts != "decimal":
            return None
        decimals = {currency.code: currency.decimals for currency in self.currencies()}

        def of_rows(table: Table) -> Array:
            if "currency" in table.columns:
                places, codes = table.codes("currency")
                scales = [decimals[code] for code in codes]
            else:
                places, ids = table.codes("account")
                infos = [self.account(one.decode()) for one in ids]
                scales = [0 if info is None else decimals[info.currency] for info in infos]
            made: Array = np.array(scales, dtype=np.int8)[places]
            return made

        return of_rows


class Feed:
    """Every committed record after a position, once, in order and without gaps.

    An iterator over what is committed already, and a context manager. Keep `position` with what was
    done, and follow from there the next time. One thread at a time.
    """

    def __init__(self, native: _core.Feed) -> None:
        if not isinstance(native, _core.Feed):
            raise TypeError("a feed is taken from a Ledger or a Reader")
        self._native = native
        self._ahead: collections.deque[FeedRecord] = collections.deque()  # read, not given yet

    def __enter__(self) -> Feed:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the feed."""
        self._native.close()

    @property
    def position(self) -> int:
        """The last record that was given, or where the feed began: follow from here the next time."""
        return self._ahead[0].position - 1 if self._ahead else self._native.position()

    def next_records(
        self, records_max: int = PAGE, wait: Optional[dt.timedelta] = dt.timedelta(0)
    ) -> list[FeedRecord]:
        """The next records, at most so many (1 to 10,000).

        Parameters
        ----------
        records_max : int
        wait : timedelta, optional
            How long to wait where there is none yet. None: for ever; an interrupt ends it.
        """
        if not self._ahead or records_max < 1:
            return self._native.next(records_max, wait)
        return [self._ahead.popleft() for _ in range(min(records_max, len(self._ahead)))]

    def __iter__(self) -> Iterator[FeedRecord]:
        """One by one, up to what is committed now."""
        while True:
            if not self._ahead:
                self._ahead.extend(self._native.next(PAGE, dt.timedelta(0)))
            if not self._ahead:
                return
            yield self._ahead.popleft()
