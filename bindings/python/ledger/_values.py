"""What queries answer: frozen values with the names of the C++ face. Amounts are int minor units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Mapping, Optional, Union

from ._enums import AccountKind, EntryKind, Freeze, HoldKind, Ink, Outcome, RecordKind, Side
from ._errors import Refused
from ._ids import AccountId, ItemId, OrderId, RecordId
from ._records import Buffering, CloseDay, JournalRecord, Limits, Snapshot, Voucher
from ._time import Instant

__all__ = [
    "AccountEntry",
    "AccountInfo",
    "AccountMovement",
    "Balance",
    "BookDays",
    "ChartMovement",
    "DateRange",
    "DatedBalance",
    "DayClose",
    "FeedEntry",
    "FeedRecord",
    "FoldedLines",
    "HoldInfo",
    "InstantRange",
    "ItemInfo",
    "OpenDate",
    "PinnedSnapshot",
    "PostedRecord",
    "PostedVoucher",
    "Range",
    "Receipt",
    "Result",
    "SnapshotCut",
    "Stats",
    "TrialSum",
    "Turnover",
    "VerifyReport",
    "VoucherHead",
]

def _on_side(side: Side, debits: int, credits: int) -> int:
    return debits - credits if side is Side.debit else credits - debits


@dataclass(frozen=True, slots=True)
class InstantRange:
    """Posting instants: `start` included, `end` not."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class DateRange:
    """Book dates, both included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Range:
    """Positions or instants, both ends included; None: open."""

    from_position: Optional[int] = None
    to_position: Optional[int] = None
    start: Optional[dt.datetime] = None
    end: Optional[dt.datetime] = None


@dataclass(frozen=True, slots=True)
class Balance:
    """Balances of one account, or the sum over a group's accounts."""

    normal_side: Side
    debits: int
    credits: int
    buffered_debits: int
    buffered_credits: int
    held: int

    @property
    def total(self) -> int:
        """Everything accepted, on the normal side: posted and buffered."""
        return _on_side(
            self.normal_side,
            self.debits + self.buffered_debits,
            self.credits + self.buffered_credits,
        )

    @property
    def posted(self) -> int:
        """What is posted, on the normal side."""
        return _on_side(self.normal_side, self.debits, self.credits)

    @property
    def available(self) -> int:
        """`posted` less what is held."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class DatedBalance:
    """An account's balance at the end of a book date."""

    normal_side: Side
    debits: int
    credits: int

    @property
    def total(self) -> int:
        """On the normal side."""
        return _on_side(self.normal_side, self.debits, self.credits)


@dataclass(frozen=True, slots=True)
class Turnover:
    """Debits and credits of a range; red lines lower their side."""

    debits: int
    credits: int


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account as the view sees it; `handle` counts accounts in the order of opening."""

    id: AccountId
    book: int
    currency: str
    code: str
    kind: AccountKind
    normal_side: Side
    name: str
    limits: Limits
    freeze: Freeze
    freeze_reference: str
    buffering: Optional[Buffering]
    open_items: bool
    transit: bool
    closed: bool
    parent: Optional[AccountId]
    attributes: Mapping[str, str] = field(hash=False)
    opened: int
    handle: int


@dataclass(frozen=True, slots=True)
class FoldedLines:
    """The buffered lines that a fold made posted."""

    lines: int
    debits: int
    credits: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One account entry (账户流水) with the balances after it.

    Attributes
    ----------
    line, side, ink
        Of a line; else None.
    buffered : bool
        Of a line: it went to the buffer.
    book_date : date, optional
        Of a line or fold.
    amount : int
        Of a line: over 0; of a fold: what was folded; of a hold: the change.
    folded : FoldedLines, optional
        Of a fold.
    """

    position: int
    instant: Instant
    kind: EntryKind
    line: Optional[int]
    side: Optional[Side]
    ink: Optional[Ink]
    buffered: bool
    book_date: Optional[dt.date]
    amount: int
    folded: Optional[FoldedLines]
    balance: Balance


@dataclass(frozen=True, slots=True)
class AccountMovement:
    """What moved on one account over a range: all lines before it, and all up to its end."""

    id: AccountId
    handle: int
    currency: str
    kind: AccountKind
    normal_side: Side
    before: Turnover
    through: Turnover


@dataclass(frozen=True, slots=True)
class ChartMovement:
    """A movement with the account's place in the chart, and its parent."""

    code: str
    parent: Optional[AccountId]
    movement: AccountMovement


@dataclass(frozen=True, slots=True)
class PostedVoucher:
    """A voucher with what the ledger gave it."""

    voucher: Voucher
    position: int
    number: int
    instant: Instant
    reversed_by: Optional[RecordId]
    replaced_by: Optional[RecordId]


@dataclass(frozen=True, slots=True)
class VoucherHead:
    """What names a voucher, without its lines."""

    position: int
    instant: Instant
    id: RecordId
    order: Optional[OrderId]
    book: int
    book_date: dt.date
    number: int
    summary: str


@dataclass(frozen=True, slots=True)
class PostedRecord:
    """Any record, by position; `id` is None of what the engine makes by itself."""

    position: int
    instant: Instant
    kind: RecordKind
    id: Optional[RecordId]
    order: Optional[OrderId]


@dataclass(frozen=True, slots=True)
class HoldInfo:
    """A hold; `remaining` 0: closed."""

    id: RecordId
    order: Optional[OrderId]
    account: AccountId
    kind: HoldKind
    requested: int
    placed: int
    remaining: int
    expires_at: Optional[Instant]
    sources: tuple[RecordId, ...]
    orders: tuple[OrderId, ...]
    resolved: tuple[RecordId, ...]
    reference: str
    position: int


@dataclass(frozen=True, slots=True)
class ItemInfo:
    """An item of an open-item account; `remaining` 0: closed."""

    id: ItemId
    account: AccountId
    side: Side
    opened: int
    remaining: int
    position: int
    instant: Instant


@dataclass(frozen=True, slots=True)
class TrialSum:
    """Sums of one book and currency; debits = credits, always."""

    book: int
    currency: str
    debits: int
    credits: int
    accounts: int
    balanced: bool


@dataclass(frozen=True, slots=True)
class BookDays:
    """How far the days of a book are; None: no such day yet."""

    first_date: Optional[dt.date]
    closed_through: Optional[dt.date]
    current: Optional[dt.date]


@dataclass(frozen=True, slots=True)
class DayClose:
    """A day close in the journal."""

    close: CloseDay
    position: int
    instant: Instant


@dataclass(frozen=True, slots=True)
class OpenDate:
    """A date of a book that has vouchers and is not closed."""

    date: dt.date
    vouchers: int


@dataclass(frozen=True, slots=True)
class SnapshotCut:
    """A snapshot in the journal; `position` is that of its record."""

    snapshot: Snapshot
    position: int
    instant: Instant


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What a record did to an account."""

    account: AccountId
    book: int
    currency: str
    entry: AccountEntry


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A committed record, with what it did to each account where the feed was asked for that."""

    position: int
    instant: Instant
    kind: RecordKind
    id: Optional[RecordId]
    order: Optional[OrderId]
    number: int
    value: Optional[JournalRecord]
    entries: tuple[FeedEntry, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one posted record; true where the record is in the ledger.

    Attributes
    ----------
    outcome : Outcome
    line : int, optional
        Of the line, capture, source, term or exception at fault, from 0.
    culprit : int
        The relation's number where `relation_broken`.
    account : AccountId, optional
        The account where `transit_not_zero`.
    position : int
        Of the record; of the first one where repeated or in conflict; else 0.
    number : int
        Voucher number (凭证号) in its book and book date.
    instant : Instant, optional
    book_date : date, optional
    """

    outcome: Outcome
    line: Optional[int]
    culprit: int
    account: Optional[AccountId]
    position: int
    number: int
    instant: Optional[Instant]
    book_date: Optional[dt.date]

    def __bool__(self) -> bool:
        return self.outcome.is_success

    def check(self) -> Result:
        """Itself; raises `Refused` where the record was not posted."""
        if not self:
            raise Refused(self)
        return self


@dataclass(frozen=True, slots=True)
class Receipt:
    """What posting one record answers: the result, and balances of the touched accounts after it."""

    result: Result
    balances: Mapping[AccountId, Balance] = field(hash=False)

    def __bool__(self) -> bool:
        return bool(self.result)

    def check(self) -> Receipt:
        """Itself; raises `Refused` where the record was not posted."""
        self.result.check()
        return self


@dataclass(frozen=True, slots=True)
class PinnedSnapshot:
    """Somebody who pins a snapshot of ``"journal"`` or ``"checkpoint"``, which grows meanwhile."""

    file: str
    process: int
    snapshot: int
    commits_behind: int
    since: Optional[Instant]


@dataclass(frozen=True, slots=True)
class Stats:
    """Sizes and counts of an open ledger; what only a writer knows is 0 of a reader."""

    committed_through: int
    sealed_through: int
    accounts: int
    open_holds: int
    journal_bytes: int
    checkpoint_bytes: int
    records_waiting: int
    tail_entries: int
    segments: int
    readers: int
    pinned: tuple[PinnedSnapshot, ...]
    batches: int
    bytes_appended: int


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found; true where all is well."""

    ok: bool
    verified_through: int
    problem: str

    def __bool__(self) -> bool:
        return self.ok


Axis = Union[InstantRange, DateRange]
MovementRange = Union[Range, DateRange]
