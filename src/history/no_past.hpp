// The past of a machine that only applies: records that were accepted once need no old facts.
// Invariant: nothing is ever asked.
#pragma once

#include "ledger/core/assert.hpp"
#include "ledger/posting/past.hpp"

namespace ledger::history {

class NoPast final : public posting::Past {
public:
    Position find(posting::KeyTable, u128) override { return unasked(); }
    std::size_t newest_first(posting::KeyTable, u128, std::span<Position>) override {
        return unasked().value;
    }
    void prefetch(posting::KeyTable, u128) override {}
    void read(Position, Batch&) override { unasked(); }
    Instant instant_of(Position) override { return unasked(), Instant{}; }
    posting::Totals totals_at(AccountHandle, Position) override {
        return unasked(), posting::Totals{};
    }

private:
    static Position unasked() {
        LEDGER_ASSERT(!"a replay asks for old facts");
        return {};
    }
};

}  // namespace ledger::history
