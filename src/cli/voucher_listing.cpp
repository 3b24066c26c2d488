// See voucher_listing.hpp.
#include "cli/voucher_listing.hpp"

namespace ledger::cli {

Listing<PostedVoucher> listing_of_vouchers(const View& view, const CurrencyTable& currencies) {
    return {{{"position", Align::right},
             {"book date"},
             {"number", Align::right},
             {"concerns"},
             {"id"},
             {"summary"}},
            [](const PostedVoucher& posted) -> std::vector<std::string> {
                const Voucher& voucher = posted.voucher;
                const Date concerned = voucher.detail.concerns;
                return {std::to_string(posted.position.value),
                        to_string(voucher.book_date),
                        std::to_string(posted.number),
                        concerned ? to_string(concerned) : "",
                        to_string(voucher.id),
                        voucher.detail.summary};
            },
            [&](const PostedVoucher& posted) { return to_json(posted, view, currencies); }};
}

}  // namespace ledger::cli
