// Joining summaries.
#include "ledger/history/summary.hpp"

#include <algorithm>

namespace ledger::history {

void Summary::join(const Summary& next) {
    if (next.entries == 0) return;
    if (entries == 0) {
        *this = next;
        return;
    }
    area += Wide::product(net(closing), next.first_instant.nanoseconds - last_instant.nanoseconds) +
            next.area;
    entries += next.entries;
    closing = next.closing;
    lowest = std::min(lowest, next.lowest);
    highest = std::max(highest, next.highest);
    last_instant = next.last_instant;
    first_date = earlier(first_date, next.first_date);
    last_date = later(last_date, next.last_date);
}

}  // namespace ledger::history
