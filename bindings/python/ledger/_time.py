"""Posting instants, which have nanoseconds that `datetime` lacks."""

from __future__ import annotations

import datetime as dt
from typing import Any, Optional

__all__ = ["Instant"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class Instant(dt.datetime):
    """A moment in UTC with nanoseconds: a `datetime` with what is below its microsecond.

    Two instants are compared to the nanosecond; an instant and another aware `datetime`, as if that
    had none. An instant plus or minus a `timedelta` keeps the nanoseconds; the difference of two is a
    `timedelta`, which has none: take that of `nanoseconds` where they count.

    Attributes
    ----------
    nanosecond : int
        0 to 999, as of `pandas.Timestamp`.
    """

    nanosecond: int

    def __new__(
        cls,
        year: Any,
        month: Any = None,
        day: Any = None,
        hour: int = 0,
        minute: int = 0,
        second: int = 0,
        microsecond: int = 0,
        tzinfo: Optional[dt.tzinfo] = dt.timezone.utc,
        *,
        fold: int = 0,
        nanosecond: int = 0,
    ) -> Instant:
        made = super().__new__(
            cls, year, month, day, hour, minute, second, microsecond, tzinfo, fold=fold
        )
        if tzinfo is None or made.utcoffset() != dt.timedelta(0):
            raise ValueError("an Instant is in UTC")
        if not 0 <= nanosecond <= 999:
            raise ValueError("nanosecond must be in 0..999")
        made.nanosecond = nanosecond
        return made

    @property
    def nanoseconds(self) -> int:
        """Since 1970-01-01T00:00:00Z."""
        return nanoseconds_of(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dt.datetime) or other.tzinfo is None:
            return NotImplemented
        return nanoseconds_of(self) == nanoseconds_of(other)

    def __lt__(self, other: dt.date) -> bool:
        if not isinstance(other, dt.datetime):
            return NotImplemented
        return nanoseconds_of(self) < nanoseconds_of(other)

    def __le__(self, other: dt.date) -> bool:
        if not isinstance(other, dt.datetime):
            return NotImplemented
        return nanoseconds_of(self) <= nanoseconds_of(other)

    def __gt__(self, other: dt.date) -> bool:
        if not isinstance(other, dt.datetime):
            return NotImplemented
        return nanoseconds_of(self) > nanoseconds_of(other)

    def __ge__(self, other: dt.date) -> bool:
        if not isinstance(other, dt.datetime):
            return NotImplemented
        return nanoseconds_of(self) >= nanoseconds_of(other)

    def __hash__(self) -> int:
        if self.nanosecond == 0:
            return super().__hash__()
        return hash((Instant, nanoseconds_of(self)))

    def __add__(self, span: dt.timedelta) -> Instant:
        if not isinstance(span, dt.timedelta):
            return NotImplemented
        return instant_of_nanoseconds(nanoseconds_of(self) + _nanoseconds_of_span(span))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, dt.timedelta):
            return instant_of_nanoseconds(nanoseconds_of(self) - _nanoseconds_of_span(other))
        return super().__sub__(other)

    def replace(self, *args: Any, **kwargs: Any) -> Any:
        """A plain `datetime`, without nanoseconds."""
        return self._plain().replace(*args, **kwargs)

    def astimezone(self, tz: Optional[dt.tzinfo] = None) -> Any:
        """A plain `datetime` in this time zone, without nanoseconds."""
        return self._plain().astimezone(tz)

    def _plain(self) -> dt.datetime:
        return dt.datetime(
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.microsecond,
            self.tzinfo,
        )

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """As the command line prints instants: ``2026-01-05T08:30:00.000000123Z``."""
        if timespec != "auto":
            return super().isoformat(sep, timespec)
        fraction = f"{self.microsecond:06d}{self.nanosecond:03d}".rstrip("0")
        return f"{self.strftime(f'%Y-%m-%d{sep}%H:%M:%S')}{'.' + fraction if fraction else ''}Z"

    __str__ = isoformat

    def __repr__(self) -> str:
        return f"Instant.parse('{self}')"

    @classmethod
    def parse(cls, text: str) -> Instant:
        """Reads what `str` gives: ISO 8601 with ``Z`` and up to nine digits of a second."""
        if not text.endswith("Z"):
            raise ValueError(f"'{text}' is no instant: write 2026-01-05T08:30:00.123456789Z")
        whole, _, fraction = text[:-1].partition(".")
        if len(fraction) > 9 or (fraction and not (fraction.isascii() and fraction.isdigit())):
            raise ValueError(f"'{text}' is no instant: a second has up to nine digits")
        at = dt.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=dt.timezone.utc)
        return instant_of_nanoseconds(nanoseconds_of(at) + int(fraction.ljust(9, "0") or 0))

    def __reduce_ex__(self, protocol: object) -> Any:
        return instant_of_nanoseconds, (nanoseconds_of(self),)


def _nanoseconds_of_span(span: dt.timedelta) -> int:
    microseconds = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    return microseconds * 1000 + int(getattr(span, "nanoseconds", 0))


def instant_of_nanoseconds(nanoseconds: int) -> Instant:
    """The instant so many nanoseconds after 1970-01-01T00:00:00Z."""
    at = _EPOCH + dt.timedelta(microseconds=nanoseconds // 1000)
    return Instant(
        at.year,
        at.month,
        at.day,
        at.hour,
        at.minute,
        at.second,
        at.microsecond,
        nanosecond=nanoseconds % 1000,
    )


def nanoseconds_of(moment: dt.datetime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z of an aware datetime, of an Instant or a pandas Timestamp too."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(
            f"{moment!r} has no time zone; give it one, as datetime(..., tzinfo=timezone.utc)"
        )
    span = dt.timedelta(
        days=moment.toordinal() - _EPOCH.toordinal(),
        hours=moment.hour,
        minutes=moment.minute,
        seconds=moment.second,
        microseconds=moment.microsecond,
    )
    span -= dt.timedelta(offset.days, offset.seconds, offset.microseconds)
    microseconds = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    return microseconds * 1000 + int(getattr(moment, "nanosecond", 0))
