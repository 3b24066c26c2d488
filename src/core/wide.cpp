// Wide integers as digits, and their failing ends.
#include "ledger/core/wide.hpp"

#include "core/big.hpp"
#include "ledger/core/error.hpp"

namespace ledger {

std::string to_string(const Wide& value) { return detail::to_big(value).str(); }

namespace detail {

void wide_overflow(const Wide& a, char operation, const Wide& b) {
    throw OverflowError("sums " + to_string(a) + " " + operation + " " + to_string(b) +
                        " (minor units) leave the range of 256 bits; correct the amounts");
}

void wide_exceeds_amount(const Wide& value) {
    throw OverflowError("the sum " + to_string(value) +
                        " (minor units) leaves the range of 128 bits; sum over fewer accounts or a "
                        "shorter span");
}

}  // namespace detail
}  // namespace ledger
