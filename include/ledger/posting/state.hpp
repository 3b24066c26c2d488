// The tables of the posting state machine, and the interface through which they are saved and
// loaded. Invariant: plain values only, no pointers between tables, so that a saved and loaded
// state is identical.
#pragma once

#include "ledger/core/chunked_array.hpp"
#include "ledger/core/currency.hpp"
#include "ledger/core/id_pool.hpp"
#include "ledger/core/time.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/model/kinds.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace ledger::posting {

/// Receives a saved state: the blocks of each table in order, then end_table. A block is at most
/// 256 KiB.
class StateSink {
public:
    virtual ~StateSink() = default;
    virtual void block(std::uint32_t table, std::uint32_t index,
                       std::span<const std::byte> bytes) = 0;
    /// The table has this many blocks; older ones beyond are obsolete.
    virtual void end_table(std::uint32_t table, std::uint32_t blocks) = 0;
};

/// Gives a saved state back.
class StateSource {
public:
    virtual ~StateSource() = default;
    virtual std::uint32_t blocks(std::uint32_t table) = 0;
    /// The bytes are valid until the next call.
    virtual std::span<const std::byte> block(std::uint32_t table, std::uint32_t index) = 0;
};

namespace account_flag {
inline constexpr std::uint16_t credit_normal = 1;
inline constexpr std::uint16_t has_minimum = 2;
inline constexpr std::uint16_t has_maximum = 4;
inline constexpr std::uint16_t has_judicial = 8;
// Any of the following sends a voucher over the general path.
inline constexpr std::uint16_t closed = 16;
inline constexpr std::uint16_t refuses_inflow = 32;
inline constexpr std::uint16_t refuses_outflow = 64;
inline constexpr std::uint16_t open_items = 128;
inline constexpr std::uint16_t buffered = 256;
inline constexpr std::uint16_t related = 512;
inline constexpr std::uint16_t transit = 1024;
inline constexpr std::uint16_t general_path =
    closed | refuses_inflow | refuses_outflow | open_items | buffered | related | transit;
}  // namespace account_flag

/// What posting must know of every account that a line stands on: one cache line.
struct alignas(64) Account {
    i128 debits = 0;  ///< total turnover, buffered included
    i128 credits = 0;
    i128 held = 0;
    std::uint16_t flags = 0;
    BookId book;
    std::uint16_t currency = 0;  ///< index in State::currencies
    AccountKind kind = AccountKind::asset;
    std::uint8_t reserved_byte = 0;
    std::uint32_t memberships = 0;  ///< 1 + index in State::membership_lists
    std::uint32_t buffer = 0;       ///< 1 + index in State::buffers

    bool has(std::uint16_t flag) const noexcept { return (flags & flag) != 0; }
    Side normal_side() const noexcept {
        return has(account_flag::credit_normal) ? Side::credit : Side::debit;
    }
};
static_assert(sizeof(Account) == 64);

/// What few records need to know of an account, and fewer change; plain vouchers leave it alone.
struct alignas(64) AccountTerms {
    i128 minimum = 0;
    i128 maximum = 0;
    std::uint32_t group = 0;         ///< 1 + index in State::groups
    std::uint32_t parent = 0;        ///< 1 + handle
    std::uint32_t own_relation = 0;  ///< of a parent: 1 + index of the relation with its children
    std::uint32_t open_children = 0;
    std::uint32_t items = 0;  ///< open items
    std::uint32_t reserved_word = 0;
    std::uint64_t reserved_long = 0;
};
static_assert(sizeof(AccountTerms) == 64);

/// Window and content of a buffered account.
struct Buffer {
    std::int64_t window = 0;  ///< nanoseconds; 0: buffering is off
    std::uint32_t lines_max = 0;
    AccountHandle account;
    i128 amount = 0;  ///< on the account's normal side
    std::uint64_t count = 0;
    Position first;  ///< of the lines in it
    Position last;
    Instant opened;
    Date book_date = Date::none();
    std::uint32_t reserved_word = 0;
};

struct Hold {
    u128 key = 0;
    i128 remaining = 0;
    AccountHandle account;
    HoldKind kind = HoldKind::ordinary;
    Instant expires_at;
    Position placed;
};

struct Item {
    u128 key = 0;
    i128 remaining = 0;  ///< debit positive
    AccountHandle account;
    Position opened;
};

/// Voucher numbers of one book date.
struct Numbers {
    std::uint64_t next = 1;
    Instant keyed;  ///< the batch that has a number key already; not part of saved states
};

struct Book {
    BookId id;
    bool two_principals = false;
    std::int32_t utc_offset_seconds = 0;
    Date first_date = Date::none();
    Date closed_through = Date::none();
    Date current = Date::none();      ///< none: never cut
    std::map<Date, Numbers> numbers;  ///< of dates not closed
};

/// What the lines of a transit account come to by book date, debit positive: only of dates after
/// the book's closed-through date, and only where it is not zero.
using DatedNet = std::map<Date, Wide>;

struct Group {
    std::string code;
    AccountKind kind = AccountKind::asset;
    std::uint32_t parent = 0;  ///< 1 + index
};

struct Membership {
    std::uint32_t relation = 0;
    std::int64_t coefficient = 0;
    friend auto operator<=>(const Membership&, const Membership&) = default;
};

/// A group term of a relation, kept to enrol accounts opened later.
struct GroupTerm {
    std::uint32_t group = 0;  ///< index
    BookId book;
    std::uint16_t currency = 0;
    std::int64_t coefficient = 0;
};

struct Relation {
    std::uint32_t number = 0;  ///< 0: a parent and its children
    bool at_day_close = false;
    i128 value = 0;
    std::vector<GroupTerm> group_terms;
    std::vector<BookId> books;  ///< that its terms reach
};

/// One due moment in a queue; stale ones are skipped when they surface.
template <class Key>
struct Due {
    Instant at;
    Key key;
    friend auto operator<=>(const Due&, const Due&) = default;
};

/// All tables. Written by the posting thread only.
struct State {
    ChunkedArray<Account, 15> accounts;    ///< by handle
    ChunkedArray<AccountTerms, 15> terms;  ///< of the same accounts
    std::vector<Buffer> buffers;
    std::size_t buffered_accounts = 0;  ///< open ones with buffering on
    IdPool<Hold> holds;
    IdPool<Item> items;
    std::map<std::uint32_t, std::vector<u128>>
        judicial;                               ///< account -> its judicial holds, oldest first
    std::map<std::uint32_t, DatedNet> transit;  ///< of the open transit accounts

    std::vector<Book> books;
    std::vector<std::uint16_t> book_slots = std::vector<std::uint16_t>(65536, 0);  ///< 1 + index
    std::vector<Currency> currencies;
    std::vector<Group> groups;
    std::map<std::string, std::uint32_t, std::less<>> group_codes;
    std::vector<Relation> relations;
    std::vector<std::vector<Membership>> membership_lists;
    std::map<std::vector<Membership>, std::uint32_t> membership_index;

    std::vector<Due<u128>> hold_due;             ///< heap, earliest first
    std::vector<Due<std::uint32_t>> buffer_due;  ///< heap, earliest first
};

}  // namespace ledger::posting
