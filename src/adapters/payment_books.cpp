// See payment_books.hpp.
#include "ledger/adapters/payment_books.hpp"

#include "adapters/payment_turn.hpp"
#include "core/quoted.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

namespace {

OpenAccount payment_account(const PaymentBooks& books, AccountId id, AccountKind kind,
                            std::string code, std::string name) {
    OpenAccount account;
    account.id = id;
    account.book = books.book;
    account.currency = books.currency;
    account.code = std::move(code);
    account.kind = kind;
    account.name = std::move(name);
    return account;
}

void check_rule(const PaymentBooks& books, const FeeRule& rule) {
    const std::string thing =
        "fee of " + detail::quoted(rule.channel) + " from " + to_string(rule.from);
    if (books.channel(rule.channel) == nullptr) {
        throw InvalidArgument(thing + ": is of no channel of these books; add the channel");
    }
    if (!rule.from) throw InvalidArgument(thing + ": has no date; give the first day it holds");
    if (rule.rate < Ratio{} || rule.rate > Ratio{1}) {
        throw InvalidArgument(thing + ": the rate " + to_string(rule.rate) + " is not within 0..1");
    }
    if (rule.cap && *rule.cap < Amount{}) {
        throw InvalidArgument(thing + ": the cap " + to_string(*rule.cap) +
                              " is negative; leave it out where there is none");
    }
}

}  // namespace

std::string_view to_string(LegKind kind) noexcept {
    switch (kind) {
        case LegKind::card: return "card";
        case LegKind::wallet: return "wallet";
        case LegKind::provident_fund: return "provident_fund";
        case LegKind::coins: return "coins";
        case LegKind::coupon: return "coupon";
        case LegKind::payout: return "payout";
    }
    return "unknown";
}

bool is_promotion(LegKind kind) noexcept {
    return kind == LegKind::coins || kind == LegKind::coupon;
}

void PaymentBooks::define(Batch& batch, std::string_view code) const {
    check();
    const std::string base(code);
    const auto add = [&](AccountId id, AccountKind kind, const char* suffix, std::string name,
                         bool open_items) {
        OpenAccount account = payment_account(*this, id, kind, base + suffix, std::move(name));
        account.open_items = open_items;
        batch.add(account);
    };
    add(transit, AccountKind::liability, "-transit", "payments received, not assigned", true);
    add(refunds, AccountKind::liability, "-refunds", "refunds payable", true);
    add(fee_expense, AccountKind::expense, "-fees", "fees of payment channels", false);
    add(differences, AccountKind::liability, "-differences", "settled, not explained", true);
    open_orders.define(batch, book, currency, base + "-open", "payment orders not final");
    refundable.define(batch, book, currency, base + "-refundable", "paid, may be refunded");
    contradictions.define(batch, book, currency, base + "-claims", "contradictory claims");
    for (const PaymentChannel& channel : channels) {
        OpenAccount funds =
            payment_account(*this, channel.funds,
                            is_promotion(channel.kind) ? AccountKind::expense : AccountKind::asset,
                            base + "-funds", "at " + channel.name);
        funds.limits.minimum = Amount{};
        batch.add(funds);
        if (channel.kind == LegKind::payout) continue;
        batch.add(payment_account(*this, channel.fees_payable, AccountKind::liability,
                                  base + "-owed", "fees owed to " + channel.name));
        if (!channel.settlement) continue;
        const auto number = static_cast<std::size_t>(&channel - channels.data()) + 1;
        channel.settlement->unsettled.define(batch, book, currency,
                                             base + "-settle" + std::to_string(number),
                                             "not settled by " + channel.name);
    }
}

void PaymentBooks::check() const {
    if (!book || !currency) throw InvalidArgument("payment books: have no book or no currency");
    std::vector<AccountId> ids{transit,
                               refunds,
                               fee_expense,
                               differences,
                               open_orders.items,
                               open_orders.counterpart,
                               refundable.items,
                               refundable.counterpart,
                               contradictions.items,
                               contradictions.counterpart};
    for (const PaymentChannel& channel : channels) {
        check_key("channel", channel.name);
        if (this->channel(channel.name) != &channel) {
            throw InvalidArgument("channel " + detail::quoted(channel.name) +
                                  ": stands twice; names are unique");
        }
        ids.push_back(channel.funds);
        if (channel.kind != LegKind::payout) ids.push_back(channel.fees_payable);
        if (!channel.settlement) continue;
        if (channel.kind == LegKind::payout || !channel.settlement->bank) {
            throw InvalidArgument("channel " + detail::quoted(channel.name) +
                                  ": settles nothing, or into no account; name the bank's");
        }
        ids.push_back(channel.settlement->unsettled.items);
        ids.push_back(channel.settlement->unsettled.counterpart);
    }
    std::sort(ids.begin(), ids.end());
    if (!ids.front() || std::adjacent_find(ids.begin(), ids.end()) != ids.end()) {
        throw InvalidArgument(
            "payment books: an account is missing or named twice; each has an "
            "id of its own");
    }
    for (const FeeRule& rule : fees) check_rule(*this, rule);
}

const PaymentChannel* PaymentBooks::channel(std::string_view name) const noexcept {
    const auto found =
        std::find_if(channels.begin(), channels.end(),
                     [&](const PaymentChannel& channel) { return channel.name == name; });
    return found == channels.end() ? nullptr : &*found;
}

const PaymentChannel* PaymentBooks::payout() const noexcept {
    const auto found =
        std::find_if(channels.begin(), channels.end(),
                     [](const PaymentChannel& channel) { return channel.kind == LegKind::payout; });
    return found == channels.end() ? nullptr : &*found;
}

std::optional<Fee> PaymentBooks::find_fee(std::string_view channel, std::string_view card_type,
                                          Date date, Amount amount) const {
    const FeeRule* holds = nullptr;
    for (const FeeRule& rule : fees) {
        if (rule.channel != channel || rule.from > date) continue;
        if (!rule.card_type.empty() && rule.card_type != card_type) continue;
        const auto rank = [](const FeeRule& of) {
            return std::pair(!of.card_type.empty(), of.from);
        };
        if (holds == nullptr || rank(*holds) <= rank(rule)) holds = &rule;
    }
    if (holds == nullptr) return std::nullopt;
    const Amount exact = multiply(amount, holds->rate, holds->rounding);
    return Fee{holds->cap ? std::min(exact, *holds->cap) : exact, holds->bearer};
}

}  // namespace ledger::adapters
