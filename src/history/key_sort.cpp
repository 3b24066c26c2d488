// Sorting of key rows: one scattering pass leaves buckets of a few dozen rows that are sorted in the cache.
// Invariant: a bucket's rows are all below the next bucket's.
#include "key_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>

namespace ledger::history::sealed {
namespace {

constexpr unsigned bucket_bits = 12;
constexpr std::size_t small = 1024;  // rows that are not worth a scattering pass

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
    const int shift = std::max(0, bit_width(shape.greatest - shape.least) - int{bucket_bits});
    const auto bucket_of = [&](const KeyRow& row) {
        return static_cast<std::size_t>((row.key() - shape.least) >> shift);
    };
    std::array<std::uint32_t, (1U << bucket_bits) + 1> ends{};
    for (const KeyRow& row : rows) ++ends[bucket_of(row) + 1];
    for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
    for (const KeyRow& row : rows) other[ends[bucket_of(row)]++] = row;
    // ends[b] is now the end of bucket b.
    std::size_t begin = 0;
    for (std::size_t b = 0; begin < rows.size(); begin = ends[b], ++b) {
        const std::size_t count = ends[b] - begin;
        if (count < 2) continue;
        sort_in_place(other.subspan(begin, count), rows.subspan(begin, count));
    }
    std::copy(other.begin(), other.end(), rows.begin());
}

}  // namespace

std::span<const KeyRow> sort_rows(std::span<KeyRow> rows, std::vector<KeyRow>& scratch) {
    if (scratch.size() < rows.size()) scratch.resize(rows.size());
    sort_in_place(rows, std::span(scratch).first(rows.size()));
    const auto end = std::unique(rows.begin(), rows.end());
    return rows.first(static_cast<std::size_t>(end - rows.begin()));
}

}  // namespace ledger::history::sealed
