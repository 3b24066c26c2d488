// The newest run of every account: kept in memory, saved in blocks now and then, brought forward
// from the directories of later segments. Invariant: a saved head names a committed segment, and
// the saved blocks together hold at least what the saved segment number says; anything newer is
// found by rolling forward.
#include "history/segments_impl.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>
#include <limits>

namespace ledger::history {

namespace {

// Key of a block: its number. Value: heads of accounts [number * per_block, ...), checksum at the
// end.
constexpr std::uint32_t heads_per_block =
    static_cast<std::uint32_t>(format::payload_max / sizeof(std::uint64_t));
constexpr std::uint64_t meta_key = ~std::uint64_t{0};

struct HeadsMeta {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t through;   // all blocks hold the heads up to this segment
    std::uint32_t accounts;  // one more than the greatest account with a head
    std::uint32_t zero;
    std::uint64_t checksum;
};
static_assert(sizeof(HeadsMeta) == 32);
constexpr std::uint64_t meta_magic = 0x0031646165686c64;  // "dlhead1\0"
constexpr std::uint32_t meta_version = 1;
constexpr std::size_t meta_body = sizeof(HeadsMeta) - format::checksum_bytes;

constexpr std::uint32_t blocks_of(std::uint32_t accounts) noexcept {
    return (accounts + heads_per_block - 1) / heads_per_block;
}

}  // namespace

void Segments::Impl::set_head(std::uint32_t account, RunAddress run) {
    HeadChunk& chunk = head_chunks()[account >> head_chunk_bits];
    std::atomic<std::uint64_t>* heads_here = chunk.load(std::memory_order_relaxed);
    if (heads_here == nullptr) {
        head_chunk_owners_.push_back(
            std::make_unique<std::atomic<std::uint64_t>[]>(head_chunk_size));
        heads_here = head_chunk_owners_.back().get();
        chunk.store(heads_here, std::memory_order_release);
    }
    std::atomic<std::uint64_t>& slot = heads_here[account & (head_chunk_size - 1)];
    if (slot.load(std::memory_order_relaxed) >= run.packed()) return;
    const std::uint32_t block = account / heads_per_block;
    if (block >= dirty_blocks_.size()) dirty_blocks_.resize(block + std::size_t{1}, 1);
    dirty_blocks_[block] = 1;  // new blocks between are dirty too: load expects every one
    accounts_ = std::max(accounts_, account + 1);
    slot.store(run.packed(), std::memory_order_release);  // after what can fail
}

bool Segments::Impl::roll_forward(const storage::ReadTransaction& transaction,
                                  std::uint32_t segment, std::size_t runs_max) {
    const RunReader reader(*this, transaction);
    const auto move = [&](const Run& run) { set_head(run.head.account, run.address); };
    const bool is_done = reader.some_runs(segment, rolled_, runs_max, move);
    if (is_done) rolled_ = {};
    return is_done;
}

void Segments::Impl::load_head_block(const storage::ReadTransaction& transaction,
                                     std::uint32_t block) {
    const std::optional<storage::Bytes> value = transaction.get(heads, std::uint64_t{block});
    const std::string name = environment.path().string() + ": head block " + std::to_string(block);
    const char* remedy = "; rebuild the checkpoint from the journal";
    if (!value) throw CheckpointError(name + " is not there" + remedy);
    const std::size_t body = value->size() - format::checksum_bytes;
    if (value->size() < format::page - format::page_header ||
        value->size() > format::value_bytes_max ||
        format::load<std::uint64_t>(value->data() + body) !=
            value_checksum(block, value->data(), body)) {
        throw CheckpointError("the checksum of " + name + " does not hold" + remedy);
    }
    const std::size_t count = std::min<std::size_t>(body / sizeof(std::uint64_t), heads_per_block);
    for (std::size_t i = 0; i < count; ++i) {
        const auto packed = format::load<std::uint64_t>(value->data() + i * sizeof(std::uint64_t));
        if (packed == 0) continue;
        set_head(static_cast<std::uint32_t>(block * std::size_t{heads_per_block} + i),
                 RunAddress::unpacked(packed));
    }
}

void Segments::Impl::load_heads(const storage::ReadTransaction& transaction) {
    if (const std::optional<storage::Bytes> value = transaction.get(heads, meta_key)) {
        const std::string name = environment.path().string() + ": the heads of accounts";
        HeadsMeta meta{};
        if (value->size() == sizeof meta) meta = format::load<HeadsMeta>(value->data());
        if (meta.magic != meta_magic ||
            meta.checksum != value_checksum(meta_key, value->data(), meta_body)) {
            throw CheckpointError(
                name + " have a wrong checksum; rebuild the checkpoint from the journal");
        }
        if (meta.version > meta_version) {
            throw FormatError(name + " have format version " + std::to_string(meta.version) +
                              "; use a newer library or rebuild the checkpoint");
        }
        for (std::uint32_t block = 0; block < blocks_of(meta.accounts); ++block) {
            load_head_block(transaction, block);
        }
        if (meta.through > 0) static_cast<void>(map(meta.through));
        saved_through_ = meta.through;
        std::fill(dirty_blocks_.begin(), dirty_blocks_.end(), std::uint8_t{0});
    }
    for (std::uint32_t segment = saved_through_ + 1;
         segment < segments_max && maps()[segment].load(std::memory_order_relaxed) != nullptr;
         ++segment) {
        roll_forward(transaction, segment, std::numeric_limits<std::size_t>::max());
    }
}

void Segments::Impl::save_head_block(storage::WriteTransaction& transaction, std::uint32_t block) {
    const std::uint64_t first = std::uint64_t{block} * heads_per_block;
    const std::uint64_t count = std::min<std::uint64_t>(heads_per_block, accounts_ - first);
    const std::size_t size = format::value_size(count * sizeof(std::uint64_t));
    const storage::MutableBytes value = transaction.reserve(heads, std::uint64_t{block}, size);
    const std::size_t body = size - format::checksum_bytes;
    std::fill_n(value.data(), body, std::byte{0});
    for (std::uint64_t i = 0; i < count; ++i) {
        format::store(value.data() + i * sizeof(std::uint64_t),
                      head(static_cast<std::uint32_t>(first + i)).packed());
    }
    format::store(value.data() + body, value_checksum(block, value.data(), body));
}

void Segments::Impl::save_heads_meta(storage::WriteTransaction& transaction) {
    HeadsMeta meta{meta_magic, meta_version, pass_through_, accounts_, 0, 0};
    meta.checksum = value_checksum(meta_key, reinterpret_cast<const std::byte*>(&meta), meta_body);
    transaction.put(heads, meta_key, std::as_bytes(std::span(&meta, 1)));
}

bool Segments::Impl::save_heads(storage::WriteTransaction& transaction, std::size_t budget) {
    if (pass_through_ == 0) {
        pass_through_ = last_segment.load(std::memory_order_relaxed);
        if (pass_through_ == saved_through_) {
            pass_through_ = 0;
            return true;
        }
        pass_block_ = 0;
    }
    std::size_t written = 0;
    for (; pass_block_ < dirty_blocks_.size(); ++pass_block_) {
        if (dirty_blocks_[pass_block_] == 0) continue;
        if (written >= budget) return false;
        save_head_block(transaction, pass_block_);
        written_blocks_.push_back(pass_block_);
        dirty_blocks_[pass_block_] = 0;
        written += format::value_bytes_max;
    }
    save_heads_meta(transaction);
    pass_done_ = true;
    return true;
}

void Segments::Impl::heads_saved(bool committed) {
    if (!committed) {
        for (const std::uint32_t block : written_blocks_) dirty_blocks_[block] = 1;
        pass_block_ = 0;
    } else if (pass_done_) {
        saved_through_ = pass_through_;
        pass_through_ = 0;
    }
    if (!committed) pass_through_ = 0;
    pass_done_ = false;
    written_blocks_.clear();
}

}  // namespace ledger::history
