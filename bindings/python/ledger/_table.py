"""Tables: columns that queries fill without a Python object a row, as numpy arrays and DataFrames.

How values stand in them:

==============  ===========================================  ==================================
what            in a table, `Table.to_numpy`                 in `Table.frame`
==============  ===========================================  ==================================
amounts         int64 minor units; over 64 bits it is an     int64, or Decimal where asked for
                `OverflowError`
instants        datetime64[ns], UTC                          datetime64[ns, UTC]
book dates      datetime64[D]                                datetime64[ns]
enums, texts,   places in a list of what there is            categorical
accounts
other ids       two columns, ``_high`` and ``_low``, uint64  the same
==============  ===========================================  ==================================
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Callable, Iterator, Literal, Optional

import numpy as np
import numpy.typing as npt

from . import _core, _enums
from ._arrow import Node, column_node, table_node
from ._errors import OverflowError
from ._money import decimal_amount

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import]

__all__ = ["Table"]

Amounts = Literal["int64", "wide", "decimal"]
Array = npt.NDArray[Any]

_AMOUNTS = ("int64", "wide", "decimal")
_DAY_MIN, _DAY_MAX = -106_751, 106_750  # what nanoseconds have room for: 1677-09-22 to 2262-04-10
_DAY = 86_400_000_000_000
_NOT_A_TIME = np.iinfo(np.int64).min


def is_wide(amounts: str) -> bool:
    """Whether amounts are asked for in 128 bits."""
    if amounts not in _AMOUNTS:
        raise ValueError(f"amounts must be one of {', '.join(_AMOUNTS)}, not {amounts!r}")
    return amounts != "int64"


@dataclasses.dataclass(frozen=True)
class _Column:
    """Numbers, or places in `labels`; of an enum the labels stand at the places of their numbers."""

    array: Array
    kind: str = "plain"
    labels: Optional[Array] = None  # texts of places

    def values(self) -> Array:
        if self.labels is None:
            return self.array
        labels = np.append(self.labels, "") if self.kind == "enum" else self.labels
        made: Array = labels[self.array]  # -1, none, is the last
        return made


def _enum_column(numbers: Array, name: str) -> _Column:
    """Names of an enum, and for each row the place of its name; -1 where there is none."""
    members = list(getattr(_enums, name))
    first = members[0].value
    names = np.array([member.name for member in members])
    if [member.value - first for member in members] == list(range(len(members))):
        if first != 0:  # such enums stand in every row
            np.subtract(numbers, np.int8(first), out=numbers)
        return _Column(numbers, "enum", names)
    places = np.full(max(member.value for member in members) + 2, -1, np.int8)
    for place, member in enumerate(members):
        places[member.value] = place
    return _Column(places[numbers], "enum", names)


class Table:
    """Columns of equal length, which own their memory.

    Examples
    --------
    >>> table = view.balances_table(1)            # doctest: +SKIP
    >>> table.frame().groupby("kind").balance.sum()
    """

    def __init__(self, parts: _core.TableParts, scales: Optional[Callable[[Table], Array]] = None):
        self._columns: dict[str, _Column] = {}
        high: dict[str, Array] = {}
        for name, kind, array, labels in parts:
            if kind == "enum":
                self._columns[name] = _enum_column(array, labels)
            elif kind == "text":
                self._columns[name] = _Column(array, kind, np.array(labels, dtype=object))
            elif kind == "id":
                self._columns[name] = _Column(array, kind, labels)
            elif kind == "low" and scales is not None:
                whole = high.pop(labels)
                self._columns[labels] = _Column(_decimals(whole, array, scales(self)))
            elif kind == "high" and scales is not None:
                high[labels] = array
            else:
                self._columns[name] = _Column(array)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())).array)

    def __repr__(self) -> str:
        return f"<Table of {len(self)} rows: {', '.join(self.columns)}>"

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    def __getitem__(self, name: str) -> Array:
        """A column as an array: texts as objects, enums as texts, accounts as bytes of 32 hexadecimal digits."""
        return self._columns[name].values()

    def codes(self, name: str) -> tuple[Array, Array]:
        """Of a column of texts, accounts or an enum: the places of its values (-1: none), and the values."""
        column = self._columns[name]
        if column.labels is None:
            raise KeyError(f"the column {name!r} holds numbers, not places of texts")
        return column.array, column.labels

    def to_numpy(self) -> Array:
        """A structured array, a copy: enums as texts of fixed width, accounts as bytes of it, other texts as objects."""
        columns = {name: self._columns[name].values() for name in self._columns}
        made = np.empty(len(self), [(name, array.dtype) for name, array in columns.items()])
        for name, array in columns.items():
            made[name] = array
        return made

    def frame(self) -> pd.DataFrame:
        """A DataFrame over the memory of the table: numbers are not copied.

        Raises
        ------
        OverflowError
            Where a book date is outside the years that pandas has, 1677 to 2262.
        """
        import pandas

        columns = {name: _series(pandas, name, column) for name, column in self._columns.items()}
        return pandas.DataFrame(columns, copy=False)


    def _node(self) -> Node:
        columns = (
            column_node(name, column.array, column.labels)
            for name, column in self._columns.items()
        )
        return table_node(len(self), columns)

    def __arrow_c_schema__(self) -> object:
        """The schema, as a PyCapsule of the Arrow C data interface."""
        return _core.arrow_schema(self._node())

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Schema and data, over the memory of the table; another schema is not made."""
        return _core.arrow_array(self._node())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A stream of one batch, for ``pyarrow.table(table)``, ``polars.from_arrow`` and DuckDB."""
        return _core.arrow_stream(self._node())


def _series(pandas: Any, name: str, column: _Column) -> Any:
    if column.labels is not None:
        labels = _texts(column.labels) if column.kind == "id" else column.labels
        categories = pandas.Index(labels, dtype=object)
        return pandas.Categorical.from_codes(column.array, categories)
    if column.array.dtype == np.dtype("M8[ns]"):
        return pandas.DatetimeIndex(column.array, tz="UTC", copy=False)
    if column.array.dtype == np.dtype("M8[D]"):
        return _nanoseconds(name, column.array.view("i8"))
    return column.array


def _texts(ids: Array) -> list[str]:
    """Of ids of equal width; quicker than numpy."""
    text, width = ids.tobytes().decode(), ids.dtype.itemsize
    return [text[at : at + width] for at in range(0, len(text), width)]


def _nanoseconds(name: str, days: Array) -> Array:
    """Days as instants; quicker than numpy, which asks the calendar."""
    made = days * np.int64(_DAY)
    if len(days) and (days.min() < _DAY_MIN or days.max() > _DAY_MAX):
        missing = days == _NOT_A_TIME
        known = days[~missing]
        if len(known) and (known.min() < _DAY_MIN or known.max() > _DAY_MAX):
            raise OverflowError(f"{name} has dates that pandas has no room for; use to_numpy")
        made[missing] = _NOT_A_TIME
    return made.view("M8[ns]")


def _decimals(high: Array, low: Array, scales: Array) -> Array:
    """Objects, one a row."""
    made = np.empty(len(high), dtype=object)
    for row, (above, below, decimals) in enumerate(zip(high, low, scales)):
        made[row] = decimal_amount((int(above) << 64) | int(below), int(decimals))
    return made


def tables_of(
    reader: _core.TableReader, rows: int, scales: Optional[Callable[[Table], Array]]
) -> Iterator[Table]:
    """Table after table, of about so many rows each."""
    if rows < 1:
        raise ValueError("a table has at least one row")
    while (parts := reader.next(rows)) is not None:
        yield Table(parts, scales)
