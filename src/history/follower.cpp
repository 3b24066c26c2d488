// See follower.hpp. Always the checkpoint's snapshot first and the journal's head after it, which
// then lies at or after what is sealed.
#include "ledger/history/follower.hpp"

#include "history/checkpoint.hpp"
#include "history/generation_pool.hpp"
#include "history/no_past.hpp"

#include "ledger/core/error.hpp"
#include "ledger/history/history.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

namespace ledger::history {

namespace {

// A new segment is made known in parts, so that no refresh pays for all of it: what is not known
// yet is in the tail. At this pace it is known, as a rule, before the next one comes; where that
// is not so, the rest of it is paid for at once, and the tail stays bounded.
constexpr std::size_t runs_a_refresh = 4096;
constexpr std::size_t runs_a_record = 4;

// A checkpoint that is being made anew is opened no more often to see how far it is.
constexpr auto adoption_interval = std::chrono::milliseconds{200};

// While a thread waits for a commit it takes expired views back no more often.
constexpr std::chrono::nanoseconds expiry_interval_min = std::chrono::milliseconds{10};

constexpr const char* remedy =
    "; open the ledger for writing once, which brings its checkpoint up to the journal";

}  // namespace

Follower::Follower(const std::filesystem::path& directory, const journal::Store& store,
                   const FollowerOptions& options)
    : file_(directory / checkpoint_file_name),
      store_(store),
      options_(options),
      pool_(std::make_shared<GenerationPool>(options.segment_records)),
      past_(std::make_unique<NoPast>()),
      machine_(*past_),
      checkpoint_(open_checkpoint()) {
    load_state();
    advance({store_.head().position});
}

Follower::~Follower() = default;

void Follower::load_state() {
    const std::shared_ptr<const storage::ReadTransaction> transaction = checkpoint_->read();
    checkpoint_->load(transaction);
    const Position through{checkpoint_->meta.state_through};
    if (through) checkpoint_->load_state(*transaction, machine_);
    replay_.emplace(store_, machine_, through);
}

std::shared_ptr<Checkpoint> Follower::open_checkpoint() const {
    if (!std::filesystem::exists(file_)) {
        throw StorageError("there is no " + file_.string() +
                           ": it was removed, or a writer is just making it anew" + remedy);
    }
    storage::EnvironmentOptions options =
        Checkpoint::environment_options(options_.map_bytes, options_.readers_max);
    options.read_only = true;
    auto opened = std::make_shared<Checkpoint>(file_, options);
    if (!opened->environment.has_reader_table()) {
        throw StorageError("cannot read " + file_.string() +
                           ": it lies on a read-only file system, where a reader cannot keep a "
                           "writer from reusing what it reads; read a copy");
    }
    require_fit(*opened);
    return opened;
}

void Follower::require_fit(const Checkpoint& checkpoint) const {
    const std::string doubt = checkpoint.doubt(store_);
    if (doubt.empty()) return;
    throw CorruptionError(file_.string() + " does not belong to the journal beside it: " + doubt +
                          remedy);
}

std::shared_ptr<Checkpoint> Follower::checkpoint() const {
    const std::lock_guard lock(mutex_);
    return checkpoint_;
}

// ---- refreshing

void Follower::refresh() {
    revoke_expired();
    const std::lock_guard refreshing(refreshing_);
    if (is_broken_) {
        throw UsageError("the reader of " + store_.place() +
                         " could not take over a batch or a segment; open it again");
    }
    if (!store_.is_in_place()) {
        throw UsageError(
            store_.place() +
            " was removed, or another one was put in its place; open the reader again");
    }
    if (!checkpoint_->environment.is_in_place()) adopt_replacement();
    const std::shared_ptr<const storage::ReadTransaction> transaction = checkpoint_->read();
    const Position head{store_.head().position};
    follow_checkpoint(transaction, head.value - replay_->applied_through().value);
    advance(head);
}

void Follower::follow_checkpoint(const std::shared_ptr<const storage::ReadTransaction>& transaction,
                                 std::uint64_t fresh) {
    checkpoint_->load(transaction, runs_a_refresh + runs_a_record * fresh);
    if (checkpoint_->meta.sealed_through == fits_through_) return;
    is_broken_ = true;
    require_fit(*checkpoint_);
    is_broken_ = false;
    fits_through_ = checkpoint_->meta.sealed_through;
}

Position Follower::tail_begin() const noexcept {
    return tail_.empty() ? replay_->applied_through() + 1 : tail_.front()->first();
}

/// A writer has made the checkpoint anew, or is about to. The new one is taken once it reaches to
/// where the tail begins; until then the old one, whose file is there as long as it is open, is as
/// good: the writer adds no record before that.
void Follower::adopt_replacement() {
    const auto now = std::chrono::steady_clock::now();
    if (now < adopt_after_) return;
    adopt_after_ = now + adoption_interval;
    try {
        auto made = open_checkpoint();
        if (Position{made->meta.sealed_through} + 1 < tail_begin()) return;
        const std::lock_guard lock(mutex_);
        checkpoint_ = std::move(made);
    } catch (const StorageError& failure) {
        if (options_.logger) {
            options_.logger->info("checkpoint {} is being replaced: {}", file_.string(),
                                  failure.what());
        }
    }
}

/// Of what is sealed and known to be, nothing needs to stay in memory.
void Follower::drop_sealed() {
    const Position sealed = checkpoint_->segments->sealed_through();
    const auto first_kept = std::find_if(tail_.begin(), tail_.end(), [&](const auto& generation) {
        return generation->last() > sealed;
    });
    tail_.erase(tail_.begin(), first_kept);
}

/// Applies what lies before the head and is new, keeps what is not sealed of it, and lets pins see
/// it.
void Follower::advance(Position head) {
    const std::uint64_t written = checkpoint_->meta.sealed_through;
    if (head.value - written > options_.tail_records_max) {
        throw StorageError(file_.string() + " ends at position " + std::to_string(written) + ", " +
                           std::to_string(head.value - written) +
                           " records before the journal beside it, more than the " +
                           std::to_string(options_.tail_records_max) +
                           " that may be kept in memory" + remedy);
    }
    drop_sealed();
    const Position sealed = checkpoint_->segments->sealed_through();
    while (replay_->read(head)) {
        is_broken_ = true;
        effects_.clear();
        const BatchSpan batch = replay_->apply(effects_);
        if (batch.last > sealed) take(batch);
        is_broken_ = false;
    }
    replay_->release();
    open_holds_.store(machine_.state().holds.size(), std::memory_order_relaxed);
    publish(head);
}

void Follower::take(const BatchSpan& batch) {
    if (tail_.empty() || tail_.back()->is_full()) tail_.push_back(pool_->take());
    tail_.back()->add_keys(effects_.keys);
    tail_.back()->entries->append(effects_, batch);
}

void Follower::publish(Position limit) {
    auto list = std::make_shared<Generations>(tail_.rbegin(), tail_.rend());
    const std::lock_guard lock(mutex_);
    published_ = std::move(list);
    committed_through_.store(limit.value, std::memory_order_release);
}

// ---- any thread

Pin Follower::pin() const {
    revoke_expired();
    std::unique_lock lock(mutex_);
    const Position limit = committed_through();
    auto generations = published_;
    auto checkpoint = checkpoint_;
    lock.unlock();
    Pin pin{limit, std::move(generations), std::move(checkpoint)};
    if (options_.view_age_max.count() > 0) {
        const auto now = std::chrono::steady_clock::now();
        if (options_.view_age_max < never_expires - now) pin.expiry = now + options_.view_age_max;
    }
    return pin;
}

void Follower::watch(const std::shared_ptr<Revocable>& lease, Expiry expiry) {
    const std::lock_guard lock(leases_mutex_);
    if (leases_.size() >= leases_max_) {
        std::erase_if(leases_, [](const auto& watched) { return watched.second.expired(); });
        leases_max_ = std::max<std::size_t>(64, 2 * leases_.size());
    }
    leases_.emplace(expiry, lease);
}

Expiry Follower::revoke_expired() const {
    std::vector<std::shared_ptr<Revocable>> expired;
    Expiry next = never_expires;
    {
        const std::lock_guard lock(leases_mutex_);
        const auto end = leases_.upper_bound(std::chrono::steady_clock::now());
        for (auto at = leases_.begin(); at != end; at = leases_.erase(at)) {
            if (auto lease = at->second.lock()) expired.push_back(std::move(lease));
        }
        if (end != leases_.end()) next = end->first;
    }
    for (const auto& lease : expired) lease->revoke();
    return next;
}

Position Follower::wait_committed(Position position, std::chrono::nanoseconds at_most) {
    auto now = std::chrono::steady_clock::now();
    const auto until = now + std::min(at_most, commit_wait_max);
    do {  // no longer at a time than a view lives that is taken meanwhile
        std::chrono::nanoseconds part = std::min(until, revoke_expired()) - now;
        if (options_.view_age_max.count() > 0) {
            part = std::min(part, std::max(options_.view_age_max, expiry_interval_min));
        }
        if (Position{store_.wait_head(position.value, part).position} > position) {
            refresh();
            break;
        }
        now = std::chrono::steady_clock::now();
    } while (now < until);
    return committed_through();
}

const posting::AccountIndex& Follower::accounts() const noexcept { return machine_.accounts(); }

Position Follower::sealed_through() const { return checkpoint()->segments->sealed_through(); }
std::uint32_t Follower::segments() const { return checkpoint()->segments->last_segment(); }
std::uint64_t Follower::checkpoint_bytes() const { return checkpoint()->environment.used_bytes(); }

std::uint64_t Follower::tail_entries() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const auto& generation : *published_) sum += generation->entries->entry_count();
    return sum;
}

std::vector<storage::ReaderSlot> Follower::readers() const {
    return checkpoint()->environment.readers();
}

}  // namespace ledger::history
