// The records of a bench run, each computed from the seed and its place alone. Invariant: the same
// place gives the same record, so an earlier one can be posted again without having been kept;
// making a plain voucher costs a few tens of nanoseconds and no allocation.
#pragma once

#include "cli/bench_plan.hpp"

#include "ledger/model/batch.hpp"

#include <array>

namespace ledger::cli::bench {

/// The SplitMix64 generator (Steele, Lea, Flood 2014).
class Random {
public:
    explicit Random(std::uint64_t state) noexcept : state_(state) {}
    static std::uint64_t finish(std::uint64_t z) noexcept {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }
    std::uint64_t next() noexcept { return finish(state_ += 0x9E3779B97F4A7C15ull); }
    /// 0..bound-1, by Lemire's multiplication; its bias is below bound / 2^64.
    std::uint64_t below(std::uint64_t bound) noexcept {
        return static_cast<std::uint64_t>((u128{next()} * bound) >> 64);
    }

private:
    std::uint64_t state_;
};

/// A record's place: client, round of the client, slot in the batch.
struct Place {
    std::size_t client = 0;
    std::uint64_t round = 0;
    std::size_t slot = 0;
};

/// Immutable; any threads.
class Workload {
public:
    explicit Workload(const Plan& plan);

    static constexpr BookId book{1};

    AccountId account(std::uint64_t number) const noexcept {
        return {account_high, Random::finish(account_seed_ + number * 0x9E3779B97F4A7C15ull)};
    }
    bool is_hot(std::uint64_t number) const noexcept { return number < plan_.hot_accounts; }
    RecordId id(const Place& place) const noexcept { return id_of(index_of(place)); }

    /// Adds the record of this place.
    void add(Batch& batch, const Place& place) const;
    /// Whether that record is a voucher: not a hold, not the release of one.
    bool is_voucher(const Place& place) const noexcept;
    bool places_hold(const Place& place) const noexcept;

private:
    static constexpr std::uint64_t account_high = 0xACC0'0000'0000'0001ull;
    static constexpr std::uint64_t id_high = 0x0198'0000'0000'7000ull;
    /// Holds and their ends are spread over periods of so many records by a fixed permutation.
    static constexpr std::uint64_t period = 100;
    static constexpr std::uint64_t stride = 37;
    static constexpr std::uint64_t stride_inverse = 73;  // 37 * 73 = 1 (mod 100)

    enum class Role : std::uint8_t { plain, place_hold, end_hold };

    std::uint64_t index_of(const Place& place) const noexcept {
        return (place.round * plan_.clients + place.client) * fresh_ + place.slot;
    }
    std::uint64_t local_of(const Place& place) const noexcept {
        return place.round * fresh_ + place.slot;
    }
    RecordId id_of(std::uint64_t index) const noexcept;
    OrderId order_of(std::uint64_t index) const noexcept;
    Role role_of(std::uint64_t local) const noexcept;
    std::uint64_t held_account(std::uint64_t index) const noexcept;
    Amount held_amount(std::uint64_t index) const noexcept;
    std::uint64_t other_account(Random& random, std::uint64_t than) const noexcept;
    void add_plain(Batch& batch, std::uint64_t index) const;
    void add_lines(Batch::VoucherBuilder& voucher, Random& random) const;
    void add_hold(Batch& batch, std::uint64_t index) const;
    void add_end(Batch& batch, const Place& place, std::uint64_t index) const;

    Plan plan_;
    std::uint64_t fresh_;
    std::uint64_t account_seed_;
    std::uint64_t record_seed_;
    std::uint64_t id_seed_;
    std::uint64_t order_seed_;
    std::uint64_t hot_lines_;  // of every voucher
    std::uint64_t hot_extra_;  // chance of one more, of 2^64
    std::uint64_t holds_of_period_;
    std::uint64_t hold_periods_;  // between a hold and its end
};

}  // namespace ledger::cli::bench
