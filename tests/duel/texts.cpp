// See texts.hpp.
#include "texts.hpp"

#include <sstream>

namespace ledger::oracle {

namespace {

std::string text_of(const std::optional<Amount>& amount) {
    return amount ? to_string(*amount) : "none";
}

/// The bytes between quotes: payloads and names may hold anything.
std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string text_of(const Attributes& attributes) {
    std::string text = "[";
    for (const Attribute& one : attributes) text += in_quotes(one.key) + "=" + in_quotes(one.value);
    return text + "]";
}

void print_detail(std::ostream& out, const VoucherDetail& detail) {
    out << "\n    value date " << to_string(detail.value_date) << " concerns "
        << to_string(detail.concerns) << " occurred at " << detail.occurred_at.nanoseconds << ' '
        << in_quotes(detail.summary) << " by " << in_quotes(detail.made_by) << " checked by "
        << in_quotes(detail.checked_by) << " from " << in_quotes(detail.source_document)
        << " reverses " << to_string(detail.reverses) << " replaces " << to_string(detail.replaces)
        << ' ' << text_of(detail.attributes);
    for (const Capture& capture : detail.captures) {
        out << "\n    captures " << to_string(capture.amount) << " of " << to_string(capture.hold)
            << ", leaves " << to_string(capture.remaining);
    }
}

}  // namespace

std::string text_of(const ledger::Balance& balance) {
    return std::string(to_string(balance.normal_side)) + " account: debits " +
           to_string(balance.debits) + " credits " + to_string(balance.credits) + " buffered " +
           to_string(balance.buffered_debits) + '/' + to_string(balance.buffered_credits) +
           " held " + to_string(balance.held);
}

std::string text_of(const AccountInfo& account) {
    std::ostringstream out;
    out << "account " << to_string(account.id) << " handle " << account.handle.index << " of book "
        << account.book.number << ' ' << account.currency.text() << " code " << account.code << ' '
        << to_string(account.kind) << ' ' << to_string(account.normal_side) << " name "
        << in_quotes(account.name) << " limits " << text_of(account.limits.minimum) << ".."
        << text_of(account.limits.maximum) << " freeze " << to_string(account.freeze) << ' '
        << in_quotes(account.freeze_reference) << " buffering " << account.buffering.window.count()
        << '/' << account.buffering.lines_max << (account.open_items ? " open items" : "")
        << (account.transit ? " transit" : "") << (account.closed ? " closed" : "") << " parent "
        << to_string(account.parent) << ' ' << text_of(account.attributes) << " opened at "
        << account.opened.value;
    return out.str();
}

std::string text_of(const AccountEntry& entry) {
    std::ostringstream out;
    out << "entry at " << entry.position.value << ", instant " << entry.instant.nanoseconds << ": "
        << to_string(entry.kind) << ' ' << entry.line << ' ' << to_string(entry.side) << ' '
        << to_string(entry.ink) << (entry.buffered ? " buffered " : " ") << to_string(entry.amount)
        << " of " << to_string(entry.book_date) << ", folded " << entry.folded.lines << " lines "
        << to_string(entry.folded.debits) << '/' << to_string(entry.folded.credits) << " from "
        << entry.folded.first.value << " to " << entry.folded.last.value << ", then "
        << text_of(entry.balance);
    return out.str();
}

std::string text_of(const PostedVoucher& posted) {
    const Voucher& voucher = posted.voucher;
    std::ostringstream out;
    out << "voucher " << to_string(voucher.id) << " at " << posted.position.value << ", instant "
        << posted.instant.nanoseconds << ", number " << posted.number << " of book "
        << voucher.book.number << ' ' << to_string(voucher.book_date) << " order "
        << to_string(voucher.order) << " code " << voucher.code << (voucher.manual ? " manual" : "")
        << (voucher.red ? " red" : "") << " reversed by " << to_string(posted.reversed_by)
        << " replaced by " << to_string(posted.replaced_by);
    for (const VoucherLine& line : voucher.lines) {
        out << "\n    " << to_string(line.account) << ' ' << to_string(line.side) << ' '
            << to_string(line.ink) << ' ' << to_string(line.amount) << ' '
            << text_of(line.dimensions) << " opens " << to_string(line.opens) << " clears "
            << to_string(line.clears);
    }
    print_detail(out, voucher.detail);
    return out.str();
}

std::string text_of(const PostedRecord& record) {
    return "record at " + std::to_string(record.position.value) + ", instant " +
           std::to_string(record.instant.nanoseconds) + ": " + std::string(to_string(record.kind)) +
           ' ' + to_string(record.id) + " order " + to_string(record.order);
}

std::string text_of(const HoldInfo& hold) {
    std::string sources;
    for (const VoucherId source : hold.sources) sources += ' ' + to_string(source);
    for (const OrderId order : hold.orders) sources += " order " + to_string(order);
    for (const VoucherId source : hold.resolved) sources += " through it " + to_string(source);
    return "hold " + to_string(hold.id) + " order " + to_string(hold.order) + " on " +
           to_string(hold.account) + ' ' + std::string(to_string(hold.kind)) + " requested " +
           to_string(hold.requested) + " of" + sources + ", placed " + to_string(hold.placed) +
           ", remaining " + to_string(hold.remaining) + ", expires at " +
           std::to_string(hold.expires_at.nanoseconds) + ' ' + in_quotes(hold.reference) + " at " +
           std::to_string(hold.position.value);
}

std::string text_of(const ItemInfo& item) {
    return "item " + to_string(item.id) + " of " + to_string(item.account) + ' ' +
           std::string(to_string(item.side)) + ' ' + to_string(item.opened) + ", remaining " +
           to_string(item.remaining) + " at " + std::to_string(item.position.value) + ", instant " +
           std::to_string(item.instant.nanoseconds);
}

std::string text_of(const TrialSum& sum) {
    return "book " + std::to_string(sum.book.number) + ' ' + std::string(sum.currency.text()) +
           ": debits " + sum.debits + " credits " + sum.credits + " over " +
           std::to_string(sum.accounts) + " accounts" +
           (sum.balanced ? ", balanced" : ", NOT balanced");
}

void expect_same(const std::string& question, const std::string& expected,
                 const std::string& answered) {
    if (expected == answered) return;
    throw Disagreement(question + ":\n  expected " + expected + "\n  answered " + answered);
}

}  // namespace ledger::oracle
