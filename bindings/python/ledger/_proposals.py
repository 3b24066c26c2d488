"""Vouchers that the ledger proposes, to be posted once: period close and revaluation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Optional, Sequence

from . import _core
from ._ids import AccountId, AnyAccount
from ._records import Voucher
from ._reports import Rates
from ._view import View

__all__ = [
    "ExchangePosition",
    "PeriodClose",
    "Revaluation",
    "RevaluationProposal",
    "RevaluedHome",
    "RevaluedPosition",
    "propose_period_close",
    "propose_revaluation",
]


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
