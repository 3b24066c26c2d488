// Payments: what there is to do, read from the open items, and what a person decides. See
// payment.hpp.
#include "adapters/payment_turn.hpp"
#include "ledger/core/utf8.hpp"

#include <utility>

namespace ledger::adapters {

namespace {

PaymentFacts read_order(const Desk& desk, const PaymentBooks& books, OrderId order) {
    return PaymentFacts(books, order, desk.facts_of(order));
}

/// Reads a page of an account's open items. One that cannot be read stands there with its problem,
/// and does not keep the others from being seen.
template <class T, class Read, class Broken>
Page<T> page_of_items(const View& view, AccountId account, const PageRequest& request, Read read,
                      Broken broken) {
    const Page<ItemInfo> items = view.open_items(account, request);
    Page<T> page;
    page.cursor = items.cursor;
    for (const ItemInfo& item : items.items) {
        const OrderId order = view.record(item.position)->order;
        try {
            if (auto value = read(item, order)) page.items.push_back(std::move(*value));
        } catch (const CorruptionError& error) {
            page.items.push_back(broken(item));
            page.items.back().problem = error.what();
        } catch (const UsageError& error) {
            page.items.push_back(broken(item));
            page.items.back().problem = error.what();
        }
    }
    return page;
}

[[noreturn]] void refuse_item(const ItemInfo& item) {
    throw CorruptionError("item " + to_string(item.id) +
                          ": no payment of these books opened it; look at position " +
                          std::to_string(item.position.value) + " with ledgerctl");
}

}  // namespace

bool Payments::resolve(RecordId contradiction, std::string_view by, std::string_view decision) {
    check_key("by", by);
    if (decision.empty() || decision.size() > bounds::text_bytes_max || !is_utf8(decision)) {
        throw InvalidArgument("decision: has " + std::to_string(decision.size()) +
                              " bytes; say in UTF-8 and 1.." +
                              std::to_string(bounds::text_bytes_max) + " what was decided");
    }
    const View view = desk_.view();
    const auto item = view.item(ItemId{contradiction.value});
    if (!item || item->account != books_.contradictions.items) return false;
    PaymentTurn turn(desk_, books_, view.record(item->position)->order);
    if (turn.facts().resolved.contains(contradiction)) return false;
    const auto entry = view.register_entry(contradiction);
    if (!entry || !item->remaining.minor) return false;
    Voucher closing = turn.voucher(
        payment_id::of(books_, "payment.resolution", {to_string(contradiction)}), "resolved");
    closing.detail.made_by = by;
    books_.contradictions.clear(closing, item->id, item->remaining);
    turn.add(closing);
    turn.add(PaymentRegister::resolved, {{"order", Payload(contradiction, *entry).text("order")},
                                         {"contradiction", to_string(contradiction)},
                                         {"by", std::string(by)},
                                         {"decision", std::string(decision)}});
    turn.post();
    return true;
}

std::optional<PaymentOrder> Payments::order(std::string_view order) const {
    check_key("order", order);
    const PaymentFacts facts = read_order(desk_, books_, payment_id::order(books_, order));
    if (!facts.request) return std::nullopt;
    return facts.order();
}

Page<OpenPayment> Payments::open_orders(const PageRequest& request) const {
    const auto read = [&](const ItemInfo& item, OrderId order) -> std::optional<OpenPayment> {
        const PaymentFacts facts = read_order(desk_, books_, order);
        if (!facts.request) refuse_item(item);
        if (facts.is_final()) return std::nullopt;  // since the view was taken
        OpenPayment open{facts.request->order, item.instant, facts.request->expires_at, {}, {}};
        for (const auto& [of, answer] : facts.reversals) {
            if (!answer) open.reversals.push_back({of.first, of.second});
        }
        return open;
    };
    return page_of_items<OpenPayment>(desk_.view(), books_.open_orders.items, request, read,
                                      [](const ItemInfo& item) {
                                          return OpenPayment{{}, item.instant, {}, {}, {}};
                                      });
}

Page<RefundPart> Payments::open_refunds(const PageRequest& request) const {
    const auto read = [&](const ItemInfo& item, OrderId order) -> std::optional<RefundPart> {
        const PaymentFacts facts = read_order(desk_, books_, order);
        const PaymentPart* part = facts.part(RecordId{item.id.value});
        if (part == nullptr) refuse_item(item);
        if (part->part.done) return std::nullopt;  // since the view was taken
        return part->part;
    };
    return page_of_items<RefundPart>(desk_.view(), books_.refunds, request, read,
                                     [](const ItemInfo& item) {
                                         RefundPart part;
                                         part.id = RecordId{item.id.value};
                                         part.since = item.instant;
                                         return part;
                                     });
}

Page<OpenContradiction> Payments::open_contradictions(const PageRequest& request) const {
    const View view = desk_.view();
    const auto read = [&](const ItemInfo& item, OrderId) -> std::optional<OpenContradiction> {
        const RecordId id{item.id.value};
        const auto entry = view.register_entry(id);
        if (!entry) refuse_item(item);
        const Payload payload(id, *entry);
        return OpenContradiction{
            id, payload.text("order"), payload.text("claim"), item.remaining, item.instant, {}};
    };
    return page_of_items<OpenContradiction>(
        view, books_.contradictions.items, request, read, [](const ItemInfo& item) {
            return OpenContradiction{RecordId{item.id.value}, {},           {},
                                     item.remaining,          item.instant, {}};
        });
}

}  // namespace ledger::adapters
