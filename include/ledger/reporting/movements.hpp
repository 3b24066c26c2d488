// The accounts of several books in one listing. Invariant: each account is listed once, book by
// book and in the order of opening.
#pragma once

#include "ledger/history/view.hpp"

#include <span>
#include <vector>

namespace ledger {

/// An account of a book, and what moved on it.
struct BookMovement {
    BookId book;
    AccountMovement movement;
};

/// All books that are defined in the view.
std::vector<BookId> books_of(const View& view);
/// View::movements of one book after the other; forward only. A page ends with its book: it may
/// have fewer items than were asked for, even none, and a cursor.
Page<BookMovement> movements(const View& view, std::span<const BookId> books,
                             const MovementRange& range, const PageRequest& page = {});

}  // namespace ledger
