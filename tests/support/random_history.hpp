// Random histories for the property tests: batches of records as callers make them, most of them
// sensible, many not. Invariant: the same seed gives the same history, provided the naive model it
// is shown has posted exactly the steps given so far.
#pragma once

#include "support/naive_ledger.hpp"

#include <cstdint>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ledger::oracle {

/// One batch and the instant it is posted at. Instants strictly increase.
struct Step {
    Instant instant;
    Batch batch;
};

struct HistoryOptions {
    bool anchors = true;           ///< also records that only the engine makes
    std::size_t records_max = 12;  ///< of an ordinary batch
};

/// What a ledger holds at most that some random histories fill, each in its own way.
Capacity little_capacity(std::uint64_t seed);

/// One thread only. Print `seed()` where a test fails: it repeats the history.
class RandomHistory {
public:
    explicit RandomHistory(std::uint64_t seed, HistoryOptions options = {});

    std::uint64_t seed() const { return seed_; }

    /// The next step, chosen in view of `ledger`, which must have posted all steps before.
    Step next(const NaiveLedger& ledger);

private:
    using Action = void (RandomHistory::*)();
    struct Weighted {
        unsigned weight;
        Action action;
    };

    // Dice.
    std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
    bool chance(unsigned percent) { return roll(100) < percent; }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[roll(from.size())];
    }
    Amount small_amount();
    Amount giant_amount();
    u128 random_word() { return from_words(random_(), random_()); }
    RecordId fresh_id();
    OrderId some_order();
    Attributes some_attributes(std::size_t count_max);
    std::string some_text(std::size_t bytes_max);
    Side some_side() { return chance(50) ? Side::debit : Side::credit; }
    Date some_date(BookId book);

    // What there is.
    using Account = const AccountFact*;
    std::vector<Account> accounts_where(const std::function<bool(const AccountFact&)>& holds) const;
    std::vector<Account> open_accounts(BookId book, CurrencyCode currency) const;
    Account any_account();
    Account settlement(BookId book, CurrencyCode currency) const;
    bool is_open(const AccountFact& account) const { return !ledger_->status(account).closed; }
    bool is_giant(const AccountFact& account) const { return account.opened.code == "giant"; }
    bool is_settlement(const AccountFact& account) const { return account.opened.code == "settle"; }
    std::vector<const RecordFact*> vouchers_where(
        const std::function<bool(const RecordFact&)>& holds);
    std::vector<const HoldFact*> all_holds(bool open_only) const;

    // The beginning, and the mix.
    void lay_foundations();
    void open_foundation_accounts();
    void run(std::span<const Weighted> actions);
    void any_record();
    void link_some(std::size_t first);

    // Accounts, chart, books, days.
    OpenAccount new_account(BookId book, CurrencyCode currency);
    void open_account();
    void open_child();
    void define_something();
    void define_relation();
    void define_pair_relation();
    void set_limits();
    void set_freeze();
    void set_attributes();
    void set_buffering();
    void close_account();
    void cut_day();
    void close_day();
    std::vector<AccountId> some_exceptions(BookId book, Date date);
    void register_entry();
    void anchor();
    void certificate();
    void snapshot();

    // Holds.
    void place_hold();
    void place_precise_hold();
    void place_many_judicial_holds();
    void release_hold();

    // Vouchers (random_vouchers.cpp).
    Voucher new_voucher(BookId book);
    void put_line(Voucher& voucher, const AccountFact& account, Side side, Amount amount,
                  Ink ink = Ink::black);
    void put_companions(Voucher& voucher, const AccountFact& account, Side side, Amount amount,
                        Ink ink);
    void put_relation_companion(Voucher& voucher, const AccountFact& account,
                                const DefineRelation& relation, bool inflow, Amount amount);
    void put_flow(Voucher& voucher, const AccountFact& account, bool inflow, Amount amount);
    void balance(Voucher& voucher);
    Voucher sensible_voucher(std::size_t lines_max);
    void plain_voucher();
    void long_voucher();
    void giant_voucher();
    void hot_voucher();
    void capture_voucher();
    void item_voucher();
    void reversal();
    Voucher given_reversal(const RecordFact& target);
    void replacement();
    void repair_relation();
    void spoiled_voucher();
    void spoil(Voucher& voucher);

    // Records once more (random_malformed.cpp).
    void repeat();
    void repeat_changed();
    void malformed();
    void malformed_voucher();
    void malformed_definition();
    void malformed_setting();
    void malformed_by_hand();

    std::uint64_t seed_;
    HistoryOptions options_;
    std::mt19937_64 random_;
    Instant now_;
    std::uint64_t steps_ = 0;
    std::uint64_t ids_ = 0;
    const NaiveLedger* ledger_ = nullptr;  ///< during next()
    Batch batch_;
};

}  // namespace ledger::oracle
