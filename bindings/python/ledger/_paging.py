"""How views are asked: pages followed to their end, and what accounts and positions are given as."""

from __future__ import annotations

import datetime as dt
from typing import Any, Callable, Iterator, Optional, Sequence, TypeVar, Union

from ._errors import InvalidArgument
from ._ids import AnyAccount
from ._values import Range

__all__: list[str] = []

PAGE = 1000  # of the iterators: bounded, whatever there is

_T = TypeVar("_T")
At = Union[int, dt.datetime]
Accounts = Union[AnyAccount, Sequence[AnyAccount]]


def stream(
    ask: Callable[[tuple[int, bool, str]], tuple[list[_T], str]], backward: bool = False
) -> Iterator[_T]:
    """Follows the cursor from page to page."""
    cursor = ""
    while True:
        items, cursor = ask((PAGE, bool(backward), cursor))
        yield from items
        if not cursor:
            return


def listed(accounts: Accounts) -> list[Any]:
    return list(accounts) if isinstance(accounts, (list, tuple)) else [accounts]


def range_since(since: Optional[int], range: Optional[Range]) -> Range:
    """The range, from after a position on."""
    if since is None:
        return Range() if range is None else range
    if range is not None:
        raise TypeError("give either since or range")
    if since < 0:
        raise InvalidArgument(f"{since} was given for a position, 0 or more")
    return Range(from_position=since + 1)
