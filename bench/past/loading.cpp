// See loading.hpp.
#include "loading.hpp"

#include "year.hpp"

#include "ledger/ledger.hpp"

#include <chrono>
#include <cstdio>

namespace ledger::past {

using Steady = std::chrono::steady_clock;

namespace {

void open_accounts(Ledger& ledger, const Plan& plan) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("USD")});
    DefineBook definition;
    definition.book = book;
    batch.add(definition);
    for (std::uint64_t number = 0; number < plan.accounts; ++number) {
        OpenAccount account;
        account.id = account_at(number);
        account.book = book;
        account.currency = CurrencyCode("USD");
        account.code = "2202";
        account.kind = AccountKind::asset;
        batch.add(account);
    }
    for (const Result& result : ledger.post(std::move(batch))) demand(bool(result), "refused");
}

}  // namespace

void load(const Plan& plan) {
    ManualClock clock(year_start);
    Ledger ledger = Ledger::create(plan.directory, options_of(clock));
    open_accounts(ledger, plan);
    const Year year(plan);
    bool is_refused = false;
    const auto start = Steady::now();
    for (std::uint64_t number = 0; number < plan.batches(); ++number) {
        Batch batch;
        std::uint64_t id = number * batch_vouchers;
        year.batch(number, [&](const Payment& payment) {
            batch.add_voucher({2, ++id}, book)
                .debit(account_at(payment.debit), Amount{payment.amount})
                .credit(account_at(payment.credit), Amount{payment.amount})
                .book_date(payment.date);
        });
        clock.advance(plan.instant_of(number) - clock.now());
        for (const Result& result : ledger.post(std::move(batch))) is_refused |= !result;
        demand(!is_refused, "a voucher was refused");
        if (number % 500 == 0)
            std::fprintf(stderr, "\r%5.1f %%", 100.0 * double(number) / double(plan.batches()));
    }
    const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
    std::fprintf(stderr, "\r");
    std::printf("loaded                         %10.0f vouchers/s, one batch at a time\n",
                static_cast<double>(plan.vouchers()) / seconds);
    ledger.seal();
}

}  // namespace ledger::past
