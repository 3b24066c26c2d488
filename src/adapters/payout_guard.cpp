// See payout_guard.hpp. Nothing here is shared with what makes and books attempts, not even how an
// order's record is read: an error there must not be repeated here.
#include "ledger/adapters/payout_guard.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <utility>

namespace ledger::adapters {

namespace {

constexpr std::uint32_t type_of_orders = 2001;
constexpr std::uint32_t type_of_attempts = 2002;
constexpr std::uint32_t type_of_reports = 2004;
constexpr int status_failed = 2;
constexpr int status_refused = 3;
constexpr std::size_t guard_page = 1000;

/// What was ordered, as the order's own record has it.
struct Ordered {
    std::string payee;
    std::string payee_digest;
    std::string payee_bank;
    std::string amount;
};

std::optional<Ordered> ordered_of(const RegisterEntry& entry) {
    const auto fields = nlohmann::json::parse(entry.payload, nullptr, false);
    if (!fields.is_object()) return std::nullopt;
    const auto text = [&](const char* key) {
        const auto found = fields.find(key);
        return found != fields.end() && found->is_string() ? found->get<std::string>()
                                                           : std::string();
    };
    return Ordered{text("payee"), text("payee_digest"), text("payee_bank"), text("amount")};
}

/// What the order's records say.
struct OrderRead {
    std::optional<Ordered> ordered;
    Amount left;  ///< the accounts at banks, and not back
    /// Attempts that no record says the end of: bank and number, and their serials.
    std::map<std::string, std::string> under_way;
};

void read_register(OrderRead& read, RecordId id, const RegisterEntry& entry, RecordId of_order) {
    if (entry.type == type_of_orders && id == of_order) read.ordered = ordered_of(entry);
    if (entry.type != type_of_attempts && entry.type != type_of_reports) return;
    const auto fields = nlohmann::json::parse(entry.payload, nullptr, false);
    if (!fields.is_object() || !fields.contains("bank") || !fields.contains("number")) return;
    const std::string key = fields["bank"].dump() + fields["number"].dump();
    if (entry.type == type_of_attempts) {
        read.under_way[key] = fields.value("serial", "");
        return;
    }
    const int status = fields.value("status", 0);
    if (status == status_failed || status == status_refused) read.under_way.erase(key);
}

void read_voucher(OrderRead& read, const Voucher& voucher, const std::vector<AccountId>& accounts) {
    bool is_payment = false;
    for (const VoucherLine& line : voucher.lines) {
        if (std::find(accounts.begin(), accounts.end(), line.account) == accounts.end()) continue;
        is_payment = true;
        if (line.side == Side::credit) read.left += line.amount;
        if (line.side == Side::debit) read.left -= line.amount;
    }
    if (!is_payment) return;
    std::erase_if(read.under_way, [&](const auto& attempt) {
        return attempt.second == voucher.detail.source_document;
    });
}

OrderRead read_order(const View& view, OrderId order, const std::vector<AccountId>& accounts) {
    OrderRead read;
    const RecordId of_order = fact_id("payout.order", {to_string(order), "0"});
    PageRequest request;
    request.size = guard_page;
    do {
        const Page<PostedRecord> page = view.records_of(order, request);
        for (const PostedRecord& record : page.items) {
            if (record.kind == RecordKind::register_entry) {
                const std::optional<RegisterEntry> entry = view.register_entry(record.id);
                if (entry) read_register(read, record.id, *entry, of_order);
            }
            if (record.kind != RecordKind::voucher) continue;
            const std::optional<PostedVoucher> posted = view.voucher(record.position);
            if (posted) read_voucher(read, posted->voucher, accounts);
        }
        request.cursor = page.cursor;
    } while (!request.cursor.empty());
    return read;
}

std::optional<std::string> compare(const Ordered& ordered, const PayoutMessage& message) {
    if (message.payee.token != ordered.payee) return "another payee than ordered";
    if (message.payee.bank != ordered.payee_bank) return "another bank of the payee than ordered";
    if (message.payee.bank.empty()) return "no bank of the payee";
    if (message.payee.digest != ordered.payee_digest) return "another digest of the payee";
    if (to_string(message.amount) != ordered.amount) {
        return "amount " + to_string(message.amount) + ", ordered " + ordered.amount;
    }
    if (message.amount.minor <= 0) return "an amount that is not positive";
    if (message.serial.empty()) return "no serial";
    return std::nullopt;
}

Instant midnight(Instant now, std::int32_t offset) {
    const std::chrono::seconds east{offset};
    return start_of_utc_day(utc_date(now + east)) + -std::chrono::nanoseconds{east};
}

}  // namespace

PayoutGuard::PayoutGuard(std::vector<GuardedBank> banks) : banks_(std::move(banks)) {
    std::set<std::string> names;
    for (const GuardedBank& bank : banks_) {
        if (!bank.read) {
            throw InvalidArgument("guarded bank '" + bank.name +
                                  "', read: is missing; give what reads an instruction's bytes");
        }
        if (!names.insert(bank.name).second) {
            throw InvalidArgument("guarded bank '" + bank.name + "' is given twice");
        }
    }
}

const GuardedBank* PayoutGuard::find(std::string_view name) const noexcept {
    const auto found = std::find_if(banks_.begin(), banks_.end(),
                                    [&](const GuardedBank& bank) { return bank.name == name; });
    return found == banks_.end() ? nullptr : &*found;
}

std::optional<std::string> PayoutGuard::objection(const View& view,
                                                  const Departure& departure) const {
    const GuardedBank* bank = find(departure.bank);
    if (bank == nullptr) return "a bank that the guard does not know";
    PayoutMessage message;
    try {
        message = bank->read(departure.bytes);
    } catch (const std::exception& error) {
        return std::string("bytes that cannot be read: ") + error.what();
    }
    std::vector<AccountId> accounts;
    for (const GuardedBank& guarded : banks_) accounts.push_back(guarded.account);
    const OrderRead order = read_order(view, departure.order, accounts);
    if (!order.ordered) return "an order that is not in the books";
    if (const auto difference = compare(*order.ordered, message)) return difference;
    const std::optional<AccountInfo> account = view.account(bank->account);
    if (!account || account->currency != message.currency) return "another currency";
    for (const auto& [key, serial] : order.under_way) {
        if (!departure.again || serial != message.serial) {
            return "the attempt " + serial + " is under way for the order";
        }
    }
    if (to_string(order.left + message.amount) != order.ordered->amount) {
        return to_string(order.left) + " left for the order before, and this would be " +
               to_string(message.amount) + " more; ordered " + order.ordered->amount;
    }
    const Instant today =
        midnight(std::max(departure.now, view.instant()), bank->utc_offset_seconds);
    const std::optional<Turnover> sent =
        view.turnover(payout_accounts(bank->name).total, {today, today + std::chrono::hours{24}});
    Amount total = sent ? sent->debits : Amount{};
    if (!departure.again) total += message.amount;
    if (total > bank->daily_total_max) {
        return "a total of " + to_string(total) + " in a day, over " +
               to_string(bank->daily_total_max);
    }
    return std::nullopt;
}

}  // namespace ledger::adapters
