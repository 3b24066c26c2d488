// An outbox: publishes every voucher of a ledger to the outside, each exactly once, whatever kills
// it.
//
//     outbox LEDGER SINK STATE [CRASH_AFTER]
//
// The feed gives every committed record once; what is left to get right is the moment between
// publishing and remembering that it was published. So a message carries the record's position as
// its idempotency key, the sink takes a key once, and the position is remembered after the sink has
// answered. A crash in between publishes the last messages again, and the sink knows them already.
//
// The sink here stands for a message broker or a bank's interface: a directory with one file a key.
// CRASH_AFTER kills this program with SIGKILL when it has published so many vouchers, before it
// remembers the last page of them.
#include <ledger/ledger.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace ledger;
namespace fs = std::filesystem;

/// Takes each key once.
class Sink {
public:
    Sink(fs::path directory, long crash_after)
        : directory_(std::move(directory)), crash_after_(crash_after) {
        fs::create_directories(directory_);
    }

    void publish(std::uint64_t key, const std::string& message) {
        const fs::path file = directory_ / std::to_string(key);
        if (fs::exists(file)) {
            ++known_;
            return;
        }
        const fs::path made = directory_ / ".new";  // a file appears whole or not at all
        std::ofstream stream(made, std::ios::trunc);
        stream << message << std::flush;
        if (!stream) throw std::runtime_error("cannot write " + made.string());
        stream.close();
        fs::rename(made, file);
        if (++taken_ == crash_after_) std::raise(SIGKILL);
    }

    long taken() const { return taken_; }
    long known() const { return known_; }  ///< messages that came once more

private:
    fs::path directory_;
    long crash_after_;
    long taken_ = 0;
    long known_ = 0;
};

/// The position up to which everything is published. (A service keeps it where it keeps its data.)
class State {
public:
    explicit State(fs::path file) : file_(std::move(file)) {}

    Position load() const {
        Position position;
        std::ifstream(file_) >> position.value;
        return position;
    }
    void save(Position position) const {
        const fs::path made = file_.string() + ".new";
        std::ofstream stream(made, std::ios::trunc);
        stream << position.value << std::endl;
        if (!stream) throw std::runtime_error("cannot write " + made.string());
        stream.close();
        fs::rename(made, file_);
    }

private:
    fs::path file_;
};

std::string message_of(const FeedRecord& record, const Voucher& voucher) {
    std::string text = "voucher " + to_string(voucher.id) + " number " +
                       std::to_string(record.number) + " of " + to_string(voucher.book_date);
    for (const VoucherLine& line : voucher.lines) {
        text += "\n" + to_string(line.account) + " " + std::string(to_string(line.side)) + " " +
                to_string(line.amount);
    }
    return text + "\n";
}

void run(const fs::path& directory, Sink& sink, const State& state, std::chrono::nanoseconds wait) {
    Ledger books = Ledger::open(directory);
    Feed feed = books.follow(state.load());
    std::vector<FeedRecord> page;
    while (feed.next(page, 100, wait) != 0) {
        for (const FeedRecord& record : page) {
            const auto* voucher = std::get_if<Voucher>(&record.value);
            if (voucher == nullptr) continue;  // definitions, holds, time that passed
            sink.publish(record.position.value, message_of(record, *voucher));
        }
        state.save(feed.position());
    }
    std::cout << sink.taken() << " published, " << sink.known() << " the sink had already, up to "
              << "position " << feed.position().value << '\n';
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count < 4) {
        std::cerr << "outbox LEDGER SINK STATE [CRASH_AFTER]\n";
        return 2;
    }
    try {
        Sink sink(arguments[2], argument_count > 4 ? std::atol(arguments[4]) : -1);
        // Up to the newest record. A service waits, and goes on until it is stopped.
        run(arguments[1], sink, State(arguments[3]), std::chrono::nanoseconds{0});
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
