// See standings.hpp.
#include "ledger/history/standings.hpp"

#include "history/standing.hpp"
#include "ledger/core/assert.hpp"

#include <algorithm>
#include <array>

namespace ledger::history {

namespace {

constexpr std::size_t side_by_side = 48;

/// Where an account's descent stands: at a directory row that is not read yet.
struct Descent {
    std::size_t account;  // index of the account
    RunAddress at;
};

/// Every account's descent goes one row further with each pass.
void descend(const RunReader& reader, std::span<Descent> descents, Position limit,
             std::span<Standing> into) {
    while (!descents.empty()) {
        std::size_t left = 0;
        for (const Descent& descent : descents) {
            const Run run = reader.open(descent.at);
            if (run.first() <= limit) {
                into[descent.account] = standing_in_run(reader, run, limit);
                continue;
            }
            const RunAddress next = reader.older(run, limit);
            if (!next) continue;
            reader.prefetch(next);
            descents[left++] = {descent.account, next};
        }
        descents = descents.first(left);
    }
}

}  // namespace

void standings_at(const HistorySources& sources, std::span<const AccountHandle> accounts,
                  Position position, std::span<Standing> into) {
    LEDGER_ASSERT(accounts.size() == into.size());
    const Position limit = std::min(position, sources.limit);
    const Position sealed_limit = sources.sealed_limit(limit);
    std::array<Descent, side_by_side> descents;
    for (std::size_t begin = 0; begin < accounts.size(); begin += side_by_side) {
        const std::size_t end = std::min(begin + side_by_side, accounts.size());
        std::size_t count = 0;
        for (std::size_t i = begin; i < end; ++i) {
            if (const auto standing = standing_in_tail(sources, accounts[i], limit)) {
                into[i] = *standing;
                continue;
            }
            into[i] = {};
            if (sources.segments == nullptr) continue;
            const RunAddress head = sources.segments->head(accounts[i]);
            if (head) descents[count++] = {i, head};
        }
        if (count == 0) continue;
        const RunReader reader(sources.segments->impl(), *sources.transaction);
        for (std::size_t i = 0; i < count; ++i) reader.prefetch(descents[i].at);
        descend(reader, {descents.data(), count}, sealed_limit, into);
    }
}

}  // namespace ledger::history
