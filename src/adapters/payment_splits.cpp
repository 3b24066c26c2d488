// Payments: splits among receivers, and what they return before a refund. See payment.hpp.
#include "adapters/payment_turn.hpp"
#include "ledger/core/money.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace ledger::adapters {

namespace {

void check_split(Amount whole, const std::vector<SplitPart>& parts) {
    check_amount("whole", whole);
    if (parts.empty() || parts.size() > Payments::split_parts_max) {
        throw InvalidArgument("parts: " + std::to_string(parts.size()) +
                              " of them; a split has 1.." +
                              std::to_string(Payments::split_parts_max));
    }
    Amount fixed;
    bool has_shares = false;
    std::set<AccountId> receivers;
    for (const SplitPart& part : parts) {
        if (!part.receiver || !receivers.insert(part.receiver).second) {
            throw InvalidArgument("receiver " + to_string(part.receiver) +
                                  ": is none, or stands twice; each gets one part");
        }
        if ((part.amount > Amount{}) == (part.share > 0) || part.amount < Amount{} ||
            part.share < 0) {
            throw InvalidArgument("receiver " + to_string(part.receiver) +
                                  ": gets either an amount or a share, more than zero");
        }
        if (part.share == 0) check_amount("part", part.amount);
        fixed += part.amount;
        has_shares = has_shares || part.share > 0;
    }
    if (has_shares ? fixed >= whole : fixed != whole) {
        throw InvalidArgument("whole " + to_string(whole) + ": the amounts of the parts are " +
                              to_string(fixed) +
                              "; they leave something to the shares, or add up to it without any");
    }
}

/// Each receiver's amount; those whose share comes to nothing are left out.
std::vector<std::pair<AccountId, Amount>> amounts_of(Amount whole,
                                                     const std::vector<SplitPart>& parts) {
    Amount rest = whole;
    std::vector<i128> weights;
    for (const SplitPart& part : parts) {
        rest -= part.amount;
        weights.push_back(part.share);
    }
    std::vector<Amount> shares(parts.size());
    if (rest > Amount{}) shares = allocate(rest, weights);
    std::vector<std::pair<AccountId, Amount>> amounts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Amount amount = parts[i].amount + shares[i];
        if (amount > Amount{}) amounts.emplace_back(parts[i].receiver, amount);
    }
    return amounts;
}

/// A split's own part, or what it returns: lines between the merchant and the receivers.
json add_split_lines(Voucher& voucher, AccountId merchant, Amount whole, Side of_merchant,
                     const std::vector<std::pair<AccountId, Amount>>& amounts) {
    json parts = json::array();
    add_line(voucher, of_merchant, merchant, whole);
    for (const auto& [receiver, amount] : amounts) {
        add_line(voucher, opposite(of_merchant), receiver, amount);
        parts.push_back({{"receiver", to_string(receiver)}, {"amount", to_json(amount)}});
    }
    return parts;
}

std::string content_of(Amount whole, const std::vector<SplitPart>& parts) {
    json content = json::array({to_json(whole)});
    for (const SplitPart& part : parts) {
        content.push_back({to_string(part.receiver), to_json(part.amount), part.share});
    }
    return to_string(fact_id("payment.split_content", {content.dump()}));
}

}  // namespace

void PaymentTurn::return_split(std::string_view refund, Amount refunded) {
    const Amount own = std::max(facts_.left_to_merchant(), Amount{});
    const Amount back = std::min(std::max(refunded - own, Amount{}), facts_.split_out());
    if (back == Amount{}) return;
    std::vector<i128> weights;
    for (const auto& [receiver, amount] : facts_.receivers) weights.push_back(amount.minor);
    const std::vector<Amount> shares = allocate(back, weights);
    std::vector<std::pair<AccountId, Amount>> amounts;
    for (const auto& [receiver, amount] : facts_.receivers) {
        const Amount share = shares[amounts.size()];
        amounts.emplace_back(receiver, share);
    }
    std::erase_if(amounts, [](const auto& part) { return part.second == Amount{}; });
    Voucher returning = voucher(payment_id::of(books_, "payment.split_return", {key(), refund}),
                                "split returned for the refund " + std::string(refund));
    json parts = add_split_lines(returning, facts_.request->merchant, back, Side::credit, amounts);
    add(PaymentRegister::split_returned,
        {{"refund", std::string(refund)}, {"parts", std::move(parts)}});
    add(returning);
}

SplitOutcome Payments::split(std::string_view order, std::string_view key, Amount whole,
                             const std::vector<SplitPart>& parts) {
    check_key("order", order);
    check_key("key", key);
    check_split(whole, parts);
    PaymentTurn turn(desk_, books_, payment_id::order(books_, order));
    const PaymentFacts& facts = turn.facts();
    if (!facts.request) return SplitOutcome::order_unknown;
    const std::string content = content_of(whole, parts);
    for (const PaymentSplit& earlier : facts.splits) {
        if (earlier.key != key) continue;
        return earlier.content == content ? SplitOutcome::repeated : SplitOutcome::conflict;
    }
    const View view = desk_.view();
    for (const SplitPart& part : parts) check_creditor(view, books_, "receiver", part.receiver);
    if (!facts.paid) return SplitOutcome::not_paid;
    turn.check_room();
    if (whole > facts.left_to_merchant()) return SplitOutcome::exceeds_order;
    Voucher giving = turn.voucher(payment_id::of(books_, "payment.split_voucher", {order, key}),
                                  "split " + std::string(key) + " of " + std::string(order));
    json given = add_split_lines(giving, facts.request->merchant, whole, Side::debit,
                                 amounts_of(whole, parts));
    turn.add(PaymentRegister::split, {{"key", std::string(key)},
                                      {"whole", to_json(whole)},
                                      {"content", content},
                                      {"parts", std::move(given)}});
    turn.add(giving);
    return turn.post({Outcome::below_minimum}) ? SplitOutcome::split : SplitOutcome::merchant_short;
}

}  // namespace ledger::adapters
