// The plan's ranges and its dealing of records to batches.
#include "cli/bench_plan.hpp"

#include "ledger/core/error.hpp"
#include "ledger/model/bounds.hpp"

#include <cmath>

namespace ledger::cli::bench {

namespace {

void demand(bool holds, const char* what) {
    if (!holds) throw InvalidArgument(what);
}

}  // namespace

void Plan::check() const {
    demand(vouchers >= 1 && vouchers <= 10'000'000'000, "--vouchers: give 1..10,000,000,000");
    demand(accounts >= 2 && accounts <= 100'000'000, "--accounts: give 2..100,000,000");
    demand(batch >= 1 && batch <= bounds::batch_records_max, "--batch: give 1..8190");
    demand(clients >= 1 && clients <= 1024, "--clients: give 1..1024");
    demand(lines >= 2 && lines <= 64, "--lines: give 2..64");
    demand(lines * batch <= bounds::batch_lines_max,
           "--lines: times --batch over 65536 lines; one batch cannot hold them");
    demand(hot_share >= 0 && hot_share <= 0.5, "--hot-share: give 0..0.5, a share of all lines");
    demand(hold_share >= 0 && hold_share <= 0.5, "--hold-share: give 0..0.5, a share of records");
    demand(std::abs(hold_share * 100 - std::round(hold_share * 100)) < 1e-9,
           "--hold-share: give a whole percent, such as 0.3 or 0.31");
    demand(repeat_share >= 0 && repeat_share <= 0.5, "--repeat-share: give 0..0.5");
    demand((hot_share > 0) == (hot_accounts > 0),
           "--hot-accounts and --hot-share: give both or neither");
    demand(hot_accounts + 2 <= accounts, "--hot-accounts: leave at least two other accounts");
    demand(!is_buffered || hot_accounts > 0, "--buffered: needs --hot-accounts and --hot-share");
    demand(in_flight >= 1 && in_flight <= 64, "--in-flight: give 1..64");
    demand(!is_async || posts_singles(), "--async: is about single vouchers; give --batch 1");
    demand(query_seconds >= 0 && yardstick_seconds >= 0, "seconds: give 0 or more");
}

std::size_t Plan::repeats_per_batch() const noexcept {
    return static_cast<std::size_t>(std::ceil(static_cast<double>(batch) * repeat_share));
}

std::size_t Plan::fresh_per_batch() const noexcept {
    const std::size_t repeats = repeats_per_batch();
    if (batch + repeats <= bounds::batch_records_max) return batch;
    return bounds::batch_records_max - repeats;
}

}  // namespace ledger::cli::bench
