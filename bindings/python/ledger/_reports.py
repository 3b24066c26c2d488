"""Reports of a book: trial balance, balance sheet, income statement, control check.

Figures are int minor units of the report's currency, of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Mapping, Optional, Union

import numpy as np

from . import _core
from ._enums import AccountKind, PeriodCloses, Rounding
from ._ids import AccountId
from ._money import Currency
from ._records import DefineRelation, RelationTerm
from ._table import Amounts, Table, is_wide
from ._values import MovementRange
from ._view import View

__all__ = [
    "BalanceSheet",
    "Columns",
    "ControlCheck",
    "IncomeRow",
    "IncomeSection",
    "IncomeStatement",
    "OpeningClosing",
    "ParentValue",
    "Rates",
    "RelationValue",
    "SheetRow",
    "SheetSection",
    "TermValue",
    "TrialBalance",
    "TrialFigures",
    "TrialRow",
    "TrialTotals",
    "balance_sheet",
    "control_check",
    "income_statement",
    "trial_balance",
    "trial_table",
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
