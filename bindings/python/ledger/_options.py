"""How a ledger is opened."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Optional

from . import _core

__all__ = ["ManualClock", "Options", "ReaderOptions"]

ManualClock = _core.ManualClock


@dataclasses.dataclass(frozen=True)
class Options:
    """How a ledger is opened for writing; the defaults suit a machine with a few gigabytes.

    Attributes
    ----------
    segment_records : int
        Records of one segment of the tail, 1,024 to 1,048,576.
    tail_segments_max : int
        Segments that the tail may hold, 2 to 8.
    queue_records_max, queue_records_soft : int
        Records that may wait; from how many on a caller is slowed (0: three quarters).
    map_bytes : int
        Address space for each of the two files.
    disk_reserve_bytes : int
        Free space that posting never touches.
    preallocate_bytes : int
        How far the journal is extended ahead of its end.
    readers_max : int
        Views held at the same time, in all processes.
    clock_jump_max, clock_gap_max : timedelta
        How far ahead of itself, and of the last batch, the clock may be.
    background : bool
        Seal, expire and fold in background threads; else the owner calls `Ledger.step`.
    digest : str
        ``"blake2b_512"``, ``"sha256"``, ``"sm3"`` or ``"none"``.
    clock : ManualClock, optional
        For tests: a clock that stands still until it is told otherwise.
    """

    segment_records: int = 1 << 18
    tail_segments_max: int = 3
    queue_records_max: int = 131_072
    queue_records_soft: int = 0
    map_bytes: int = 1 << 40
    disk_reserve_bytes: int = 64 << 20
    preallocate_bytes: int = 256 << 20
    readers_max: int = 126
    clock_jump_max: dt.timedelta = dt.timedelta(minutes=10)
    clock_gap_max: dt.timedelta = dt.timedelta(days=400)
    background: bool = True
    digest: str = "blake2b_512"
    clock: Optional[_core.ManualClock] = None


@dataclasses.dataclass(frozen=True)
class ReaderOptions:
    """How a ledger is opened for reading.

    Attributes
    ----------
    segment_records : int
        Best the writer's.
    tail_records_max : int
        Records after the sealed ones that are kept in memory, some 300 bytes each.
    view_age_max : timedelta
        Views that are older let go of what they pinned. Zero: never.
    map_bytes : int
        At least the writer's.
    readers_max : int
    """

    segment_records: int = 1 << 18
    tail_records_max: int = 1 << 21
    view_age_max: dt.timedelta = dt.timedelta(minutes=10)
    map_bytes: int = 1 << 40
    readers_max: int = 126
