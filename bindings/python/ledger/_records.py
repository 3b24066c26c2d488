"""The records that are posted, and that feeds and queries give back: frozen values.

Amounts are ``int`` minor units (fen) or exact ``Decimal`` whole units (yuan); a float is a TypeError.
What the ledger gives back is always in minor units.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Iterable, Mapping, Optional, Union

from ._enums import AccountKind, Freeze, HoldKind, Ink, Side
from ._ids import AnyAccount, AnyItem, AnyOrder, AnyRecord

__all__ = [
    "Anchor",
    "Buffering",
    "Capture",
    "Certificate",
    "CloseAccount",
    "CloseDay",
    "CutDay",
    "DefineBook",
    "DefineCurrency",
    "DefineGroup",
    "DefineRelation",
    "Group",
    "Limits",
    "OpenAccount",
    "PlaceHold",
    "RegisterEntry",
    "RelationTerm",
    "ReleaseHold",
    "SetAttributes",
    "SetBuffering",
    "SetFreeze",
    "SetLimits",
    "Snapshot",
    "Voucher",
    "VoucherLine",
    "credit",
    "debit",
]

AnyAmount = Union[int, Decimal]


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One line of a voucher (分录行).

    Attributes
    ----------
    account : AccountId
    side : Side
    amount : int or Decimal
        Over 0.
    ink : Ink
    dimensions : mapping of str to str
        辅助核算.
    opens, clears : ItemId, optional
        On an open-item account: the new item's id, by default the voucher's; or the item cleared.
    """

    account: AnyAccount
    side: Side
    amount: AnyAmount
    ink: Ink = Ink.black
    dimensions: Mapping[str, str] = field(default_factory=dict, hash=False)
    opens: Optional[AnyItem] = None
    clears: Optional[AnyItem] = None


def debit(account: AnyAccount, amount: AnyAmount, ink: Ink = Ink.black) -> VoucherLine:
    """A line on the debit side (借)."""
    return VoucherLine(account, Side.debit, amount, ink)


def credit(account: AnyAccount, amount: AnyAmount, ink: Ink = Ink.black) -> VoucherLine:
    """A line on the credit side (贷)."""
    return VoucherLine(account, Side.credit, amount, ink)


@dataclass(frozen=True, slots=True)
class Capture:
    """Part of a hold that a voucher takes (扣划); `remaining` is given by the ledger."""

    hold: AnyRecord
    amount: AnyAmount
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher (记账凭证): one atomic balanced fact.

    With `reverses` and no lines the ledger writes the lines that undo the named voucher, in red ink
    where `red`, else on the opposite sides.

    Attributes
    ----------
    id : RecordId
        The idempotency key: the same id never posts twice.
    book : int
    lines : iterable of VoucherLine
        2 to 4,096.
    order : OrderId, optional
        The caller's business key.
    book_date : date, optional
        By default the book's current day.
    code : int
        Business code.
    manual : bool
        Made by a person; the book may want two principals.
    red : bool
    value_date, concerns : date, optional
        From when interest counts; the day it belongs to where that is not its own.
    occurred_at : datetime, optional
    summary, made_by, checked_by, source_document : str
    reverses, replaces : RecordId, optional
    attributes : mapping of str to str
    captures : iterable of Capture
    """

    id: AnyRecord
    book: int
    lines: Iterable[VoucherLine] = ()
    order: Optional[AnyOrder] = None
    book_date: Optional[dt.date] = None
    code: int = 0
    manual: bool = False
    red: bool = False
    value_date: Optional[dt.date] = None
    concerns: Optional[dt.date] = None
    occurred_at: Optional[dt.datetime] = None
    summary: str = ""
    made_by: str = ""
    checked_by: str = ""
    source_document: str = ""
    reverses: Optional[AnyRecord] = None
    replaces: Optional[AnyRecord] = None
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)
    captures: Iterable[Capture] = ()


@dataclass(frozen=True, slots=True)
class DefineCurrency:
    """A currency: of ISO 4217 by its code alone, or one's own with its decimals (0 to 18)."""

    code: str
    decimals: Optional[int] = None
    numeric: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class DefineBook:
    """A book (账套), 1 to 65535.

    Attributes
    ----------
    two_principals : bool
        Manual vouchers need `made_by` and another `checked_by`.
    utc_offset_seconds : int
        Of its day, where no day was cut.
    first_date : date, optional
        Dates before it are closed.
    """

    book: int
    name: str
    two_principals: bool = False
    utc_offset_seconds: int = 0
    first_date: Optional[dt.date] = None


@dataclass(frozen=True, slots=True)
class DefineGroup:
    """A group of the chart (会计科目), above all codes that begin with its own and a point."""

    code: str
    kind: AccountKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Minimum of what is available, maximum of the balance, on the normal side."""

    minimum: Optional[AnyAmount] = None
    maximum: Optional[AnyAmount] = None


@dataclass(frozen=True, slots=True)
class Buffering:
    """Buffered posting (缓冲记账): folds once a window, or at so many lines (0: the most there may be)."""

    window: dt.timedelta
    lines_max: int = 0


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Opens an account.

    Attributes
    ----------
    id : AccountId
    book : int
    currency : str
    code : str
        Its place in the chart.
    kind : AccountKind
    normal_side : Side, optional
        By default that of the kind.
    open_items : bool
        挂销账: every line opens or clears an item.
    transit : bool
        过渡: zero at each day close, or listed.
    parent : AccountId, optional
        Whose balance is the sum of its children.
    """

    id: AnyAccount
    book: int
    currency: str
    code: str
    kind: AccountKind
    normal_side: Optional[Side] = None
    name: str = ""
    limits: Limits = Limits()
    buffering: Optional[Buffering] = None
    open_items: bool = False
    transit: bool = False
    parent: Optional[AnyAccount] = None
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SetLimits:
    """Sets both limits of an account."""

    id: AnyRecord
    account: AnyAccount
    limits: Limits
    order: Optional[AnyOrder] = None


@dataclass(frozen=True, slots=True)
class SetFreeze:
    """Freezes an account in a direction, or thaws it."""

    id: AnyRecord
    account: AnyAccount
    freeze: Freeze
    reference: str = ""
    order: Optional[AnyOrder] = None


@dataclass(frozen=True, slots=True)
class SetAttributes:
    """Sets name and attributes of an account."""

    id: AnyRecord
    account: AnyAccount
    name: str
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)
    order: Optional[AnyOrder] = None


@dataclass(frozen=True, slots=True)
class SetBuffering:
    """Switches buffered posting on or, with None, off."""

    id: AnyRecord
    account: AnyAccount
    buffering: Optional[Buffering]
    order: Optional[AnyOrder] = None


@dataclass(frozen=True, slots=True)
class CloseAccount:
    """Closes an account that is zero."""

    id: AnyRecord
    account: AnyAccount
    order: Optional[AnyOrder] = None


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Places a hold (资金冻结) under its id.

    Attributes
    ----------
    amount : int or Decimal
        Of a precise freeze the most to hold; 0: all that is left.
    expires_at : datetime, optional
    sources, orders : iterable of ids
        Of a precise freeze: whose money it catches.
    requested, resolved
        Given by the ledger.
    """

    id: AnyRecord
    account: AnyAccount
    amount: AnyAmount
    kind: HoldKind = HoldKind.ordinary
    expires_at: Optional[dt.datetime] = None
    sources: Iterable[AnyRecord] = ()
    orders: Iterable[AnyOrder] = ()
    reference: str = ""
    order: Optional[AnyOrder] = None
    requested: int = 0
    resolved: Iterable[AnyRecord] = ()


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Releases a hold, by default all that remains; `remaining` is given by the ledger."""

    id: AnyRecord
    hold: AnyRecord
    amount: AnyAmount = 0
    order: Optional[AnyOrder] = None
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A register entry (登记簿): a record without lines, of the caller's own type and payload."""

    id: AnyRecord
    type: int
    payload: bytes
    order: Optional[AnyOrder] = None


@dataclass(frozen=True, slots=True)
class RelationTerm:
    """A coefficient times the balance of an account, or of a group's accounts in a book and currency."""

    coefficient: int
    account: Optional[AnyAccount] = None
    group: str = ""
    book: Optional[int] = None
    currency: Optional[str] = None


@dataclass(frozen=True, slots=True)
class DefineRelation:
    """A relation (勾稽关系): the sum of its terms is zero, at every commit or at every day close."""

    number: int
    name: str
    terms: Iterable[RelationTerm]
    at_day_close: bool = False


@dataclass(frozen=True, slots=True)
class CutDay:
    """Day cut (日切): the book's current day becomes the day after `date`."""

    book: int
    date: dt.date


@dataclass(frozen=True, slots=True)
class CloseDay:
    """Day close (关账): no voucher of this date or before enters any more."""

    book: int
    date: dt.date
    exceptions: Iterable[AnyAccount] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """Made by the engine: digest of all batches up to a position."""

    through: int
    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Certificate:
    """Made by the engine: digest of a book's balances at the end of a closed day."""

    book: int
    date: dt.date
    close: int
    accounts: int
    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot (余额快照): a name for a position, and the digest of all balances there."""

    name: str
    position: int
    accounts: int
    algorithm: str
    digest: bytes


Record = Union[
    Voucher,
    DefineCurrency,
    DefineBook,
    DefineGroup,
    OpenAccount,
    SetLimits,
    SetFreeze,
    SetAttributes,
    SetBuffering,
    CloseAccount,
    PlaceHold,
    ReleaseHold,
    RegisterEntry,
    DefineRelation,
    CutDay,
    CloseDay,
]
JournalRecord = Union[Record, Anchor, Certificate, Snapshot]


@dataclass(frozen=True, slots=True)
class Group:
    """Records that post all or none."""

    records: Iterable[Record]
