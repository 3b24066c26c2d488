// The random histories themselves: that they reach every record kind and outcome, and that the
// naive model keeps the laws of bookkeeping under them. Invariant: what is checked here is true of
// any ledger, so it does not repeat the model's own sums.
#include "support/random_history.hpp"

#include "ledger/model/shape.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <string>

namespace ledger::oracle {
namespace {

constexpr std::uint64_t seeds = 24;
constexpr int steps = 150;

/// Outcomes that no record can get from the posting rules: those of the submission, two that format
/// 1 does not use, and those of a full ledger (most of which the test after has; the one that
/// takes 65,536 accounts, and the one that takes 65 vouchers of an order, are in posting/).
const std::set<Outcome> unreachable = {
    Outcome::deadline_passed,      Outcome::overloaded,       Outcome::clock_out_of_range,
    Outcome::storage_full,         Outcome::amount_too_large, Outcome::relation_unknown,
    Outcome::too_many_buffered,    Outcome::too_many_dates,   Outcome::too_many_items,
    Outcome::too_many_definitions, Outcome::too_many_sources};

void expect_books_balance(const NaiveLedger& ledger) {
    for (const auto& [key, sums] : ledger.trial()) EXPECT_EQ(sums.debits, sums.credits);
}

/// Totals are the sum of the lines, what is held is the sum of the holds, items make up the
/// balance.
void expect_accounts_add_up(const NaiveLedger& ledger) {
    for (const AccountFact& account : ledger.accounts()) {
        Big debits = 0;
        Big credits = 0;
        for (const EntryFact& entry : account.entries) {
            if (entry.kind == EntryKind::line)
                (entry.side == Side::debit ? debits : credits) += entry.amount;
        }
        const Balance balance = ledger.balance(account);
        EXPECT_EQ(balance.debits, debits);
        EXPECT_EQ(balance.credits, credits);
        EXPECT_EQ(balance.held, ledger.held(account));
        if (!account.opened.open_items) continue;
        Big items = 0;
        for (const ItemFact* item : ledger.open_items(account)) {
            EXPECT_LE(item->remaining(), item->amount);
            items += item->inflow ? item->remaining() : Big(-item->remaining());
        }
        EXPECT_EQ(ledger.natural(account), items);
    }
}

void expect_relations_hold(const NaiveLedger& ledger) {
    for (const auto& [number, relation] : ledger.relations()) {
        if (relation.first.at_day_close) continue;
        EXPECT_EQ(ledger.relation_value(relation.first), 0) << number;
    }
    for (const AccountFact& account : ledger.accounts()) {
        if (ledger.children_of(account).empty()) continue;
        EXPECT_EQ(ledger.parent_relation_value(account), 0);
    }
}

struct Tally {
    std::map<Outcome, std::uint64_t> outcomes;
    std::map<RecordKind, std::uint64_t> kinds;
    std::uint64_t refused = 0;
    std::uint64_t all = 0;

    void count(const Batch& batch, const std::vector<Result>& results) {
        for (std::size_t i = 0; i < results.size(); ++i) {
            ++outcomes[results[i].outcome];
            ++all;
            if (!is_success(results[i].outcome)) ++refused;
            if (results[i].outcome == Outcome::accepted) ++kinds[batch.records[i].kind];
        }
    }
};

std::ostream& operator<<(std::ostream& out, const Tally& tally) {
    for (const auto& [outcome, count] : tally.outcomes)
        out << to_string(outcome) << ' ' << count << '\n';
    for (const auto& [kind, count] : tally.kinds) out << to_string(kind) << ' ' << count << '\n';
    return out << "refused " << tally.refused << " of " << tally.all << '\n';
}

TEST(RandomHistory, ReachesEveryKindAndOutcomeAndKeepsTheLaws) {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomHistory history(seed);
        NaiveLedger ledger;
        for (int i = 0; i < steps; ++i) {
            const Step step = history.next(ledger);
            tally.count(step.batch, ledger.post_batch(step.batch, step.instant));
        }
        for (const RecordFact& fact : ledger.records()) {
            if (fact.record().kind == RecordKind::time_passed)
                ++tally.kinds[RecordKind::time_passed];
        }
        expect_books_balance(ledger);
        expect_accounts_add_up(ledger);
        expect_relations_hold(ledger);
    }
    for (const Outcome outcome : outcome_precedence()) {
        if (unreachable.contains(outcome)) continue;
        EXPECT_GT(tally.outcomes[outcome], 0U) << "never seen: " << to_string(outcome);
    }
    EXPECT_GT(tally.outcomes[Outcome::group_failed], 0U);
    for (int kind = 1; kind < record_kinds; ++kind) {
        const auto one = static_cast<RecordKind>(kind);
        EXPECT_GT(tally.kinds[one], 0U) << "never accepted: " << to_string(one);
    }
    EXPECT_GE(tally.refused * 5, tally.all) << "refused " << tally.refused << " of " << tally.all;
    EXPECT_LE(tally.refused * 5, tally.all * 3)
        << "refused " << tally.refused << " of " << tally.all;
    if (std::getenv("LEDGER_TEST_TALLY") != nullptr) std::cout << tally;
}

TEST(RandomHistory, FillsALedgerThatHoldsLittle) {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomHistory history(seed);
        NaiveLedger ledger(little_capacity(seed));
        for (int i = 0; i < steps; ++i) {
            const Step step = history.next(ledger);
            tally.count(step.batch, ledger.post_batch(step.batch, step.instant));
        }
        expect_books_balance(ledger);
        expect_accounts_add_up(ledger);
        expect_relations_hold(ledger);
    }
    for (const Outcome outcome : {Outcome::too_many_definitions, Outcome::too_many_dates,
                                  Outcome::too_many_holds, Outcome::too_many_items}) {
        EXPECT_GT(tally.outcomes[outcome], 0U) << "never seen: " << to_string(outcome);
    }
}

TEST(RandomHistory, IsTheSameForTheSameSeed) {
    NaiveLedger a_ledger;
    NaiveLedger b_ledger;
    RandomHistory a(5);
    RandomHistory b(5);
    for (int i = 0; i < 40; ++i) {
        const Step x = a.next(a_ledger);
        const Step y = b.next(b_ledger);
        EXPECT_EQ(x.instant, y.instant);
        EXPECT_EQ(a_ledger.post_batch(x.batch, x.instant), b_ledger.post_batch(y.batch, y.instant));
    }
    EXPECT_EQ(a_ledger.last_position(), b_ledger.last_position());
}

TEST(RandomHistory, TheNaiveShapeIsTheModelsShape) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        RandomHistory history(seed);
        NaiveLedger ledger;
        for (int i = 0; i < steps; ++i) {
            const Step step = history.next(ledger);
            for (std::size_t index = 0; index < step.batch.size(); ++index) {
                std::uint16_t line = 0;
                const Outcome outcome = check_shape(step.batch, index, line);
                const auto naive = naive_shape(step.batch, index);
                ASSERT_EQ(naive.first, outcome)
                    << "seed " << seed << " step " << i << " record " << index;
                ASSERT_EQ(naive.second, line)
                    << "seed " << seed << " step " << i << " record " << index;
            }
            ledger.post_batch(step.batch, step.instant);
        }
    }
}

}  // namespace
}  // namespace ledger::oracle
