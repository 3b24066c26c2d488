// Sorting of key rows: a scattering pass over the highest bits that differ leaves buckets that lie
// in the first cache, a second one a handful of rows. Invariant: a bucket's rows are all below the
// next bucket's.
#include "key_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

namespace ledger::history::sealed {
namespace {

constexpr std::size_t small = 512;  // rows that are not worth a scattering pass

int bit_width(u128 value) {
    return high_word(value) != 0 ? 64 + static_cast<int>(std::bit_width(high_word(value)))
                                 : static_cast<int>(std::bit_width(low_word(value)));
}

struct Shape {
    u128 least = ~u128{0};
    u128 greatest = 0;
    bool ascends = true;
    bool descends = true;
};

Shape shape_of(std::span<const KeyRow> rows) {
    Shape shape;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const u128 key = rows[i].key();
        shape.least = std::min(shape.least, key);
        shape.greatest = std::max(shape.greatest, key);
        if (i == 0) continue;
        shape.ascends &= rows[i - 1] < rows[i];
        shape.descends &= rows[i] < rows[i - 1];
    }
    return shape;
}

/// A digit of a key: its distance from `least`, shifted, below 2^bits.
struct Digit {
    u128 least;
    int shift;
    std::uint32_t mask;

    std::uint32_t of(const KeyRow& row) const noexcept {
        return static_cast<std::uint32_t>((row.key() - least) >> shift) & mask;
    }
};

/// Moves rows to `to` in the order of the digit; afterwards ends[d] is where digit d ends there.
void scatter(std::span<const KeyRow> rows, std::span<KeyRow> to, const Digit& digit,
             std::span<std::uint32_t> ends) {
    std::fill(ends.begin(), ends.end(), 0);
    for (const KeyRow& row : rows) ++ends[digit.of(row)];
    std::uint32_t begin = 0;
    for (std::uint32_t& end : ends) begin += std::exchange(end, begin);
    for (const KeyRow& row : rows) to[ends[digit.of(row)]++] = row;
}

void sort_few(std::span<KeyRow> rows) {
    if (rows.size() > 24) {
        std::sort(rows.begin(), rows.end());
        return;
    }
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const KeyRow row = rows[i];
        std::size_t at = i;
        for (; at > 0 && row < rows[at - 1]; --at) rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

void sort_in_place(std::span<KeyRow> rows, std::span<KeyRow> other);

/// Sorts the bucket `from`, whose keys agree above `above`'s shift, into `to`.
void sort_bucket(std::span<KeyRow> from, std::span<KeyRow> to, const Digit& above) {
    if (from.size() > 2048) {
        sort_in_place(from, to);
        std::copy(from.begin(), from.end(), to.begin());
        return;
    }
    if (from.size() <= 12 || above.shift == 0) {
        std::copy(from.begin(), from.end(), to.begin());
        sort_few(to);
        return;
    }
    constexpr int bits = 6;
    const Digit digit{above.least, std::max(0, above.shift - bits), (1U << bits) - 1};
    std::array<std::uint32_t, 1U << bits> ends;
    scatter(from, to, digit, ends);
    std::size_t begin = 0;
    for (const std::uint32_t end : ends) {
        if (end - begin > 1) sort_few(to.subspan(begin, end - begin));
        begin = end;
    }
}

/// Sorts `rows` in place with the help of `other`, which is as long.
void sort_in_place(std::span<KeyRow> rows, std::span<KeyRow> other) {
    const Shape shape = shape_of(rows);
    if (shape.ascends) return;
    if (shape.descends) {
        std::reverse(rows.begin(), rows.end());
        return;
    }
    if (rows.size() <= small || shape.least == shape.greatest) {
        std::sort(rows.begin(), rows.end());
        return;
    }
    constexpr int bits = 10;
    const Digit digit{shape.least, std::max(0, bit_width(shape.greatest - shape.least) - bits),
                      (1U << bits) - 1};
    std::array<std::uint32_t, 1U << bits> ends;
    scatter(rows, other, digit, ends);
    std::size_t begin = 0;
    for (const std::uint32_t end : ends) {
        if (end != begin) {
            sort_bucket(other.subspan(begin, end - begin), rows.subspan(begin, end - begin), digit);
        }
        begin = end;
    }
}

}  // namespace

std::span<const KeyRow> sort_rows(std::span<KeyRow> rows, std::vector<KeyRow>& scratch) {
    if (scratch.size() < rows.size()) scratch.resize(rows.size());
    sort_in_place(rows, std::span(scratch).first(rows.size()));
    const auto end = std::unique(rows.begin(), rows.end());
    return rows.first(static_cast<std::size_t>(end - rows.begin()));
}

}  // namespace ledger::history::sealed
