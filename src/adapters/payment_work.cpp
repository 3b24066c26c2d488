// Payments: what there is to do, read from the open items, and what a person decides. See
// payment.hpp.
#include "adapters/payment_turn.hpp"

#include <utility>

namespace ledger::adapters {

namespace {

/// Reads a page of an account's open items; each that `read` knows becomes one of the result.
template <class T, class Read>
Page<T> page_of_items(const View& view, AccountId account, const PageRequest& request, Read read) {
    const Page<ItemInfo> items = view.open_items(account, request);
    Page<T> page;
    page.cursor = items.cursor;
    for (const ItemInfo& item : items.items) {
        const auto record = view.record(item.position);
        if (auto value = read(item, record->order)) page.items.push_back(std::move(*value));
    }
    return page;
}

}  // namespace

bool Payments::resolve(RecordId contradiction, std::string_view by, std::string_view decision) {
    check_key("by", by);
    if (decision.empty() || decision.size() > bounds::text_bytes_max) {
        throw InvalidArgument("decision: has " + std::to_string(decision.size()) +
                              " bytes; say in 1.." + std::to_string(bounds::text_bytes_max) +
                              " what was decided");
    }
    const View view = desk_.view();
    const auto item = view.item(ItemId{contradiction.value});
    if (!item || item->account != books_.contradictions.items) return false;
    PaymentTurn turn(desk_, books_, view.record(item->position)->order);
    if (turn.facts().resolved.contains(contradiction)) return false;
    Voucher closing =
        turn.voucher(fact_id("payment.resolution", {to_string(contradiction)}), "resolved");
    closing.detail.made_by = by;
    books_.contradictions.clear(closing, item->id, item->opened);
    turn.add(closing);
    turn.add(fact_id("payment.resolved", {to_string(contradiction)}), PaymentRegister::resolved,
             {{"contradiction", to_string(contradiction)},
              {"by", std::string(by)},
              {"decision", std::string(decision)}});
    turn.post();
    return true;
}

std::optional<PaymentOrder> Payments::order(std::string_view order) const {
    check_key("order", order);
    const PaymentFacts facts(desk_.facts_of(order_id("payment", order)));
    if (!facts.request) return std::nullopt;
    return facts.order();
}

Page<OpenPayment> Payments::open_orders(const PageRequest& request) const {
    const auto read = [&](const ItemInfo& item, OrderId order) -> std::optional<OpenPayment> {
        const PaymentFacts facts(desk_.facts_of(order));
        if (!facts.request || facts.is_final()) return std::nullopt;
        OpenPayment open{facts.request->order, item.instant, facts.request->expires_at, {}};
        for (const auto& [of, answer] : facts.reversals) {
            if (!answer) open.reversals.push_back({of.first, of.second});
        }
        return open;
    };
    return page_of_items<OpenPayment>(desk_.view(), books_.open_orders.items, request, read);
}

Page<RefundPart> Payments::open_refunds(const PageRequest& request) const {
    const auto read = [&](const ItemInfo& item, OrderId order) -> std::optional<RefundPart> {
        const PaymentFacts facts(desk_.facts_of(order));
        const PaymentPart* part = facts.part(RecordId{item.id.value});
        if (part == nullptr || part->part.done) return std::nullopt;
        return part->part;
    };
    return page_of_items<RefundPart>(desk_.view(), books_.refunds, request, read);
}

Page<OpenContradiction> Payments::open_contradictions(const PageRequest& request) const {
    const View view = desk_.view();
    const auto read = [&](const ItemInfo& item, OrderId) -> std::optional<OpenContradiction> {
        const RecordId id{item.id.value};
        const auto entry = view.register_entry(id);
        if (!entry) return std::nullopt;
        const Payload payload(id, *entry);
        return OpenContradiction{id, payload.text("order"), payload.text("claim"), item.remaining,
                                 item.instant};
    };
    return page_of_items<OpenContradiction>(view, books_.contradictions.items, request, read);
}

}  // namespace ledger::adapters
