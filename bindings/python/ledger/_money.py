"""Currencies, and exact decimals to minor units and back."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Optional

from . import _core
from ._errors import InvalidArgument, OverflowError

__all__ = ["Currency", "decimal_amount", "iso_currency", "minor_units"]

_DIGITS_MAX = 60  # far more than the 39 of 128 bits


def minor_units(amount: Decimal, decimals: int) -> int:
    """An exact decimal in minor units of a currency with so many decimals.

    Raises
    ------
    InvalidArgument
        Where the amount is no number, or finer than the currency.
    OverflowError
        Where it needs more than 128 bits.
    """
    if not isinstance(amount, Decimal):
        raise TypeError(f"an amount is an int or a Decimal, not {type(amount).__name__}")
    if not amount.is_finite():
        raise InvalidArgument(f"{amount} is no amount")
    if amount == 0:
        return 0
    if amount.adjusted() > _DIGITS_MAX:
        raise OverflowError(f"{amount} needs more than 128 bits")
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    shift = exponent + decimals
    if shift >= 0:
        number = int("".join(map(str, digits))) * int(10**shift)
    else:
        whole = len(digits) + shift  # digits that stay
        if any(digits[max(whole, 0) :]):
            raise InvalidArgument(
                f"{amount} is finer than a currency with {decimals} decimals; round it first"
            )
        number = int("".join(map(str, digits[: max(whole, 0)])) or "0")
    if not -(1 << 127) <= (-number if sign else number) < 1 << 127:
        raise OverflowError(f"{amount} needs more than 128 bits")
    return -number if sign else number


def decimal_amount(minor: int, decimals: int) -> Decimal:
    """So many minor units of a currency with so many decimals as an exact decimal."""
    digits = tuple(map(int, str(abs(minor))))
    return Decimal((1 if minor < 0 else 0, digits, -decimals))


@dataclasses.dataclass(frozen=True)
class Currency:
    """A currency as a ledger knows it.

    Attributes
    ----------
    code : str
        ``"CNY"``, or one of the ledger's own.
    decimals : int
        Digits after the point, 0 to 18.
    numeric : int
        ISO 4217 number; 0 of the ledger's own.
    name : str
    """

    code: str
    decimals: int
    numeric: int = 0
    name: str = ""

    def decimal(self, minor: int) -> Decimal:
        """Minor units (fen) as whole units (yuan): ``Decimal("12.50")`` of 1250."""
        return decimal_amount(minor, self.decimals)

    def minor(self, amount: Decimal) -> int:
        """Whole units as minor units; raises where the amount is finer than the currency."""
        return minor_units(amount, self.decimals)


def iso_currency(code: str) -> Optional[Currency]:
    """The ISO 4217 entry of this code, or None."""
    found = _core.iso_currency(code)
    return None if found is None else Currency(*found)
