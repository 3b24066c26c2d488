// The journal's store over one LMDB file: appending, fencing, the room ahead of the used size,
// waiting.
#include "ledger/journal/lmdb_store.hpp"

#include "journal/lmdb_file.hpp"
#include "journal/lmdb_reader.hpp"
#include "journal/room_thread.hpp"
#include "ledger/core/error.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/room_ahead.hpp"
#include "ledger/storage/transaction.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace ledger::journal {

namespace fs = std::filesystem;
using storage::ReadTransaction;
using storage::WriteTransaction;

namespace {

/// Pages an append may need beside its value: the path to the leaf, the free list, the meta table.
constexpr std::uint64_t append_overhead_bytes = 256 * 1024;

constexpr auto poll_interval_min = std::chrono::microseconds{200};
constexpr auto poll_interval_max = std::chrono::milliseconds{5};
/// Of a journal under creation: a new one fits, and so do limits of address space.
constexpr std::size_t creation_map_size = std::size_t{16} << 20;
/// Batches erased in one transaction of trim.
constexpr int trim_step = 64;
/// Pages that trimming so many batches may add: mostly the list of what it frees.
constexpr std::uint64_t trim_overhead_bytes = std::uint64_t{4} << 20;

storage::EnvironmentOptions environment_options(const LmdbStoreOptions& options) {
    storage::EnvironmentOptions result;
    result.map_size = options.map_size;
    result.readers_max = options.readers_max;
    result.read_only = options.read_only;
    result.databases_max = 4;
    return result;
}

storage::RoomPolicy room_policy(const LmdbStoreOptions& options) {
    return {.first = options.ahead_bytes_first,
            .max = options.ahead_bytes_max,
            .disk_reserve = options.disk_reserve_bytes,
            .writes_zeros = options.writes_zeros_ahead};
}

/// Reading a page beyond the end of the file would kill the process, so this comes before any
/// reading.
storage::Environment& not_cut_off(storage::Environment& environment) {
    if (environment.used_bytes() > environment.stat().file_bytes) {
        throw CorruptionError(environment.path().string() +
                              ": the file is shorter than its own header says; it was cut off or "
                              "copied badly: restore a backup");
    }
    return environment;
}

/// Before the first transaction. Who only reads may do so beside a writer, who changes the heads.
storage::Environment& with_sound_heads(storage::Environment& environment) {
    if (!environment.is_read_only()) detail::check_heads(environment.path());
    return environment;
}

std::size_t total_bytes(std::span<const std::span<const std::byte>> pieces) {
    std::size_t sum = 0;
    for (const auto piece : pieces) sum += piece.size();
    return sum;
}

}  // namespace

class LmdbStore::Impl {
public:
    Impl(const fs::path& file, const LmdbStoreOptions& options)
        : options_(options),
          environment_(file, environment_options(options)),
          tables_(detail::open_tables(with_sound_heads(not_cut_off(environment_)))) {
        const ReadTransaction transaction(environment_);
        head_ = detail::read_head(transaction, tables_, Check::checksum);
        if (options.read_only) return;
        storage::remove_abandoned(file);
        room_.emplace(environment_, room_policy(options));
        if (room_->writes_zeros()) room_thread_ = std::make_unique<detail::RoomThread>(*room_);
    }

    ~Impl() {
        if (environment_.is_forked()) {
            // The thread does not exist here, and what it waits on can't be destroyed: leave it.
            [[maybe_unused]] const detail::RoomThread* const left = room_thread_.release();
            return;
        }
        room_thread_.reset();
        const bool is_writer = room_.has_value();
        room_.reset();
        if (!is_writer || is_poisoned()) return;
        try {
            environment_.release_preallocated();
        } catch (const Error&) {
            // The room ahead stays in the file; the next close gives it back.
        }
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::string place() const { return environment_.path().string(); }
    bool is_in_place() const noexcept { return environment_.is_in_place(); }
    const detail::JournalTables& tables() const noexcept { return tables_; }
    std::unique_ptr<Reader> reader() const {
        return std::make_unique<detail::LmdbReader>(environment_, tables_, checked_);
    }
    storage::Environment& environment() const noexcept { return environment_; }

    bool is_poisoned() const {
        const std::lock_guard lock(mutex_);
        return !poison_.empty();
    }

    Head head() const {
        if (options_.read_only) return stored_head();
        const std::lock_guard lock(mutex_);
        return head_;
    }

    Head wait_head(Position position, std::chrono::nanoseconds timeout) const;
    Resolution resolve(Position first_position, Chain batch) const;
    Epoch acquire();
    AppendResult append(Epoch epoch, const NewBatch& batch,
                        std::span<const std::span<const std::byte>> pieces);
    void trim(Epoch epoch, Position before);
    bool has_room(std::uint64_t payload_bytes) const;

private:
    Head stored_head() const;
    void refuse_if_poisoned() const;
    void check_batch(const NewBatch& batch, std::size_t payload_bytes) const;
    void make_room(const WriteTransaction& transaction, std::uint64_t bytes);
    AppendResult commit(WriteTransaction& transaction, const NewBatch& batch, Chain chain);
    bool erase_batches(WriteTransaction& transaction, Position before);
    void publish(const Head& head);

    LmdbStoreOptions options_;
    mutable storage::Environment environment_;
    detail::JournalTables tables_;
    mutable detail::CheckedBatches checked_;
    std::optional<storage::RoomAhead> room_;  // of a writable store
    std::unique_ptr<detail::RoomThread> room_thread_;
    std::atomic<std::uint64_t> overhead_bytes_ =
        append_overhead_bytes;  // of an append, at the last
    std::mutex writing_;        // one append, acquire or trim at a time
    mutable std::mutex mutex_;
    mutable std::condition_variable head_moved_;
    Head head_;           // under mutex_; the last durable batch, of a writable store
    std::string poison_;  // under mutex_; why the outcome of a commit is unknown
};

Head LmdbStore::Impl::stored_head() const {
    const ReadTransaction transaction(environment_);
    return detail::read_head(transaction, tables_, Check::header);
}

void LmdbStore::Impl::refuse_if_poisoned() const {
    const std::lock_guard lock(mutex_);
    if (poison_.empty()) return;
    throw PoisonedError(place() + ": the outcome of an earlier append is unknown (" + poison_ +
                        "); close and reopen the ledger, then resolve what was in flight");
}

void LmdbStore::Impl::publish(const Head& head) {
    {
        const std::lock_guard lock(mutex_);
        head_ = head;
    }
    head_moved_.notify_all();
}

Head LmdbStore::Impl::wait_head(Position position, std::chrono::nanoseconds timeout) const {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    if (!options_.read_only) {
        std::unique_lock lock(mutex_);
        head_moved_.wait_until(lock, deadline, [&] { return head_.position > position; });
        return head_;
    }
    // The writer is another process, and LMDB has no signal between processes.
    std::chrono::nanoseconds interval = poll_interval_min;
    for (;;) {
        const Head head = stored_head();
        const auto now = std::chrono::steady_clock::now();
        if (head.position > position || now >= deadline) return head;
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(interval, deadline - now));
        interval = std::min<std::chrono::nanoseconds>(interval * 2, poll_interval_max);
    }
}

Resolution LmdbStore::Impl::resolve(Position first_position, Chain batch) const {
    refuse_if_poisoned();
    detail::LmdbReader reader(environment_, tables_, checked_);
    const auto found = reader.find(first_position, Check::checksum);
    if (!found) return Resolution::absent;
    const bool is_mine =
        found->header.first_position == first_position && found->header.chain == batch;
    return is_mine ? Resolution::mine : Resolution::other;
}

Epoch LmdbStore::Impl::acquire() {
    const std::lock_guard writing(writing_);
    refuse_if_poisoned();
    WriteTransaction transaction(environment_);
    make_room(transaction, 0);
    const Epoch epoch{detail::read_epoch(transaction, tables_.meta).number + 1};
    detail::write_epoch(transaction, tables_.meta, epoch);
    const Head head = detail::read_head(transaction, tables_, Check::checksum);
    transaction.commit();
    publish(head);
    return epoch;
}

void LmdbStore::Impl::check_batch(const NewBatch& batch, std::size_t payload_bytes) const {
    const std::string subject = place() + ": cannot append the batch at position " +
                                std::to_string(batch.first_position) + ": ";
    if (batch.record_count == 0) {
        throw InvalidArgument(subject + "it has no records; a batch has at least one");
    }
    if (payload_bytes > payload_bytes_max) {
        throw InvalidArgument(subject + "its payload has " + std::to_string(payload_bytes) +
                              " bytes, the most is " + std::to_string(payload_bytes_max) +
                              "; split it");
    }
}

/// Finds a full disk before anything is written, and keeps the file allocated ahead of its use.
void LmdbStore::Impl::make_room(const WriteTransaction& transaction, std::uint64_t bytes) {
    // Rewriting the list of free pages takes its size once more, and again while it changes itself.
    const std::uint64_t overhead = append_overhead_bytes + 2 * transaction.free_list_bytes();
    overhead_bytes_.store(overhead, std::memory_order_relaxed);
    room_->require(bytes + overhead);
}

bool LmdbStore::Impl::has_room(std::uint64_t payload_bytes) const {
    return room_ && room_->has_room(stored_bytes(payload_bytes) +
                                    overhead_bytes_.load(std::memory_order_relaxed));
}

AppendResult LmdbStore::Impl::append(Epoch epoch, const NewBatch& batch,
                                     std::span<const std::span<const std::byte>> pieces) {
    const std::lock_guard writing(writing_);
    refuse_if_poisoned();
    const std::size_t payload_bytes = total_bytes(pieces);
    check_batch(batch, payload_bytes);
    WriteTransaction transaction(environment_);
    const Epoch newest = detail::read_epoch(transaction, tables_.meta);
    if (epoch.number == 0 || epoch != newest) return {AppendStatus::fenced, 0, {}};
    // Nobody can have appended since this epoch was acquired but this store, so its head is the
    // head.
    const Head last = head();
    if (batch.first_position != last.position + 1) return {AppendStatus::conflict, 0, {}};
    if (batch.instant <= last.instant) {
        throw InvalidArgument(place() + ": cannot append at instant " + to_string(batch.instant) +
                              ": the last batch has " + to_string(last.instant) +
                              "; posting instants strictly increase");
    }
    const std::size_t size = stored_bytes(payload_bytes);
    make_room(transaction, size);
    BatchHeader header;
    header.first_position = batch.first_position;
    header.record_count = batch.record_count;
    header.instant = batch.instant;
    header.epoch = epoch.number;
    header.previous = last.chain;
    const storage::MutableBytes value =
        transaction.append_reserve(tables_.batches, batch.first_position, size);
    const Chain chain = encode_batch(header, pieces, value);
    AppendResult result = commit(transaction, batch, chain);
    if (room_thread_ && room_->is_wanted()) room_thread_->wake();
    return result;
}

AppendResult LmdbStore::Impl::commit(WriteTransaction& transaction, const NewBatch& batch,
                                     Chain chain) {
    try {
        const detail::RoomThread::Pause pause(room_thread_.get());
        transaction.commit();
    } catch (const Error& failure) {
        const std::lock_guard lock(mutex_);
        poison_ = failure.what();
        return {AppendStatus::unknown, chain, poison_};
    }
    publish({batch.first_position + batch.record_count - 1, chain, batch.instant});
    return {AppendStatus::appended, chain, {}};
}

/// Erases a bounded number of batches; returns whether nothing is left to erase.
bool LmdbStore::Impl::erase_batches(WriteTransaction& transaction, Position before) {
    storage::Cursor cursor(transaction, tables_.batches);
    if (!cursor.last()) return true;
    // The last batch stays: what is appended next chains to it.
    const Position last = cursor.integer_key();
    for (int erased = 0;; ++erased) {
        cursor.first();
        const Position first = cursor.integer_key();
        const BatchHeader header =
            decode_batch(cursor.value(), first, Check::header, place()).header;
        const bool is_done = first == last || header.next_position() > before;
        if (is_done || erased == trim_step) {
            detail::write_first_kept(transaction, tables_.meta, first);
            return is_done;
        }
        cursor.erase();
    }
}

void LmdbStore::Impl::trim(Epoch epoch, Position before) {
    const std::lock_guard writing(writing_);
    refuse_if_poisoned();
    for (bool is_done = false; !is_done;) {
        WriteTransaction transaction(environment_);
        if (epoch.number == 0 || epoch != detail::read_epoch(transaction, tables_.meta)) {
            throw UsageError("cannot trim " + place() +
                             ": another writer took over; reopen the ledger");
        }
        make_room(transaction, trim_overhead_bytes);
        is_done = erase_batches(transaction, before);
        transaction.commit();
    }
}

void LmdbStore::create(const fs::path& directory, const Identity& identity,
                       std::span<const std::byte> options_blob) {
    storage::EnvironmentOptions options = environment_options({});
    options.map_size = creation_map_size;
    options.databases = {{"meta", storage::KeyKind::bytes}, {"batches", storage::KeyKind::integer}};
    const auto fill = [&](storage::Environment& environment, WriteTransaction& transaction) {
        detail::write_meta(transaction, environment.database("meta"), identity, options_blob);
    };
    storage::create_environment(directory / journal_file_name, options, fill);
}

std::unique_ptr<LmdbStore> LmdbStore::open(const fs::path& directory,
                                           const LmdbStoreOptions& options) {
    auto impl = std::make_unique<Impl>(directory / journal_file_name, options);
    return std::unique_ptr<LmdbStore>(new LmdbStore(std::move(impl)));
}

LmdbStore::LmdbStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LmdbStore::~LmdbStore() = default;

const Identity& LmdbStore::identity() const noexcept { return impl_->tables().identity; }
std::string LmdbStore::place() const { return impl_->place(); }
bool LmdbStore::is_in_place() const noexcept { return impl_->is_in_place(); }
Head LmdbStore::head() const { return impl_->head(); }

std::unique_ptr<Reader> LmdbStore::reader() const { return impl_->reader(); }

Head LmdbStore::wait_head(Position position, std::chrono::nanoseconds timeout) const {
    return impl_->wait_head(position, timeout);
}

Resolution LmdbStore::resolve(Position first_position, Chain batch) const {
    return impl_->resolve(first_position, batch);
}

bool LmdbStore::has_room(std::uint64_t payload_bytes) const {
    return impl_->has_room(payload_bytes);
}

Epoch LmdbStore::acquire() { return impl_->acquire(); }

AppendResult LmdbStore::append(Epoch epoch, const NewBatch& batch,
                               std::span<const std::span<const std::byte>> pieces) {
    return impl_->append(epoch, batch, pieces);
}

void LmdbStore::trim(Epoch epoch, Position before) { impl_->trim(epoch, before); }

std::span<const std::byte> LmdbStore::options_blob() const noexcept {
    return impl_->tables().options_blob;
}

bool LmdbStore::is_poisoned() const noexcept { return impl_->is_poisoned(); }
std::uint64_t LmdbStore::used_bytes() const { return impl_->environment().used_bytes(); }
std::vector<storage::ReaderSlot> LmdbStore::readers() const {
    return impl_->environment().readers();
}
int LmdbStore::reader_check() { return impl_->environment().reader_check(); }

void LmdbStore::backup(const fs::path& directory) const {
    impl_->environment().copy_to(directory / journal_file_name);
}

}  // namespace ledger::journal
