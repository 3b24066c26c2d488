// Vouchers over the general path, judged in the order of docs/posting-rules.md section 3 and
// applied under the undo log, so that a limit or relation found broken at the end leaves nothing
// behind.
#include "machine_impl.hpp"

namespace ledger::posting {

Result Machine::Impl::judge_voucher(Batch& batch, std::size_t at) {
    if (post_plain(batch, batch.records[at])) return {};
    if (find_book(batch.records[at].book) == nullptr) return refuse(Outcome::book_unknown);

    const VoucherDetail* detail = batch.detail<VoucherDetail>(batch.records[at]);
    const bool derive = detail != nullptr && detail->reverses && batch.records[at].line_count == 0;
    const std::size_t lines_before = batch.lines.size();
    if (derive) {
        if (const Result result = derive_reversal(batch, at); !result) return result;
    }
    BatchRecord& record = batch.records[at];
    Result result = judge_references(batch, record, detail);
    if (result) {
        trial = true;
        const Mark start = mark();
        const std::size_t entries = effects->entries.size();
        const std::size_t reserved = effects->reserved.size();
        const std::size_t keys = effects->keys.size();
        result = apply_voucher(batch, record, batch.detail<VoucherDetail>(record));
        if (!result) {
            roll_back_to(start);
            effects->entries.resize(entries);
            effects->reserved.resize(reserved);
            if (group_open()) group_keys.cut(effects->keys, keys);
            effects->keys.resize(keys);
        }
        trial = false;
        if (!group_open()) forget_undo();
    }
    if (!result && derive) {
        batch.lines.resize(lines_before);
        record.line_count = 0;
        record.flags &= static_cast<std::uint8_t>(~record_flag::lines_derived);
    }
    return result;
}

/// hold_unknown, item_unknown, voucher_unknown: what the voucher names by id.
Result Machine::Impl::judge_named(Batch& batch, const BatchRecord& record,
                                  const VoucherDetail* detail) {
    if (replaying) return {};
    const auto lines = batch.lines_of(record);
    if (detail != nullptr) {
        for (std::size_t i = 0; i < detail->captures.size(); ++i) {
            const u128 hold = detail->captures[i].hold.value;
            if (state.holds.find(hold) == nullptr && !find(KeyTable::hold, hold)) {
                return refuse(Outcome::hold_unknown, i);
            }
        }
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const LineDetail* more = batch.detail(lines[i]);
        if (more != nullptr && more->clears && state.items.find(more->clears.value) == nullptr &&
            !find(KeyTable::item, more->clears.value)) {
            return refuse(Outcome::item_unknown, i);
        }
    }
    if (detail != nullptr) {
        for (const VoucherId named : {detail->reverses, detail->replaces}) {
            if (!named) continue;
            const Position position_of = find(KeyTable::record, named.value);
            if (!position_of) return refuse(Outcome::voucher_unknown);
            const auto [found, where] = read(position_of);
            if (found->records[where].kind != RecordKind::voucher) {
                return refuse(Outcome::voucher_unknown);
            }
        }
    }
    return {};
}

/// Everything that can be judged without changing anything.
Result Machine::Impl::judge_references(Batch& batch, BatchRecord& record,
                                       const VoucherDetail* detail) {
    const auto lines = batch.lines_of(record);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].handle) lines[i].handle = find_account(lines[i].account);
        if (!lines[i].handle) return refuse(Outcome::account_unknown, i);
    }
    if (const Result result = judge_named(batch, record, detail); !result) return result;
    const Book& book = *find_book(record.book);
    if (const Result result = judge_new_items(batch, record); !result) return result;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (account(lines[i].handle).book != record.book) return refuse(Outcome::book_mismatch, i);
    }
    if (detail != nullptr && !replaying && (detail->reverses || detail->replaces)) {
        if (const Result result = judge_reversal(batch, record, *detail); !result) return result;
    }
    if (book.two_principals && record.has(record_flag::manual) &&
        (detail == nullptr || detail->made_by.empty() || detail->checked_by.empty() ||
         detail->made_by == detail->checked_by)) {
        return refuse(Outcome::second_principal_required);
    }
    if (const Result result = judge_parts(batch, record, detail); !result) return result;
    if (const Result result = judge_status(batch, record, detail, book); !result) return result;
    return judge_sums(batch, record);
}

/// item_exists.
Result Machine::Impl::judge_new_items(const Batch& batch, const BatchRecord& record) {
    if (replaying) return {};
    if (!new_items.empty()) new_items.clear();  // which costs what it once held
    const auto lines = batch.lines_of(record);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const LineDetail* more = batch.detail(lines[i]);
        if (!account(lines[i].handle).has(account_flag::open_items)) continue;
        if (more != nullptr && more->clears) continue;
        const ItemId id = opened_item(record, more);
        if (find(KeyTable::item, id.value) || !new_items.insert(id).second) {
            return refuse(Outcome::item_exists, i);
        }
    }
    return {};
}

/// The account of a hold, open or closed; the hold exists.
AccountHandle Machine::Impl::account_of_hold(HoldId id) {
    if (const Hold* hold = state.holds.find(id.value)) return hold->account;
    const auto [placed, where] = read(find(KeyTable::record, id.value));
    return find_account(placed->detail<PlaceHold>(placed->records[where])->account);
}

/// The account of an item of which nothing remains: that of a line of the last voucher on it.
AccountHandle Machine::Impl::account_of_closed_item(ItemId id) {
    const auto [voucher, where] = read(find(KeyTable::item, id.value));
    const BatchRecord& record = voucher->records[where];
    for (const BatchLine& line : voucher->lines_of(record)) {
        const LineDetail* more = voucher->detail(line);
        const bool clears = more != nullptr && more->clears;
        const bool names = (clears ? more->clears : opened_item(record, more)) == id;
        if (names && account(line.handle).has(account_flag::open_items)) return line.handle;
    }
    return {};
}

/// hold_mismatch: the captures of an account need as much outflow on it.
Result Machine::Impl::judge_capture_lines(const Batch& batch, const BatchRecord& record,
                                          const VoucherDetail& detail) {
    std::vector<AccountHandle> accounts;
    for (const Capture& capture : detail.captures)
        accounts.push_back(account_of_hold(capture.hold));
    for (std::size_t capture = 0; capture < accounts.size(); ++capture) {
        const AccountHandle of = accounts[capture];
        Wide uncovered;  // captures - outflow, of this account
        bool outflow = false;
        for (const BatchLine& line : batch.lines_of(record)) {
            if (line.handle != of || is_inflow(account(of), line.side, line.ink)) continue;
            outflow = true;
            uncovered -= line.amount;
        }
        for (std::size_t i = 0; i < accounts.size(); ++i) {
            if (accounts[i] == of) uncovered += detail.captures[i].amount;
        }
        if (!outflow || uncovered > Wide{}) return refuse(Outcome::hold_mismatch, capture);
    }
    return {};
}

/// hold_mismatch, then item_mismatch.
Result Machine::Impl::judge_parts(const Batch& batch, const BatchRecord& record,
                                  const VoucherDetail* detail) {
    const auto lines = batch.lines_of(record);
    if (detail != nullptr && !detail->captures.empty()) {
        if (const Result result = judge_capture_lines(batch, record, *detail); !result)
            return result;
    }
    const bool reversal = detail != nullptr && detail->reverses;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const LineDetail* more = batch.detail(lines[i]);
        const bool names_item = more != nullptr && (more->opens || more->clears);
        if (!account(lines[i].handle).has(account_flag::open_items)) {
            if (names_item) return refuse(Outcome::item_mismatch, i);
            continue;
        }
        if (more == nullptr || !more->clears) continue;
        if (more->opens) return refuse(Outcome::item_mismatch, i);
        const Item* item = state.items.find(more->clears.value);
        if (item == nullptr) {  // closed: item_exceeded, or opened again by a reversal
            if (!replaying && account_of_closed_item(more->clears) != lines[i].handle) {
                return refuse(Outcome::item_mismatch, i);
            }
            continue;
        }
        const bool same_direction = (item->remaining > 0) == (debit_positive(lines[i]) > 0);
        if (item->account != lines[i].handle || (same_direction && !reversal)) {
            return refuse(Outcome::item_mismatch, i);
        }
    }
    return {};
}

/// Status of the accounts, then the date and the day concerned.
Result Machine::Impl::judge_status(Batch& batch, const BatchRecord& record,
                                   const VoucherDetail* detail, const Book& book) {
    const auto lines = batch.lines_of(record);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (account(lines[i].handle).has(account_flag::closed)) {
            return refuse(Outcome::account_closed, i);
        }
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Account& of = account(lines[i].handle);
        const bool inflow = is_inflow(of, lines[i].side, lines[i].ink);
        if (of.has(inflow ? account_flag::refuses_inflow : account_flag::refuses_outflow)) {
            return refuse(Outcome::account_frozen, i);
        }
    }
    const Date date = record.book_date ? record.book_date : default_date(book);
    if (date < date_min || date > date_max) return refuse(Outcome::date_out_of_range);
    if (detail != nullptr && detail->concerns > date) return refuse(Outcome::date_out_of_range);
    if (!date_open(book, date)) return refuse(Outcome::day_closed);
    if (!may_number(book, date)) return refuse(Outcome::too_many_dates);
    return {};
}

Result Machine::Impl::judge_sums(Batch& batch, const BatchRecord& record) const {
    std::vector<std::pair<std::uint16_t, Wide>> sums;
    for (const BatchLine& line : batch.lines_of(record)) {
        const std::uint16_t currency = state.accounts[line.handle.index].currency;
        auto found = std::find_if(sums.begin(), sums.end(),
                                  [&](const auto& sum) { return sum.first == currency; });
        if (found == sums.end()) found = sums.insert(sums.end(), {currency, Wide{}});
        found->second += Wide{debit_positive(line)};
    }
    for (const auto& [currency, sum] : sums) {
        if (!sum.is_zero()) return refuse(Outcome::unbalanced);
    }
    return {};
}

}  // namespace ledger::posting
