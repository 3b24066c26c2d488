// Where views and feeds come from: the parts of an open ledger that they read.
#pragma once

#include "ledger/history/feed.hpp"
#include "ledger/history/pin.hpp"
#include "ledger/history/view.hpp"
#include "ledger/posting/account_index.hpp"

#include <functional>

namespace ledger::history {

/// Any thread. Must outlive its views and feeds.
class ViewSource {
public:
    ViewSource(PinSource& pins, const posting::AccountIndex& accounts) noexcept
        : pins_(pins), accounts_(accounts) {}

    /// A view of everything acknowledged so far.
    View view() const;
    /// Every record after this position, from the next one on. Throws InvalidArgument where the
    /// position is not committed yet.
    Feed follow(Position after, FeedContent content) const;

    PinSource& pins() const noexcept { return pins_; }
    const posting::AccountIndex& accounts() const noexcept { return accounts_; }

private:
    PinSource& pins_;
    const posting::AccountIndex& accounts_;
};

}  // namespace ledger::history
