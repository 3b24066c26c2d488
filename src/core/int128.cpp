// 128-bit integers as decimal digits, without locale and without a library.
#include "ledger/core/int128.hpp"

#include <array>

namespace ledger {

std::string to_string(u128 value) {
    if (high_word(value) == 0) return std::to_string(low_word(value));
    std::array<char, 39> digits;  // 2^128 - 1 has 39
    std::size_t first = digits.size();
    do {
        digits[--first] = static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    } while (value != 0);
    return {digits.data() + first, digits.size() - first};
}

std::string to_string(i128 value) {
    if (value >= 0) return to_string(static_cast<u128>(value));
    return "-" + to_string(-static_cast<u128>(value));
}

}  // namespace ledger
