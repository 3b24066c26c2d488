"""The exceptions of the engine. A refused record is never one: it is an `Outcome`."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._values import Result

__all__ = [
    "CheckpointError",
    "CorruptionError",
    "Error",
    "FormatError",
    "InvalidArgument",
    "LockedError",
    "OverflowError",
    "PoisonedError",
    "Refused",
    "StorageError",
    "StorageFull",
    "UnavailableError",
    "UsageError",
]


class Error(Exception):
    """Base of every exception that the engine raises on purpose."""


class InvalidArgument(Error, ValueError):
    """An argument that no ledger could accept."""


class OverflowError(Error, builtins.OverflowError):
    """A result outside the range of what is to hold it: 128 bits, or 64 in a column."""


class UsageError(Error):
    """A call that the object's state forbids: closed, or opened before a fork."""


class UnavailableError(Error):
    """Posting cannot go on at the moment; try again later with the same ids."""


class StorageError(Error):
    """The operating system or the store refused."""


class StorageFull(StorageError):
    """No room; nothing was written, and the writer lives on."""


class FormatError(StorageError):
    """The path holds no ledger, or one of another format version."""


class CorruptionError(StorageError):
    """What is stored is not what was written."""


class CheckpointError(CorruptionError):
    """Damage to what is derived from the journal; `rebuild` makes it anew."""


class LockedError(StorageError):
    """Another writer holds the ledger."""


class PoisonedError(StorageError):
    """The outcome of a commit is unknown: reopen, and look up what was in flight by id."""


class Refused(Error):
    """Raised by `Result.check` where a record was not posted.

    Attributes
    ----------
    result : Result
        What the ledger answered.
    """

    result: Result

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result

    def __str__(self) -> str:
        return f"{self.result.outcome.name}: {self.result.outcome.explanation}"
