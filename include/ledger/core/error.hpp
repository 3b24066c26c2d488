// The one hierarchy of exceptions: the environment failed, or the library was used wrongly. A
// business outcome (a refused voucher) is never an exception; see model/outcome.hpp. Every message
// names the input, the place and the remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace ledger {

/// Base of every exception the library throws on purpose.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// An argument that no ledger could accept: text that is no amount, a date that does not exist.
class InvalidArgument : public Error {
public:
    using Error::Error;
};

/// An arithmetic result outside the 128-bit range.
class OverflowError : public Error {
public:
    using Error::Error;
};

/// A call that the object's state forbids: a closed ledger, use after fork.
class UsageError : public Error {
public:
    using Error::Error;
};

/// Posting cannot go on at the moment: the queue stays full, the clock runs ahead. Nothing that was
/// not acknowledged was posted by this call; try again later with the same ids.
class UnavailableError : public Error {
public:
    using Error::Error;
};

/// The operating system or LMDB refused: missing directory, read-only file system, I/O error.
class StorageError : public Error {
public:
    using Error::Error;
};

/// No room: the disk or the configured map size is full. Nothing was written; the writer lives on.
class StorageFull : public StorageError {
public:
    using StorageError::StorageError;
};

/// The path holds something that is no ledger, or one of another format version.
class FormatError : public StorageError {
public:
    using StorageError::StorageError;
};

/// A checksum, chain or page does not hold: what is stored is not what was written.
class CorruptionError : public StorageError {
public:
    using StorageError::StorageError;
};

/// A CorruptionError of the checkpoint, which is derived: no voucher is lost. Ledger::rebuild makes
/// it anew from the journal; so does opening the ledger where it meets the damage.
class CheckpointError : public CorruptionError {
public:
    using CorruptionError::CorruptionError;
};

/// Another writer holds the ledger; the message says which process.
class LockedError : public StorageError {
public:
    using StorageError::StorageError;
};

/// The outcome of a commit is unknown, so this writer will not go on. Reopen the ledger and resolve
/// what was in flight by voucher id.
class PoisonedError : public StorageError {
public:
    using StorageError::StorageError;
};

}  // namespace ledger
