// The smallest program that embeds the ledger engine. Only what an installed package offers is used
// here: public headers, ledger::ledger, no path into the source tree.
#include <ledger/core/amount.hpp>
#include <ledger/core/id.hpp>
#include <ledger/version.hpp>

#include <iostream>

int main() {
    const ledger::Amount price{12'50};
    const ledger::Amount price_again{12'50};
    const ledger::RecordId id{0, 1};
    std::cout << "ledger engine " << ledger::version() << '\n';
    return id && price == price_again ? 0 : 1;
}
