// A writer killed at any moment. Invariant tested: whatever was acknowledged before the kill is
// there once after reopening, with balances that agree; nothing half-done is seen.
#include "support/other_process.hpp"
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

namespace ledger {
namespace {

using namespace test;

constexpr std::uint64_t accounts = 20;

struct Acknowledged {
    std::uint64_t id;
    std::uint64_t position;
};

using Writer = OtherProcess<Acknowledged>;

/// One thread posts batches with a group in each, one posts single vouchers, both from ids of their
/// own.
void write_until_killed(const std::filesystem::path& directory, std::uint64_t first_id,
                        const Writer::Tell& tell) {
    Ledger ledger = Ledger::open(directory, small_options());
    std::thread singles([&] {
        for (std::uint64_t id = first_id + 500'000;; ++id) {
            const Receipt receipt =
                ledger.post(transfer(id, id % accounts + 1, (id + 1) % accounts + 1, 5));
            if (!receipt) ::_exit(5);
            tell({id, receipt.result.position.value});
        }
    });
    for (std::uint64_t id = first_id;; id += 300) {
        Batch batch = transfers(id, 300, accounts);
        batch.link(100, 110);
        const std::vector<Result> results = ledger.post(std::move(batch));
        if (!all_accepted(results)) ::_exit(6);
        for (std::uint64_t i = 0; i < 300; ++i) tell({id + i, results[i].position.value});
    }
}

/// Starts a writer, kills it after `life` from its first acknowledgement, and adds what it told to
/// `all`.
void run_and_kill(const std::filesystem::path& directory, std::uint64_t first_id,
                  std::chrono::microseconds life, std::map<std::uint64_t, std::uint64_t>& all) {
    Writer writer([&](const Writer::Tell& tell) { write_until_killed(directory, first_id, tell); });
    std::optional<std::chrono::steady_clock::time_point> end;
    while (const auto told = writer.next()) {
        EXPECT_TRUE(all.emplace(told->id, told->position).second) << told->id << " was told twice";
        const auto now = std::chrono::steady_clock::now();
        if (!end) end = now + life;
        if (now >= *end) writer.kill();
    }
    const int status = writer.wait();
    ASSERT_TRUE(was_killed(status)) << "status " << status;
}

/// Every acknowledged voucher is at its position; the group stands whole; lines and balances agree.
void check(const View& view, const std::map<std::uint64_t, std::uint64_t>& all) {
    for (const auto& [id, position] : all) {
        const auto posted = view.voucher(record_id(id));
        ASSERT_TRUE(posted) << "voucher " << id << " was acknowledged at " << position
                            << " and is lost";
        ASSERT_EQ(posted->position.value, position) << "voucher " << id;
    }
    EXPECT_TRUE(is_balanced(view));
    std::map<u128, Amount> sums;
    std::uint64_t vouchers = 0;
    for (Position at{1}; at <= view.position(); at = at + 1) {
        const auto posted = view.voucher(at);
        if (!posted) continue;
        ++vouchers;
        for (const VoucherLine& line : posted->voucher.lines) {
            Amount& sum = sums[line.account.value];
            sum = line.side == Side::debit ? sum + line.amount : sum - line.amount;
        }
        ASSERT_EQ(view.voucher(posted->voucher.id)->position, at) << "a voucher stands twice";
    }
    EXPECT_GE(vouchers, all.size());
    for (std::uint64_t number = 1; number <= accounts; ++number) {
        EXPECT_EQ(view.balance(account_id(number))->total(), sums[account_id(number).value]);
    }
}

TEST(Kill, WhatWasAcknowledgedIsThereAfterEveryKill) {
    TemporaryDirectory temporary;
    const std::filesystem::path directory = temporary / "books";
    {
        Ledger ledger = Ledger::create(directory, small_options());
        ASSERT_TRUE(all_accepted(ledger.post(foundations(accounts))));
    }
    std::mt19937_64 random(20261121);
    std::map<std::uint64_t, std::uint64_t> all;
    for (std::uint64_t cycle = 1; cycle <= 12; ++cycle) {
        const std::chrono::microseconds life{random() % 120'000};
        ASSERT_NO_FATAL_FAILURE(run_and_kill(directory, cycle * 1'000'000, life, all));
        Ledger ledger = Ledger::open(directory, small_options());
        ASSERT_NO_FATAL_FAILURE(check(ledger.view(), all)) << "cycle " << cycle;
        // What was acknowledged is a repetition now, and what was not can be posted.
        const std::uint64_t last = all.rbegin()->first;
        Voucher again = ledger.view().voucher(record_id(last))->voucher;
        again.book_date = Date::none();  // as it was posted
        const Receipt repeated = ledger.post(again);
        EXPECT_EQ(repeated.result.outcome, Outcome::already_posted);
        EXPECT_EQ(repeated.result.position.value, all.at(last));
        EXPECT_TRUE(ledger.post(transfer(cycle, 1, 2, 1)));
    }
    const VerifyReport report = Ledger::verify(directory, true);
    EXPECT_TRUE(report.ok) << report.problem;
}

TEST(Kill, AKillWhileALedgerIsMadeLeavesNothingOrAnEmptyLedger) {
    TemporaryDirectory temporary;
    std::mt19937_64 random(7);
    int whole = 0;
    for (int cycle = 0; cycle < 20; ++cycle) {
        const std::filesystem::path directory = temporary.path() / std::to_string(cycle);
        OtherProcess<int> maker([&](const auto& /*tell*/) {
            Ledger ledger = Ledger::create(directory, small_options());
            for (;;) ::pause();
        });
        // From one that has hardly begun to one that is done.
        std::this_thread::sleep_for(std::chrono::microseconds{random() % (1000u << (cycle % 9))});
        maker.kill();
        ASSERT_TRUE(was_killed(maker.wait())) << "create failed by itself";
        if (std::filesystem::exists(directory / "journal.mdb")) ++whole;
        // Opening or making it anew works, whatever the kill left.
        Ledger ledger = Ledger::open_or_create(directory, small_options());
        EXPECT_EQ(ledger.view().position(), Position{});
        EXPECT_TRUE(all_accepted(ledger.post(foundations(2))));
    }
    std::printf("%d of 20 ledgers were whole when their maker was killed\n", whole);
}

}  // namespace
}  // namespace ledger
