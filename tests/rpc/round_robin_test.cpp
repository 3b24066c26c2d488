// Whose turn it is.
#include "rpc/round_robin.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ledger::rpc {
namespace {

struct Turns {
    std::string names = "abc";
    RoundRobin<char, int> queue;

    void push(int who, int item, std::uint64_t lane = 0) {
        queue.push(&names[static_cast<std::size_t>(who)], item, lane);
    }
    /// Everything in the order in which it goes, as a1b1a2, where `may_go(name)` lets it.
    template <class MayGo>
    std::string drain(const MayGo& may_go) {
        std::string order;
        int item = 0;
        char* owner = nullptr;
        const auto can = [&](char& name, int&) { return may_go(name); };
        while (queue.pop(item, owner, can)) order += *owner + std::to_string(item);
        return order;
    }
};

TEST(RoundRobin, OwnersTakeTurnsAndKeepTheirOwnOrder) {
    Turns turns;
    for (int item = 1; item <= 3; ++item) turns.push(0, item);
    turns.push(1, 1);
    turns.push(2, 1);
    turns.push(1, 2);
    EXPECT_EQ(turns.queue.size(), 6u);
    EXPECT_EQ(turns.drain([](char) { return true; }), "a1b1c1a2b2a3");
    EXPECT_TRUE(turns.queue.empty());
}

TEST(RoundRobin, WhoMayNotGoHoldsUpNobody) {
    Turns turns;
    turns.push(0, 1);
    turns.push(1, 1);
    turns.push(0, 2);
    EXPECT_EQ(turns.drain([](char name) { return name != 'a'; }), "b1");
    EXPECT_EQ(turns.queue.size(), 2u);
    EXPECT_EQ(turns.drain([](char) { return true; }), "a1a2");
}

TEST(RoundRobin, LanesOfAnOwnerTakeTurnsWithinItsOwn) {
    Turns turns;
    for (int item = 1; item <= 4; ++item) turns.push(0, item, 7);
    turns.push(0, 5, 8);
    turns.push(1, 1);
    turns.push(1, 2);
    turns.push(0, 6, 8);
    EXPECT_EQ(turns.drain([](char) { return true; }), "a1b1a5b2a2a6a3a4");
    EXPECT_TRUE(turns.queue.empty());
}

}  // namespace
}  // namespace ledger::rpc
