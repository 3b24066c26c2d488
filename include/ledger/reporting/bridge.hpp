// The bridge of a closed day: from the balances that were certified at its close to the same day as
// it is seen today, by which vouchers. Invariant: certified + late = seen, of every account; a
// voucher is on the bridge if the day's balances lack it and it says that it belongs there.
#pragma once

#include "ledger/history/view.hpp"

#include <optional>

namespace ledger {

/// What a bridge leads from, and to.
struct BridgeHead {
    BookId book;
    Date date;
    DayClose close;  ///< that closed the day: its own, or that of a later one
    /// Of the day's own close; none: the day was closed along with a later one, or the certificate
    /// is not made yet.
    std::optional<Certificate> certificate;
    Position known_at;  ///< the view's position
};

/// An account on which late vouchers have lines. On its normal side, in minor units.
struct BridgedAccount {
    AccountInfo account;
    Amount certified;  ///< at the end of the day, as known at its close, and for good
    Turnover late;     ///< of the late vouchers; red lines lower their side
    Amount seen;       ///< at the end of the day, had they all been posted to it
};

/// The late vouchers are those of View::late_vouchers: they concern the day or one before it, and
/// are dated after it. One that was posted while the day was still open counts like the others: the
/// certificate lacks it all the same. The view outlives the bridge. One thread.
class Bridge {
public:
    /// Throws InvalidArgument where the day is not closed in this view.
    Bridge(const View& view, BookId book, Date date);

    const BridgeHead& head() const noexcept { return head_; }
    /// In the order of posting.
    Page<PostedVoucher> vouchers(const PageRequest& page = {}) const {
        return view_.late_vouchers(head_.book, head_.date, page);
    }
    /// In the order of their ids; forward only, backward is InvalidArgument. Each page reads all
    /// late vouchers of the day, and keeps no more than itself. Throws OverflowError where a figure
    /// leaves 128 bits.
    Page<BridgedAccount> accounts(const PageRequest& page = {}) const;

private:
    const View& view_;
    BridgeHead head_;
};

}  // namespace ledger
