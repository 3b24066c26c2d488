// A host service that embeds the ledger engine: it makes a ledger, defines a small world, moves a
// customer's money, and reads a view. Only what an installed package offers is used here: public
// headers, ledger::ledger, no path into the source tree.
#include <ledger/core/decimal.hpp>
#include <ledger/core/id_generator.hpp>
#include <ledger/ledger.hpp>
#include <ledger/version.hpp>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>

namespace {

using namespace ledger;

const BookId client_money{1};
const CurrencyCode cny("CNY");
const AccountId bank{id_from_text("bank")};
const AccountId shop{id_from_text("shop")};

OpenAccount account(AccountId id, const char* code, AccountKind kind, const char* name) {
    OpenAccount open;
    open.id = id;
    open.book = client_money;
    open.currency = cny;
    open.code = code;
    open.kind = kind;
    open.name = name;
    return open;
}

/// A business outcome is a value: look at it. (Exceptions are for disks and wrong arguments.)
void must(const Result& result) {
    if (result) return;
    std::cerr << to_string(result.outcome) << ": " << explain(result.outcome) << '\n';
    std::exit(1);
}

void define(Ledger& books) {
    Batch batch;  // definitions have natural ids: posting them again changes nothing
    batch.add(DefineCurrency{*find_iso_currency("CNY")});
    DefineBook book;
    book.book = client_money;
    book.name = "Client money";
    batch.add(book);
    batch.add(account(bank, "1002", AccountKind::asset, "Custody bank"));
    OpenAccount shop_account = account(shop, "2202", AccountKind::liability, "A shop");
    shop_account.limits.minimum = Amount{0};  // it can't be overdrawn
    batch.add(shop_account);
    for (const Result& result : books.post(std::move(batch))) must(result);
}

void run(const std::filesystem::path& directory) {
    Ledger books = Ledger::open_or_create(directory);
    define(books);

    IdGenerator
        ids;  // time-ordered; keep an id with its request, so that a retry is the same voucher
    Batch payment;
    payment.add_voucher(ids.next<VoucherId>(), client_money)
        .debit(bank, Amount{100'00})
        .credit(shop, Amount{100'00});
    for (const Result& result : books.post(std::move(payment))) must(result);

    PlaceHold hold;  // a payout is on its way: set the money aside
    hold.account = shop;
    hold.amount = Amount{40'00};
    must(books.post(ids.next<HoldId>(), hold).result);

    Voucher too_much;  // 70 of the 60 that are available
    too_much.id = ids.next<VoucherId>();
    too_much.book = client_money;
    too_much.lines.resize(2);
    too_much.lines[0].account = shop;
    too_much.lines[0].side = Side::debit;
    too_much.lines[1].account = bank;
    too_much.lines[1].side = Side::credit;
    for (VoucherLine& line : too_much.lines) line.amount = Amount{70'00};
    std::cout << "70.00 of 60.00: " << to_string(books.post(too_much).result.outcome) << '\n';

    {
        const View view = books.view();  // everything acknowledged so far, pinned
        const Balance balance = view.balance(shop).value();
        std::cout << "shop: total " << to_decimal(balance.total(), 2) << ", available "
                  << to_decimal(balance.available(), 2) << " at position " << view.position().value
                  << '\n';
        if (balance.available() != Amount{60'00}) std::exit(1);
    }  // views go before the ledger is closed
    books.close();
}

}  // namespace

int main() {
    const auto directory =
        std::filesystem::temp_directory_path() / to_string(IdGenerator().next<RecordId>());
    std::cout << "ledger engine " << version() << '\n';
    try {
        run(directory);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    std::filesystem::remove_all(directory);
}
