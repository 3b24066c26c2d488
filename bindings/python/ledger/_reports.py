"""Reports of a book: statements, trial balance, balance sheet, income, control check, bridge, comparison.

Figures are int minor units of the report's currency, of any size.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Iterator, Mapping, Optional, Sequence, Union

import numpy as np

from . import _core
from ._enums import AccountKind, PeriodCloses, Rounding
from ._ids import AccountId, AnyAccount
from ._money import Currency
from ._records import Certificate, DefineRelation, RelationTerm, Voucher
from ._table import Amounts, Table, is_wide
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
from ._view import PAGE, View, stream

__all__ = [
    "BalanceSheet",
    "Bridge",
    "BridgeHead",
    "BridgedAccount",
    "BookMovement",
    "Columns",
    "Comparison",
    "ControlCheck",
    "ExchangePosition",
    "IncomeRow",
    "IncomeSection",
    "IncomeStatement",
    "OpeningClosing",
    "ParentValue",
    "PeriodClose",
    "Rates",
    "RelationValue",
    "Revaluation",
    "RevaluationProposal",
    "RevaluedHome",
    "RevaluedPosition",
    "SheetRow",
    "SheetSection",
    "Statement",
    "StatementHead",
    "StatementLine",
    "TermValue",
    "TrialBalance",
    "TrialFigures",
    "TrialRow",
    "TrialTotals",
    "balance_sheet",
    "compare_days",
    "compare_known",
    "compare_positions",
    "control_check",
    "income_statement",
    "propose_period_close",
    "propose_revaluation",
    "trial_balance",
    "trial_table",
    "voucher_journal",
]

Rate = Union[Decimal, Fraction, int, str]


class Rates:
    """What one whole unit of each currency is worth in the report's currency, exactly.

    Parameters
    ----------
    rates : mapping of str to Decimal, Fraction, int or str
        ``{"USD": Decimal("7.1043")}``. Never a float.
    rounding : Rounding
        How each figure is rounded, once.
    """

    def __init__(
        self, rates: Mapping[str, Rate], rounding: Rounding = Rounding.half_even
    ) -> None:
        for rate in rates.values():
            if isinstance(rate, bool) or not isinstance(rate, (Decimal, Fraction, int, str)):
                raise TypeError(f"a rate is exact, not a {type(rate).__name__}")
        self.rounding = rounding
        self.quotes = [
            (code, f"{rate:f}" if isinstance(rate, Decimal) else str(rate))
            for code, rate in rates.items()
        ]

    def __repr__(self) -> str:
        return f"Rates({dict(self.quotes)!r}, {self.rounding!r})"


# ---- statements


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
    """A statement (对账单): opening, lines with the balance after each, closing. Lines can be read once.

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

    def __iter__(self) -> Iterator[StatementLine]:
        has_more = True
        while has_more:
            lines, has_more = self._native.next(PAGE)
            yield from lines


def period_of(period: Optional[Axis], since: Optional[int]) -> Union[Axis, int]:
    """One of the two."""
    if period is None and since is not None:
        return since
    if period is None or since is not None:
        raise TypeError("give either a period or since")
    return period


# ---- trial balance, balance sheet, income


@dataclass(frozen=True, slots=True)
class Columns:
    """One figure in two columns."""

    debits: int
    credits: int


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """Balances are debit-positive."""

    opening: int
    debits: int
    credits: int

    @property
    def closing(self) -> int:
        """Opening + debits - credits."""
        return self.opening + self.debits - self.credits


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A code of the chart; `account` where it is the only one, `name` of a group."""

    code: str
    name: str
    kind: AccountKind
    level: int
    is_group: bool
    accounts: int
    account: Optional[AccountId]
    figures: TrialFigures


@dataclass(frozen=True, slots=True)
class TrialTotals:
    """Sums of the columns."""

    opening: Columns
    turnover: Columns
    closing: Columns


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The trial balance (科目余额表), rows in the order of codes."""

    book: int
    currency: Currency
    closes: PeriodCloses
    known_at: int
    rows: tuple[TrialRow, ...]
    rounding: TrialFigures
    totals: TrialTotals


@dataclass(frozen=True, slots=True)
class OpeningClosing:
    """A balance at the beginning and at the end."""

    opening: int
    closing: int


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a balance sheet, on the side on which its kind grows."""

    trial: TrialRow
    balance: OpeningClosing


@dataclass(frozen=True, slots=True)
class SheetSection:
    """The rows of one kind."""

    kind: AccountKind
    rows: tuple[SheetRow, ...]
    total: OpeningClosing


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """The balance sheet (资产负债表); `owned` = `owed` where memorandum accounts balance among themselves."""

    book: int
    currency: Currency
    known_at: int
    assets: SheetSection
    common: SheetSection
    liabilities: SheetSection
    equity: SheetSection
    result: OpeningClosing
    rounding: OpeningClosing
    memorandum: SheetSection
    difference: OpeningClosing
    owned: OpeningClosing
    owed: OpeningClosing


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """A row of an income statement."""

    trial: TrialRow
    amount: int


@dataclass(frozen=True, slots=True)
class IncomeSection:
    """Income, or expenses."""

    kind: AccountKind
    rows: tuple[IncomeRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class IncomeStatement:
    """The income statement (利润表), period closes left out."""

    book: int
    currency: Currency
    known_at: int
    income: IncomeSection
    expenses: IncomeSection
    result: int


def trial_balance(
    view: View,
    book: int,
    range: MovementRange,
    currency: str,
    *,
    rates: Optional[Rates] = None,
    levels: int = 0,
    closes: PeriodCloses = PeriodCloses.counted,
) -> TrialBalance:
    """The trial balance of a book over a range.

    Parameters
    ----------
    view : View
    book : int
    range : Range or DateRange
        What was posted in a range, or what belongs to book dates.
    currency : str
        Accounts of this currency alone or, with `rates`, of all currencies in this one.
    rates : Rates, optional
    levels : int
        Leaves out what is deeper in the chart; 0: nothing.
    closes : PeriodCloses
        Whether vouchers of a period close count.
    """
    return _core.trial_balance(view._native, book, range, currency, rates, levels, closes)


def trial_table(
    view: View,
    book: int,
    range: MovementRange,
    currency: str,
    *,
    rates: Optional[Rates] = None,
    levels: int = 0,
    closes: PeriodCloses = PeriodCloses.counted,
    amounts: Amounts = "int64",
) -> Table:
    """The rows of `trial_balance` as a table; ``"decimal"`` gives the report's whole units."""
    make = _core.wide_trial_table if is_wide(amounts) else _core.trial_table
    parts = make(view._native, book, range, currency, rates, levels, closes)
    decimals = view.currency(currency).decimals
    scales = (lambda table: np.full(len(table), decimals)) if amounts == "decimal" else None
    return Table(parts, scales)


def balance_sheet(
    view: View,
    book: int,
    range: MovementRange,
    currency: str,
    *,
    rates: Optional[Rates] = None,
    levels: int = 0,
) -> BalanceSheet:
    """The balance sheet of a book at the beginning and at the end of a range; see `trial_balance`."""
    return _core.balance_sheet(
        view._native, book, range, currency, rates, levels, PeriodCloses.counted
    )


def income_statement(
    view: View,
    book: int,
    range: MovementRange,
    currency: str,
    *,
    rates: Optional[Rates] = None,
    levels: int = 0,
) -> IncomeStatement:
    """What a book earned and spent over a range; see `trial_balance`."""
    return _core.income_statement(
        view._native, book, range, currency, rates, levels, PeriodCloses.left_out
    )


# ---- control check


@dataclass(frozen=True, slots=True)
class TermValue:
    """A term of a relation: the sum of the balances it covers, and its value, coefficient times sum."""

    term: RelationTerm
    accounts: int
    sum: int
    value: int


@dataclass(frozen=True, slots=True)
class RelationValue:
    """A relation at one point: what is on its left should equal its right."""

    relation: DefineRelation
    terms: tuple[TermValue, ...]
    left: int
    right: int

    @property
    def difference(self) -> int:
        """Left less right."""
        return self.left - self.right

    @property
    def holds(self) -> bool:
        """Whether both sides are equal."""
        return self.left == self.right


@dataclass(frozen=True, slots=True)
class ParentValue:
    """A parent account and the sum of its children."""

    parent: AccountId
    children: int
    own: int
    of_children: int

    @property
    def difference(self) -> int:
        """Own less of children."""
        return self.own - self.of_children

    @property
    def holds(self) -> bool:
        """Whether both are equal."""
        return self.own == self.of_children


@dataclass(frozen=True, slots=True)
class ControlCheck:
    """The control check (总分核对) of a book."""

    relations: tuple[RelationValue, ...]
    parents: tuple[ParentValue, ...]

    @property
    def holds(self) -> bool:
        """Whether all of them hold."""
        return all(one.holds for one in self.relations) and all(one.holds for one in self.parents)


def control_check(view: View, book: int, range: MovementRange) -> ControlCheck:
    """Relations and parents of a book, evaluated anew at the end of a range."""
    return _core.control_check(view._native, book, range)


# ---- bridges and comparisons


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

    def accounts(self) -> Iterator[BookMovement]:
        """The accounts that differ."""
        return stream(self._native.accounts)

    def vouchers(self) -> Iterator[PostedVoucher]:
        """The vouchers in between; can be read once."""
        has_more = True
        while has_more:
            vouchers, has_more = self._native.next_vouchers(PAGE)
            yield from vouchers


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
    native = _core.voucher_journal(view._native, book, range)
    has_more = True
    while has_more:
        vouchers, has_more = native.next(PAGE)
        yield from vouchers


# ---- proposals


@dataclass(frozen=True, slots=True)
class PeriodClose:
    """A period close (损益结转); `equity` has one account for each currency."""

    book: int
    last: dt.date
    equity: Sequence[AnyAccount]
    book_date: Optional[dt.date] = None
    summary: str = ""
    made_by: str = ""


def propose_period_close(view: View, close: PeriodClose) -> list[Voucher]:
    """Vouchers that empty income and expense accounts into equity; to be posted, once."""
    return _core.propose_period_close(view._native, close)


@dataclass(frozen=True, slots=True)
class ExchangePosition:
    """An exchange position (外汇买卖), and that of the home currency which keeps what it cost."""

    foreign: AnyAccount
    home: AnyAccount


@dataclass(frozen=True, slots=True)
class Revaluation:
    """A revaluation (期末调汇) at the closing rates of a date, to the home currency."""

    book: int
    date: dt.date
    positions: Sequence[ExchangePosition]
    currency: str
    rates: Rates
    result: AnyAccount
    book_date: Optional[dt.date] = None
    summary: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class RevaluedPosition:
    """What one position is worth; `rate` is exact, as ``"7.1"`` or ``"71/10"`` text."""

    foreign: AccountId
    home: AccountId
    currency: str
    balance: int
    rate: str
    value: int


@dataclass(frozen=True, slots=True)
class RevaluedHome:
    """What one home account holds, and how it is moved."""

    account: AccountId
    balance: int
    value: int
    adjustment: int


@dataclass(frozen=True, slots=True)
class RevaluationProposal:
    """The voucher that revalues; None: nothing is to be adjusted."""

    positions: tuple[RevaluedPosition, ...]
    homes: tuple[RevaluedHome, ...]
    voucher: Optional[Voucher]


def propose_revaluation(view: View, revaluation: Revaluation) -> RevaluationProposal:
    """A voucher that brings exchange positions to their value at closing rates; to be posted, once."""
    return _core.propose_revaluation(view._native, revaluation)
