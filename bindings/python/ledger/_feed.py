"""Feeds: every committed record after a position, once and in order."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import Iterator, Optional

from . import _core
from ._values import FeedRecord

__all__ = ["Feed"]


class Feed:
    """Every committed record after a position, once, in order and without gaps.

    An iterator over what is committed already, and a context manager. Keep `position` with what was
    done, and follow from there the next time. One thread at a time; a second one is a `UsageError`.
    A call that is interrupted, or fails, loses nothing: what it did not give comes next.
    """

    def __init__(self, native: _core.Feed) -> None:
        if not isinstance(native, _core.Feed):
            raise TypeError("a feed is taken from a Ledger or a Reader")
        self._native = native

    def __enter__(self) -> Feed:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the feed."""
        self._native.close()

    @property
    def position(self) -> int:
        """The last record that was given, or where the feed began: follow from here the next time.

        It stays when the feed is closed.
        """
        return self._native.position()

    def next_records(
        self, records_max: int = 1000, wait: Optional[dt.timedelta] = dt.timedelta(0)
    ) -> list[FeedRecord]:
        """The next records, at most so many (1 to 10,000).

        Parameters
        ----------
        records_max : int
        wait : timedelta, optional
            How long to wait where there is none yet. None: for ever; an interrupt ends it.
        """
        return self._native.next(records_max, wait)

    def __iter__(self) -> Iterator[FeedRecord]:
        """One by one, up to what is committed now."""
        return iter(self._native)
