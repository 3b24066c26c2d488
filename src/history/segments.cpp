// The catalog of sealed segments: headers, addresses of values, first verification.
#include "ledger/history/segments.hpp"

#include "history/segments_impl.hpp"
#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <string>

namespace ledger::history {

namespace {

constexpr const char* segments_table = "segments";
constexpr const char* heads_table = "segment_heads";
constexpr std::size_t header_body = sizeof(format::Header) - format::checksum_bytes;

std::uint64_t header_key(std::uint32_t segment) noexcept {
    return format::value_key(segment, format::Stream::header, 0);
}

}  // namespace

std::uint64_t value_checksum(std::uint64_t key, const std::byte* bytes, std::size_t size) noexcept {
    return XXH3_64bits_withSeed(bytes, size, key);
}

SegmentMap::SegmentMap(const format::Header& stored) : header(stored) {
    for (std::size_t stream = 0; stream < format::streams; ++stream) {
        chunks[stream] = std::make_unique<std::atomic<std::uintptr_t>[]>(header.chunks[stream]);
    }
}

Segments::Impl::Impl(const storage::Environment& in)
    : environment(in),
      segments(in.database(segments_table)),
      heads(in.database(heads_table)),
      maps_(segments_max * sizeof(std::atomic<SegmentMap*>)),
      head_chunks_(head_chunks_max * sizeof(HeadChunk)) {}

Segments::Impl::~Impl() {
    for (std::size_t i = 1; i < segments_max; ++i) {
        const SegmentMap* known = maps()[i].load(std::memory_order_acquire);
        if (known == nullptr) return;
        delete known;
    }
}

void Segments::Impl::corrupt(std::uint32_t segment, const std::string& what) const {
    throw CheckpointError(environment.path().string() + ": segment " + std::to_string(segment) +
                          ": " + what + "; rebuild the checkpoint from the journal");
}

const SegmentMap& Segments::Impl::map(std::uint32_t segment) const {
    const SegmentMap* known =
        segment < segments_max ? maps()[segment].load(std::memory_order_acquire) : nullptr;
    if (known == nullptr)
        corrupt(segment, "a directory row or head points to it, but it is not there");
    return *known;
}

std::size_t Segments::Impl::used(const format::Header& header, format::Stream stream,
                                 std::uint32_t number) const {
    const auto at = static_cast<std::size_t>(stream);
    if (number + 1 == header.chunks[at]) return header.last_used[at];
    switch (stream) {
        case format::Stream::narrow:
        case format::Stream::medium:
        case format::Stream::wide: {
            const auto rows = static_cast<format::RowFormat>(at - 1);
            return format::rows_per_chunk(rows) * format::row_bytes(rows);
        }
        case format::Stream::inner: return format::inner_per_chunk * sizeof(format::InnerSummary);
        case format::Stream::dates: return format::dates_per_chunk * sizeof(format::DateRow);
        default: return format::payload_max;
    }
}

const std::byte* Segments::Impl::find_chunk(const storage::ReadTransaction& transaction,
                                            const SegmentMap& known, format::Stream stream,
                                            std::uint32_t number) const {
    const std::uint32_t segment = known.header.number;
    const auto at = static_cast<std::size_t>(stream);
    const auto name = [&] {
        return std::string(format::stream_names[at]) + ", value " + std::to_string(number);
    };
    if (number >= known.header.chunks[at]) corrupt(segment, "it has no " + name());
    const std::uint64_t key = format::value_key(segment, stream, number);
    const std::size_t size = format::value_size(used(known.header, stream, number));
    std::atomic<std::uintptr_t>& slot = known.chunks[at][number];
    auto* bytes = reinterpret_cast<const std::byte*>(slot.load(std::memory_order_acquire) &
                                                     ~std::uintptr_t{1});
    if (bytes == nullptr) {
        const std::optional<storage::Bytes> value = transaction.get(segments, key);
        if (!value || value->size() != size) {
            corrupt(segment, name() + (value ? " has the wrong size" : " is not there"));
        }
        bytes = value->data();
    }
    const std::size_t body = size - format::checksum_bytes;
    if (format::load<std::uint64_t>(bytes + body) != value_checksum(key, bytes, body)) {
        corrupt(segment, "the checksum of " + name() + " does not hold");
    }
    slot.store(reinterpret_cast<std::uintptr_t>(bytes) | 1, std::memory_order_release);
    return bytes;
}

bool Segments::Impl::read_header(const storage::ReadTransaction& transaction, std::uint32_t segment,
                                 format::Header& header) const {
    if (segment >= segments_max) return false;
    const std::optional<storage::Bytes> value = transaction.get(segments, header_key(segment));
    if (!value) return false;
    if (value->size() != sizeof(format::Header)) corrupt(segment, "its header has the wrong size");
    header = format::load<format::Header>(value->data());
    if (header.magic != format::header_magic || header.number != segment ||
        header.checksum != value_checksum(header_key(segment), value->data(), header_body)) {
        corrupt(segment, "the checksum of its header does not hold");
    }
    if (header.version > format::header_version) {
        throw FormatError(environment.path().string() + ": segment " + std::to_string(segment) +
                          " has format version " + std::to_string(header.version) +
                          ", this library reads up to " + std::to_string(format::header_version) +
                          "; use a newer library or rebuild the checkpoint");
    }
    return true;
}

void Segments::Impl::add(const storage::ReadTransaction& transaction, const format::Header& header,
                         Locate locate) {
    std::atomic<SegmentMap*>& known = maps()[header.number];
    if (known.load(std::memory_order_relaxed) != nullptr) return;
    auto map = std::make_unique<SegmentMap>(header);
    if (locate != Locate::lazily) {
        for (std::size_t stream = 0; stream < format::streams; ++stream) {
            locate_stream(transaction, *map, static_cast<format::Stream>(stream),
                          locate == Locate::now_trusted ? 1U : 0U);
        }
    }
    known.store(map.release(), std::memory_order_release);
}

void Segments::Impl::locate_stream(const storage::ReadTransaction& transaction,
                                   const SegmentMap& map, format::Stream stream,
                                   std::uintptr_t verified) const {
    const auto at = static_cast<std::size_t>(stream);
    for (std::uint32_t number = 0; number < map.header.chunks[at]; ++number) {
        const std::optional<storage::Bytes> value =
            transaction.get(segments, format::value_key(map.header.number, stream, number));
        if (!value || value->size() != format::value_size(used(map.header, stream, number))) {
            corrupt(map.header.number, std::string(format::stream_names[at]) + ", value " +
                                           std::to_string(number) + " is not there or is cut");
        }
        map.chunks[at][number].store(reinterpret_cast<std::uintptr_t>(value->data()) | verified,
                                     std::memory_order_relaxed);
    }
}

void Segments::Impl::announce(const format::Header& header) {
    last_segment.store(header.number, std::memory_order_release);
    sealed_through.store(header.last, std::memory_order_release);
}

// ---- the public face

std::vector<storage::DatabaseName> Segments::databases() {
    return {{segments_table, storage::KeyKind::integer}, {heads_table, storage::KeyKind::integer}};
}

Segments::Segments(const storage::Environment& environment)
    : impl_(std::make_unique<Impl>(environment)) {}
Segments::~Segments() = default;

bool Segments::load(const storage::ReadTransaction& transaction, std::size_t runs_max) {
    const bool is_first = !impl_->is_loaded;
    std::uint32_t last = last_segment();
    bool is_done = true;
    format::Header header{};
    format::Header next{};
    while (is_done && impl_->read_header(transaction, last + 1, header)) {
        if (last > 0 && header.first <= impl_->map(last).header.last) {
            impl_->corrupt(last + 1, "it covers positions of the segment before");
        }
        // Views with an older transaction may follow a head into a new segment; those that are
        // loaded first are older than any view.
        impl_->add(transaction, header, is_first ? Impl::Locate::lazily : Impl::Locate::now);
        if (is_first) {
            ++last;
            continue;
        }
        // What is not known is kept in memory: one that has a successor already is late.
        const bool is_late = impl_->read_header(transaction, last + 2, next);
        is_done = impl_->roll_forward(transaction, last + 1,
                                      is_late ? std::numeric_limits<std::size_t>::max() : runs_max);
        if (is_done) impl_->announce(impl_->map(++last).header);
        runs_max -= std::min<std::size_t>(runs_max, header.runs);
    }
    if (!is_first) return is_done;
    impl_->load_heads(transaction);
    if (last != 0) impl_->announce(impl_->map(last).header);
    impl_->is_loaded = true;
    return true;
}

bool Segments::save_heads(storage::WriteTransaction& transaction, std::size_t budget) {
    return impl_->save_heads(transaction, budget);
}
void Segments::heads_saved(bool committed) { impl_->heads_saved(committed); }

std::uint32_t Segments::last_segment() const noexcept {
    return impl_->last_segment.load(std::memory_order_acquire);
}
Position Segments::sealed_through() const noexcept {
    return {impl_->sealed_through.load(std::memory_order_acquire)};
}

SegmentFacts Segments::facts(std::uint32_t segment) const {
    const format::Header& header = impl_->map(segment).header;
    return {header.number,         {header.first}, {header.last}, {header.first_instant},
            {header.last_instant}, header.entries, header.runs,   header.bytes};
}

RunAddress Segments::head(AccountHandle account) const noexcept {
    return impl_->head(account.index);
}

/// The last segment that `begins_in_time`; null where the first does not.
template <class Predicate>
const SegmentMap* Segments::Impl::last_of(Predicate&& begins_in_time) const {
    std::uint32_t low = 0;
    std::uint32_t high = last_segment.load(std::memory_order_acquire);
    while (low < high) {
        const std::uint32_t middle = high - (high - low) / 2;
        if (begins_in_time(map(middle).header)) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low == 0 ? nullptr : &map(low);
}

std::uint32_t Segments::segment_of(Position position) const {
    const SegmentMap* found = impl_->last_of(
        [&](const format::Header& header) { return header.first <= position.value; });
    return found == nullptr || position.value > found->header.last ? 0 : found->header.number;
}

Instant Segments::instant_of(const storage::ReadTransaction& transaction, Position position) const {
    const std::uint32_t segment = segment_of(position);
    if (segment == 0) return {};
    return InstantFinder(*impl_, transaction, impl_->map(segment)).at(position);
}

Position Segments::position_at(const storage::ReadTransaction& transaction, Instant instant) const {
    const SegmentMap* found = impl_->last_of(
        [&](const format::Header& header) { return header.first_instant <= instant.nanoseconds; });
    return found == nullptr ? Position{}
                            : InstantFinder(*impl_, transaction, *found).until(instant);
}

}  // namespace ledger::history
