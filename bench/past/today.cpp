// See today.hpp.
#include "today.hpp"

#include "year.hpp"

#include "ledger/ledger.hpp"
#include "support/touched_pages.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace ledger::past {

namespace {

/// Accounts whose day is known: so many lines of the account with the most lines, of one with some
/// 2,000 (where there are 100 M), and none of another.
struct Watched {
    std::uint64_t account;
    std::uint64_t lines;
    const char* name;
};

std::array<Watched, 3> watched(const Plan& plan) {
    const Year year(plan);
    return {{{year.account_of_rank(0), 512, "the hot account"},
             {year.account_of_rank(3'000), 10, "an account of ~2,000 lines"},
             {year.account_of_rank(3'500), 0, "one without new lines"}}};
}

/// Everybody else's accounts, in the other vouchers of the day.
std::uint64_t any_other(const Plan& plan, Random& random) {
    std::uint64_t account;
    bool is_watched;
    do {
        account = random.below(plan.accounts);
        is_watched = false;
        for (const Watched& one : watched(plan)) is_watched |= one.account == account;
    } while (is_watched);
    return account;
}

void post_day(Ledger& ledger, const Plan& plan) {
    Random random(7);
    Batch batch;
    std::uint64_t id = ledger.view().position().value;  // each day has ids of its own
    const auto pay = [&](std::uint64_t debit) {
        std::uint64_t credit;
        do credit = any_other(plan, random);
        while (credit == debit);
        batch.add_voucher({3, ++id}, book)
            .debit(account_at(debit), Amount{100})
            .credit(account_at(credit), Amount{100});
    };
    for (const Watched& one : watched(plan)) {
        for (std::uint64_t i = 0; i < one.lines; ++i) pay(one.account);
    }
    while (batch.size() < batch_vouchers) pay(any_other(plan, random));
    for (const Result& result : ledger.post(std::move(batch))) demand(bool(result), "refused");
}

std::uint64_t read_statement(const View& view, AccountId account, Position since) {
    Statement statement(view, account, Since{since});
    std::vector<StatementLine> lines;
    while (statement.next(10'000, lines)) {
    }
    return lines.size();
}

void count(const Plan& plan, const View& view, Position yesterday, const char* when) {
    for (const Watched& one : watched(plan)) {
        const test::TouchedPages pages(plan.directory);
        const std::uint64_t lines = read_statement(view, account_at(one.account), yesterday);
        const std::uint64_t journal = pages.journal();
        const std::uint64_t checkpoint = pages.checkpoint();
        demand(lines == one.lines, "the statement of today has other lines");
        std::printf(
            "today, %-12s %-27s %4llu lines: pages of the journal %5llu, checkpoint %5llu\n", when,
            one.name, static_cast<unsigned long long>(lines),
            static_cast<unsigned long long>(journal), static_cast<unsigned long long>(checkpoint));
    }
}

}  // namespace

void count_pages_of_today(const Plan& plan) {
    ManualClock clock(plan.instant_of(plan.batches()));
    Options options = options_of(clock);
    options.background = false;  // nobody else reads the files
    Position yesterday;
    {
        Ledger ledger = Ledger::open(plan.directory, options);
        yesterday = ledger.view().position();
        const Instant today = ledger.view().instant() + std::chrono::hours{24};
        clock.advance(std::max(today, clock.now()) - clock.now());
        post_day(ledger, plan);
        count(plan, ledger.view(), yesterday, "in the tail");
        ledger.seal();
    }
    const Ledger ledger = Ledger::open(plan.directory, options);  // which has checked nothing yet
    const View view = ledger.view();
    count(plan, view, yesterday, "sealed");
    count(plan, view, yesterday, "once more");
}

}  // namespace ledger::past
