// See movements.hpp.
#include "ledger/reporting/movements.hpp"

#include "reporting/numbered_cursor.hpp"

#include <algorithm>

namespace ledger {

std::vector<BookId> books_of(const View& view) {
    std::vector<BookId> books;
    for (const DefineBook& one : view.books()) books.push_back(one.book);
    return books;
}

Page<BookMovement> movements(const View& view, std::span<const BookId> books,
                             const MovementRange& range, const PageRequest& page) {
    Page<BookMovement> found;
    if (books.empty()) return found;
    NumberedCursor at{books.front().number, {}};
    if (!page.cursor.empty()) at = NumberedCursor::parse(page.cursor);
    const auto book = std::ranges::find(books, at.number, &BookId::number);
    if (book == books.end()) {
        throw InvalidArgument("the cursor '" + page.cursor + "' names book " +
                              std::to_string(at.number) + ", which is not listed");
    }
    Page<AccountMovement> some =
        view.movements(*book, range, {page.size, page.backward, at.cursor});
    for (AccountMovement& one : some.items) found.items.push_back({*book, std::move(one)});
    if (!some.cursor.empty()) {
        found.cursor = NumberedCursor{at.number, std::move(some.cursor)}.text();
    } else if (book + 1 != books.end()) {
        found.cursor = NumberedCursor{book[1].number, {}}.text();
    }
    return found;
}

}  // namespace ledger
