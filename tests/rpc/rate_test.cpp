// How often something may be done.
#include "rpc/rate.hpp"

#include "served.hpp"

#include <future>

namespace ledger::rpc {
namespace {

kj::TimePoint at(std::int64_t milliseconds) {
    return kj::origin<kj::TimePoint>() + milliseconds * kj::MILLISECONDS;
}
/// In whole milliseconds.
std::int64_t wait_of(Rate& rate, kj::TimePoint now, std::uint64_t count) {
    return rate.reserve(now, count) / kj::MILLISECONDS;
}

TEST(Rate, LetsASecondsWorthGoAtOnceAndThenNoMoreThanItsRate) {
    Rate rate(100);
    EXPECT_EQ(wait_of(rate, at(5'000), 100), 0);
    EXPECT_EQ(wait_of(rate, at(5'000), 50), 0);
    EXPECT_EQ(wait_of(rate, at(5'000), 50), 500);
    EXPECT_EQ(wait_of(rate, at(5'000), 1), 1'000);
    EXPECT_EQ(wait_of(rate, at(6'000), 1), 10);  // in the order in which they came
}

TEST(Rate, WhatWasNotUsedIsNotSavedForLaterThanASecond) {
    Rate rate(100);
    EXPECT_EQ(wait_of(rate, at(1'000), 1), 0);
    EXPECT_EQ(wait_of(rate, at(3'600'000), 101), 0);
    EXPECT_EQ(wait_of(rate, at(3'600'000), 1), 10);
}

TEST(Rate, ZeroIsNoLimit) {
    Rate rate(0);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wait_of(rate, at(0), UINT64_MAX), 0);
}

TEST(Rate, APrincipalPostsNoFasterThanItMay) {
    test::Served served;
    rpc::ServerOptions options = served.options;
    options.unix_socket = served.directory / "slow";
    options.principals[1].records_per_second = 2'000;
    const Server server(served.ledger, options);
    Client root = served.connect();
    ASSERT_TRUE(test::all_accepted(root.post(test::foundations(2))));
    Client slow = Client::connect("unix:" + options.unix_socket.string(),
                                  {"payments", "payments-secret", {}, {}});
    std::vector<Result> results[4];
    for (std::uint64_t i = 0; i < 4; ++i) {
        results[i] = slow.post(test::transfers(1 + 1'000 * i, 1'000, 2));
        ASSERT_TRUE(test::all_accepted(results[i]));
    }
    // A thousand take half a second, and a second may be ahead.
    const auto between =
        results[3].front().instant.nanoseconds - results[0].front().instant.nanoseconds;
    EXPECT_GE(between, 400'000'000);
}

TEST(Rate, AServerThatStopsDoesNotWaitForWhoHasToWait) {
    test::Served served;
    served.server.reset();
    served.options.principals[1].records_per_second = 1;
    served.server = std::make_unique<Server>(served.ledger, served.options);
    Client root = served.connect();
    ASSERT_TRUE(test::all_accepted(root.post(test::foundations(2))));
    Client slow = served.connect_as("payments");
    ASSERT_TRUE(test::all_accepted(slow.post(test::transfers(1, 1'000, 2))));
    Batch late = test::transfers(2'000, 1, 2);
    std::promise<Outcome> answer;
    slow.post_async(late, [&](std::span<const Result> results, Batch&&) {
        answer.set_value(results[0].outcome);
    });
    slow.view();  // the post before it has been taken in
    served.server->stop();
    EXPECT_NE(answer.get_future().get(), Outcome::accepted);
    EXPECT_FALSE(served.ledger.view().record(test::record_id(2'000)));
}

}  // namespace
}  // namespace ledger::rpc
