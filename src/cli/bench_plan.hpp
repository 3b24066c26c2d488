// What `ledgerctl bench` is asked to do. Invariant: a plan that passed check() can be carried out,
// and the same plan makes the same records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ledger::cli::bench {

enum class IdOrder { sequential, random, reversed };

struct Plan {
    std::string directory;
    std::uint64_t vouchers = 1'000'000;  ///< records to be accepted, repeats not counted
    std::uint64_t accounts = 10'000;
    std::size_t batch = 8190;
    std::size_t clients = 1;
    IdOrder id_order = IdOrder::sequential;
    bool distinct_orders = false;
    std::uint64_t hot_accounts = 0;
    double hot_share = 0;               ///< of all lines, 0..0.5
    bool is_buffered = false;           ///< hot accounts in buffered posting
    double hold_share = 0;              ///< of all records, 0..0.5, whole percent
    std::uint64_t hold_delay = 16'400;  ///< records of a client between a hold and its end
    std::size_t lines = 2;
    std::uint64_t seed = 1;
    bool is_async = false;          ///< of single vouchers
    std::size_t in_flight = 3;      ///< batches of a client; as many as the engine has runs
    double repeat_share = 0.001;    ///< of all records
    double query_seconds = 2;       ///< of each kind of query
    double yardstick_seconds = 30;  ///< at most, of each yardstick; 0: none
    bool is_cold = false;           ///< reopen without page cache as well
    bool keep = false;

    /// Throws InvalidArgument naming the option.
    void check() const;

    /// How singles are posted: one post() after the other, or post_async.
    bool posts_singles() const noexcept { return batch == 1; }
    /// Whether generation runs while nothing is in flight, so that its time is subtracted.
    bool is_closed_loop() const noexcept {
        return clients == 1 && (posts_singles() ? !is_async : in_flight == 1);
    }

    // Records are dealt to clients batch by batch: batch b belongs to client b mod clients, and is
    // that client's round b / clients.
    /// Repeats that a batch can hold at most, and new records of each batch but the last.
    std::size_t repeats_per_batch() const noexcept;
    std::size_t fresh_per_batch() const noexcept;
    std::uint64_t batches() const noexcept {
        return (vouchers + fresh_per_batch() - 1) / fresh_per_batch();
    }
    std::uint64_t rounds_of(std::size_t client) const noexcept {
        return client < batches() ? (batches() - client - 1) / clients + 1 : 0;
    }
    /// New records in this batch.
    std::size_t fresh_in(std::uint64_t batch_number) const noexcept {
        const std::uint64_t before = batch_number * fresh_per_batch();
        const std::uint64_t rest = vouchers - before;
        return rest < fresh_per_batch() ? static_cast<std::size_t>(rest) : fresh_per_batch();
    }
};

}  // namespace ledger::cli::bench
