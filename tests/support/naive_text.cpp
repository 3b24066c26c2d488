// See naive_text.hpp.
#include "support/naive_text.hpp"

#include <sstream>

namespace ledger::oracle {

std::string describe(const Result& result) {
    std::ostringstream out;
    out << to_string(result.outcome) << " line " << result.line << " culprit " << result.culprit
        << " position " << result.position.value << " number " << result.number << " instant "
        << result.instant.nanoseconds << " date "
        << (result.book_date ? to_string(result.book_date) : "none") << " account "
        << to_string(result.account);
    return out.str();
}

std::string describe(const NaiveLedger& naive, const Batch& batch, const BatchRecord& record) {
    std::ostringstream out;
    out << to_string(record.kind) << " flags " << int{record.flags} << " book "
        << record.book.number;
    for (const BatchLine& line : batch.lines_of(record)) {
        out << "\n    " << to_string(line.side) << ' ' << to_string(line.ink) << ' '
            << to_string(line.amount);
        if (const LineDetail* detail = batch.detail(line)) {
            if (detail->opens) out << " opens " << to_string(detail->opens);
            if (const ItemFact* item = naive.find_item(detail->clears)) {
                out << " clears " << to_string(item->id) << " opened by "
                    << (item->inflow ? "inflow" : "outflow") << " of " << item->amount << " with "
                    << item->remaining();
            }
        }
        const AccountFact* account = naive.find_account(line.account);
        if (account == nullptr) continue;
        out << " account " << account->handle << ' ' << account->opened.code << " normal "
            << to_string(NaiveLedger::normal_side(*account))
            << (account->opened.open_items ? " items" : "") << " debits "
            << naive.balance(*account).debits << " credits " << naive.balance(*account).credits
            << " posted " << naive.natural_posted(*account) << " held " << naive.held(*account);
    }
    if (const auto* hold = batch.detail<PlaceHold>(record)) {
        out << ' ' << to_string(hold->kind) << ' ' << to_string(hold->amount);
        if (const AccountFact* account = naive.find_account(hold->account)) {
            out << " account " << account->handle << " natural " << naive.natural(*account)
                << " posted " << naive.natural_posted(*account) << " held " << naive.held(*account);
        }
    }
    if (const auto* close = batch.detail<CloseDay>(record)) {
        out << ' ' << to_string(close->date);
        for (const AccountId exception : close->exceptions) out << ' ' << to_string(exception);
    }
    const auto* detail = batch.detail<VoucherDetail>(record);
    if (detail == nullptr) return out.str();
    out << "\n    reverses " << to_string(detail->reverses) << " replaces "
        << to_string(detail->replaces);
    for (const Capture& capture : detail->captures) {
        out << "\n    captures " << to_string(capture.amount);
        const HoldFact* hold = naive.find_hold(capture.hold);
        if (hold == nullptr) continue;
        out << " of " << to_string(hold->given.kind) << " hold with " << hold->remaining()
            << " on account " << naive.account_of_hold(hold->id).handle;
    }
    return out.str();
}

}  // namespace ledger::oracle
