// Boost's unbounded integers as the oracle of the arithmetic tests, and seeded 128-bit integers
// that favour the ends of the range. Conversions go through decimal digits, apart from the code
// under test.
#pragma once

#include "ledger/core/int128.hpp"

#include <boost/multiprecision/cpp_int.hpp>
#include <random>
#include <string>

namespace ledger::test {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

inline cpp_int oracle(i128 value) { return cpp_int(to_string(value)); }

inline const cpp_int oracle_max = (cpp_int(1) << 127) - 1;
inline const cpp_int oracle_min = -(cpp_int(1) << 127);

inline bool fits_i128(const cpp_int& value) { return value >= oracle_min && value <= oracle_max; }

/// A 128-bit integer of random width: small, large, and now and then an end of the range.
inline i128 any_i128(std::mt19937_64& random) {
    switch (random() % 16) {
        case 0: return i128_max - static_cast<i128>(random() % 3);
        case 1: return i128_min + static_cast<i128>(random() % 3);
        case 2: return static_cast<i128>(random() % 5) - 2;
        default: break;
    }
    const u128 bits = from_words(random(), random()) >> (random() % 127 + 1);
    return random() % 2 == 0 ? static_cast<i128>(bits) : -static_cast<i128>(bits);
}

}  // namespace ledger::test
