"""Vouchers from columns: what posting takes of arrays and DataFrames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import _core
from ._enums import Ink, Side
from ._errors import InvalidArgument
from ._ids import AnyAccount

__all__ = ["ids_of"]

Array = npt.NDArray[Any]


def ids_of(texts: Iterable[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The identities of texts, as `RecordId.of` makes them, in two arrays: high and low words.

    Parameters
    ----------
    texts : iterable of str
        None of them empty.
    """
    return _core.ids_of_texts(texts)


@dataclass(frozen=True)
class VoucherColumns:
    """A row a line, the rows of a voucher one after the other; what every row has of its voucher is the same."""

    id_high: Array
    id_low: Array
    order_high: Optional[Array]
    order_low: Optional[Array]
    book: Array
    book_date: Optional[Array]
    code: Optional[Array]
    account: Array
    side: Array
    ink: Optional[Array]
    amount: Array


def _whole(name: str, given: Any, dtype: str) -> Array:
    """Whole numbers, one after the other in memory; never of floats, and none cut off."""
    array = np.asarray(given)
    if array.ndim != 1:
        raise InvalidArgument(f"the column {name!r} has {array.ndim} dimensions, not one")
    if array.dtype.kind not in "iu" and len(array):
        raise TypeError(f"the column {name!r} must be of whole numbers, not {array.dtype}")
    limits = np.iinfo(dtype)
    if not np.can_cast(array.dtype, dtype) and len(array):
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise InvalidArgument(f"the column {name!r} has numbers outside {dtype}")
    return np.ascontiguousarray(array, dtype=dtype)


def _ids(columns: Mapping[str, Any], name: str) -> tuple[Optional[Array], Optional[Array]]:
    """From the column of texts `name`, or from its pair."""
    high, low = f"{name}_high", f"{name}_low"
    if high in columns and low in columns:
        return _whole(high, columns[high], "u8"), _whole(low, columns[low], "u8")
    if name in columns:
        return ids_of(columns[name])
    return None, None


def _places(name: str, given: Any) -> tuple[Array, list[Any]]:
    """Of a categorical column or one of texts: the place of each value, and the values."""
    if hasattr(given, "cat"):  # a pandas.Series of categories
        return _whole(name, given.cat.codes, "i4"), list(given.cat.categories)
    if hasattr(given, "categories") and hasattr(given, "codes"):
        return _whole(name, given.codes, "i4"), list(given.categories)
    values: dict[Any, int] = {}
    places = [values.setdefault(value, len(values)) for value in given]
    return np.array(places, dtype="i4"), list(values)


def _members(name: str, given: Any, enum: type[Any]) -> Array:
    """Numbers of an enum, given as numbers, names or members."""
    array = given if hasattr(given, "cat") else np.asarray(given)
    if not hasattr(given, "cat") and array.dtype.kind in "iu":
        return _whole(name, array, "i1")
    places, values = _places(name, given)
    members = [value if isinstance(value, enum) else enum[value] for value in values]
    numbers = np.array([member.value for member in members] + [-1], dtype="i1")
    made: Array = numbers[places]
    if len(made) and made.min() < 0:
        raise InvalidArgument(f"the column {name!r} has rows without a value")
    return made


def voucher_columns(
    columns: Mapping[str, Any], accounts: Optional[Sequence[AnyAccount]], book: Optional[int]
) -> tuple[VoucherColumns, list[AnyAccount]]:
    """What the extension module takes, and the accounts that the places mean."""
    id_high, id_low = _ids(columns, "id")
    if id_high is None or id_low is None:
        raise InvalidArgument("the columns have no ids: give id_high and id_low, or id, of texts")
    order_high, order_low = _ids(columns, "order")
    if book is not None:
        books = np.full(len(id_high), book, dtype=_fits("book", book))
    else:
        books = columns["book"]
    if accounts is not None:
        places = _whole("account", columns["account"], "i4")
        known = list(accounts)
    else:
        places, known = _places("account", columns["account"])
    dates = columns["book_date"] if "book_date" in columns else None
    made = VoucherColumns(
        id_high=id_high,
        id_low=id_low,
        order_high=order_high,
        order_low=order_low,
        book=_whole("book", books, "u2"),
        book_date=None if dates is None else np.asarray(dates, "M8[D]").astype("i8"),
        code=_whole("code", columns["code"], "u4") if "code" in columns else None,
        account=places,
        side=_members("side", columns["side"], Side),
        ink=_members("ink", columns["ink"], Ink) if "ink" in columns else None,
        amount=_whole("amount", columns["amount"], "i8"),
    )
    return made, known


def _fits(name: str, number: int) -> str:
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name} must be an int")
    if not 0 <= number <= 65535:
        raise InvalidArgument(f"{number} was given for a book, 1 to 65535")
    return "u2"


def transfer_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row a voucher, with debit and credit account and amount: a row a line."""
    made: dict[str, Any] = {}
    for name in ("order", "order_high", "order_low", "book", "book_date", "code", "amount"):
        if name in columns:
            made[name] = np.repeat(np.asarray(columns[name]), 2)
    high, low = _ids(columns, "id")
    if high is None or low is None:
        raise InvalidArgument("the columns have no ids: give id_high and id_low, or id, of texts")
    made["id_high"], made["id_low"] = np.repeat(high, 2), np.repeat(low, 2)
    made["side"] = np.tile(np.array([Side.debit.value, Side.credit.value], "i1"), len(high))
    return made


def transfer_accounts(
    columns: Mapping[str, Any], accounts: Optional[Sequence[AnyAccount]]
) -> tuple[Array, list[AnyAccount]]:
    """The debit and the credit account of each row in turn, as places."""
    if accounts is not None:
        debit = _whole("debit", columns["debit"], "i4")
        credit = _whole("credit", columns["credit"], "i4")
        known = list(accounts)
    else:
        debit, known = _places("debit", columns["debit"])
        credit, others = _places("credit", columns["credit"])
        credit = np.where(credit < 0, credit, credit + np.int32(len(known)))
        known = known + others
    if len(debit) != len(credit):
        raise InvalidArgument("the columns 'debit' and 'credit' are of different lengths")
    return np.ascontiguousarray(np.stack([debit, credit], axis=1).reshape(-1), "i4"), known
