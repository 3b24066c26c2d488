// The sealing thread's half of History: one generation into segment, keys and, where it carries one, state.
#include "history/checkpoint.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>

namespace ledger::history {

namespace {

constexpr std::size_t transaction_bytes = std::size_t{48} << 20;
constexpr std::size_t merge_rows = std::size_t{1} << 16;

}  // namespace

bool History::step() {
    Generation* oldest = nullptr;  // stays in the list until it is sealed
    {
        std::lock_guard lock(mutex_);
        if (can_seal_locked()) oldest = unsealed_.front().get();
    }
    if (oldest != nullptr) {
        seal(*oldest);
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

void History::seal(Generation& generation) {
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
            if (image != nullptr) {
                to.states.finish(transaction, *image);
                meta.state_through = meta.sealed_through;
            }
            to.put_meta(transaction, meta);
        }
        transaction.commit();
    }
    if (image != nullptr) to.states.finished(true);
    to.meta = meta;
    to.segment_writer->publish(storage::ReadTransaction(to.environment));
    auto keys = to.keys.snapshot(to.read());
    if (image != nullptr) {
        for (bool done = false; !done;) {
            storage::WriteTransaction transaction(to.environment);
            done = to.segments->save_heads(transaction);
            transaction.commit();
            to.segments->heads_saved(true);
        }
    }
    {
        // Given up outside the lock, where nobody waits while they are cleared, but before the posting thread is told
        // that there is room: it then finds this generation in the pool.
        std::shared_ptr<Generation> sealed;
        std::shared_ptr<const Generations> published;
        std::lock_guard lock(mutex_);
        if (image != nullptr) {
            spare_image_ = std::move(generation.image);
            spare_image_->clear();
        }
        keys_ = std::move(keys);
        keys_pending_ = true;
        sealed = std::move(unsealed_.front());
        published = published_;
        unsealed_.erase(unsealed_.begin());
        sealed_through_.store(meta.sealed_through, std::memory_order_release);
        publish_locked();
    }
    std::lock_guard lock(mutex_);
    changed_.notify_all();
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
