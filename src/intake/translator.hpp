// Rows to vouchers, by a mapping. Invariant: a refused row adds nothing to the batch; an accepted
// one adds one voucher, and before it the openings of the accounts it needs first.
#pragma once

#include "intake/mapping_data.hpp"
#include "ledger/core/currency.hpp"
#include "ledger/model/batch.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace ledger::intake {

/// What the translator must know of an account that exists.
struct AccountFacts {
    BookId book;
    CurrencyCode currency;
    Side normal_side = Side::debit;
};

/// Nothing where the ledger has no such account.
using FindAccount = std::function<std::optional<AccountFacts>(AccountId)>;

class Translator {
public:
    /// `mapping` is bound to the file's columns. `currencies`: those the ledger has. Throws
    /// InvalidArgument where the mapping's constant currency is none of them.
    Translator(MappingData mapping, Columns columns, std::span<const Currency> currencies,
               FindAccount find);

    /// Adds the accounts that can be named without a row. Returns how many.
    std::size_t open_constant_accounts(Batch& batch);

    /// False where a rule or a zero amount says to pass the row over; throws Refusal.
    bool translate(const Row& row, Batch& batch);

    /// The account must be looked for again: its opening was refused.
    void forget(AccountId account) { known_.erase(account); }
    /// How the mapping calls the account that has this id in this row, for messages.
    std::string account_name(const Row& row, AccountId account) const;

private:
    struct Found {
        AccountId id;
        AccountFacts facts;
    };
    struct Context {
        BookId book;
        CurrencyCode currency;
        unsigned decimals = 0;
    };

    Context context_of(const Row& row) const;
    CurrencyCode currency_of(const TextTemplate& text, const Row& row) const;
    unsigned decimals_of(CurrencyCode currency, const TextTemplate& text) const;
    /// The first that holds; null: none. Where the amount can't be read, no sign is the row's.
    const VoucherRule* rule_for(const Row& row, std::optional<Amount> amount) const;
    bool holds(const Condition& condition, const Row& row, std::optional<Amount> amount) const;
    [[noreturn]] void refuse_without_rule(const Row& row, Amount amount) const;
    Found find_or_open(const AccountRule& rule, const Row& row, const Context& context);
    OpenAccount opening(const AccountRule& rule, const Row& row, const Context& context);
    void add_lines(const VoucherRule& rule, const Row& row, const Context& context, Amount main);
    void add_line(const LineRule& rule, const Row& row, const Context& context, Amount amount);
    void add_opening_lines(const OpeningRule& rule, const Row& row, const Context& context,
                           Amount amount);
    void fill_texts(const Row& row, const VoucherRule* rule);
    void commit(Batch& batch);

    MappingData mapping_;
    Columns columns_;
    std::map<CurrencyCode, unsigned> decimals_;
    FindAccount find_;
    std::unordered_map<AccountId, AccountFacts> known_;  // bounded; emptied when full
    Voucher voucher_;                                    // of the row at hand
    std::vector<OpenAccount> openings_;                  // that the row at hand needs
};

}  // namespace ledger::intake
