// The sealing thread's half of History: one generation into segment, keys and, where it carries
// one, state. Invariant: whatever step fails at, the next one goes on from there: a segment that is
// committed is never written again, and its generation stays in the tail until everything that
// stands for it is known.
#include "history/checkpoint.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>
#include <utility>

namespace ledger::history {

namespace {

constexpr std::size_t transaction_bytes = std::size_t{48} << 20;
constexpr std::size_t merge_rows = std::size_t{1} << 16;

}  // namespace

bool History::step() {
    if (heads_due_) {
        save_heads();
        return true;
    }
    Generation* oldest = nullptr;  // stays in the list until it is sealed
    {
        std::lock_guard lock(mutex_);
        if (can_seal_locked()) oldest = unsealed_.front().get();
    }
    if (oldest != nullptr) {
        if (oldest->last().value > checkpoint_->meta.sealed_through) commit_segment(*oldest);
        take_over(*oldest);
        return true;
    }
    if (!keys_pending_) return false;
    storage::WriteTransaction transaction(checkpoint_->environment);
    if (!checkpoint_->keys.has_work(transaction)) {
        keys_pending_ = false;
        return false;
    }
    const bool more = checkpoint_->keys.step(transaction, merge_rows);
    transaction.commit();
    keys_pending_ = more;
    refresh_keys();
    return true;
}

void History::refresh_keys() {
    auto keys = checkpoint_->keys.snapshot(checkpoint_->read());
    std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
}

void History::commit_segment(const Generation& generation) {
    Checkpoint& to = *checkpoint_;
    to.states.finished(false);  // of an attempt before that failed
    CheckpointMeta meta = to.meta;
    meta.sealed_through = generation.last().value;
    {
        const auto reader = store_.reader();
        const auto batch = reader->find(meta.sealed_through, journal::Check::header);
        LEDGER_ASSERT(batch && batch->header.last_position() == meta.sealed_through);
        meta.chain = batch->header.chain;
    }
    // The parts that may be large, in transactions of their own: they show only with the last one.
    const StateImage* image = generation.image.get();
    std::size_t next_block = 0;
    while (image != nullptr && next_block < image->blocks().size()) {
        storage::WriteTransaction transaction(to.environment);
        to.states.write(transaction, *image, next_block, transaction_bytes);
        transaction.commit();
    }
    const storage::ReadTransaction older(to.environment);
    to.segment_writer->begin(*generation.entries, older);
    for (bool done = false; !done;) {
        storage::WriteTransaction transaction(to.environment);
        done = to.segment_writer->write(transaction, transaction_bytes);
        if (done) {
            for (std::size_t table = 0; table < generation.keys.size(); ++table) {
                if (generation.keys[table]->size() == 0) continue;
                to.rows.clear();
                generation.keys[table]->append_rows(to.rows);
                to.keys.seal(transaction, static_cast<KeyTable>(table), to.rows);
            }
            meta.keys_version = to.keys.version(transaction);
            if (image != nullptr) {
                to.states.finish(transaction, *image);
                meta.state_through = meta.sealed_through;
            }
            to.put_meta(transaction, meta);
        }
        transaction.commit();
    }
    to.meta = meta;
}

/// Puts a committed segment in the place of its generation. All that can fail comes first and may
/// be done again.
void History::take_over(Generation& generation) {
    Checkpoint& to = *checkpoint_;
    const bool has_image = generation.image != nullptr;
    if (has_image) to.states.finished(true);
    const auto transaction = to.read();
    auto keys = to.keys.snapshot(transaction);
    if (to.segments->sealed_through() < generation.last()) {
        to.segment_writer->publish(*transaction);
    }
    {
        // Given up outside the lock, where nobody waits while they are cleared, but before the
        // posting thread is told that there is room: it then finds this generation in the pool.
        std::shared_ptr<Generation> sealed;
        std::shared_ptr<const Generations> published;
        std::lock_guard lock(mutex_);
        auto list = unsealed_locked(1);
        if (has_image) {
            spare_image_ = std::move(generation.image);
            spare_image_->clear();
        }
        keys_ = std::move(keys);
        keys_pending_ = true;
        sealed = std::move(unsealed_.front());
        published = std::exchange(published_, std::move(list));
        unsealed_.erase(unsealed_.begin());
        sealed_through_.store(to.meta.sealed_through, std::memory_order_release);
    }
    heads_due_ |= has_image;
    std::lock_guard lock(mutex_);
    changed_.notify_all();
}

/// Part of what changed. Opening is as right without: where it fails, the heads wait for the next
/// state.
void History::save_heads() {
    Segments& segments = *checkpoint_->segments;
    heads_due_ = false;
    bool done = false;
    try {
        storage::WriteTransaction transaction(checkpoint_->environment);
        done = segments.save_heads(transaction);
        transaction.commit();
    } catch (...) {
        segments.heads_saved(false);
        throw;
    }
    segments.heads_saved(true);
    heads_due_ = !done;
}

void History::wait_for_work(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [&] { return can_seal_locked(); });
}

void History::set_stuck(bool stuck) {
    std::lock_guard lock(mutex_);
    stuck_ = stuck;
    changed_.notify_all();
}

bool History::is_stuck() const {
    std::lock_guard lock(mutex_);
    return stuck_;
}

}  // namespace ledger::history
