// Latencies in fixed memory. Invariant: a quantile is at most 1/32 above the true one; the greatest
// value is exact.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace ledger::cli::bench {

/// Counts nanoseconds in 32 steps to each power of two. Not thread-safe.
class LatencyHistogram {
public:
    void add(std::uint64_t nanoseconds) noexcept {
        ++counts_[bucket_of(nanoseconds)];
        ++count_;
        greatest_ = std::max(greatest_, nanoseconds);
    }
    void add(const LatencyHistogram& other) noexcept {
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
        count_ += other.count_;
        greatest_ = std::max(greatest_, other.greatest_);
    }
    std::uint64_t count() const noexcept { return count_; }
    std::uint64_t greatest() const noexcept { return greatest_; }

    /// The value below which `percent` of all lie (upper end of its step); 0 where there are none.
    std::uint64_t quantile(unsigned percent) const noexcept {
        const std::uint64_t wanted = (count_ * percent + 99) / 100;
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen >= wanted && seen != 0) return std::min(upper_end_of(i), greatest_);
        }
        return greatest_;
    }

private:
    static constexpr unsigned step_bits = 5;
    static constexpr std::uint64_t steps = std::uint64_t{1} << step_bits;

    static std::size_t bucket_of(std::uint64_t value) noexcept {
        if (value < steps) return static_cast<std::size_t>(value);
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - step_bits - 1;
        return static_cast<std::size_t>((std::uint64_t{shift} << step_bits) + (value >> shift));
    }
    static std::uint64_t upper_end_of(std::size_t bucket) noexcept {
        if (bucket < steps) return bucket;
        const std::uint64_t shift = (bucket >> step_bits) - 1;
        return ((bucket & (steps - 1)) + steps + 1) * (std::uint64_t{1} << shift) - 1;
    }

    std::array<std::uint64_t, (64 - step_bits + 1) * steps> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t greatest_ = 0;
};

}  // namespace ledger::cli::bench
