"""How views are asked: pages followed to their end, and what accounts and positions are given as."""

from __future__ import annotations

import datetime as dt
from typing import Any, Callable, Iterator, Optional, Sequence, TypeVar, Union

from ._errors import InvalidArgument, UsageError
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


class Once(Iterator[_T]):
    """What can be read once, page by page: whoever reads on has the rest, and after a failed page nobody has."""

    def __init__(self, ask: Callable[[int], tuple[list[_T], bool]]) -> None:
        self._ask = ask
        self._page: list[_T] = []
        self._next = 0
        self._has_more = True
        self._failed = False

    def __next__(self) -> _T:
        while self._next == len(self._page):
            if self._failed:
                raise UsageError("this is read by another thread, or failed in the middle; begin anew")
            if not self._has_more:
                raise StopIteration
            self._failed = True  # until the page is here: what it had cannot be read again
            page, self._has_more = self._ask(PAGE)
            self._page, self._next, self._failed = page, 0, False
        item = self._page[self._next]
        self._next += 1
        return item


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
