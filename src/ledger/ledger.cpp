// The public face over journal, history and writer: creating, opening, posting, closing.
#include "impl.hpp"

#include "ledger/core/id_generator.hpp"
#include "ledger/core/thread.hpp"
#include "ledger/storage/files.hpp"

#include <spdlog/spdlog.h>

namespace ledger {

namespace {

constexpr auto sealer_pause = std::chrono::milliseconds{200};
constexpr auto reader_look_interval = std::chrono::seconds{2};
constexpr auto stuck_max = std::chrono::seconds{5};  // then seal() gives up

// Raised in every child of a fork, so that a ledger knows that it is not its maker's process any
// more.
std::atomic<std::uint64_t> forks{0};

journal::LmdbStoreOptions store_options(const Options& options) {
    journal::LmdbStoreOptions made;
    made.map_size = options.map_bytes;
    made.readers_max = options.readers_max;
    made.disk_reserve_bytes = options.disk_reserve_bytes;
    made.ahead_bytes_max = options.preallocate_bytes;
    made.ahead_bytes_first =
        std::min<std::uint64_t>(options.preallocate_bytes, std::uint64_t{1} << 20);
    return made;
}

history::HistoryOptions history_options(const Options& options) {
    history::HistoryOptions made;
    made.segment_records = options.segment_records;
    made.tail_segments_max = options.tail_segments_max;
    made.map_bytes = options.map_bytes;
    made.readers_max = options.readers_max;
    return made;
}

void check_options(const Options& options) {
    require_within("Options::segment_records", options.segment_records, 1024, std::size_t{1} << 20);
    require_within("Options::tail_segments_max", options.tail_segments_max, 2, 8);
    require_within("Options::queue_records_max", options.queue_records_max, 1,
                   std::size_t{1} << 30);
    require_within("Options::map_bytes", options.map_bytes, std::size_t{64} << 20,
                   std::size_t{1} << 46);
    require_within("Options::readers_max", options.readers_max, 2, 65'535);
}

}  // namespace

void require_within(const std::string& option, std::uint64_t value, std::uint64_t least,
                    std::uint64_t most) {
    if (value >= least && value <= most) return;
    throw InvalidArgument(option + " is " + std::to_string(value) + "; it must be " +
                          std::to_string(least) + " to " + std::to_string(most));
}

void require_ledger(const std::filesystem::path& directory) {
    if (!std::filesystem::is_directory(directory)) {
        throw StorageError("there is no directory " + directory.string() +
                           "; create the ledger first, or check the path");
    }
    if (std::filesystem::exists(directory / journal::journal_file_name)) return;
    throw FormatError(directory.string() + " holds no ledger: " + journal::journal_file_name +
                      " is missing; check the path, or create a ledger there");
}

std::uint64_t fork_count() {
    static const int registered = pthread_atfork(nullptr, nullptr, [] { ++forks; });
    (void)registered;
    return forks.load(std::memory_order_relaxed);
}

Ledger::Impl::Impl(const std::filesystem::path& path, const Options& given)
    : directory(path), options(given), lock(path / lock_file_name) {
    store = journal::LmdbStore::open(directory, store_options(options));
    try {
        recover();
    } catch (const CheckpointError& damage) {
        make_checkpoint_anew(damage.what());
    }
    source = std::make_unique<history::ViewSource>(*history, writer->accounts());
    certifying = std::make_unique<engine::Certifying>(options, *source, *writer);
    writer->start();
    if (!options.background) return;
    sealer = start_thread("ledger-seal", [this] { seal_loop(); });
}

/// What reads the checkpoint when the ledger is opened.
void Ledger::Impl::recover() {
    history = std::make_unique<history::History>(directory, *store, history_options(options));
    writer = std::make_unique<engine::Writer>(options, *store, *history);
    anchoring = std::make_unique<engine::Anchoring>(options, *store, *history, writer->queue());
}

void Ledger::Impl::make_checkpoint_anew(const std::string& damage) {
    if (options.logger) {
        options.logger->error("the checkpoint is made anew from the journal: {}", damage);
    }
    anchoring.reset();
    writer.reset();
    history.reset();
    history::discard_checkpoint(directory);
    recover();
}

void Ledger::Impl::check_usable() const {
    if (fork_count() != made_in) {
        throw UsageError(
            "the ledger " + directory.string() +
            " was opened before a fork and belongs to the parent; open it in the process "
            "that uses it");
    }
    if (closed.load(std::memory_order_acquire)) {
        throw UsageError("the ledger " + directory.string() + " is closed; open it again");
    }
    writer->check_alive();
}

void Ledger::Impl::close() {
    if (fork_count() != made_in) {
        // The threads are the parent's; nothing here may be touched but memory.
        if (sealer.joinable()) sealer.detach();
        return;
    }
    if (closed.exchange(true)) return;
    writer->stop();
    {
        std::lock_guard guard(mutex);
        stopping = true;
    }
    if (sealer.joinable()) sealer.join();
}

/// Where the checkpoint can't be written, posting goes on until the tail is full. A damaged one
/// answers wrongly, duplicates too: opening makes it anew.
bool Ledger::Impl::step_guarded() {
    std::lock_guard guard(step_mutex);
    look_at_readers_if_due();
    try {
        const bool more = history->step();
        history->set_stuck(false);
        return more || prove_guarded();
    } catch (const CorruptionError& failure) {
        writer->poison(std::string("the checkpoint is damaged: ") + failure.what());
    } catch (const std::exception& failure) {
        history->set_stuck(true);
        if (options.logger) {
            options.logger->error("ledger {}: sealing failed, will be tried again: {}",
                                  directory.string(), failure.what());
        }
    }
    return false;
}

/// An anchor or certificate that can't be made now is made later: nothing waits for it.
bool Ledger::Impl::prove_guarded() {
    try {
        return anchoring->step() || certifying->step();
    } catch (const StorageError& failure) {
        if (options.logger) {
            options.logger->error("ledger {}: a proof failed, will be tried again: {}",
                                  directory.string(), failure.what());
        }
        return false;
    }
}

std::vector<PinnedSnapshot> Ledger::Impl::look_at_readers() {
    history->check_readers();
    store->reader_check();
    std::vector<PinnedSnapshot> pinned = pinned_snapshots(store->readers(), history->readers());
    SystemClock clock;
    const Instant now = (options.clock != nullptr ? options.clock : &clock)->now();
    const std::lock_guard guard(watch_mutex);
    watch.look(pinned, now);
    return pinned;
}

void Ledger::Impl::look_at_readers_if_due() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_at_readers < reader_look_interval) return;
    looked_at_readers = now;
    try {
        static_cast<void>(look_at_readers());
    } catch (const std::exception& failure) {
        if (options.logger) {
            options.logger->warn("ledger {}: dead readers could not be looked for: {}",
                                 directory.string(), failure.what());
        }
    }
}

void Ledger::Impl::seal_loop() {
    while (true) {
        {
            std::lock_guard guard(mutex);
            if (stopping) return;
        }
        if (!step_guarded()) history->wait_for_work(sealer_pause);
    }
}

// ---- creating and opening

Ledger::Ledger(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&& other) noexcept {
    if (this == &other) return *this;
    leave_if_forked();
    impl_ = std::move(other.impl_);
    return *this;
}
Ledger::~Ledger() { leave_if_forked(); }

/// In a forked child: leaks on purpose, destroying would join threads that do not exist here.
void Ledger::leave_if_forked() noexcept {
    if (impl_ && fork_count() != impl_->made_in) static_cast<void>(impl_.release());
}

Ledger Ledger::create(const std::filesystem::path& directory, const Options& options) {
    check_options(options);
    if (std::filesystem::exists(directory / journal::journal_file_name)) {
        throw UsageError("there is a ledger in " + directory.string() +
                         " already; open it, or choose another directory");
    }
    const bool made = !std::filesystem::exists(directory);
    if (!made && !std::filesystem::is_directory(directory)) {
        throw StorageError(directory.string() + " is no directory; choose another path");
    }
    storage::create_directory_durably(directory);
    journal::Identity identity;
    identity.ledger = IdGenerator{}.next();
    SystemClock clock;
    identity.created = (options.clock != nullptr ? options.clock : &clock)->now();
    journal::LmdbStore::create(directory, identity, {});
    return open(directory, options);
}

Ledger Ledger::open(const std::filesystem::path& directory, const Options& options) {
    check_options(options);
    require_ledger(directory);
    return Ledger{std::make_unique<Impl>(directory, options)};
}

Ledger Ledger::open_or_create(const std::filesystem::path& directory, const Options& options) {
    return std::filesystem::exists(directory / journal::journal_file_name)
               ? open(directory, options)
               : create(directory, options);
}

void Ledger::close() { impl_->close(); }

View Ledger::view() const {
    if (fork_count() != impl_->made_in) impl_->check_usable();
    return impl_->source->view();
}

Feed Ledger::follow(Position after, FeedContent content) const {
    if (fork_count() != impl_->made_in) impl_->check_usable();
    return impl_->source->follow(after, content);
}

// ---- care

Stats Ledger::stats() const {
    Stats stats;
    stats.committed_through = impl_->history->committed_through();
    stats.sealed_through = impl_->history->sealed_through();
    stats.accounts = impl_->writer->accounts().size();
    stats.open_holds = impl_->writer->open_holds();
    stats.journal_bytes = impl_->store->used_bytes();
    stats.checkpoint_bytes = impl_->history->checkpoint_bytes();
    stats.records_waiting = impl_->writer->queue().waiting();
    stats.tail_entries = impl_->history->tail_entries();
    stats.segments = impl_->history->segments();
    stats.pinned = impl_->look_at_readers();
    stats.readers = impl_->history->readers().size();
    stats.batches = impl_->writer->batches();
    stats.bytes_appended = impl_->writer->bytes_appended();
    return stats;
}

bool Ledger::step() {
    impl_->check_usable();
    return impl_->step_guarded();
}

void Ledger::seal() {
    impl_->check_usable();
    const Position through = impl_->history->committed_through();
    auto went_on = std::chrono::steady_clock::now();
    if (impl_->history->sealed_through() >= through) return;
    impl_->writer->request_rotation();  // `through` is in the tail already: one is enough
    while (impl_->history->sealed_through() < through) {
        impl_->check_usable();
        const auto now = std::chrono::steady_clock::now();
        if (!impl_->history->is_stuck()) went_on = now;
        if (now - went_on > stuck_max) {
            throw StorageError("cannot seal the checkpoint of " + impl_->directory.string() +
                               ": every attempt fails; the log says why. Free disk space, or "
                               "rebuild the checkpoint");
        }
        if (impl_->options.background || !impl_->step_guarded()) {
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
    }
}

}  // namespace ledger
