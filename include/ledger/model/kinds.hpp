// The small vocabulary of the books: sides, inks, account kinds, freezes, record kinds, and the
// strong numbers for books and positions. Values are stored on disk: append only, never renumber.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace ledger {

/// Which side of an account a line stands on (借 / 贷).
enum class Side : std::uint8_t { debit = 0, credit = 1 };

constexpr Side opposite(Side side) noexcept {
    return side == Side::debit ? Side::credit : Side::debit;
}

/// Black lines raise their side's turnover; red lines (红字) lower it.
enum class Ink : std::uint8_t { black = 0, red = 1 };

constexpr Ink opposite(Ink ink) noexcept { return ink == Ink::black ? Ink::red : Ink::black; }

/// What an account or chart group stands for in the statements.
enum class AccountKind : std::uint8_t {
    asset = 1,
    liability = 2,
    equity = 3,
    income = 4,
    expense = 5,
    common = 6,      ///< 共同类: exchange positions, clearing
    memorandum = 7,  ///< 表外: off the balance sheet
};

/// The side on which accounts of this kind normally grow.
constexpr Side normal_side_of(AccountKind kind) noexcept {
    return kind == AccountKind::asset || kind == AccountKind::expense ||
                   kind == AccountKind::memorandum || kind == AccountKind::common
               ? Side::debit
               : Side::credit;
}

/// Direction freeze of an account; inflow is what raises the balance on the normal side.
enum class Freeze : std::uint8_t {
    none = 0,
    inflow_only = 1,   ///< 只收不付 (also 止付): refuses outflow
    outflow_only = 2,  ///< 只付不收: refuses inflow
    all = 3,           ///< refuses both
};

enum class HoldKind : std::uint8_t {
    ordinary = 0,  ///< needs the amount available
    precise = 1,   ///< 精准冻结: what is left of the money that named vouchers brought
    judicial = 2,  ///< may exceed the balance, catches later inflow, queues (轮候)
};

/// What a journal record is. Stored.
enum class RecordKind : std::uint8_t {
    none = 0,
    voucher = 1,
    define_currency = 2,
    define_book = 3,
    define_group = 4,
    open_account = 5,
    set_limits = 6,
    set_freeze = 7,
    set_attributes = 8,
    set_buffering = 9,
    close_account = 10,
    place_hold = 11,
    release_hold = 12,
    register_entry = 13,
    define_relation = 14,
    cut_day = 15,
    close_day = 16,
    time_passed = 17,  ///< made by the engine: due holds expire, due windows fold
    anchor = 18,       ///< made by the engine: cryptographic digest of sealed batches
    certificate = 19,  ///< made by the engine: cryptographic digest of a closed day's balances
    snapshot = 20,     ///< made by the engine: a name for a position, and a digest of its balances
};
inline constexpr int record_kinds = 21;

/// What one record did to one account. Stored.
enum class EntryKind : std::uint8_t {
    line = 1,
    fold = 2,  ///< buffered lines folded into posted (汇总入账)
    hold_placed = 3,
    hold_captured = 4,
    hold_released = 5,
    hold_expired = 6,
    opened = 7,
    limits = 8,
    freeze = 9,
    attributes = 10,
    buffering = 11,
    closed = 12,
};

/// One legal entity's books (账套): a number the owner chooses, 1..65535.
struct BookId {
    std::uint16_t number = 0;
    constexpr explicit operator bool() const noexcept { return number != 0; }
    friend constexpr auto operator<=>(BookId, BookId) = default;
};

/// A record's place in the journal, counted from 1 without gaps. Zero means "none" or "before all".
struct Position {
    std::uint64_t value = 0;
    constexpr explicit operator bool() const noexcept { return value != 0; }
    friend constexpr auto operator<=>(Position, Position) = default;
    friend constexpr Position operator+(Position position, std::uint64_t count) noexcept {
        return {position.value + count};
    }
};

/// Dense index of an account in the order of opening; internal to one ledger, stored in its
/// journal.
struct AccountHandle {
    std::uint32_t index = none_index;

    static constexpr std::uint32_t none_index = UINT32_MAX;
    constexpr explicit operator bool() const noexcept { return index != none_index; }
    friend constexpr auto operator<=>(AccountHandle, AccountHandle) = default;
};

/// The names of the enumerators, as CLI, RPC and Python print them; parse_* throw InvalidArgument
/// that lists the names.
std::string_view to_string(Side) noexcept;
std::string_view to_string(Ink) noexcept;
std::string_view to_string(AccountKind) noexcept;
std::string_view to_string(Freeze) noexcept;
std::string_view to_string(HoldKind) noexcept;
std::string_view to_string(RecordKind) noexcept;
std::string_view to_string(EntryKind) noexcept;
Side parse_side(std::string_view text);
Ink parse_ink(std::string_view text);
AccountKind parse_account_kind(std::string_view text);
Freeze parse_freeze(std::string_view text);
HoldKind parse_hold_kind(std::string_view text);

}  // namespace ledger
