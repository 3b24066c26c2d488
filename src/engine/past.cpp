// What the state machine may ask about the past, answered by whoever holds it just now.
#include "engine/writer.hpp"

#include "ledger/core/assert.hpp"

namespace ledger::engine {

EnginePast::EnginePast(history::History& history, const journal::Store& store)
    : history_(history), store_(store), reader_(store.reader()) {
    reader_->release();
}

const Run* EnginePast::run_of(Position position) const noexcept {
    for (const Run& run : *runs) {
        if (run.contains(position)) return &run;
    }
    return nullptr;
}

Position EnginePast::find(posting::KeyTable table, u128 key) { return history_.find(table, key); }

std::size_t EnginePast::newest_first(posting::KeyTable table, u128 key, std::span<Position> page) {
    return history_.newest_first(table, key, page);
}

void EnginePast::prefetch(posting::KeyTable table, u128 key) { history_.prefetch(table, key); }

void EnginePast::read(Position position, Batch& into) {
    if (const Run* run = run_of(position)) {
        run->read(position, into);
        return;
    }
    into.clear();
    reader_->refresh();
    const auto batch = reader_->find(position.value, journal::Check::once);
    LEDGER_ASSERT(batch.has_value());
    record::PayloadView{batch->payload}.read(position.value - batch->header.first_position, into);
    reader_->release();
}

Instant EnginePast::instant_of(Position position) {
    if (const Run* run = run_of(position)) return run->instant;
    reader_->refresh();
    const auto batch = reader_->find(position.value, journal::Check::once);
    LEDGER_ASSERT(batch.has_value());
    const Instant instant = batch->header.instant;
    reader_->release();
    return instant;
}

posting::Totals EnginePast::totals_at(AccountHandle account, Position position) {
    return history_.totals_at(account, position);
}

}  // namespace ledger::engine
