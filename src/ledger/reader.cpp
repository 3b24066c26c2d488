// A reader over journal and follower: opening beside a writer or without one.
#include "ledger/reader.hpp"

#include "impl.hpp"
#include "ledger/core/error.hpp"
#include "ledger/history/follower.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/page_check.hpp"

#include <optional>
#include <utility>

namespace ledger {

namespace {

namespace fs = std::filesystem;

journal::LmdbStoreOptions store_options(const ReaderOptions& options) {
    journal::LmdbStoreOptions made;
    made.read_only = true;
    made.map_size = options.map_bytes;
    made.readers_max = options.readers_max;
    return made;
}

history::FollowerOptions follower_options(const ReaderOptions& options) {
    history::FollowerOptions made;
    made.segment_records = options.segment_records;
    made.tail_records_max = options.tail_records_max;
    made.view_age_max = options.view_age_max;
    made.map_bytes = options.map_bytes;
    made.readers_max = options.readers_max;
    made.logger = options.logger;
    return made;
}

void refuse_second(const fs::path& directory) {
    if (!storage::is_open_here(directory / journal::journal_file_name)) return;
    throw UsageError("the ledger " + directory.string() +
                     " is open in this process already; take views of that Ledger "
                     "(Ledger::view) or Reader");
}

/// What a writer made sure of when it opened the ledger, where none is there now: that the last
/// batch is durable, lest a view show what a power cut takes away again, and that LMDB will not
/// fault on the checkpoint's pages.
void make_sure(const fs::path& directory) {
    if (storage::WriterLock::is_held(directory / lock_file_name)) return;
    storage::sync_file(directory / journal::journal_file_name);
    const fs::path checkpoint = directory / history::checkpoint_file_name;
    if (fs::exists(checkpoint)) storage::check_pages_beside_writer(checkpoint);
}

}  // namespace

struct Reader::Impl {
    Impl(const fs::path& path, const ReaderOptions& options)
        : directory(path), store(journal::LmdbStore::open(path, store_options(options))) {
        make_sure(path);
        follower.emplace(path, *store, follower_options(options));
        source.emplace(*follower, follower->accounts());
    }

    void check_usable() const {
        if (fork_count() == made_in) return;
        throw UsageError("the reader of " + directory.string() +
                         " was opened before a fork and belongs to the parent; open one in the "
                         "process that uses it");
    }

    const std::uint64_t made_in = fork_count();
    const fs::path directory;
    const std::unique_ptr<journal::LmdbStore> store;
    std::optional<history::Follower> follower;
    std::optional<history::ViewSource> source;
};

Reader::Reader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&& other) noexcept {
    if (this == &other) return *this;
    leave_if_forked();
    impl_ = std::move(other.impl_);
    return *this;
}
Reader::~Reader() { leave_if_forked(); }

/// In a forked child: leaks on purpose, since a thread that is not here may have been in the middle
/// of a refresh.
void Reader::leave_if_forked() noexcept {
    if (impl_ && fork_count() != impl_->made_in) static_cast<void>(impl_.release());
}

Reader Reader::open(const fs::path& directory, const ReaderOptions& options) {
    require_within("ReaderOptions::segment_records", options.segment_records, 1024,
                   std::size_t{1} << 20);
    require_within("ReaderOptions::map_bytes", options.map_bytes, std::size_t{64} << 20,
                   std::size_t{1} << 46);
    if (options.view_age_max.count() < 0) {
        throw InvalidArgument("ReaderOptions::view_age_max is negative; zero is no limit");
    }
    require_ledger(directory);
    refuse_second(directory);
    return Reader{std::make_unique<Impl>(directory, options)};
}

void Reader::refresh() {
    impl_->check_usable();
    impl_->follower->refresh();
}

View Reader::view() const {
    impl_->check_usable();
    return impl_->source->view();
}

Feed Reader::follow(Position after, FeedContent content) const {
    impl_->check_usable();
    return impl_->source->follow(after, content);
}

Stats Reader::stats() const {
    impl_->check_usable();
    const history::Follower& follower = *impl_->follower;
    follower.revoke_expired();
    Stats stats;
    stats.committed_through = follower.committed_through();
    stats.sealed_through = follower.sealed_through();
    stats.accounts = follower.accounts().size();
    stats.open_holds = follower.open_holds();
    stats.journal_bytes = impl_->store->used_bytes();
    stats.checkpoint_bytes = follower.checkpoint_bytes();
    stats.tail_entries = follower.tail_entries();
    stats.segments = follower.segments();
    const std::vector<storage::ReaderSlot> slots = follower.readers();
    stats.readers = slots.size();
    stats.pinned = pinned_snapshots(impl_->store->readers(), slots);
    return stats;
}

}  // namespace ledger
