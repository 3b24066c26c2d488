// See turns.hpp.
#include "rpc/turns.hpp"

namespace ledger::rpc {

Turns::Turn::Turn(Turns& turns, Principal& principal, std::size_t records)
    : turns_(turns), principal_(principal), records_(records) {
    turns_.records_ += records_;
    turns_.records_of_[&principal_] += records_;
}

Turns::Turn::~Turn() {
    turns_.records_ -= records_;
    turns_.records_of_[&principal_] -= records_;
    turns_.give_turns();
}

kj::Promise<kj::Own<Turns::Turn>> Turns::enter(Principal& principal, std::size_t records,
                                               std::uint64_t lane) {
    auto pair = kj::newPromiseAndFulfiller<kj::Own<Turn>>();
    waiting_.push(&principal, {records, kj::mv(pair.fulfiller)}, lane);
    give_turns();
    return kj::mv(pair.promise);
}

bool Turns::may_go(Principal& principal, std::size_t records) {
    const std::size_t own = records_of_[&principal];
    return (own == 0 || own + records <= principal_records_max_) &&
           (records_ == 0 || records_ + records <= records_max_);
}

/// Whoever has gone while he waited is passed over.
void Turns::give_turns() {
    Waiting next;
    const auto can = [&](Principal& principal, Waiting& one) {
        return !one.turn->isWaiting() || may_go(principal, one.records);
    };
    Principal* whose = nullptr;
    while (waiting_.pop(next, whose, can)) {
        if (!next.turn->isWaiting()) continue;
        next.turn->fulfill(kj::heap<Turn>(*this, *whose, next.records));
    }
}

}  // namespace ledger::rpc
