// Radix sort of (account, index), least significant digit first.
#include "history/entry_order.hpp"

#include <array>
#include <bit>

namespace ledger::history {

namespace {

constexpr unsigned digit_bits = 11;
constexpr std::size_t digits = std::size_t{1} << digit_bits;
constexpr unsigned passes_max = 3;

constexpr std::size_t digit_of(std::uint64_t pair, unsigned pass) noexcept {
    return (pair >> (32 + pass * digit_bits)) & (digits - 1);
}

}  // namespace

void EntryOrder::sort(std::span<const posting::Entry> entries) {
    size_ = entries.size();
    if (pairs_.size() < size_) {
        pairs_.resize(size_);
        scratch_.resize(size_);
    }
    std::array<std::array<std::uint32_t, digits>, passes_max> counts{};
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < size_; ++i) {
        const std::uint64_t pair = std::uint64_t{entries[i].account.index} << 32 | i;
        pairs_[i] = pair;
        bits |= entries[i].account.index;
        for (unsigned pass = 0; pass < passes_max; ++pass) ++counts[pass][digit_of(pair, pass)];
    }
    const auto width = static_cast<unsigned>(std::bit_width(bits));
    for (unsigned pass = 0; pass * digit_bits < width; ++pass) {
        std::uint32_t sum = 0;
        for (std::uint32_t& count : counts[pass]) {
            const std::uint32_t here = count;
            count = sum;
            sum += here;
        }
        for (std::size_t i = 0; i < size_; ++i) {
            scratch_[counts[pass][digit_of(pairs_[i], pass)]++] = pairs_[i];
        }
        pairs_.swap(scratch_);
    }
}

}  // namespace ledger::history
