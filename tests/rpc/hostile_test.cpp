// Clients that mean harm or are broken: each is cut off or made to wait, the others are served on.
#include "served.hpp"

#include <gtest/gtest.h>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <random>
#include <sstream>

namespace ledger::test {
namespace {

rpc::ServerLimits impatient() {
    rpc::ServerLimits limits;
    limits.login_timeout = std::chrono::seconds{4};  // enough for those who mean well
    limits.message_timeout = std::chrono::seconds{4};
    return limits;
}

/// The first words of a message with one segment of so many words.
std::string header_of(std::uint32_t words) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data() + 4, &words, 4);
    return bytes;
}

class Hostile : public testing::Test {
protected:
    Hostile() : served(impatient()) {
        EXPECT_TRUE(all_accepted(served.connect().post(foundations(2))));
    }
    /// A client that has done nothing wrong is served.
    void expect_service() {
        Client client = served.connect();
        EXPECT_TRUE(all_accepted(client.post(transfers(next_id_++, 1, 2))));
    }

    Served served;
    std::uint64_t next_id_ = 1;
};

TEST_F(Hostile, AMessageThatClaims60MegabytesIsCutOff) {
    const RawPeer peer(served.options.unix_socket);
    peer.send(header_of(60 * 1024 * 1024 / 8));
    peer.wait_for_end();
    expect_service();
}

TEST_F(Hostile, BeforeTheLoginMessagesAreShort) {
    const RawPeer peer(served.options.unix_socket);
    peer.send(header_of(128 * 1024 / 8));
    peer.wait_for_end();
    expect_service();
}

TEST_F(Hostile, HalfAMessageAndSilenceIsCutOff) {
    const RawPeer peer(served.options.unix_socket);
    peer.send(header_of(16) + "half");
    peer.wait_for_end();
    expect_service();
}

TEST_F(Hostile, SilenceFromTheFirstByteOnIsCutOff) {
    const RawPeer peer(served.options.unix_socket);
    peer.wait_for_end();
    expect_service();
}

TEST_F(Hostile, GarbageIsCutOff) {
    std::mt19937 random(7);
    for (int i = 0; i < 50; ++i) {
        const RawPeer peer(served.options.unix_socket);
        std::string bytes = i % 2 == 0 ? header_of(8) : std::string{};
        while (bytes.size() < 72) bytes += static_cast<char>(random() % (i % 5 == 0 ? 4 : 256));
        peer.send(bytes);
        if (i % 10 == 0) peer.wait_for_end();
    }
    expect_service();
}

TEST_F(Hostile, ConnectionsBeyondTheLimitAreClosedAtOnce) {
    served.server.reset();
    served.options.limits.connections_max = 4;
    served.options.limits.login_timeout = std::chrono::seconds{60};
    served.server = std::make_unique<rpc::Server>(served.ledger, served.options);
    {
        Client client = served.connect();
        const RawPeer first(served.options.unix_socket);
        const RawPeer second(served.options.unix_socket);
        const RawPeer third(served.options.unix_socket);
        const RawPeer fourth(served.options.unix_socket);
        fourth.wait_for_end();
        EXPECT_TRUE(all_accepted(client.post(transfers(next_id_++, 1, 2))));
    }
    EXPECT_TRUE(becomes_true([&] {
        try {
            served.connect();
            return true;
        } catch (const ConnectionError&) {
            return false;
        }
    }));
}

TEST_F(Hostile, WhoSendsMoreThanItsShareWaitsAndOthersAreServed) {
    served.server.reset();
    served.options.limits.principal_records_max = 50;
    served.options.limits.records_max = 100;
    served.options.limits.calls_max = 4;
    served.server = std::make_unique<rpc::Server>(served.ledger, served.options);
    std::atomic<int> answered{0};
    constexpr int posts = 100;
    Client greedy = served.connect_as("payments");
    for (std::uint64_t i = 0; i < posts; ++i) {
        Batch batch = transfers(1'000 + 100 * i, 40, 2);
        greedy.post_async(batch, [&](std::span<const Result> results, Batch&&) {
            EXPECT_EQ(results[0].outcome, Outcome::accepted);
            ++answered;
        });
    }
    expect_service();
    EXPECT_TRUE(becomes_true([&] { return answered == posts; }));
}

TEST_F(Hostile, WhoLeavesWithCallsUnderWayHarmsNobody) {
    const std::uint64_t before = served.ledger.view().position().value;
    std::uint64_t id = 1'000;
    for (int i = 0; i < 20; ++i) {
        Client client = served.connect_as("payments");
        for (int post = 0; post < 4; ++post, id += 500) {
            Batch batch = transfers(id, 500, 2);
            client.post_async(batch, [](std::span<const Result>, Batch&&) {});
        }
    }
    expect_service();
    for (int post = 0; post < 4; ++post, id += 500) {
        Batch batch = transfers(id, 500, 2);
        served.connect().post_async(batch, [](std::span<const Result>, Batch&&) {});
    }
    served.server.reset();
    // Whole batches, whether their clients waited for the answer or not.
    const std::uint64_t posted = served.ledger.view().position().value - before;
    EXPECT_EQ(posted % 500, 1u);  // and one of expect_service()
}

TEST_F(Hostile, WhatIsCutOffIsLogged) {
    std::ostringstream text;
    served.server.reset();
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    served.options.logger = std::make_shared<spdlog::logger>("test", sink);
    served.server = std::make_unique<rpc::Server>(served.ledger, served.options);
    {
        const RawPeer peer(served.options.unix_socket);
        peer.send(header_of(60 * 1024 * 1024 / 8));
        peer.wait_for_end();
        const RawPeer silent(served.options.unix_socket);
        silent.wait_for_end();
    }
    served.server.reset();
    EXPECT_NE(text.str().find("cut off: "), std::string::npos) << text.str();
    EXPECT_NE(text.str().find("no login within"), std::string::npos) << text.str();
}

}  // namespace
}  // namespace ledger::test
