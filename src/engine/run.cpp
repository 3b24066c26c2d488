// See run.hpp.
#include "engine/run.hpp"

namespace ledger::engine {

void Run::begin(Position first_position, Instant posting_instant) {
    first = first_position;
    count = 0;
    instant = posting_instant;
    own.clear();
    encoder.begin();
    footprint = record::footprint_of_empty_batch;
    accepted.clear();
    payload = {};
    finished.clear();
    days_closed = 0;
    records_done = 0;
}

void Run::add(const Batch& batch, std::size_t index) {
    accepted.emplace_back(&batch, static_cast<std::uint32_t>(index));
    encoder.add(batch, index);
    if (batch.records[index].kind == RecordKind::close_day) ++days_closed;
    ++count;
}

void Run::encode() {
    if (count != 0) payload = encoder.finish();
    accepted.clear();
}

void Run::read(Position position, Batch& into) const {
    const std::size_t index = position.value - first.value;
    if (!accepted.empty()) {
        into.clear();
        into.add_copy(*accepted[index].first, accepted[index].second);
        return;
    }
    into.clear();
    record::PayloadView{payload}.read(index, into);
}

}  // namespace ledger::engine
