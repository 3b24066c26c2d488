// See history.hpp: the tail's generations, the posting thread's questions, and pinning.
#include "ledger/history/history.hpp"

#include "core/mutant.hpp"
#include "history/checkpoint.hpp"
#include "history/generation_pool.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"
#include "ledger/storage/files.hpp"

#include <algorithm>
#include <utility>

namespace ledger::history {

namespace {

// A state is saved every so many segments, or so many records an account, whichever is rarer:
// recovery replays what came after.
constexpr std::uint64_t state_segments = 4;

// Posting waits so long for a full tail to be sealed; then callers are told that the ledger is
// overloaded.
constexpr auto room_wait_max = std::chrono::seconds{30};

}  // namespace

History::History(const std::filesystem::path& directory, const journal::Store& store,
                 const HistoryOptions& options)
    : store_(store),
      options_(options),
      directory_(directory),
      pool_(std::make_shared<GenerationPool>(options.segment_records)) {
    open_checkpoint(directory);
    adopt_checkpoint();
    begin_generation();
}

History::~History() {
    // Generations that are given up now are freed, not cleared for the next use.
    pool_.reset();
}

bool History::can_seal_locked() const {
    return !unsealed_.empty() && unsealed_.front() != active_ &&
           unsealed_.front()->last() <= committed_through();
}

std::shared_ptr<const Generations> History::unsealed_locked(std::size_t without) const {
    auto list = std::make_shared<Generations>();
    for (std::size_t at = unsealed_.size(); at-- > without;) list->push_back(unsealed_[at]);
    return list;
}

// ---- recovery

Position History::load_state(posting::Machine& machine) {
    const Position through{checkpoint_->meta.state_through};
    if (!through) return {};
    as_damage([&] {
        const storage::ReadTransaction transaction(checkpoint_->environment);
        checkpoint_->load_state(transaction, machine);
    });
    return through;
}

void History::replay(const posting::Effects& effects, const BatchSpan& batch,
                     posting::Machine& machine) {
    if (batch.last <= sealed_through()) return;
    wait_for_room([] { return true; });
    LEDGER_ASSERT(active_ != nullptr);
    add_keys(effects.keys);
    append(effects, batch);
    committed(batch.last);
    if (!rotation_due()) return;
    rotate(machine, false);
    while (step()) {
    }
}

// ---- posting thread

bool History::wait_for_room(const std::function<bool()>& give_up) {
    const auto latest = std::chrono::steady_clock::now() + room_wait_max;
    std::unique_lock lock(mutex_);
    while (active_ == nullptr && unsealed_.size() >= options_.tail_segments_max) {
        if (stuck_ || give_up() || std::chrono::steady_clock::now() > latest) return false;
        changed_.wait_for(lock, std::chrono::milliseconds{100});
    }
    if (active_ == nullptr) {
        lock.unlock();
        begin_generation();
        lock.lock();
    }
    // The list first: what it lacks is in the keys, which are at least as new.
    posting_generations_ = published_;
    posting_keys_ = keys_;
    return true;
}

/// Makes a generation the active one. First the posting thread lets go of those that were sealed,
/// so that the pool has them back and makes no more.
void History::begin_generation() {
    posting_generations_ = [this] {
        const std::lock_guard lock(mutex_);
        return published_;
    }();
    auto made = pool_->take();
    const std::lock_guard lock(mutex_);
    active_ = std::move(made);
    unsealed_.push_back(active_);
    published_ = unsealed_locked();
    posting_generations_ = published_;
}

void History::prefetch(posting::KeyTable table, u128 key) const {
    for (const auto& generation : *posting_generations_) generation->table(table).prefetch(key);
    posting_keys_->prefetch(table, key);
}

Position History::find(posting::KeyTable table, u128 key) const {
    for (const auto& generation : *posting_generations_) {
        if (const Position found = generation->table(table).find(key)) return found;
    }
    return posting_keys_->find(table, key);
}

std::size_t History::newest_first(posting::KeyTable table, u128 key,
                                  std::span<Position> page) const {
    std::size_t filled = 0;
    Position from = RecentKeys::no_limit;
    for (const auto& generation : *posting_generations_) {
        if (filled == page.size()) return filled;
        filled += generation->table(table).newest_first(key, from, page.subspan(filled));
        // What is sealed can still be in a generation.
        if (filled != 0) from = {page[filled - 1].value - 1};
    }
    if (filled == page.size()) return filled;
    return filled + posting_keys_->newest_first(table, key, from, page.subspan(filled));
}

posting::Totals History::totals_at(AccountHandle account, Position position) const {
    // From what this thread pins already: a new transaction might find all reader slots taken.
    const auto tails = tails_of(*posting_generations_);
    const HistorySources sources{tails, checkpoint_->segments.get(), &posting_keys_->transaction(),
                                 RecentKeys::no_limit};
    return AccountHistory(sources, account).standing_at(position).totals;
}

void History::add_keys(std::span<const posting::KeyFact> keys) { active_->add_keys(keys); }

void History::append(const posting::Effects& effects, const BatchSpan& batch) {
    active_->entries->append(effects, batch);
    records_since_state_ += batch.last.value - batch.first.value + 1;
}

bool History::has_unsealed() const noexcept { return active_ != nullptr && !active_->empty(); }

bool History::rotation_due() const noexcept { return active_ != nullptr && active_->is_full(); }

void History::rotate(posting::Machine& machine, bool with_state) {
    const std::uint64_t interval = std::max<std::uint64_t>(
        state_segments * options_.segment_records, machine.state().accounts.size());
    if (with_state || records_since_state_ >= interval) {
        StateImagePtr image;
        {
            std::lock_guard lock(mutex_);  // the sealing thread gives it back
            image = std::move(spare_image_);
        }
        if (image == nullptr) image = std::make_unique<StateImage>();
        machine.save(*image, true);
        active_->image = std::move(image);
        records_since_state_ = 0;
    }
    bool has_room = false;
    {
        const std::lock_guard lock(mutex_);
        active_.reset();
        has_room = unsealed_.size() < options_.tail_segments_max;
        changed_.notify_all();
    }
    if (has_room) begin_generation();
}

// ---- committing thread

void History::committed(Position through) {
    committed_through_.store(through.value, std::memory_order_release);
    const std::lock_guard lock(mutex_);
    if (can_seal_locked()) changed_.notify_all();
    if (followers_ != 0) followed_.notify_all();
}

void History::end_commits() {
    const std::lock_guard lock(mutex_);
    commits_ended_ = true;
    followed_.notify_all();
}

// ---- any thread

Position History::wait_committed(Position position, std::chrono::nanoseconds at_most) {
    const auto is_over = [&] { return committed_through() > position || commits_ended_; };
    std::unique_lock lock(mutex_);
    ++followers_;
    followed_.wait_for(lock, std::min(at_most, commit_wait_max), is_over);
    --followers_;
    return committed_through();
}

Pin History::pin() const {
    Position limit = committed_through();
    std::shared_ptr<const Generations> generations;
    {
        std::lock_guard lock(mutex_);
        generations = published_;
        if (LEDGER_MUTANT(view_past_committed) && has_unsealed()) limit = active_->last();
    }
    return {limit, std::move(generations), checkpoint_};
}

std::uint64_t History::checkpoint_bytes() const { return checkpoint_->environment.used_bytes(); }

std::uint64_t History::tail_entries() const {
    std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const auto& generation : unsealed_) sum += generation->entries->entry_count();
    return sum;
}

std::uint32_t History::segments() const noexcept { return checkpoint_->segments->last_segment(); }

std::vector<storage::ReaderSlot> History::readers() const {
    return checkpoint_->environment.readers();
}

void History::copy_checkpoint_to(const std::filesystem::path& file) const {
    checkpoint_->environment.copy_to(file);
}

void History::check_readers() { checkpoint_->environment.reader_check(); }

}  // namespace ledger::history
