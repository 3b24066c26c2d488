// ledger_past_bench: a ledger with a year behind it, and what it costs to ask for the past.
//
//   ledger_past_bench DIR [WORKLOAD...] [--lines N] [--accounts N] [--queries N] [--checks N]
//
// DIR is made, or reused where it was made with the same numbers. Workloads, all of them where none
// is named: `queries`, `streams`, `export`, and `today`, which adds a day to the
// ledger.
#include "beside_export.hpp"
#include "loading.hpp"
#include "queries.hpp"
#include "today.hpp"

#include "ledger/ledger.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

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
        else if (plan.directory.empty())
            plan.directory = option;
        else
            plan.workloads.push_back(option);
    }
    demand(!plan.directory.empty(), "give a directory");
    demand(plan.accounts >= 4'000, "give at least 4000 accounts: the ranks looked at go to 3,600");
    return plan;
}

void print_sizes(const Plan& plan, const Stats& stats) {
    const auto vouchers = static_cast<double>(plan.vouchers());
    std::printf("%llu vouchers, %llu segments; bytes a voucher: journal %.0f, checkpoint %.0f\n",
                static_cast<unsigned long long>(plan.vouchers()),
                static_cast<unsigned long long>(stats.segments),
                static_cast<double>(stats.journal_bytes) / vouchers,
                static_cast<double>(stats.checkpoint_bytes) / vouchers);
}

void run_queries(const Plan& plan, const View& view, const Year& year) {
    // The ranks that have about 2,000 lines of 100 M over 1 M accounts, scaled.
    std::vector<std::uint64_t> busy, checked;
    for (std::uint64_t rank = 2'600; rank < 3'600; ++rank) {
        busy.push_back(year.account_of_rank(rank));
    }
    for (std::uint64_t i = 0; i < 1000; ++i) {
        checked.push_back(i * 7919 % plan.accounts);
        checked.push_back(busy[i]);
    }
    for (std::uint64_t rank = 10; rank < 40; ++rank) checked.push_back(year.account_of_rank(rank));
    const Oracle oracle(plan, view, checked);
    Asking asking(plan, view, oracle, checked);
    ask_all(asking, year.account_of_rank(0), busy);
}

void run_streams(const Plan& plan, const View& view, const Year& year) {
    stream(view, year.account_of_rank(0));
    for (const int month : {3, 6, 11}) {
        trial(view, plan.instant_of(plan.batches() * static_cast<std::uint64_t>(month) / 12));
    }
}

void run(const Plan& plan) {
    if (!std::filesystem::exists(plan.directory)) load(plan);
    {
        ManualClock clock(plan.instant_of(plan.batches()));
        const Ledger ledger = Ledger::open(plan.directory, options_of(clock));
        print_sizes(plan, ledger.stats());
        const Year year(plan);
        if (plan.wants("queries")) run_queries(plan, ledger.view(), year);
        if (plan.wants("streams")) run_streams(plan, ledger.view(), year);
        if (plan.wants("export")) ask_beside_export(plan, ledger);
    }
    if (plan.wants("today")) count_pages_of_today(plan);
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
