// A shop's order, paid from a card, a wallet and coins: notices that come twice, a success on a
// second channel, a refund that waits until the channel has money. Prints what
// docs/adapters/payment.md shows.
#include <ledger/adapters/payment.hpp>
#include <ledger/core/id_generator.hpp>
#include <ledger/ledger.hpp>

#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

namespace {

using namespace ledger;
using namespace ledger::adapters;

const BookId book{1};
const CurrencyCode cny("CNY");
const AccountId shop{id_from_text("shop")};
const AccountId bank{id_from_text("bank")};
const Date today = make_date(2026, 11, 28);

AccountId account(const std::string& name) { return AccountId{id_from_text("payments:" + name)}; }

WorkQueue queue(const std::string& name) { return {account(name), account(name + " counterpart")}; }

/// The accounts and channels of the host. Their ids are its own choice, and never change.
PaymentBooks make_books() {
    PaymentBooks books;
    books.book = book;
    books.currency = cny;
    books.transit = account("transit");
    books.refunds = account("refunds");
    books.fee_expense = account("fee expense");
    books.differences = account("differences");
    books.open_orders = queue("open orders");
    books.refundable = queue("refundable");
    books.contradictions = queue("contradictions");
    books.channels = {{"card", LegKind::card, account("card"), account("card fees")},
                      {"wallet", LegKind::wallet, account("wallet"), account("wallet fees")},
                      {"coins", LegKind::coins, account("coins"), account("coins fees")}};
    FeeRule fee;  // 0.6 % from New Year on, borne by the shop
    fee.channel = "card";
    fee.from = make_date(2026, 1, 1);
    fee.rate = Ratio(6, 1000);
    books.fees = {fee};
    return books;
}

void define(Desk& desk, const PaymentBooks& books) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("CNY")});
    DefineBook define;
    define.book = book;
    batch.add(define);
    OpenAccount open;
    open.id = shop;
    open.book = book;
    open.currency = cny;
    open.code = "2202";
    open.kind = AccountKind::liability;
    open.limits.minimum = Amount{};
    batch.add(open);
    OpenAccount at_bank = open;
    at_bank.id = bank;
    at_bank.code = "1002";
    at_bank.kind = AccountKind::asset;
    at_bank.limits = {};
    batch.add(at_bank);
    books.define(batch, "payment");
    desk.define(std::move(batch));
}

void move(Desk& desk, AccountId debit, AccountId credit, Amount amount) {
    Batch batch;
    batch.add_voucher(IdGenerator().next<VoucherId>(), book)
        .debit(debit, amount)
        .credit(credit, amount);
    if (!desk.post(std::move(batch))) throw UsageError("the books refuse to move money");
}

const char* name(NoticeOutcome outcome) {
    switch (outcome) {
        case NoticeOutcome::repeated: return "repeated";
        case NoticeOutcome::contradiction: return "contradiction";
        case NoticeOutcome::refunding: return "booked, and on its way back";
        case NoticeOutcome::booked: return "booked";
        case NoticeOutcome::paid: return "paid";
        default: return "something else";
    }
}

void tell(Payments& payments, const std::string& channel, const std::string& serial,
          std::uint32_t leg, Amount amount) {
    ChannelNotice notice{channel, serial, "P-1", leg, true, amount, today};
    std::cout << serial << " brings " << to_string(amount) << ": " << name(payments.notify(notice))
              << '\n';
}

void print(const Desk& desk, const char* what, AccountId id) {
    std::cout << what << ": " << to_string(desk.view().balance(id)->total()) << '\n';
}

void run(const std::filesystem::path& directory) {
    Ledger ledger = Ledger::create(directory);
    Desk desk(ledger);
    const PaymentBooks books = make_books();
    define(desk, books);
    Payments payments(desk, books);

    PaymentRequest request{"P-1", shop, Amount{100'00}, {}, {}};
    request.legs = {{"card", Amount{60'00}, "credit"},
                    {"wallet", Amount{30'00}, ""},
                    {"coins", Amount{10'00}, ""}};
    if (payments.create(request) != CreateOutcome::created) throw UsageError("not created");
    tell(payments, "coins", "k-1", 3, Amount{10'00});
    tell(payments, "card", "c-1", 1, Amount{60'00});
    tell(payments, "card", "c-1", 1, Amount{60'00});
    tell(payments, "wallet", "w-1", 2, Amount{30'00});
    tell(payments, "wallet", "w-2", 2, Amount{30'00});  // the payer pressed twice
    tell(payments, "card", "c-1", 1, Amount{61'00});
    std::cout << "named: " << payments.open_contradictions().items.at(0).claim << '\n';
    print(desk, "the shop has", shop);

    move(desk, bank, books.channel("wallet")->funds, Amount{50'00});  // settled to our bank
    const RefundPart part = payments.open_refunds().items.at(0);
    if (payments.send_refund(part.id).outcome == SendOutcome::short_of_funds) {
        std::cout << "the refund of " << part.serial << " waits for the wallet's money\n";
    }
    move(desk, books.channel("wallet")->funds, bank, Amount{20'00});  // topped up
    const SendResult sent = payments.send_refund(part.id);
    // Here the host calls the channel, and reports what came back:
    if (payments.refund_answered({part.id, sent.instruction.attempt, RefundStatus::success}) ==
        RefundReplyOutcome::booked) {
        std::cout << "the refund of " << part.serial << " is paid back\n";
    }
    print(desk, "at the wallet lies", books.channel("wallet")->funds);
    print(desk, "refunds payable", books.refunds);
}

}  // namespace

int main() {
    const auto directory =
        std::filesystem::temp_directory_path() / to_string(IdGenerator().next<RecordId>());
    int status = 0;
    try {
        run(directory);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        status = 1;
    }
    std::filesystem::remove_all(directory);
    return status;
}
