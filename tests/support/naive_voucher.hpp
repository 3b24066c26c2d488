// The naive model's judge of vouchers: section 3 of docs/posting-rules.md, one function a rule, in
// the order of the outcomes' numbers. Invariant: a voucher that is refused leaves no fact behind;
// sums, limits and relations are judged by writing its facts, looking at them, and forgetting them
// again where they break a rule.
#pragma once

#include "support/naive_ledger.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace ledger::oracle {

struct Refusal {
    Outcome outcome = Outcome::accepted;
    std::uint16_t line = Result::no_line;
    std::uint32_t culprit = 0;
    AccountId account = {};
};
using Verdict = std::optional<Refusal>;

inline Refusal refuse(Outcome outcome, std::size_t line = Result::no_line,
                      std::uint32_t culprit = 0) {
    return {outcome, static_cast<std::uint16_t>(line), culprit, {}};
}

/// Judges one voucher: the rules of section 3.
class VoucherJudge {
public:
    VoucherJudge(NaiveLedger& ledger, RecordFact& fact) : ledger_(ledger), fact_(fact) {
        if (const auto* given = fact.stored.detail<VoucherDetail>(fact.stored.records[0]))
            detail_ = *given;
    }

    /// Where nothing is returned, the voucher's facts stand in the ledger, its record included.
    Verdict post();

private:
    using Rule = Verdict (VoucherJudge::*)();

    BatchRecord& record() { return fact_.stored.records[0]; }
    std::span<const BatchLine> lines() const {
        return fact_.stored.lines_of(fact_.stored.records[0]);
    }
    const LineDetail& line_detail(const Batch& batch, const BatchLine& line) const {
        static const LineDetail none;
        return line.detail == no_detail ? none : batch.line_details[line.detail];
    }
    const LineDetail& line_detail(const BatchLine& line) const {
        return line_detail(fact_.stored, line);
    }
    AccountFact& account(AccountId id) const {
        return ledger_.accounts_.at(ledger_.account_handles_.at(id));
    }
    AccountFact& account_of(const BatchLine& line) const { return account(line.account); }
    AccountFact& account_of_hold(HoldId id) const {
        return ledger_.accounts_.at(ledger_.hold_accounts_.at(id));
    }
    bool is_inflow(const BatchLine& line) const {
        return NaiveLedger::is_inflow(account_of(line), line.side, line.ink);
    }
    bool has_items(const BatchLine& line) const { return account_of(line).opened.open_items; }
    /// The item that a line on an open-item account opens or names.
    ItemId item_of(const Batch& batch, const BatchLine& line, VoucherId voucher) const {
        const LineDetail& detail = line_detail(batch, line);
        if (detail.clears) return detail.clears;
        return detail.opens ? detail.opens : ItemId{voucher.value};
    }

    Verdict book_unknown();
    Verdict write_reversal();
    Verdict account_unknown();
    Verdict hold_unknown();
    Verdict item_unknown();
    Verdict voucher_unknown();
    Verdict item_exists();
    Verdict book_mismatch();
    Verdict reversal_mismatch();
    Verdict already_reversed();
    Verdict not_reversible();
    Verdict second_principal_required();
    Verdict hold_mismatch();
    Verdict item_mismatch();
    Verdict account_closed();
    Verdict account_frozen();
    Verdict date_out_of_range();
    Verdict day_closed();
    Verdict too_many_dates();
    Verdict unbalanced();

    Verdict reversal_target();
    bool undoes(const RecordFact& target) const;
    void resolve_date();
    Verdict holds_and_items();
    Verdict captures_too_much();
    Verdict items_too_much();
    bool figures_fit(const AccountFact& of) const;
    Verdict overflow();
    Verdict relation_broken(const std::map<std::uint32_t, Big>& values_before);
    Verdict too_many_items() const;
    std::map<std::uint32_t, Big> relation_values() const;
    std::optional<std::size_t> first_line_of_broken_parent() const;

    struct Before {
        AccountFact* account;
        std::size_t line;
        Big available;
        Big natural;
    };
    std::vector<Before> figures_before();
    Verdict limits(const std::vector<Before>& before);

    void apply();
    void apply_captures();
    void apply_line(std::size_t index);
    void apply_items();

    NaiveLedger& ledger_;
    RecordFact& fact_;
    VoucherDetail detail_;
    DefineBook book_;
    BookDays days_;
    std::optional<std::size_t> overflow_line_;
    std::size_t captures_taken_ = 0;
};

}  // namespace ledger::oracle
