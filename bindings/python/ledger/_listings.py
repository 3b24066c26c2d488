"""What reads on over a view: statements, bridges of closed days, comparisons, the chronological journal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Iterator, Optional, Union

from . import _core
from ._ids import AnyAccount
from ._money import Currency
from ._paging import Once, stream
from ._records import Certificate
from ._values import (
    AccountEntry,
    AccountInfo,
    AccountMovement,
    Axis,
    DayClose,
    MovementRange,
    PostedVoucher,
    Turnover,
    VoucherHead,
)
from ._view import View

__all__ = [
    "BookMovement",
    "Bridge",
    "BridgeHead",
    "BridgedAccount",
    "Comparison",
    "Statement",
    "StatementHead",
    "StatementLine",
    "compare_days",
    "compare_known",
    "compare_positions",
    "voucher_journal",
]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line, the balance after it in the statement's order, and its voucher."""

    entry: AccountEntry
    balance: int
    voucher: VoucherHead


@dataclass(frozen=True, slots=True)
class StatementHead:
    """What stands above the lines and below them, on the account's normal side."""

    account: AccountInfo
    currency: Currency
    known_at: int
    opening: int
    closing: int
    turnover: Turnover


class Statement:
    """A statement (对账单): opening, lines with the balance after each, closing.

    Lines can be read once: a second iterator goes on where the first one is.

    Parameters
    ----------
    view : View
    account : AccountId
    period : InstantRange or DateRange, optional
        By posting instant, or by book date as known at the view.
    since : int, optional
        In the place of a period: what came since an earlier position, the `known_at` of the statement before.
    """

    def __init__(
        self,
        view: View,
        account: AnyAccount,
        period: Optional[Axis] = None,
        *,
        since: Optional[int] = None,
    ) -> None:
        self._native = _core.statement(view._native, account, period_of(period, since))
        self.head: StatementHead = self._native.head()
        self._lines = Once(self._native.next)

    def __iter__(self) -> Iterator[StatementLine]:
        return self._lines


def period_of(period: Optional[Axis], since: Optional[int]) -> Union[Axis, int]:
    """One of the two."""
    if period is None and since is not None:
        return since
    if period is None or since is not None:
        raise TypeError("give either a period or since")
    return period


@dataclass(frozen=True, slots=True)
class BridgeHead:
    """What a bridge leads from, and to."""

    book: int
    date: dt.date
    close: DayClose
    certificate: Optional[Certificate]
    known_at: int


@dataclass(frozen=True, slots=True)
class BridgedAccount:
    """An account with late lines: certified + late = seen."""

    account: AccountInfo
    certified: int
    late: Turnover
    seen: int


class Bridge:
    """From the balances of a closed day to the same day as it is seen now, by which late vouchers.

    Raises
    ------
    InvalidArgument
        Where the day is not closed in this view.
    """

    def __init__(self, view: View, book: int, date: dt.date) -> None:
        self._view = view
        self._native = _core.bridge(view._native, book, date)
        self.head: BridgeHead = self._native.head()

    def accounts(self) -> Iterator[BridgedAccount]:
        """The accounts on which late vouchers have lines, by id."""
        return stream(self._native.accounts)

    def vouchers(self) -> Iterator[PostedVoucher]:
        """The late vouchers, in the order of posting."""
        return self._view.late_vouchers(self.head.book, self.head.date)


@dataclass(frozen=True, slots=True)
class BookMovement:
    """An account of a book, `before` at the first point and `through` at the second."""

    book: int
    movement: AccountMovement


class Comparison:
    """What changed between two points; made by `compare_positions`, `compare_days` and `compare_known`."""

    def __init__(self, native: _core.Comparison) -> None:
        self._native = native
        self._vouchers = Once(native.next_vouchers)

    def accounts(self) -> Iterator[BookMovement]:
        """The accounts that differ."""
        return stream(self._native.accounts)

    def vouchers(self) -> Iterator[PostedVoucher]:
        """The vouchers in between; can be read once: a second call goes on where the first one is."""
        return self._vouchers


def compare_positions(view: View, after: int, through: int) -> Comparison:
    """What was posted after one position and up to another, in all books."""
    return Comparison(_core.compare_positions(view._native, after, through))


def compare_days(view: View, book: int, after: dt.date, through: dt.date) -> Comparison:
    """What belongs to the days after one book date and up to another."""
    return Comparison(_core.compare_days(view._native, book, after, through))


def compare_known(view: View, book: int, date: dt.date, after: int, through: int) -> Comparison:
    """What came to the balances at the end of a book date between two positions."""
    return Comparison(_core.compare_known(view._native, book, date, after, through))


def voucher_journal(
    view: View, book: Optional[int], range: MovementRange
) -> Iterator[PostedVoucher]:
    """The chronological journal (序时账) of a book or, with None and a range by posting, of all books."""
    return Once(_core.voucher_journal(view._native, book, range).next)
