// Strong 128-bit identities. Invariant: identities of different things do not convert into each
// other, and zero is never the identity of anything.
#pragma once

#include "ledger/core/int128.hpp"

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace ledger {

/// A 128-bit identity of the kind named by `Tag`. Regular; ordered by its unsigned value, so ids
/// made by IdGenerator (core/id_generator.hpp) sort by time.
template <class Tag>
struct BasicId {
    u128 value = 0;

    constexpr BasicId() = default;
    constexpr explicit BasicId(u128 number) noexcept : value(number) {}
    constexpr BasicId(std::uint64_t high, std::uint64_t low) noexcept
        : value(from_words(high, low)) {}

    /// False for the zero id, which means "none".
    constexpr explicit operator bool() const noexcept { return value != 0; }

    constexpr std::uint64_t high() const noexcept { return high_word(value); }
    constexpr std::uint64_t low() const noexcept { return low_word(value); }

    friend constexpr bool operator==(BasicId, BasicId) = default;
    friend constexpr std::strong_ordering operator<=>(BasicId a, BasicId b) noexcept {
        if (a.value == b.value) return std::strong_ordering::equal;
        return a.value < b.value ? std::strong_ordering::less : std::strong_ordering::greater;
    }
};

/// Idempotency key of any journaled record that a caller posts: a voucher, a hold, a register.
using RecordId = BasicId<struct RecordIdTag>;
using VoucherId = RecordId;
using HoldId = RecordId;
/// The caller's business key (业务单号); many records can share one.
using OrderId = BasicId<struct OrderIdTag>;
using AccountId = BasicId<struct AccountIdTag>;
/// An open item of an open-item account (挂销账).
using ItemId = BasicId<struct ItemIdTag>;

/// Spreads the bits of a 128-bit key over 64; the hash of every in-memory table. Not for
/// adversaries.
constexpr std::uint64_t mix(u128 key) noexcept {
    std::uint64_t h = low_word(key) * 0x9E3779B97F4A7C15ull ^
                      (high_word(key) + 0x7F4A7C15ull) * 0xD6E8FEB86659FD93ull;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93ull;
    h ^= h >> 29;
    return h;
}

/// 32 lower-case hexadecimal digits.
std::string id_to_string(u128 value);
/// Reads 1..32 hexadecimal digits of either case, or a UUID with its hyphens; zeros give the zero
/// id, which means "none". Throws InvalidArgument otherwise.
u128 id_from_hex(std::string_view text);
/// The identity of any other text, such as a caller's order number: XXH3-128 of its bytes (never
/// zero). Stored in journals, so it never changes. Throws InvalidArgument for the empty text, which
/// would quietly join everything that has no key.
u128 id_from_text(std::string_view text);

template <class Tag>
std::string to_string(BasicId<Tag> id) {
    return id_to_string(id.value);
}

}  // namespace ledger

template <class Tag>
struct std::hash<ledger::BasicId<Tag>> {
    std::size_t operator()(ledger::BasicId<Tag> id) const noexcept { return ledger::mix(id.value); }
};
