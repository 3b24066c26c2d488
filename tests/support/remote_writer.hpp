// A ledger's writer in a process of its own, driven over a pipe: for tests of whoever reads beside
// it. Invariant: what it has told is acknowledged; and it is gone when the test is.
#pragma once

#include "support/small_ledger.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>

namespace ledger::test {

/// One thread at a time. Made before the test starts any thread, because it forks.
class RemoteWriter {
public:
    static constexpr std::uint64_t accounts = 20;

    /// What the writer knows after an order.
    struct Told {
        std::uint64_t position = 0;  ///< of the last record acknowledged
        std::uint64_t id = 0;  ///< the last voucher has record_id(id); all from 1 on are there
        std::uint64_t segments = 0;
        std::uint64_t readers = 0;
    };

    /// Makes the ledger, with accounts 1..20 and one that only holds stand on, unless it is there.
    explicit RemoteWriter(const std::filesystem::path& directory,
                          const Options& options = small_options()) {
        int orders[2];
        int answers[2];
        if (::pipe(orders) != 0 || ::pipe(answers) != 0) std::abort();
        process_ = ::fork();
        if (process_ == 0) {
            ::close(orders[1]);
            ::close(answers[0]);
            obey(directory, options, orders[0], answers[1]);
        }
        ::close(orders[0]);
        ::close(answers[1]);
        orders_ = orders[1];
        answers_ = answers[0];
        take_answer();
    }
    ~RemoteWriter() {
        kill();
        ::close(orders_);
        ::close(answers_);
    }
    RemoteWriter(const RemoteWriter&) = delete;
    RemoteWriter& operator=(const RemoteWriter&) = delete;

    /// Posts so many vouchers, in batches of at most a hundred.
    Told post(std::uint64_t vouchers) { return order({'p', vouchers}); }
    /// Posts a buffered account, holds, a freeze, a reversal and a register entry.
    Told post_of_everything() { return order({'e', 0}); }
    Told seal() { return order({'s', 0}); }
    Told stats() { return order({'n', 0}); }
    Told close() { return order({'c', 0}); }
    /// Closes the ledger, makes its checkpoint anew and opens it.
    Told rebuild() { return order({'r', 0}); }

    /// Posts at full speed until stop() or kill(); told() tells how far it is.
    void start_posting() { send({'f', 0}); }
    /// The newest of what the writer has told; waits for news where there are none.
    Told told() {
        do {
            take_answer();
        } while (has_answer());
        return told_;
    }
    Told stop() {
        send({'x', 0});
        while (!is_stopped_) take_answer();
        is_stopped_ = false;
        return told_;
    }

    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }

private:
    struct Order {
        char what;
        std::uint64_t count;
    };
    struct Answer {
        Told told;
        bool is_stopped = false;  // posting at full speed has ended
    };

    /// The child's life.
    class Life {
    public:
        Life(const std::filesystem::path& directory, const Options& options, int answers)
            : directory_(directory), options_(options), answers_(answers) {
            open();
            if (ledger_->view().position() == Position{}) ledger_->post(foundations(accounts + 1));
            while (ledger_->view().voucher(record_id(told_.id + 1))) ++told_.id;
            tell();
        }

        void obey(const Order& order, int orders) {
            switch (order.what) {
                case 'p': post(order.count); break;
                case 'e': post_of_everything(); break;
                case 's': ledger_->seal(); break;
                case 'c': ledger_.reset(); break;
                case 'r':
                    ledger_.reset();
                    Ledger::rebuild(directory_, options_);
                    open();
                    break;
                case 'f':
                    for (pollfd more{orders, POLLIN, 0}; ::poll(&more, 1, 0) == 0;) {
                        post(100);
                        tell();
                    }
                    return;
                case 'x': tell(true); return;
                default: break;
            }
            tell();
        }

    private:
        void open() { ledger_.emplace(Ledger::open_or_create(directory_, options_)); }
        void post(std::uint64_t vouchers) {
            for (std::uint64_t left = vouchers; left != 0;) {
                const std::uint64_t count = std::min<std::uint64_t>(left, 100);
                require(ledger_->post(transfers(told_.id + 1, count, accounts)));
                told_.id += count;
                left -= count;
            }
        }
        void post_of_everything() {
            const std::uint64_t id = 1'000'000'000 + told_.id * 100;
            Batch batch;
            batch.add(record_id(id), SetBuffering{account_id(2), {std::chrono::hours{1}, 0}});
            batch.add(transfer(id + 1, 2, 3, 40));
            PlaceHold hold;
            hold.account = account_id(accounts + 1);
            hold.kind = HoldKind::judicial;
            hold.amount = minor(5);
            batch.add(record_id(id + 2), hold, order_id(id));
            batch.add(record_id(id + 3), hold);
            batch.add(record_id(id + 4), RegisterEntry{7, "paid by card"}, order_id(id));
            batch.add(record_id(id + 5),
                      SetLimits{account_id(4), {minor(-1'000'000'000'000'000), {}}});
            batch.add(record_id(id + 6), SetFreeze{account_id(5), Freeze::none, "court"});
            batch.add(record_id(id + 7), ReleaseHold{record_id(id + 2), minor(1), {}});
            require(ledger_->post(std::move(batch)));
        }
        static void require(const std::vector<Result>& results) {
            if (all_accepted(results)) return;
            for (const Result& result : results) {
                if (result) continue;
                std::fprintf(stderr, "the remote writer was refused: %s\n",
                             std::string(explain(result.outcome)).c_str());
            }
            ::_exit(4);
        }
        void tell(bool is_stopped = false) {
            if (ledger_) {
                const Stats stats = ledger_->stats();
                told_.position = stats.committed_through.value;
                told_.segments = stats.segments;
                told_.readers = stats.readers;
            }
            const Answer answer{told_, is_stopped};
            if (::write(answers_, &answer, sizeof answer) != sizeof answer) ::_exit(3);
        }

        const std::filesystem::path directory_;
        const Options options_;
        const int answers_;
        std::optional<Ledger> ledger_;
        Told told_;
    };

    [[noreturn]] static void obey(const std::filesystem::path& directory, const Options& options,
                                  int orders, int answers) {
        try {
            Life life(directory, options, answers);
            for (Order order{}; ::read(orders, &order, sizeof order) == sizeof order;) {
                life.obey(order, orders);
            }
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "the remote writer failed: %s\n", failure.what());
            ::_exit(5);
        }
        ::_exit(0);
    }

    void send(const Order& order) {
        if (::write(orders_, &order, sizeof order) != sizeof order) std::abort();
    }
    Told order(const Order& order) {
        send(order);
        take_answer();
        return told_;
    }
    bool has_answer() const {
        pollfd more{answers_, POLLIN, 0};
        return ::poll(&more, 1, 0) > 0;
    }
    void take_answer() {
        Answer answer;
        if (::read(answers_, &answer, sizeof answer) != sizeof answer) {
            std::fprintf(stderr, "the remote writer is gone\n");
            std::abort();
        }
        told_ = answer.told;
        is_stopped_ = answer.is_stopped;
    }

    pid_t process_ = -1;
    int orders_ = -1;
    int answers_ = -1;
    Told told_;
    bool is_stopped_ = false;
};

}  // namespace ledger::test
