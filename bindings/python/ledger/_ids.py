"""Strong 128-bit identities: those of different things are never equal."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Self, Union

from . import _core

__all__ = ["AccountId", "HoldId", "ItemId", "OrderId", "RecordId", "VoucherId"]


@dataclasses.dataclass(frozen=True, order=True, repr=False)
class _Id:
    """An identity of 128 bits, never zero.

    Parameters
    ----------
    value : int
        The number, 1 to 2**128 - 1.
    """

    __slots__ = ("value",)
    value: int

    def __post_init__(self) -> None:
        if type(self.value) is not int:
            raise TypeError(f"an id is made of an int, not of {type(self.value).__name__}")
        if not 0 < self.value < 1 << 128:
            raise ValueError("an id is a number of 1 to 2**128 - 1")

    @classmethod
    def of(cls, text: str) -> Self:
        """The identity of any text, such as an order number.

        Parameters
        ----------
        text : str
            Not empty. The same text always gives the same id.
        """
        return cls(_core.id_of_text(text))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id that the command line means by a text: ``text:ANYTHING``, hexadecimal digits, or a UUID."""
        if text.startswith("text:"):
            return cls.of(text[5:])
        return cls(_core.id_from_hex(text))

    @classmethod
    def new(cls) -> Self:
        """A time-ordered id that no other process makes (UUID version 7)."""
        return cls(_core.new_id())

    def __int__(self) -> int:
        return self.value

    def __str__(self) -> str:
        return f"{self.value:032x}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}.parse('{self}')"

    @property
    def uuid(self) -> uuid.UUID:
        """The same number as a UUID."""
        return uuid.UUID(int=self.value)

    def __reduce__(self) -> tuple[type[Self], tuple[int]]:
        return type(self), (self.value,)


class AccountId(_Id):
    """Of an account (账户)."""

    __slots__ = ()


class RecordId(_Id):
    """The idempotency key of a record: voucher, hold, register entry."""

    __slots__ = ()


class OrderId(_Id):
    """The caller's business key (业务单号), which many records can share."""

    __slots__ = ()


class ItemId(_Id):
    """Of an open item (挂销账)."""

    __slots__ = ()


VoucherId = RecordId
HoldId = RecordId

AnyAccount = Union[AccountId, str, uuid.UUID]
AnyRecord = Union[RecordId, str, uuid.UUID]
AnyOrder = Union[OrderId, str, uuid.UUID]
AnyItem = Union[ItemId, str, uuid.UUID]
