// ledger_past_bench: a ledger with a year behind it, and what it costs to ask for the past.
//
//   ledger_past_bench DIR [--lines N] [--accounts N] [--queries N] [--checks N]
//
// DIR is made, or reused where it was made with the same numbers.
#include "loading.hpp"
#include "queries.hpp"

#include "ledger/ledger.hpp"

#include <cstdio>
#include <filesystem>

namespace {

using namespace ledger;
using namespace ledger::past;

Plan parse(int count, char** arguments) {
    Plan plan;
    for (int i = 1; i < count; ++i) {
        const std::string option = arguments[i];
        const auto number = [&] {
            if (++i == count) throw std::runtime_error(option + " needs a number");
            return std::stoull(arguments[i]);
        };
        if (option == "--lines")
            plan.lines = number();
        else if (option == "--accounts")
            plan.accounts = number();
        else if (option == "--queries")
            plan.queries = number();
        else if (option == "--checks")
            plan.checks = number();
        else
            plan.directory = option;
    }
    demand(!plan.directory.empty(), "give a directory");
    demand(plan.accounts >= 4'000, "give at least 4000 accounts: the ranks looked at go to 3,600");
    return plan;
}

void run(const Plan& plan) {
    if (!std::filesystem::exists(plan.directory)) load(plan);
    ManualClock clock(plan.instant_of(plan.batches()));
    const Ledger ledger = Ledger::open(plan.directory, options_of(clock));
    const Stats stats = ledger.stats();
    std::printf("%llu vouchers, %llu segments; bytes a voucher: journal %.0f, checkpoint %.0f\n",
                static_cast<unsigned long long>(plan.vouchers()),
                static_cast<unsigned long long>(stats.segments),
                static_cast<double>(stats.journal_bytes) / static_cast<double>(plan.vouchers()),
                static_cast<double>(stats.checkpoint_bytes) / static_cast<double>(plan.vouchers()));
    const Year year(plan);
    const std::uint64_t hot = year.account_of_rank(0);
    // The ranks that have about 2,000 lines of 100 M over 1 M accounts, scaled.
    std::vector<std::uint64_t> busy, checked;
    for (std::uint64_t rank = 2'600; rank < 3'600 && rank < plan.accounts; ++rank) {
        busy.push_back(year.account_of_rank(rank));
    }
    for (std::uint64_t i = 0; i < 1000; ++i) {
        checked.push_back(i * 7919 % plan.accounts);
        checked.push_back(busy[i % busy.size()]);
    }
    for (std::uint64_t rank = 10; rank < 40; ++rank) checked.push_back(year.account_of_rank(rank));
    const View view = ledger.view();
    std::vector<std::uint64_t> known = checked;
    known.insert(known.end(), busy.begin(), busy.end());
    known.push_back(hot);
    const Oracle oracle(plan, view, known);
    Asking asking(plan, view, oracle, checked);
    ask_all(asking, hot, busy);
    stream(asking, hot);
    for (const int month : {3, 6, 11}) {
        trial(asking, plan.instant_of(plan.batches() * static_cast<std::uint64_t>(month) / 12));
    }
}

}  // namespace

int main(int count, char** arguments) {
    try {
        run(parse(count, arguments));
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "ledger_past_bench: %s\n", failure.what());
        return 1;
    }
}
