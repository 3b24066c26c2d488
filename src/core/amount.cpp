// The failing ends of checked amounts; the arithmetic itself is inline.
#include "ledger/core/amount.hpp"

#include "ledger/core/error.hpp"

namespace ledger::detail {

void amount_overflow(Amount a, char operation, Amount b) {
    throw OverflowError("amounts " + to_string(a) + " " + operation + " " + to_string(b) +
                        " (minor units) leave the range of 128 bits; correct the amounts");
}

}  // namespace ledger::detail
