// See payment_settlement.hpp.
#include "ledger/adapters/payment_settlement.hpp"

#include "adapters/payment_unsettled.hpp"
#include "core/quoted.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace ledger::adapters {

namespace {

/// The type of a settlement's register; those of orders are PaymentRegister. Stored.
constexpr std::uint32_t settlement_register = 0x5101;
constexpr std::size_t rows_of_voucher = 1000;

void check_file(const SettlementFile& file) {
    const std::string thing =
        "file of " + detail::quoted(file.channel) + " for " + to_string(file.clearing_date);
    if (file.clearing_date < date_min || file.clearing_date > date_max) {
        throw InvalidArgument(thing + ": has no date; give the channel's day");
    }
    if (file.rows.size() > SettlementFile::rows_max) {
        throw InvalidArgument(thing + ": has " + std::to_string(file.rows.size()) +
                              " rows; at most " + std::to_string(SettlementFile::rows_max) +
                              " are settled at once");
    }
    if (file.paid > payment_amount_max || file.paid < -payment_amount_max) {
        throw InvalidArgument(thing + ": what was paid, " + to_string(file.paid) +
                              ", is beyond 10^18");
    }
    std::set<std::string_view> serials;
    for (const SettlementRow& row : file.rows) {
        check_key("serial", row.serial);
        if (!serials.insert(row.serial).second) {
            throw InvalidArgument(thing + ": the serial " + row.serial + " stands twice in it");
        }
        if (row.amount <= Amount{} || row.amount > payment_amount_max || row.fee < Amount{} ||
            row.fee > row.amount) {
            throw InvalidArgument(thing + ": the row " + row.serial +
                                  " has no amount within 1..10^18, or no fee within 0 and it");
        }
    }
}

/// A row of the file beside what the books have open for it.
struct RowPair {
    const SettlementRow* row = nullptr;
    ItemId item;
    const UnsettledRow* open = nullptr;  ///< nullptr: the books have nothing open
};

std::vector<RowPair> pair_up(const PaymentBooks& books, const SettlementFile& file,
                             const UnsettledRows& open) {
    std::vector<RowPair> pairs;
    for (const SettlementRow& row : file.rows) {
        const ItemId item = payment_id::unsettled(books, file.channel, row.serial);
        const auto found = open.find(item);
        const bool is_same = found != open.end() && found->second.refund == row.refund;
        pairs.push_back({&row, item, is_same ? &found->second : nullptr});
    }
    return pairs;
}

Amount signed_of(const SettlementRow& row, Amount amount) { return row.refund ? -amount : amount; }

/// What the rows come to: payments less refunds, less fees where they are kept back.
Amount total_of(const SettlementTerms& terms, const SettlementFile& file) {
    Amount total;
    for (const SettlementRow& row : file.rows) {
        total += signed_of(row, row.amount);
        if (terms.keeps_fees) total -= row.fee;
    }
    return total;
}

SettlementResult compare_rows(const SettlementTerms& terms, const SettlementFile& file,
                              const UnsettledRows& open, const std::vector<RowPair>& pairs) {
    SettlementResult result;
    std::set<ItemId> in_file;
    const auto differ = [&](SettlementDifference difference, std::string serial, Amount books,
                            Amount there) {
        result.discrepancies.push_back({difference, std::move(serial), books, there});
    };
    for (const RowPair& pair : pairs) {
        const SettlementRow& row = *pair.row;
        if (pair.open == nullptr) {
            differ(SettlementDifference::missing_in_books, row.serial, {}, row.amount);
            continue;
        }
        ++result.matched;
        in_file.insert(pair.item);
        const Amount booked = pair.open->amount;
        const Amount fee = pair.open->fee.value_or(Fee{}).amount;
        if (booked != row.amount) {
            differ(SettlementDifference::amount_differs, row.serial, booked, row.amount);
        }
        if (fee != row.fee) differ(SettlementDifference::fee_differs, row.serial, fee, row.fee);
    }
    for (const auto& [item, row] : open) {
        const bool is_of_day = !row.refund && row.clearing_date == file.clearing_date;
        if (!is_of_day || in_file.contains(item)) continue;
        differ(SettlementDifference::missing_in_file, row.serial, row.amount, {});
    }
    const Amount total = total_of(terms, file);
    if (total != file.paid) differ(SettlementDifference::total_differs, {}, total, file.paid);
    return result;
}

/// A line on the debit side, or of less than zero on the credit side; none of zero.
void add_signed(Voucher& voucher, AccountId account, Amount debit, ItemId opens = {}) {
    if (debit == Amount{}) return;
    const bool is_debit = debit > Amount{};
    add_line(voucher, is_debit ? Side::debit : Side::credit, account, is_debit ? debit : -debit,
             opens);
}

OrderId order_of(const PaymentBooks& books, const SettlementFile& file) {
    // No order's key has a space.
    return payment_id::order(books,
                             "settlement " + file.channel + " " + to_string(file.clearing_date));
}

Voucher settlement_voucher(const PaymentBooks& books, const SettlementFile& file,
                           std::string_view part) {
    const std::string date = to_string(file.clearing_date);
    Voucher voucher;
    voucher.id = payment_id::of(books, "payment.settlement_voucher", {file.channel, date, part});
    voucher.order = order_of(books, file);
    voucher.book = books.book;
    voucher.detail.summary = "settled by " + file.channel + " for " + date;
    voucher.detail.value_date = file.clearing_date;
    return voucher;
}

ItemId difference_item(const PaymentBooks& books, const SettlementFile& file,
                       std::string_view serial) {
    const std::string date = to_string(file.clearing_date);
    return ItemId{payment_id::of(books, "payment.difference", {file.channel, date, serial}).value};
}

/// Some rows as one voucher: what arrived for them, against funds, fees and differences; their
/// items are cleared.
Voucher rows_voucher(const PaymentBooks& books, const SettlementFile& file,
                     std::span<const RowPair> pairs, std::string_view part) {
    const PaymentChannel& channel = *books.channel(file.channel);
    const SettlementTerms& terms = terms_of(channel);
    Voucher voucher = settlement_voucher(books, file, part);
    Amount arrived;
    Amount fees;
    Amount settled;
    for (const RowPair& pair : pairs) {
        const SettlementRow& row = *pair.row;
        const Amount booked = pair.open == nullptr ? Amount{} : pair.open->amount;
        arrived += signed_of(row, row.amount);
        settled += signed_of(row, booked);
        if (terms.keeps_fees) fees += row.fee;
        add_signed(voucher, books.differences, signed_of(row, booked - row.amount),
                   difference_item(books, file, row.serial));
        if (pair.open == nullptr) continue;
        const Side side = row.refund ? Side::debit : Side::credit;
        add_line(voucher, side, terms.unsettled.items, booked, {}, pair.item);
        add_line(voucher, opposite(side), terms.unsettled.counterpart, booked);
    }
    add_signed(voucher, terms.bank, arrived - fees);
    add_signed(voucher, channel.fees_payable, fees);
    add_signed(voucher, channel.funds, -settled);
    return voucher;
}

std::string digest_of(const SettlementFile& file) {
    json content = json::array({to_json(file.paid)});
    for (const SettlementRow& row : file.rows) {
        content.push_back({row.refund, row.serial, to_json(row.amount), to_json(row.fee)});
    }
    return to_string(fact_id("payment.settlement_content", {content.dump()}));
}

Batch group_of(const PaymentBooks& books, const SettlementFile& file,
               const std::vector<RowPair>& pairs, RecordId id) {
    Batch batch;
    batch.add(id,
              register_of(settlement_register, {{"channel", file.channel},
                                                {"date", to_string(file.clearing_date)},
                                                {"paid", to_json(file.paid)},
                                                {"rows", file.rows.size()},
                                                {"digest", digest_of(file)}}),
              order_of(books, file));
    for (std::size_t first = 0; first < pairs.size(); first += rows_of_voucher) {
        const std::size_t count = std::min(rows_of_voucher, pairs.size() - first);
        batch.add(rows_voucher(books, file, std::span(pairs).subspan(first, count),
                               std::to_string(first / rows_of_voucher + 1)));
    }
    const SettlementTerms& terms = terms_of(*books.channel(file.channel));
    const Amount unexplained = file.paid - total_of(terms, file);
    if (unexplained == Amount{}) return batch;
    Voucher total = settlement_voucher(books, file, "total");
    add_signed(total, terms.bank, unexplained);
    add_signed(total, books.differences, -unexplained, difference_item(books, file, "#total"));
    batch.add(total);
    return batch;
}

}  // namespace

std::string_view to_string(SettlementCondition condition) noexcept {
    switch (condition) {
        case SettlementCondition::nothing_received: return "nothing_received";
        case SettlementCondition::day_not_over: return "day_not_over";
        case SettlementCondition::not_due: return "not_due";
        case SettlementCondition::fee_unknown: return "fee_unknown";
        case SettlementCondition::older_open: return "older_open";
        case SettlementCondition::reversal_unanswered: return "reversal_unanswered";
        case SettlementCondition::refunds_in_flight: return "refunds_in_flight";
        case SettlementCondition::contradictions_open: return "contradictions_open";
        case SettlementCondition::funds_short: return "funds_short";
    }
    return "unknown";
}

std::string_view to_string(SettlementDifference difference) noexcept {
    switch (difference) {
        case SettlementDifference::missing_in_books: return "missing_in_books";
        case SettlementDifference::amount_differs: return "amount_differs";
        case SettlementDifference::fee_differs: return "fee_differs";
        case SettlementDifference::missing_in_file: return "missing_in_file";
        case SettlementDifference::total_differs: return "total_differs";
    }
    return "unknown";
}

Settlements::Settlements(Desk& desk, PaymentBooks books) : desk_(desk), books_(std::move(books)) {
    books_.check();
}

SettlementTrial Settlements::trial(std::string_view channel, Date clearing_date, Date today,
                                   const Calendar& calendar) const {
    const PaymentChannel& of = known_channel(books_, channel);
    return try_out(desk_, books_, of, read_unsettled(desk_, books_, of), {clearing_date, today},
                   calendar);
}

SettlementResult Settlements::settle(const SettlementFile& file, Date today,
                                     const Calendar& calendar) {
    const PaymentChannel& channel = known_channel(books_, file.channel);
    const SettlementTerms& terms = terms_of(channel);
    check_file(file);
    const auto turn = desk_.turn(order_of(books_, file));
    const RecordId id =
        payment_id::of(books_, "payment.settlement", {file.channel, to_string(file.clearing_date)});
    if (const auto earlier = desk_.view().register_entry(id)) {
        SettlementResult result;
        const bool is_same = Payload(id, *earlier).text("digest") == digest_of(file);
        result.outcome = is_same ? SettlementOutcome::repeated : SettlementOutcome::conflict;
        return result;
    }
    const UnsettledRows open = read_unsettled(desk_, books_, channel);
    const std::vector<RowPair> pairs = pair_up(books_, file, open);
    SettlementResult result = compare_rows(terms, file, open, pairs);
    result.trial = try_out(desk_, books_, channel, open, {file.clearing_date, today}, calendar);
    const Decision decision = desk_.post(group_of(books_, file, pairs, id));
    if (decision) return result;
    if (decision.refusal().outcome == Outcome::below_minimum) {
        result.outcome = SettlementOutcome::funds_short;
        return result;
    }
    throw UsageError(
        "settlement of " + file.channel + " for " + to_string(file.clearing_date) +
        ": the books refuse it: " + std::string(to_string(decision.refusal().outcome)) + ": " +
        std::string(explain(decision.refusal().outcome)));
}

}  // namespace ledger::adapters
