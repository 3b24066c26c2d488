// ledger_reader_bench: what reading beside a writer in another process costs: from the start of a
// process to its first answer, and a refresh by how much is new, while the writer posts batches of
// 8,190 at full speed and its tail is as full as it gets.
//
//   ledger_reader_bench DIR [--accounts N] [--vouchers N] [--rounds N] [--seconds N]
//
// DIR is made, or gone on with where it was made with the same number of accounts. Two lines a
// voucher, accounts uniform.
#include "ledger/ledger.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace ledger;
using Steady = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

constexpr BookId book{1};
constexpr std::size_t batch_vouchers = 8190;

struct Plan {
    std::string directory;
    std::uint64_t accounts = 1'000'000;
    std::uint64_t vouchers = 4'000'000;  // before anything is measured
    std::uint64_t rounds = 20;
    std::uint64_t seconds = 10;
    bool is_first_query = false;  // the process that is measured
};

AccountId account_at(std::uint64_t number) { return {1, number + 1}; }

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "ledger_reader_bench: %s\n", what.c_str());
    std::exit(1);
}

// ---- the writer

class Writer {
public:
    Writer(const Plan& plan, int told) : plan_(plan), told_(told) {
        ledger_.emplace(Ledger::open_or_create(plan.directory));
        if (ledger_->view().position() == Position{}) make_accounts();
        next_ = ledger_->view().position().value;
    }
    void post() {
        Batch batch;
        for (std::size_t i = 0; i < batch_vouchers; ++i) {
            state_ = state_ * 6364136223846793005u + 1442695040888963407u;
            const std::uint64_t debit = (state_ >> 33) % plan_.accounts;
            const std::uint64_t step = 1 + (state_ >> 13) % (plan_.accounts - 1);
            const std::uint64_t credit = (debit + step) % plan_.accounts;
            batch.add_voucher(VoucherId{2, ++next_}, book)
                .debit(account_at(debit), Amount{1 + static_cast<std::int64_t>(i)})
                .credit(account_at(credit), Amount{1 + static_cast<std::int64_t>(i)});
        }
        for (const Result& result : ledger_->post(std::move(batch))) {
            if (!result) fail("a voucher was refused: " + std::string(explain(result.outcome)));
        }
        done_ += batch_vouchers;
    }
    [[noreturn]] void run() {
        while (done_ < plan_.vouchers) post();
        for (;;) {
            const std::uint64_t told = ledger_->view().position().value;
            if (::write(told_, &told, sizeof told) != sizeof told) std::exit(0);
            post();
        }
    }

private:
    void make_accounts() {
        Batch batch;
        batch.add(DefineCurrency{*find_iso_currency("CNY")});
        batch.add(DefineBook{book, "bench"});
        for (std::uint64_t i = 0; i < plan_.accounts; ++i) {
            OpenAccount open;
            open.id = account_at(i);
            open.book = book;
            open.currency = CurrencyCode("CNY");
            open.code = "1002";
            batch.add(open);
            if (batch.size() < 8000 && i + 1 < plan_.accounts) continue;
            for (const Result& result : ledger_->post(std::move(batch))) {
                if (!result) fail("an account was refused");
            }
            batch.clear();
        }
    }

    const Plan& plan_;
    const int told_;
    std::optional<Ledger> ledger_;
    std::uint64_t next_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t state_ = 42;
};

// ---- what is measured

struct Figures {
    std::vector<double> values;

    double at(double share) {
        std::sort(values.begin(), values.end());
        return values.at(static_cast<std::size_t>(share * static_cast<double>(values.size() - 1)));
    }
    void print(const char* name, const char* unit) {
        std::printf("%-44s p50 %9.1f  p90 %9.1f  p99 %9.1f  max %9.1f %s (%zu)\n", name, at(0.5),
                    at(0.9), at(0.99), at(1), unit, values.size());
    }
};

/// One process: opened, asked once.
int first_query(const Plan& plan) {
    const auto begin = Steady::now();
    Reader reader = Reader::open(plan.directory);
    const auto opened = Steady::now();
    const View view = reader.view();
    const auto balance = view.balance(account_at(plan.accounts / 2));
    const auto asked = Steady::now();
    const Stats stats = reader.stats();
    const std::array<double, 4> told{
        Microseconds(opened - begin).count(), Microseconds(asked - opened).count(),
        static_cast<double>(stats.tail_entries / 2),
        static_cast<double>(stats.committed_through.value - stats.sealed_through.value)};
    if (!balance || ::write(STDOUT_FILENO, &told, sizeof told) != sizeof told) return 1;
    return 0;
}

void measure_first_queries(const Plan& plan, const char* self) {
    Figures whole, opening, asking, tail;
    for (std::uint64_t round = 0; round < plan.rounds; ++round) {
        int ends[2];
        if (::pipe(ends) != 0) fail("no pipe");
        const auto begin = Steady::now();
        const pid_t child = ::fork();
        if (child == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            const std::string accounts = std::to_string(plan.accounts);
            ::execl(self, self, plan.directory.c_str(), "--accounts", accounts.c_str(),
                    "--first-query", nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        std::array<double, 4> told{};
        if (::read(ends[0], &told, sizeof told) != sizeof told) fail("a reader failed");
        whole.values.push_back(Microseconds(Steady::now() - begin).count() / 1000);
        ::close(ends[0]);
        ::waitpid(child, nullptr, 0);
        opening.values.push_back(told[0] / 1000);
        asking.values.push_back(told[1] / 1000);
        tail.values.push_back(told[3]);
        std::this_thread::sleep_for(std::chrono::milliseconds{300});
    }
    whole.print("process start to first balance", "ms");
    opening.print("  of it: Reader::open", "ms");
    asking.print("  of it: view and balance", "ms");
    tail.print("records not sealed", "");
}

void measure_refreshes(const Plan& plan) {
    Reader reader = Reader::open(plan.directory);
    Figures empty, times, per_voucher, over;
    Position last = reader.view().position();
    const auto end = Steady::now() + std::chrono::seconds(plan.seconds);
    for (std::uint64_t i = 0; Steady::now() < end; ++i) {
        const auto begin = Steady::now();
        reader.refresh();
        const double time = Microseconds(Steady::now() - begin).count();
        const Position now = reader.view().position();
        const auto fresh = static_cast<double>(now.value - last.value);
        last = now;
        if (fresh == 0) {
            empty.values.push_back(time);
        } else {
            times.values.push_back(time);
            per_voucher.values.push_back(time / fresh);
            over.values.push_back(time - 1000 - 0.5 * fresh);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(i % 16));
    }
    if (!empty.values.empty()) empty.print("refresh with nothing new", "us");
    times.print("refresh with something new", "us");
    per_voucher.print("  a new voucher", "us");
    over.print("  beyond 1 ms + 0.5 us a new voucher", "us");
}

Plan parse(int argument_count, char** arguments) {
    Plan plan;
    for (int i = 1; i < argument_count; ++i) {
        const std::string name = arguments[i];
        if (name == "--first-query") {
            plan.is_first_query = true;
        } else if (!name.starts_with("--")) {
            plan.directory = name;
        } else if (i + 1 < argument_count) {
            const std::uint64_t value = std::stoull(arguments[++i]);
            if (name == "--accounts") plan.accounts = value;
            if (name == "--vouchers") plan.vouchers = value;
            if (name == "--rounds") plan.rounds = value;
            if (name == "--seconds") plan.seconds = value;
        }
    }
    if (plan.directory.empty()) fail("name a directory");
    return plan;
}

int run(const Plan& plan, const char* self) {
    int ends[2];
    if (::pipe(ends) != 0) fail("no pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        ::signal(SIGPIPE, SIG_IGN);
        Writer(plan, ends[1]).run();
    }
    ::close(ends[1]);
    std::uint64_t told = 0;
    if (::read(ends[0], &told, sizeof told) != sizeof told) fail("the writer failed");
    std::thread drain([&] {
        std::uint64_t sink = 0;
        while (::read(ends[0], &sink, sizeof sink) == sizeof sink) told = sink;
    });
    measure_first_queries(plan, self);
    measure_refreshes(plan);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    drain.join();
    return 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
    try {
        const Plan plan = parse(argument_count, arguments);
        return plan.is_first_query ? first_query(plan) : run(plan, arguments[0]);
    } catch (const std::exception& failure) {
        fail(failure.what());
    }
}
