"""Views: the ledger as it stood after one position."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import TracebackType
from typing import Iterator, Optional, Union, overload

from . import _core
from ._enums import Rounding
from ._ids import AnyAccount, AnyItem, AnyOrder, AnyRecord
from ._money import Currency, minor_units
from ._records import Certificate, DefineBook, DefineGroup, DefineRelation, RegisterEntry
from ._paging import PAGE, Accounts, At, listed, range_since, stream
from ._tables import Tables
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

__all__ = ["View"]

class View(Tables):
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
        wanted = range_since(since, range)
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
        wanted = range_since(since, range)
        return stream(lambda page: self._native.lines(account, page, wanted), backward)

    def lines_on(
        self, account: AnyAccount, dates: DateRange, *, since: int = 0
    ) -> Iterator[AccountEntry]:
        """Lines by book date; of those posted after the position `since` alone."""
        return stream(lambda page: self._native.lines_on(account, dates, since, page))

    # ---- ranges

    def lowest(self, accounts: Accounts, range: Axis) -> Optional[int]:
        """Least balance of the accounts together over an `InstantRange` or, at days' ends, a `DateRange`."""
        return self._native.lowest(listed(accounts), range)

    def highest(self, accounts: Accounts, range: Axis) -> Optional[int]:
        """Greatest balance of the accounts together over a range."""
        return self._native.highest(listed(accounts), range)

    def average(
        self, accounts: Accounts, range: Axis, rounding: Rounding = Rounding.half_even
    ) -> Optional[int]:
        """Balance weighted by the time that it stood, or mean of the days' ends, rounded once."""
        return self._native.average(listed(accounts), range, rounding)

    def turnover(self, accounts: Accounts, range: Axis) -> Optional[Turnover]:
        """Debits and credits of a range."""
        return self._native.turnover(listed(accounts), range)

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
        ids = listed(accounts)
        if isinstance(threshold, Decimal):
            info = self.account(ids[0]) if ids else None
            if info is None:
                return None
            threshold = minor_units(threshold, self.currency(info.currency).decimals)
        run = self._native.longest_run_above(ids, range, threshold)
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
