// Vouchers as rows of a table. Invariant: a row says which voucher it is and to which day it
// belongs; JSON has all of it.
#pragma once

#include "cli/command_line.hpp"

namespace ledger::cli {

/// View and currencies outlive the listing.
Listing<PostedVoucher> listing_of_vouchers(const View& view, const CurrencyTable& currencies);

}  // namespace ledger::cli
