// See movements.hpp.
#include "ledger/reporting/movements.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace ledger {

namespace {

/// A book and the cursor in it.
struct Place {
    std::uint16_t book = 0;
    std::string cursor;

    std::string text() const { return std::to_string(book) + ":" + cursor; }
    /// Throws InvalidArgument where the text is none.
    static Place parse(const std::string& text) {
        Place place;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, place.book);
        if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ':') {
            throw InvalidArgument("'" + text +
                                  "' is no cursor of accounts of several books; pass the cursor of "
                                  "the page before as it is");
        }
        place.cursor.assign(read.ptr + 1, end);
        return place;
    }
};

}  // namespace

std::vector<BookId> books_of(const View& view) {
    std::vector<BookId> books;
    for (const DefineBook& one : view.books()) books.push_back(one.book);
    return books;
}

Page<BookMovement> movements(const View& view, std::span<const BookId> books,
                             const MovementRange& range, const PageRequest& page) {
    Page<BookMovement> found;
    if (books.empty()) return found;
    Place at{books.front().number, {}};
    if (!page.cursor.empty()) at = Place::parse(page.cursor);
    const auto book = std::ranges::find(books, at.book, &BookId::number);
    if (book == books.end()) {
        throw InvalidArgument("the cursor '" + page.cursor + "' names book " +
                              std::to_string(at.book) + ", which is not listed");
    }
    Page<AccountMovement> some =
        view.movements(*book, range, {page.size, page.backward, at.cursor});
    for (AccountMovement& one : some.items) found.items.push_back({*book, std::move(one)});
    if (!some.cursor.empty()) {
        found.cursor = Place{at.book, std::move(some.cursor)}.text();
    } else if (book + 1 != books.end()) {
        found.cursor = Place{book[1].number, {}}.text();
    }
    return found;
}

}  // namespace ledger
