// Payouts from several threads, and from two desks that know nothing of each other.
#include "payout_fixture.hpp"

#include <set>
#include <thread>

namespace ledger::adapters {
namespace {

using ThreadsPayout = PayoutTest;

TEST_F(ThreadsPayout, EachOrderIsSentOnceAndNumbersHaveNoGaps) {
    std::vector<PayoutRequest> requests;
    for (int i = 0; i < 40; ++i) requests.push_back(request("T" + std::to_string(i), 100));
    ASSERT_TRUE(payouts_->create(requests));
    std::vector<PayoutWork> works(3);
    std::vector<std::thread> threads;
    Desk desk(*ledger_);
    Payouts other(desk, {payout_book, yuan, own_funds, recalls}, banks_,
                  PayoutGuard({{"ever", bank_accounts[2], simulator::read_instruction,
                                Amount{1'000'000}, 0}}));
    for (PayoutWork& work : works) {
        Payouts& payouts = &work == &works.front() ? other : *payouts_;
        threads.emplace_back([&] { work = payouts.instructions("ever", now()); });
    }
    for (std::thread& thread : threads) thread.join();
    std::set<std::string> orders;
    std::set<std::string> serials;
    for (const PayoutWork& work : works) {
        EXPECT_TRUE(work.unbooked.empty());
        for (const PayoutInstruction& sent : work.instructions) {
            EXPECT_TRUE(orders.insert(sent.order).second);
            serials.insert(sent.serial);
        }
    }
    EXPECT_EQ(orders.size(), 40u);
    EXPECT_EQ(*serials.begin(), "P0000001");
    EXPECT_EQ(*serials.rbegin(), "P0000040");
}

}  // namespace
}  // namespace ledger::adapters
