"""Vouchers from columns: what posting takes of arrays and DataFrames."""

from __future__ import annotations

import datetime as dt
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

_COMMON = (
    *("id", "id_high", "id_low", "order", "order_high", "order_low"),
    *("book", "book_date", "code", "ink", "amount"),
)
_EPOCH = dt.date(1970, 1, 1).toordinal()


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


def _column(name: str, given: Any) -> Array:
    """The column as an array of one dimension, none of whose values is hidden."""
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(f"the column {name!r} is masked; leave out its rows, or fill them")
    array = np.asarray(given)
    if array.ndim != 1:
        raise InvalidArgument(f"the column {name!r} has {array.ndim} dimensions, not one")
    return array


def _whole(name: str, given: Any, dtype: str) -> Array:
    """Whole numbers, one after the other in memory; never of floats, and none cut off."""
    array = _column(name, given)
    if array.dtype.kind not in "iu" and len(array):
        raise TypeError(f"the column {name!r} must be of whole numbers, not {array.dtype}")
    if not hasattr(given, "dtype") and any(isinstance(one, (bool, np.bool_)) for one in given):
        raise TypeError(f"the column {name!r} must be of whole numbers, not bool")
    limits = np.iinfo(dtype)
    if not np.can_cast(array.dtype, dtype) and len(array):
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise InvalidArgument(f"the column {name!r} has numbers outside {dtype}")
    return np.ascontiguousarray(array, dtype=dtype)


def _ids(columns: Mapping[str, Any], name: str) -> tuple[Optional[Array], Optional[Array]]:
    """From the column of texts `name`, or from its pair."""
    high, low = f"{name}_high", f"{name}_low"
    has_pair = high in columns
    if has_pair != (low in columns):
        raise InvalidArgument(f"{high!r} and {low!r} are given together or not at all")
    if has_pair and name in columns:
        raise InvalidArgument(f"give either {name!r} or {high!r} and {low!r}")
    if has_pair:
        return _whole(high, columns[high], "u8"), _whole(low, columns[low], "u8")
    if name in columns:
        return ids_of(columns[name])
    return None, None


def _days(name: str, given: Any) -> Array:
    """Days since 1970-01-01, and NaT's number where there is none; never of a moment in a day."""
    array = _column(name, given)
    dtype = getattr(given, "dtype", array.dtype)
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        if np.datetime_data(dtype)[0] in ("Y", "M", "generic"):
            raise TypeError(f"the column {name!r} must be of days, not {dtype}")
        days = array.astype("M8[D]")
        if not (np.isnat(array) | (days.astype(dtype) == array)).all():
            raise InvalidArgument(f"the column {name!r} has times of day; a book date has none")
        return np.ascontiguousarray(days.view("i8"))
    return np.fromiter((_day(name, one) for one in given), "i8", len(array))


def _day(name: str, given: Any) -> int:
    if given is None:
        return int(np.iinfo("i8").min)
    if type(given) is not dt.date:
        raise TypeError(f"the column {name!r} must be of dates, not {type(given).__name__}")
    return given.toordinal() - _EPOCH


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
    if not hasattr(given, "cat") and _column(name, given).dtype.kind in "iu":
        made = _whole(name, given, "i1")
        if not np.isin(made, [member.value for member in enum]).all():
            raise InvalidArgument(f"the column {name!r} has numbers that no {enum.__name__} has")
        return made
    places, values = _places(name, given)
    members = [value if isinstance(value, enum) else enum[value] for value in values]
    numbers = np.array([member.value for member in members] + [-1], dtype="i1")
    made = numbers[places]
    if len(made) and made.min() < 0:
        raise InvalidArgument(f"the column {name!r} has rows without a value")
    return made


def _accounts(
    columns: Mapping[str, Any], name: str, accounts: Optional[Sequence[AnyAccount]]
) -> tuple[Array, list[AnyAccount]]:
    """The place of each row's account, and the accounts."""
    if accounts is not None:
        return _whole(name, columns[name], "i4"), list(accounts)
    return _places(name, columns[name])


def _books(columns: Mapping[str, Any], book: Optional[int], rows: int) -> Array:
    if book is None:
        return _whole("book", columns["book"], "u2")
    if "book" in columns:
        raise InvalidArgument("give either book= or the column 'book'")
    if isinstance(book, bool) or not isinstance(book, int):
        raise TypeError("book must be an int")
    if not 0 <= book <= 65535:
        raise InvalidArgument(f"{book} was given for a book, 1 to 65535")
    return np.full(rows, book, "u2")


def _common(
    columns: Mapping[str, Any], book: Optional[int], own: tuple[str, str]
) -> dict[str, Optional[Array]]:
    """What lines and transfers both have; `own` are the names that only one of them has."""
    unknown = [str(name) for name in columns.keys() if name not in (*_COMMON, *own)]
    if unknown:
        raise InvalidArgument(
            f"there is no column {', '.join(unknown)}; there are: {', '.join((*_COMMON, *own))}"
        )
    id_high, id_low = _ids(columns, "id")
    if id_high is None:
        raise InvalidArgument("the columns have no ids: give id_high and id_low, or id, of texts")
    order_high, order_low = _ids(columns, "order")
    return {
        "id_high": id_high,
        "id_low": id_low,
        "order_high": order_high,
        "order_low": order_low,
        "book": _books(columns, book, len(id_high)),
        "book_date": _days("book_date", columns["book_date"]) if "book_date" in columns else None,
        "code": _whole("code", columns["code"], "u4") if "code" in columns else None,
        "ink": _members("ink", columns["ink"], Ink) if "ink" in columns else None,
        "amount": _whole("amount", columns["amount"], "i8"),
    }


def line_columns(
    columns: Mapping[str, Any], accounts: Optional[Sequence[AnyAccount]], book: Optional[int]
) -> tuple[VoucherColumns, list[AnyAccount]]:
    """What the extension module takes, and the accounts that the places mean."""
    common: dict[str, Any] = _common(columns, book, ("account", "side"))
    places, known = _accounts(columns, "account", accounts)
    side = _members("side", columns["side"], Side)
    return VoucherColumns(**common, account=places, side=side), known


def transfer_columns(
    columns: Mapping[str, Any], accounts: Optional[Sequence[AnyAccount]], book: Optional[int]
) -> tuple[VoucherColumns, list[AnyAccount]]:
    """The same of a row a voucher, with debit and credit account: two lines each."""
    common: dict[str, Any] = {
        name: None if array is None else np.repeat(array, 2)
        for name, array in _common(columns, book, ("debit", "credit")).items()
    }
    debit, known = _accounts(columns, "debit", accounts)
    credit, others = _accounts(columns, "credit", accounts)
    if len(debit) != len(credit):
        raise InvalidArgument("the columns 'debit' and 'credit' are of different lengths")
    if accounts is None:
        credit = np.where(credit < 0, credit, credit + np.int32(len(known)))
        known = known + others
    both = np.ascontiguousarray(np.stack([debit, credit], axis=1).reshape(-1), "i4")
    side = np.tile(np.array([Side.debit.value, Side.credit.value], "i1"), len(debit))
    return VoucherColumns(**common, account=both, side=side), known
