// The table of outcomes: names, explanations, precedence. Invariant: docs/outcomes.md says the same
// (a test compares them row by row).
#include "ledger/model/outcome.hpp"

#include <algorithm>
#include <array>

namespace ledger {

namespace {

struct Row {
    Outcome outcome;
    std::string_view name;
    std::string_view explanation;  ///< "<meaning>; <remedy>."
};

constexpr std::array rows{
    Row{Outcome::accepted, "accepted", "The record was posted; nothing to do."},
    Row{Outcome::already_posted, "already_posted",
        "The same record was posted before; the first receipt stands."},
    Row{Outcome::group_failed, "group_failed",
        "Another record of its group was refused, so nothing of the group was posted; see the "
        "refused "
        "record's own outcome."},
    Row{Outcome::deadline_passed, "deadline_passed",
        "The deadline passed before posting began and nothing was posted; post again with the same "
        "id."},
    Row{Outcome::overloaded, "overloaded",
        "The queue is full and nothing was posted; post again later with the same id."},
    Row{Outcome::clock_out_of_range, "clock_out_of_range",
        "The system clock ran far ahead, of the steady clock or of the last batch, and nothing was "
        "posted; set the clock right; if it is right, reopen the ledger, where need be with a "
        "larger Options::clock_gap_max."},
    Row{Outcome::storage_full, "storage_full",
        "There is no room for the batch and nothing was posted; free disk space or raise the map "
        "size, "
        "then post again."},
    Row{Outcome::group_too_large, "group_too_large",
        "The group has more records, lines or bytes than one journal batch holds and nothing was "
        "posted; split the group."},
    Row{Outcome::outcome_unknown, "outcome_unknown",
        "The commit failed in a way that leaves open whether the record is durable; reopen the "
        "ledger and look the record up by its id."},
    Row{Outcome::closed, "closed",
        "The ledger was closed before the record was begun and nothing was posted; open it and "
        "post again with the same id."},
    Row{Outcome::id_missing, "id_missing", "The record's id is zero; give it an id of its own."},
    Row{Outcome::id_conflict, "id_conflict",
        "Another record was posted under this id; compare it with the one at the position named, "
        "and give "
        "a new record a new id."},
    Row{Outcome::too_few_lines, "too_few_lines",
        "A voucher has fewer than 2 lines; give at least one debit and one credit line (only a "
        "reversal "
        "may leave its lines to the engine)."},
    Row{Outcome::too_many_lines, "too_many_lines",
        "A voucher has more than 4,096 lines; split it into a group of vouchers."},
    Row{Outcome::amount_not_positive, "amount_not_positive",
        "An amount is zero or negative; give a positive amount and let side and ink say its "
        "direction."},
    Row{Outcome::amount_too_large, "amount_too_large",
        "An amount does not fit its place; split it, or choose a currency with fewer decimals."},
    Row{Outcome::text_too_long, "text_too_long",
        "A code, name, text, attribute or payload is over its bound; shorten it, or keep it "
        "outside and "
        "store a reference."},
    Row{Outcome::too_many_attributes, "too_many_attributes",
        "A record has more than 16 attributes or a line more than 8 dimensions; keep the rest in a "
        "register entry."},
    Row{Outcome::duplicate_attribute, "duplicate_attribute",
        "Two attributes of one owner have the same key; give each key once."},
    Row{Outcome::too_many_captures, "too_many_captures",
        "A voucher captures more than 64 holds; split it into a group of vouchers."},
    Row{Outcome::text_missing, "text_missing",
        "A code or an attribute's key is empty; give it a text."},
    Row{Outcome::value_out_of_range, "value_out_of_range",
        "A number, count, window, date, code or enumerator is outside its documented range; "
        "correct it "
        "(model/shape.hpp lists the ranges)."},
    Row{Outcome::text_not_utf8, "text_not_utf8",
        "A name, text, reference or attribute is not valid UTF-8; convert it, or keep bytes in a "
        "register entry."},
    Row{Outcome::book_unknown, "book_unknown", "The book is not defined; define it first."},
    Row{Outcome::currency_unknown, "currency_unknown",
        "The currency is not defined in this ledger; define it first."},
    Row{Outcome::account_unknown, "account_unknown",
        "No account has this id; open it first or correct the id."},
    Row{Outcome::group_unknown, "group_unknown",
        "The chart has no group with this code; define the group first."},
    Row{Outcome::hold_unknown, "hold_unknown", "No hold was placed under this id; correct the id."},
    Row{Outcome::item_unknown, "item_unknown",
        "No open item was opened under this id before this voucher; correct the id."},
    Row{Outcome::voucher_unknown, "voucher_unknown",
        "No voucher fits this id (one to reverse, to replace, or whose inflow a precise freeze "
        "catches); "
        "correct the id."},
    Row{Outcome::relation_unknown, "relation_unknown",
        "No relation has this number; correct the number."},
    Row{Outcome::too_many_sources, "too_many_sources",
        "An order that a precise freeze names has more than 256 records, or the freeze has more "
        "than 64 sources with it; name the vouchers, in several freezes."},
    Row{Outcome::book_exists, "book_exists",
        "Another definition of this book stands; choose a free number or keep the first "
        "definition."},
    Row{Outcome::currency_exists, "currency_exists",
        "Another definition of this currency stands; choose a free code or keep the first "
        "definition."},
    Row{Outcome::account_exists, "account_exists",
        "Another account was opened under this id; choose a new id or keep the first account."},
    Row{Outcome::group_exists, "group_exists",
        "Another definition of this group stands; choose a free code or keep the first "
        "definition."},
    Row{Outcome::item_exists, "item_exists",
        "An item was opened under this id before; choose a new item id."},
    Row{Outcome::relation_exists, "relation_exists",
        "Another definition of this relation stands; choose a free number or keep the first "
        "definition."},
    Row{Outcome::code_is_group, "code_is_group",
        "A code is meant for an account and a group at once; choose another code for one of them."},
    Row{Outcome::kind_mismatch, "kind_mismatch",
        "The kind differs from that of the group above; use the group's kind or another code."},
    Row{Outcome::parent_mismatch, "parent_mismatch",
        "The parent is of another book or currency, or itself a child; name a parent of the same "
        "book and "
        "currency that has no parent."},
    Row{Outcome::too_many_definitions, "too_many_definitions",
        "The ledger has as many currencies (65,535), groups (65,536), accounts (268,435,456) or "
        "open transit accounts (65,536) as it holds; use those defined, or another ledger."},
    Row{Outcome::book_mismatch, "book_mismatch",
        "An account or voucher named here belongs to another book; use one voucher per book, "
        "linked as a "
        "group."},
    Row{Outcome::reversal_mismatch, "reversal_mismatch",
        "The lines do not undo the reversed voucher, or the replaced voucher was not reversed; "
        "leave the "
        "lines to the engine, or reverse first."},
    Row{Outcome::already_reversed, "already_reversed",
        "The voucher was reversed before; look at its reversal instead of posting another."},
    Row{Outcome::not_reversible, "not_reversible",
        "The voucher to reverse is itself a reversal; post the original again under a new id."},
    Row{Outcome::second_principal_required, "second_principal_required",
        "A manual voucher in this book needs two principals; give made_by and a different "
        "checked_by."},
    Row{Outcome::hold_mismatch, "hold_mismatch",
        "A captured hold's account has no outflow line here, or less outflow than is captured; add "
        "the "
        "line or lower the capture."},
    Row{Outcome::item_mismatch, "item_mismatch",
        "A line names an item wrongly (no open-item account, another account's item, the item's "
        "own "
        "direction, or opens and clears at once); name an item of the line's account on the other "
        "side."},
    Row{Outcome::transit_mismatch, "transit_mismatch",
        "An exception of a day close is no transit account, or is named twice; leave it out."},
    Row{Outcome::account_closed, "account_closed", "The account is closed; use another account."},
    Row{Outcome::account_frozen, "account_frozen",
        "The account is frozen in the line's direction; wait for the freeze to be lifted or use "
        "another "
        "account."},
    Row{Outcome::date_out_of_range, "date_out_of_range",
        "The date lies outside 1900-01-01..9999-12-31, or the day that a voucher concerns after "
        "its "
        "book date; correct it."},
    Row{Outcome::day_closed, "day_closed",
        "The day is already cut or closed, or before the book's first date; use an open date."},
    Row{Outcome::day_not_cut, "day_not_cut", "The day to close was not cut yet; cut it first."},
    Row{Outcome::not_zero, "not_zero",
        "The account to close still has a balance, hold, buffer, open item or open child; clear it "
        "first."},
    Row{Outcome::too_many_buffered, "too_many_buffered",
        "65,536 accounts are buffered already; switch the buffering of another one off first."},
    Row{Outcome::too_many_dates, "too_many_dates",
        "The book has vouchers on 65,536 dates that are not closed; close days first."},
    Row{Outcome::transit_not_zero, "transit_not_zero",
        "A transit account (named) is not zero by the lines up to the day to close; clear it with "
        "a voucher of that day, or name it among the exceptions."},
    Row{Outcome::transit_is_zero, "transit_is_zero",
        "An exception is zero by the lines up to the day to close; leave it out."},
    Row{Outcome::unbalanced, "unbalanced",
        "Debits and credits differ in a currency; correct the amounts."},
    Row{Outcome::overflow, "overflow",
        "A total, balance or relation would leave 128 bits; post smaller amounts or use another "
        "account."},
    Row{Outcome::hold_closed, "hold_closed", "Nothing remains of the hold; place a new one."},
    Row{Outcome::hold_exceeded, "hold_exceeded",
        "The amount is more than remains of the hold, or than a judicial hold's rank covers; lower "
        "the "
        "amount."},
    Row{Outcome::item_exceeded, "item_exceeded",
        "The amount is more than remains of the item; lower the amount."},
    Row{Outcome::nothing_to_hold, "nothing_to_hold",
        "Nothing is left of the money that the named vouchers and orders brought; nothing was "
        "frozen."},
    Row{Outcome::too_many_holds, "too_many_holds",
        "The account has 64 open judicial holds, or the ledger 1,073,741,824 open holds; release "
        "one first."},
    Row{Outcome::below_minimum, "below_minimum",
        "The available balance would fall under the account's minimum; lower the amount or bring "
        "in money "
        "first."},
    Row{Outcome::above_maximum, "above_maximum",
        "The balance would rise over the account's maximum; lower the amount or raise the limit."},
    Row{Outcome::relation_broken, "relation_broken",
        "A relation would no longer be zero (culprit names it, 0 is parent and children); post "
        "what "
        "belongs together in one voucher or group."},
    Row{Outcome::too_many_items, "too_many_items",
        "The ledger has 1,073,741,824 open items; clear some first."},
};

constexpr bool rows_ascend() {
    return std::is_sorted(rows.begin(), rows.end(),
                          [](const Row& a, const Row& b) { return a.outcome < b.outcome; });
}
static_assert(rows_ascend());

constexpr std::size_t count_from(Outcome first) {
    std::size_t count = 0;
    for (const Row& row : rows) count += row.outcome >= first ? 1 : 0;
    return count;
}

/// id_missing, already_posted, id_conflict, then the enumerators' numeric order.
constexpr auto precedence = [] {
    std::array<Outcome, count_from(Outcome::id_missing) + 1> order{};
    std::size_t next = 0;
    for (const Row& row : rows) {
        if (row.outcome < Outcome::id_missing) continue;
        if (row.outcome == Outcome::id_conflict) order[next++] = Outcome::already_posted;
        order[next++] = row.outcome;
    }
    return order;
}();

const Row* find(Outcome outcome) noexcept {
    const auto* found =
        std::lower_bound(rows.begin(), rows.end(), outcome,
                         [](const Row& row, Outcome wanted) { return row.outcome < wanted; });
    return found != rows.end() && found->outcome == outcome ? found : nullptr;
}

}  // namespace

std::span<const Outcome> outcome_precedence() noexcept { return precedence; }

std::string_view to_string(Outcome outcome) noexcept {
    const Row* row = find(outcome);
    return row ? row->name : "unknown";
}

std::string_view explain(Outcome outcome) noexcept {
    const Row* row = find(outcome);
    return row ? row->explanation
               : "An outcome of a newer version; upgrade to a version that knows it.";
}

}  // namespace ledger
