// The incident of the voucher without lines, replayed over processes: what a host that writes a
// ledger has posted into the buffer of a hot account, ledgerctl in a process of its own says at
// once and whole.
#include "ctl.hpp"

#include "ledger/ledger.hpp"

namespace ledger::cli {
namespace {

class Incidents : public Ctl {};

VoucherId voucher_id(int number) {
    return VoucherId{id_from_text("late:" + std::to_string(number))};
}

TEST_F(Incidents, BufferedLinesAreCompleteAtOnceInLedgerctl) {
    make_small_ledger();
    ok({"account", "open", "text:shop", "--book", "1", "--currency", "CNY", "--code", "2003",
        "--kind", "liability", "--buffer-window", "1h"});
    Ledger host = Ledger::open(ledger());
    for (int number = 1; number <= 5; ++number) {
        Voucher voucher;
        voucher.id = voucher_id(number);
        voucher.book = BookId{1};
        voucher.lines = {{AccountId{id_from_text("cash")}, Side::debit, Amount{100 * number}},
                         {AccountId{id_from_text("shop")}, Side::credit, Amount{100 * number}}};
        const Receipt receipt = host.post(voucher);
        ASSERT_TRUE(receipt);
        const std::string since = std::to_string(receipt.result.position.value - 1);

        const auto posted = json({"voucher", "text:late:" + std::to_string(number)}).json();
        EXPECT_EQ(posted["position"], receipt.result.position.value);
        EXPECT_EQ(posted["lines"].size(), 2u) << posted;
        EXPECT_EQ(json({"lines", "text:shop"}).json()["items"].size(),
                  static_cast<std::size_t>(number));
        const auto statement = json({"statement", "text:shop", "--since", since}).lines();
        ASSERT_EQ(statement.size(), 2u);  // the head, and the one line
        EXPECT_EQ(statement[1]["voucher"], to_string(voucher.id));
        const auto balance = json({"balance", "text:shop"}).json();
        EXPECT_EQ(balance["total"], statement[0]["closing"]);
        EXPECT_NE(balance["buffered_credits"], "0.00");
    }
}

}  // namespace
}  // namespace ledger::cli
