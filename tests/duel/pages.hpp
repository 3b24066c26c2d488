// Following a paged query to its end. Invariant: pages are bounded by what was asked for, and
// cursors move on.
#pragma once

#include "texts.hpp"

#include "ledger/history/view.hpp"

#include <cstddef>
#include <vector>

namespace ledger::oracle {

/// All items of a query, page by page. `ask` gives the Page<T> of a PageRequest.
template <class Ask>
auto all_pages(const std::string& question, PageRequest request, const Ask& ask) {
    decltype(ask(request).items) all;
    for (;;) {
        auto page = ask(request);
        if (page.items.size() > request.size) {
            throw Disagreement(question + ": a page of " + std::to_string(page.items.size()) +
                               " items where " + std::to_string(request.size) + " were asked for");
        }
        for (auto& item : page.items) all.push_back(std::move(item));
        if (page.cursor.empty()) return all;
        if (page.cursor == request.cursor) {
            throw Disagreement(question + ": the cursor " + page.cursor + " stands still");
        }
        request.cursor = page.cursor;
    }
}

}  // namespace ledger::oracle
