// Three payouts through one bank: one is paid, one fails, and one comes back. Run it again, or kill
// it anywhere and run it again: it goes on from the books in ./books, and prints the same.
#include <ledger/adapters/payout.hpp>

#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

using namespace ledger;
using namespace ledger::adapters;

const CurrencyCode cny("CNY");
const AccountId own_funds{1, 1}, recalls{1, 2}, at_bank{1, 3}, shop{1, 4};

/// The bank's message: fields divided by '|'. Where the token stands, whoever carries the message
/// to the bank puts the payee's name and account number.
std::string write_message(const PayoutMessage& message) {
    return message.serial + '|' + message.payee.token + '|' + message.payee.digest + '|' +
           message.payee.bank + '|' + to_string(message.amount) + '|' +
           std::string(message.currency.text());
}

PayoutMessage read_message(std::string_view bytes) {
    std::istringstream text{std::string(bytes)};
    std::string field[6];
    for (std::string& part : field) {
        if (!std::getline(text, part, '|')) throw std::invalid_argument("six fields are wanted");
    }
    return {field[0],
            {field[1], field[2], field[3]},
            Amount{std::stoll(field[4])},
            CurrencyCode(field[5])};
}

OpenAccount account(AccountId id, AccountKind kind, const char* code) {
    OpenAccount open;
    open.id = id;
    open.book = {1};
    open.currency = cny;
    open.code = code;
    open.kind = kind;
    open.open_items = id == recalls;
    if (id == shop) open.limits.minimum = Amount{0};
    return open;
}

void open_books(Desk& desk) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("CNY")});
    batch.add(DefineBook{{1}, "Client money"});
    batch.add(account(own_funds, AccountKind::asset, "1001"));
    batch.add(account(recalls, AccountKind::asset, "1221"));
    batch.add(account(at_bank, AccountKind::asset, "1002"));
    batch.add(account(shop, AccountKind::liability, "2202"));
    batch.add_voucher({2, 1}, {1}).debit(at_bank, Amount{100'00}).credit(shop, Amount{100'00});
    desk.define(std::move(batch));
}

PayoutRequest request(const char* order, std::int64_t fen) {
    return {order, shop, Amount{fen}, {"vault-7", "3f1c9a55d0e47b62", "CMB"}, "icbc"};
}

/// What the bank says of the three, in the order in which it does.
void hear(Payouts& payouts, Instant now) {
    const auto says = [&](const char* order, BankStatus status, std::int64_t fen) {
        const std::string serial = payouts.status(order)->serial;
        (void)payouts.answer("icbc", {serial, status, Amount{fen}, "B" + serial, now});
    };
    says("W-1", BankStatus::not_found, 40'00);  // says nothing, yet
    says("W-1", BankStatus::succeeded, 40'00);
    says("W-2", BankStatus::failed, 25'00);
    says("W-3", BankStatus::succeeded, 10'00);
    says("W-3", BankStatus::returned, 10'00);
}

const char* name(PayeeOutcome told) {
    static const std::map<PayeeOutcome, const char*> names = {
        {PayeeOutcome::in_progress, "in progress"},
        {PayeeOutcome::paid, "paid"},
        {PayeeOutcome::returned, "returned"},
        {PayeeOutcome::not_paid, "not paid"}};
    return names.at(told);
}

}  // namespace

int main() {
    Ledger books = Ledger::open_or_create("books");
    Desk desk(books);
    open_books(desk);

    PayoutBank icbc;
    icbc.name = "icbc";
    icbc.account = at_bank;
    icbc.serials = {"LE", 12, "0123456789"};
    icbc.idempotency = Idempotency::same_day;
    icbc.write = write_message;
    Payouts payouts(desk, {{1}, cny, own_funds, recalls}, {icbc},
                    PayoutGuard({{"icbc", at_bank, read_message, Amount{1'000'000'00}, 0}}));
    payouts.define("90");

    const Instant now = parse_instant("2026-11-28T09:00:00Z");
    const PayoutRequest requests[] = {request("W-1", 40'00), request("W-2", 25'00),
                                      request("W-3", 10'00)};
    if (!payouts.create(requests)) return 1;
    for (const PayoutInstruction& instruction : payouts.instructions("icbc", now).instructions) {
        std::cerr << "to the bank: " << instruction.bytes << '\n';
    }
    hear(payouts, now);

    for (const PayoutRequest& request : requests) {
        const PayoutStatus status = *payouts.status(request.order);
        std::cout << request.order << ' ' << status.serial << ' ' << name(status.told) << '\n';
    }
    const Balance balance = *books.view().balance(shop);
    std::cout << "shop has " << to_string(balance.total()) << " fen, "
              << to_string(balance.available()) << " available\n";
}
