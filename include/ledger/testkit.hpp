// For the tests of programs that embed the engine: a ledger in a directory that goes away, driven
// by a clock that stands still until it is told otherwise. Invariant: what a TemporaryLedger leaves
// behind is nothing, and no test that uses it depends on the machine's time. Header-only, over the
// public face alone.
#pragma once

#include "ledger/core/clock.hpp"
#include "ledger/core/error.hpp"
#include "ledger/core/time.hpp"
#include "ledger/ledger.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace ledger::testkit {

/// Options under which everything is as in production, but small: the smallest segments, so that a
/// few thousand records are sealed and merged, and little address space, disk room and reserve.
inline Options small_options() {
    Options options;
    options.segment_records = 1024;
    options.map_bytes = std::size_t{4} << 30;
    options.preallocate_bytes = std::uint64_t{4} << 20;
    options.disk_reserve_bytes = std::uint64_t{1} << 20;
    return options;
}

/// A real ledger, durable as any, for one test. Neither copyable nor movable: the ledger knows the
/// clock's address. Use it from one thread; the ledger inside may be used from all.
class TemporaryLedger {
public:
    /// 2026-01-05 is a Monday. `options.clock` is overruled by clock(). Throws StorageError.
    explicit TemporaryLedger(Options options = small_options(),
                             Instant start = start_of_utc_day(make_date(2026, 1, 5)))
        : clock_(start), options_(std::move(options)) {
        options_.clock = &clock_;
        std::string name = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw StorageError("cannot make the directory " + name +
                               "; set TMPDIR to one that exists and can be written to");
        }
        home_ = name;
        try {
            ledger_.emplace(Ledger::create(directory(), options_));
        } catch (...) {
            remove();
            throw;
        }
    }
    ~TemporaryLedger() {
        ledger_.reset();
        remove();
    }
    TemporaryLedger(const TemporaryLedger&) = delete;
    TemporaryLedger& operator=(const TemporaryLedger&) = delete;

    Ledger& operator*() noexcept { return *ledger_; }
    Ledger* operator->() noexcept { return &*ledger_; }
    /// Moves the ledger's time: `kit.clock().advance(std::chrono::hours{24})`.
    ManualClock& clock() noexcept { return clock_; }
    /// Where the ledger's files are; whatever else is put beside them goes away with them.
    std::filesystem::path directory() const { return home_ / "ledger"; }

    /// Closes the ledger and opens it again, as after a restart of the host. No view may be left.
    void reopen() {
        ledger_.reset();
        ledger_.emplace(Ledger::open(directory(), options_));
    }

private:
    void remove() noexcept {
        std::error_code ignored;
        std::filesystem::remove_all(home_, ignored);
    }

    ManualClock clock_;
    Options options_;
    std::filesystem::path home_;
    std::optional<Ledger> ledger_;
};

}  // namespace ledger::testkit
