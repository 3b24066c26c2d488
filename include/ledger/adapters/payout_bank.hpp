// What a bank declares of itself before money is paid out through it (出金), and the accounts that
// its payouts are counted and listed on. Invariant: the serial of an attempt follows from its
// number in the books alone, so no two hosts can ever make the same one.
#pragma once

#include "ledger/adapters/desk.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ledger::adapters {

/// For how long a bank takes the same serial for the same instruction. Stored: append only.
enum class Idempotency : std::uint8_t {
    none = 0,      ///< not at all: an attempt is never sent again by itself
    same_day = 1,  ///< within the bank's day of the attempt
    for_ever = 2,
};

/// Serials in a bank's own length and alphabet: the prefix, then the attempt's number in the
/// alphabet's digits, the first of which is zero.
struct PayoutSerials {
    std::string prefix;
    std::size_t length = 20;              ///< of the whole serial, prefix included: 1..64
    std::string alphabet = "0123456789";  ///< 2..64 different printable ASCII characters

    /// Empty where the bank's length has no more numbers.
    std::string serial_of(std::uint64_t number) const;
    /// None where no number has this serial.
    std::optional<std::uint64_t> number_of(std::string_view serial) const noexcept;
};

/// Who is paid, without personal data: what the host's vault knows by the token.
struct Payee {
    std::string token;   ///< 1..64 printable ASCII characters, no space
    std::string digest;  ///< of name, account number and bank, 16..128 hexadecimal digits
    std::string bank;    ///< the payee's bank, as the paying bank wants it named; never empty
    friend bool operator==(const Payee&, const Payee&) = default;
};

/// What an instruction to a bank says.
struct PayoutMessage {
    std::string serial;
    Payee payee;
    Amount amount;
    CurrencyCode currency;
    friend bool operator==(const PayoutMessage&, const PayoutMessage&) = default;
};

/// A bank, and the one account there that payouts are made from.
struct PayoutBank {
    std::string name;  ///< 1..16 of a-z, 0-9: part of ids, never changes
    AccountId account;
    PayoutSerials serials;
    Idempotency idempotency = Idempotency::none;
    /// After so long without an answer the bank is asked what became of it.
    std::chrono::nanoseconds answer_wait = std::chrono::minutes{1};
    /// After so long "not found" (查无此单) says something: no instruction is under way any more.
    std::chrono::nanoseconds query_horizon = std::chrono::hours{24};
    std::int32_t utc_offset_seconds = 0;    ///< of the bank's day
    unsigned resends_max = 3;               ///< of one attempt
    std::optional<Amount> single_max;       ///< of one payout
    std::optional<Amount> daily_total_max;  ///< of attempts recorded in one day of the bank
    std::optional<std::uint64_t> daily_count_max;
    /// The bytes of an instruction, at most 16 KiB. Personal data stays out of them: whoever
    /// carries them to the bank puts it in the place of the token, and compares its digest.
    std::function<std::string(const PayoutMessage&)> write;

    /// The bank's day that contains the instant.
    Date day_of(Instant instant) const noexcept;
    Instant start_of(Date day) const noexcept;
    /// Throws InvalidArgument naming the field.
    void check() const;
};

/// The memorandum accounts of a bank; their ids follow from its name.
struct PayoutAccounts {
    WorkQueue work;         ///< orders that are not final
    WorkQueue unconfirmed;  ///< attempts about which the bank's final files have the last word
    AccountId count;        ///< attempts recorded; frozen: payouts through the bank are stopped
    AccountId total;        ///< their amounts; frozen: the bank is paused
    AccountId counterpart;  ///< of the two
};
PayoutAccounts payout_accounts(std::string_view bank);

}  // namespace ledger::adapters
