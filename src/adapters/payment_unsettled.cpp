// See payment_unsettled.hpp.
#include "adapters/payment_unsettled.hpp"

#include "core/quoted.hpp"

#include <algorithm>
#include <utility>

namespace ledger::adapters {

namespace {

/// Calls `visit` with every open item of the account.
template <class Visit>
void each_item(const View& view, AccountId account, Visit visit) {
    PageRequest request;
    request.size = 1000;
    do {
        const Page<ItemInfo> page = view.open_items(account, request);
        for (const ItemInfo& item : page.items) visit(item);
        request.cursor = page.cursor;
    } while (!request.cursor.empty());
}

UnsettledRow payment_row(const PaymentBooks& books, const PaymentFacts& facts,
                         const PaymentMoney& money) {
    UnsettledRow row;
    row.serial = money.serial;
    row.amount = money.amount;
    row.clearing_date = money.clearing_date;
    row.waits = money.use == MoneyUse::waits;
    // Of money that pays no leg the table says nothing.
    row.fee = money.use != MoneyUse::leg
                  ? Fee{}
                  : books.find_fee(money.channel, facts.leg(money.leg)->card_type,
                                   money.clearing_date, money.amount);
    return row;
}

UnsettledRow refund_row(const PaymentPart& part, std::uint32_t attempt) {
    UnsettledRow row;
    row.refund = true;
    row.serial = refund_number(part.part.id, attempt);
    row.amount = part.part.amount;
    row.fee = Fee{};
    return row;
}

/// What an order has had at the channel, settled or not.
UnsettledRows rows_of(const PaymentBooks& books, const PaymentFacts& facts,
                      std::string_view channel) {
    UnsettledRows rows;
    for (const PaymentMoney& money : facts.money) {
        if (money.channel != channel) continue;
        rows[payment_id::unsettled(books, channel, money.serial)] =
            payment_row(books, facts, money);
    }
    for (const PaymentPart& part : facts.parts) {
        for (std::uint32_t attempt = 1; attempt <= part.attempts.size(); ++attempt) {
            UnsettledRow row = refund_row(part, attempt);
            rows[payment_id::unsettled(books, channel, row.serial)] = std::move(row);
        }
    }
    return rows;
}

Amount contradictions_of(const View& view, const PaymentBooks& books, std::string_view channel) {
    Amount sum;
    each_item(view, books.contradictions.items, [&](const ItemInfo& item) {
        const RecordId id{item.id.value};
        const auto entry = view.register_entry(id);
        if (entry && Payload(id, *entry).text("channel") == channel) sum += item.remaining;
    });
    return sum;
}

/// Sums of what is open, and the conditions that single rows leave unmet.
SettlementTrial sum_up(const UnsettledRows& open, Date clearing_date) {
    SettlementTrial trial;
    Amount older;
    const auto unmet = [&](SettlementCondition condition, const UnsettledRow& row) {
        trial.unmet.push_back({condition, row.serial, row.amount});
    };
    for (const auto& [item, row] : open) {
        if (row.refund) {
            trial.refunded += row.amount;
        } else if (row.clearing_date == clearing_date) {
            trial.received += row.amount;
            if (row.fee) trial.fees += row.fee->amount;
            if (!row.fee) unmet(SettlementCondition::fee_unknown, row);
            if (row.waits) unmet(SettlementCondition::reversal_unanswered, row);
        } else if (row.clearing_date < clearing_date) {
            older += row.amount;
        }
    }
    if (older > Amount{}) trial.unmet.push_back({SettlementCondition::older_open, {}, older});
    return trial;
}

}  // namespace

const SettlementTerms& terms_of(const PaymentChannel& channel) {
    if (channel.settlement) return *channel.settlement;
    throw InvalidArgument("channel " + detail::quoted(channel.name) +
                          ": has no settlement terms; add them to its PaymentChannel");
}

UnsettledRows read_unsettled(const Desk& desk, const PaymentBooks& books,
                             const PaymentChannel& channel) {
    const View view = desk.view();
    UnsettledRows open;
    UnsettledRows known;  // of the order that was read last: its items often come together
    OrderId order;
    each_item(view, terms_of(channel).unsettled.items, [&](const ItemInfo& item) {
        const OrderId of = view.record(item.position)->order;
        if (of != order) {
            known = rows_of(books, PaymentFacts(books, of, desk.facts_of(of)), channel.name);
            order = of;
        }
        if (const auto row = known.find(item.id); row != known.end()) open.insert(*row);
    });
    return open;
}

SettlementTrial try_out(const Desk& desk, const PaymentBooks& books, const PaymentChannel& channel,
                        const UnsettledRows& open, const TrialQuestion& question,
                        const Calendar& calendar) {
    const SettlementTerms& terms = terms_of(channel);
    const View view = desk.view();
    SettlementTrial trial = sum_up(open, question.clearing_date);
    const auto unmet = [&](bool is_unmet, SettlementCondition condition, Amount amount = {}) {
        if (is_unmet) trial.unmet.push_back({condition, {}, amount});
    };
    trial.expected = trial.received - trial.refunded;
    const Balance funds = view.balance(channel.funds).value();
    const Amount short_by = trial.expected - funds.posted();
    const Amount contradicted = contradictions_of(view, books, channel.name);
    if (terms.keeps_fees) trial.expected -= trial.fees;
    const bool is_next_day = terms.cycle == SettlementCycle::next_day;
    trial.due =
        is_next_day ? calendar.next_business_day(question.clearing_date) : question.clearing_date;
    unmet(trial.received == Amount{}, SettlementCondition::nothing_received);
    unmet(question.today <= question.clearing_date && is_next_day,
          SettlementCondition::day_not_over);
    unmet(question.today < trial.due, SettlementCondition::not_due);
    unmet(funds.held > Amount{}, SettlementCondition::refunds_in_flight, funds.held);
    unmet(contradicted > Amount{}, SettlementCondition::contradictions_open, contradicted);
    unmet(short_by > Amount{}, SettlementCondition::funds_short, short_by);
    std::stable_sort(
        trial.unmet.begin(), trial.unmet.end(),
        [](const UnmetCondition& a, const UnmetCondition& b) { return a.condition < b.condition; });
    return trial;
}

}  // namespace ledger::adapters
