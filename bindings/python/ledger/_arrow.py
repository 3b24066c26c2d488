"""How a table is described to the Arrow C data interface: its own arrays, and a bitmap where something is missing."""

from __future__ import annotations

from typing import Any, Iterable, Optional

import numpy as np
import numpy.typing as npt

__all__: list[str] = []

Array = npt.NDArray[Any]
Node = tuple[str, str, int, int, list[Optional[Array]], list[Any], Optional[Any]]

_FORMATS = {
    "i1": "c",
    "u1": "C",
    "i2": "s",
    "u2": "S",
    "i4": "i",
    "u4": "I",
    "i8": "l",
    "u8": "L",
}
_NOT_A_TIME = np.iinfo(np.int64).min
_NARROW_MAX = np.iinfo(np.int32).max  # bytes of text that offsets of 32 bits reach


def _bits(flags: Array) -> Array:
    return np.packbits(flags, bitorder="little")


def _node(name: str, code: str, data: Array, missing: Array, dictionary: Optional[Node]) -> Node:
    nulls = int(np.count_nonzero(missing))
    validity = _bits(~missing) if nulls else None
    return name, code, len(missing), nulls, [validity, data], [], dictionary


def _texts(labels: Array) -> Node:
    """The values of a dictionary, in UTF-8; with wide offsets where there is much of it."""
    ends = np.zeros(len(labels) + 1, np.int64)
    if labels.dtype.kind == "S":
        data = np.frombuffer(labels.tobytes(), np.uint8)
        ends[1:] = labels.dtype.itemsize
    else:
        encoded = [str(label).encode() for label in labels]
        data = np.frombuffer(b"".join(encoded), np.uint8)
        ends[1:] = [len(one) for one in encoded]
    ends = np.cumsum(ends)
    code = "U"
    if ends[-1] <= _NARROW_MAX:
        code, ends = "u", ends.astype(np.int32)
    return "", code, len(labels), 0, [None, ends, data], [], None


def column_node(name: str, array: Array, labels: Optional[Array]) -> Node:
    """Of one column; `labels` where it has places."""
    if labels is not None:
        return _node(name, _FORMATS[array.dtype.str[1:]], array, array < 0, _texts(labels))
    if array.dtype.kind == "M":
        numbers = array.view("i8")
        missing = numbers == _NOT_A_TIME
        if array.dtype == np.dtype("M8[ns]"):
            return _node(name, "tsn:UTC", numbers, missing, None)
        return _node(name, "tdD", np.where(missing, 0, numbers).astype("i4"), missing, None)
    missing = np.zeros(len(array), bool)
    if array.dtype.kind == "b":
        return _node(name, "b", _bits(array), missing, None)
    if array.dtype.kind == "O":
        raise TypeError(f"{name} has Decimals, objects of Python; ask for amounts='wide'")
    return _node(name, _FORMATS[array.dtype.str[1:]], array, missing, None)


def table_node(rows: int, columns: Iterable[Node]) -> Node:
    """Of a table: a struct of its columns."""
    return "", "+s", rows, 0, [None], list(columns), None
