// See account_walk.hpp: from section to section.
#include "history/account_walk.hpp"

namespace ledger::history {

using posting::Entry;

AccountWalk::AccountWalk(const HistorySources& sources, AccountHandle account, Position limit)
    : sources_(sources),
      account_(account),
      limit_(std::min(limit, sources.limit)),
      sealed_(sources.sealed_limit(limit_)) {
    if (sources_.segments == nullptr) return;
    reader_.emplace(sources_.segments->impl(), *sources_.transaction);
    top_ = reader_->newest(sources_.segments->head(account_), sealed_);
}

bool AccountWalk::stand_at_generation(std::size_t at) {
    const TailGeneration& found = *sources_.generations[at];
    const Entry* newest = found.last_at(account_, limit_);
    if (newest == nullptr) return false;
    generation_ = &found;
    generation_at_ = at;
    last_ = newest;
    count_ = found.ordinal(*newest);
    return true;
}

bool AccountWalk::stand_at_run(const Run& found) {
    if (!found) return false;
    generation_ = nullptr;
    run_ = found;
    count_ = reader_->upper_bound(run_, sealed_);
    return true;
}

bool AccountWalk::seek(Position position) {
    const Position until = std::min(position, limit_);
    for (std::size_t at = 0; at < sources_.generations.size(); ++at) {
        if (sources_.generations[at]->last_at(account_, until) != nullptr) {
            return stand_at_generation(at);
        }
    }
    return top_ && stand_at_run(reader_->newest(top_.address, std::min(until, sealed_)));
}

bool AccountWalk::oldest() {
    if (top_) return stand_at_run(reader_->at_depth(top_, 0));
    for (std::size_t at = sources_.generations.size(); at-- > 0;) {
        if (stand_at_generation(at)) return true;
    }
    return false;
}

bool AccountWalk::older() {
    if (in_tail()) {
        for (std::size_t at = generation_at_ + 1; at < sources_.generations.size(); ++at) {
            if (stand_at_generation(at)) return true;
        }
        return stand_at_run(top_);
    }
    if (run_.head.depth == 0) return false;
    return stand_at_run(reader_->open(run_.head.previous()));
}

bool AccountWalk::newer() {
    if (!in_tail()) {
        if (newer_run()) return true;
        generation_at_ = sources_.generations.size();
    }
    for (std::size_t at = generation_at_; at-- > 0;) {
        if (stand_at_generation(at)) return true;
    }
    return false;
}

/// Directory rows point back only, so the next runs are found from the newest one, more of them
/// every time.
bool AccountWalk::newer_run() {
    if (ahead_next_ == ahead_.size()) {
        const std::size_t left = top_.head.depth - run_.head.depth;
        if (left == 0) return false;
        ahead_.resize(std::min({left, std::max<std::size_t>(4, 2 * ahead_.size()), ahead_max}));
        ahead_next_ = 0;
        const std::uint32_t first = run_.head.depth + 1;
        const auto last = static_cast<std::uint32_t>(first + ahead_.size() - 1);
        walk_back(
            *reader_, reader_->at_depth(top_, last), first,
            [&](const Run& run) { ahead_[run.head.depth - first] = run; },
            [](const Run& /*jumping*/) { return false; });
    }
    return stand_at_run(ahead_[ahead_next_++]);
}

std::uint32_t AccountWalk::lower_bound(Position position) const {
    return position ? upper_bound({position.value - 1}) : 0;
}

std::uint32_t AccountWalk::upper_bound(Position position) const {
    if (position >= (in_tail() ? limit_ : sealed_)) return count_;
    if (!in_tail()) return reader_->upper_bound(run_, position);
    const Entry* found = generation_->last_at(account_, position);
    return found == nullptr ? 0 : generation_->ordinal(*found);
}

Standing AccountWalk::before(std::uint32_t index) const {
    if (index == 0 && in_tail()) {
        return AccountHistory(sources_, account_).standing_before(generation_->first_position());
    }
    // No record is split between runs.
    if (index == 0) return {run_.opening(), run_.opening_reserved(), {}};
    const EntryState state = in_tail()
                                 ? state_of(*generation_, *generation_->at_ordinal(*last_, index))
                                 : reader_->entry(run_, index - 1);
    return {state.totals, state.reserved, state.position};
}

}  // namespace ledger::history
