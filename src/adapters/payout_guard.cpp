// See payout_guard.hpp. Nothing here is shared with what makes and books attempts, not even how an
// order's record is read: an error there must not be repeated here.
#include "ledger/adapters/payout_guard.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

namespace ledger::adapters {

namespace {

constexpr std::uint32_t type_of_orders = 2001;
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

/// The order's record, and the money that left the account for it and is not back.
struct OrderRead {
    std::optional<Ordered> ordered;
    Amount left;
};

Amount left_by(const Voucher& voucher, AccountId account) {
    Amount left;
    for (const VoucherLine& line : voucher.lines) {
        if (line.account != account) continue;
        if (line.side == Side::credit) left += line.amount;
        if (line.side == Side::debit) left -= line.amount;
    }
    return left;
}

OrderRead read_order(const View& view, OrderId order, AccountId account) {
    OrderRead read;
    PageRequest request;
    request.size = guard_page;
    do {
        const Page<PostedRecord> page = view.records_of(order, request);
        for (const PostedRecord& record : page.items) {
            if (record.kind == RecordKind::register_entry && !read.ordered) {
                const std::optional<RegisterEntry> entry = view.register_entry(record.id);
                if (entry && entry->type == type_of_orders) read.ordered = ordered_of(*entry);
            }
            if (record.kind != RecordKind::voucher) continue;
            const std::optional<PostedVoucher> posted = view.voucher(record.position);
            if (posted) read.left += left_by(posted->voucher, account);
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
    const OrderRead order = read_order(view, departure.order, bank->account);
    if (!order.ordered) return "an order that is not in the books";
    if (const auto difference = compare(*order.ordered, message)) return difference;
    const std::optional<AccountInfo> account = view.account(bank->account);
    if (!account || account->currency != message.currency) return "another currency";
    if (to_string(order.left + message.amount) != order.ordered->amount) {
        return to_string(order.left) + " left for the order before, and this would be " +
               to_string(message.amount) + " more; ordered " + order.ordered->amount;
    }
    const Instant today = midnight(departure.now, bank->utc_offset_seconds);
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
