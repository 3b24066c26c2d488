// The incident of the voucher without lines, replayed over processes: what a host that writes a
// ledger has posted into the buffer of a hot account, ledgerctl in a process of its own says at
// once and whole.
#include "ctl.hpp"

#include "ledger/ledger.hpp"

namespace ledger::cli {
namespace {

class Incidents : public Ctl {};

TEST_F(Incidents, BufferedLinesAreCompleteAtOnceInLedgerctl) {
    make_small_ledger();
    ok({"account", "open", "text:shop", "--book", "1", "--currency", "CNY", "--code", "2003",
        "--kind", "liability", "--buffer-window", "1h"});
    Ledger host = Ledger::open(ledger());
    for (int number = 1; number <= 5; ++number) {
        const VoucherId id{id_from_text("late:" + std::to_string(number))};
        Batch batch;
        batch.add_voucher(id, BookId{1})
            .debit(AccountId{id_from_text("cash")}, Amount{100 * number})
            .credit(AccountId{id_from_text("shop")}, Amount{100 * number});
        const Result result = host.post(std::move(batch)).front();
        ASSERT_TRUE(result) << explain(result.outcome);
        const std::string since = std::to_string(result.position.value - 1);

        const auto posted = json({"voucher", "text:late:" + std::to_string(number)}).json();
        EXPECT_EQ(posted["position"], result.position.value);
        EXPECT_EQ(posted["lines"].size(), 2u) << posted;
        EXPECT_EQ(json({"lines", "text:shop"}).json()["items"].size(),
                  static_cast<std::size_t>(number));
        const auto statement = json({"statement", "text:shop", "--since", since}).lines();
        ASSERT_EQ(statement.size(), 2u);  // the head, and the one line
        EXPECT_EQ(statement[1]["voucher"], to_string(id));
        const auto balance = json({"balance", "text:shop"}).json();
        EXPECT_EQ(balance["total"], statement[0]["closing"]);
        EXPECT_NE(balance["buffered_credits"], "0.00");
    }
}

}  // namespace
}  // namespace ledger::cli
