// The only codec of journal records: batches of records to bytes and back. Invariant: what is
// decoded equals what was encoded, except what only a live batch has (account ids of lines, the
// `linked` flag); and no payload, however damaged, does worse than throw. The bytes are described
// in src/record/journal.capnp.
#pragma once

#include "ledger/model/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace ledger::record {

/// Version of the payloads that Encoder writes; every version up to this one is read.
inline constexpr std::uint16_t format_version = 1;

/// What a record takes of a batch. The bounds are batch_records_max, batch_lines_max,
/// batch_bytes_max.
struct Footprint {
    std::size_t records = 0;
    std::size_t lines = 0;
    std::size_t bytes = 0;

    friend constexpr Footprint operator+(Footprint a, Footprint b) noexcept {
        return {a.records + b.records, a.lines + b.lines, a.bytes + b.bytes};
    }
    /// Whether one batch can hold this much.
    constexpr bool fits() const noexcept {
        return records <= bounds::batch_records_max + bounds::own_records_max &&
               lines <= bounds::batch_lines_max && bytes <= bounds::batch_bytes_max;
    }
};

/// Of a batch without records.
inline constexpr Footprint footprint_of_empty_batch{0, 0, 256};

/// An upper bound of what the record takes, now or after the engine resolved it: a reversal whose
/// lines the engine has yet to write counts as the longest one, and no record counts for more than
/// the longest of a good shape (model/shape.hpp; others are refused). Once such a reversal is
/// resolved, its bound is close again. Costs a nanosecond or two for a plain voucher.
Footprint footprint_bound(const Batch& batch, std::size_t index);

/// The same of a reversal whose lines the engine has yet to write, where the voucher that it undoes
/// is the first record of `reversed`.
Footprint footprint_bound_of_reversal(const Batch& batch, std::size_t index, const Batch& reversed);

/// Where the bytes go. A batch that travels, between a client and a server, differs in what the
/// ledger at the other end cannot know or has yet to see: its lines name accounts by their ids, not
/// by handles, reversals may lack the lines that the engine will write, and groups are linked.
enum class Form : std::uint8_t { journal, travelling };

/// What a batch that travels may take: one of a journal, and the ids of its lines' accounts.
inline constexpr std::size_t travelling_bytes_max = 2 * bounds::batch_bytes_max;

/// An upper bound of what the record takes of a batch that travels. Throws InvalidArgument where
/// the record's lines or detail are not what Batch promises.
Footprint travelling_footprint(const Batch& batch, std::size_t index);

/// Writes batches, one after the other, reusing its memory. Not thread-safe.
class Encoder {
public:
    Encoder();
    ~Encoder();
    Encoder(Encoder&&) noexcept;
    Encoder& operator=(Encoder&&) noexcept;

    /// Starts a batch and forgets the one before.
    void begin(Form form = Form::journal);
    /// Appends the record, resolved: its lines have handles; or as a caller filled it, where the
    /// batch travels (throws as travelling_footprint). It is read in finish(), so `batch`
    /// must live and its record must not change until then. `footprint` must fit together with
    /// those before; of a batch that travels it is at most travelling_bytes_max.
    void add(const Batch& batch, std::size_t index);
    /// The bound of everything added since begin().
    Footprint footprint() const noexcept;
    /// The payload, a multiple of 8 bytes, aligned to 8; valid until begin() or destruction.
    std::span<const std::byte> finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Clears `out` and fills it with all records of the payload. Lines have handles, no account ids.
/// Throws CorruptionError where the bytes are no payload, naming the record; FormatError where a
/// newer version wrote them. `out` is then left cleared or partly filled.
void decode(std::span<const std::byte> payload, Batch& out);

/// The same of a batch that travelled, and may come from anybody: lines have account ids, no
/// handles. Throws InvalidArgument where the bytes are no such batch of 1 to
/// bounds::batch_records_max records, naming the record; FormatError as above.
void decode_travelled(std::span<const std::byte> payload, Batch& out);
/// What such a payload says of itself before it is decoded.
struct TravellingHead {
    std::size_t records = 0;
    /// The same for batches with lines on the same few accounts; 0: they are many, or none.
    std::uint64_t accounts = 0;
};
/// Looks at nothing else of it. Throws as above.
TravellingHead head_of_travelled(std::span<const std::byte> payload);

/// Random access to single records of a payload, which must outlive the view. Opening and reading
/// touch only what they need. Not thread-safe; throws as decode().
class PayloadView {
public:
    explicit PayloadView(std::span<const std::byte> payload);
    ~PayloadView();
    PayloadView(PayloadView&&) noexcept;
    PayloadView& operator=(PayloadView&&) noexcept;

    /// Number of records.
    std::size_t size() const noexcept;
    /// Appends the record at this index (< size()) to `out`.
    void read(std::size_t index, Batch& out) const;
    /// The record at this index (< size()) without its lines and what is special to its kind,
    /// however long these are.
    BatchRecord head(std::size_t index) const;
    /// The summary of the voucher at this index; empty where it has none.
    std::string summary(std::size_t index) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger::record
