// See desk.hpp.
#include "ledger/adapters/desk.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

namespace {

constexpr std::size_t order_page = 1000;

/// Refused because of another record of the group, not for a reason of its own.
bool is_carried_along(const Result& result) noexcept {
    return result.outcome == Outcome::group_failed;
}

Fact fact_of(const View& view, const PostedRecord& record) {
    Fact fact{record.position, record.instant, record.id, record.kind, {}};
    const auto take = [&](auto found) {
        if (found) fact.value = std::move(*found);
    };
    if (record.kind == RecordKind::register_entry) take(view.register_entry(record.id));
    if (record.kind == RecordKind::voucher) take(view.voucher(record.position));
    if (record.kind == RecordKind::place_hold) take(view.hold(record.id));
    return fact;
}

void add_item_lines(Voucher& voucher, const VoucherLine& item, AccountId counterpart) {
    VoucherLine other;
    other.account = counterpart;
    other.side = opposite(item.side);
    other.amount = item.amount;
    voucher.lines.push_back(item);
    voucher.lines.push_back(other);
}

}  // namespace

Decision::operator bool() const noexcept {
    return std::all_of(results.begin(), results.end(),
                       [](const Result& result) { return static_cast<bool>(result); });
}

const Result& Decision::refusal() const noexcept {
    return *std::find_if(results.begin(), results.end(),
                         [](const Result& result) { return !result && !is_carried_along(result); });
}

void WorkQueue::open(Voucher& voucher, ItemId item, Amount amount) const {
    VoucherLine line;
    line.account = items;
    line.side = Side::debit;
    line.amount = amount;
    line.opens = item;
    add_item_lines(voucher, line, counterpart);
}

void WorkQueue::clear(Voucher& voucher, ItemId item, Amount amount) const {
    VoucherLine line;
    line.account = items;
    line.side = Side::credit;
    line.amount = amount;
    line.clears = item;
    add_item_lines(voucher, line, counterpart);
}

void WorkQueue::define(Batch& batch, BookId book, CurrencyCode currency, std::string_view code,
                       std::string_view name) const {
    DefineGroup group;
    group.code = code;
    group.kind = AccountKind::memorandum;
    group.name = name;
    batch.add(group);
    OpenAccount account;
    account.id = items;
    account.book = book;
    account.currency = currency;
    account.code = std::string(code) + ".1";
    account.kind = AccountKind::memorandum;
    account.name = name;
    account.open_items = true;
    batch.add(account);
    account.id = counterpart;
    account.code = std::string(code) + ".2";
    account.normal_side = Side::credit;
    account.open_items = false;
    batch.add(account);
}

std::unique_lock<std::mutex> Desk::turn(OrderId order) {
    return std::unique_lock(stripes_[mix(order.value) % stripes_.size()]);
}

std::vector<Fact> Desk::facts_of(OrderId order) const {
    const View view = ledger_.view();
    std::vector<Fact> facts;
    PageRequest request;
    request.size = order_page;
    do {
        const Page<PostedRecord> page = view.records_of(order, request);
        for (const PostedRecord& record : page.items) {
            if (facts.size() == order_records_max) {
                throw UsageError("order " + to_string(order) + ": has more than " +
                                 std::to_string(order_records_max) +
                                 " records, which no adapter posts; look at it with ledgerctl");
            }
            facts.push_back(fact_of(view, record));
        }
        request.cursor = page.cursor;
    } while (!request.cursor.empty());
    return facts;
}

Decision Desk::post(Batch batch) {
    batch.link(0, batch.size());
    Decision decision{ledger_.post(std::move(batch))};
    for (const Result& result : decision.results) {
        switch (result.outcome) {
            case Outcome::overloaded:
            case Outcome::clock_out_of_range:
            case Outcome::storage_full:
            case Outcome::closed:
                throw UnavailableError("nothing was posted: " +
                                       std::string(explain(result.outcome)));
            default: break;
        }
    }
    return decision;
}

void Desk::define(Batch batch) {
    const std::vector<Result> results = ledger_.post(std::move(batch));
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i]) continue;
        throw UsageError("definition " + std::to_string(i + 1) + " of " +
                         std::to_string(results.size()) +
                         " is refused: " + std::string(to_string(results[i].outcome)) + ": " +
                         std::string(explain(results[i].outcome)));
    }
}

RecordId fact_id(std::string_view kind, std::initializer_list<std::string_view> parts) {
    std::string text(kind);
    for (const std::string_view part : parts) {
        text += ';';
        text += std::to_string(part.size());
        text += ':';
        text += part;
    }
    return RecordId{id_from_text(text)};
}

OrderId order_id(std::string_view adapter, std::string_view order) {
    return OrderId{fact_id(adapter, {order}).value};
}

}  // namespace ledger::adapters
