// What reads on over a view: it keeps the view, and one thread at a time reads. Invariant: nothing
// of it is touched once the view is closed.
#pragma once

#include "owner.hpp"

#include <memory>
#include <utility>

namespace ledger::python {

/// A Statement, Bridge, Comparison or VoucherJournal, which refers to its view.
template <class T>
class OnView {
public:
    template <class Make>
    OnView(HeldView& view, Make&& make) : view_(view.shared_from_this()) {
        view_->ask([&](View& now) { value_ = make(now); });
    }
    template <class Ask>
    auto ask(Ask&& ask) {
        return view_->ask([&](View&) { return ask(*value_); });
    }

private:
    std::shared_ptr<HeldView> view_;
    std::unique_ptr<T> value_;
};

}  // namespace ledger::python
