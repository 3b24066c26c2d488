// ledgerd as a process: started, stopped, killed in the middle.
#include "daemon.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

namespace ledger::test {
namespace {

using testing::HasSubstr;

std::string text_of_file(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

TEST(Ledgerd, StopsGracefullyAndServesOnAfterwards) {
    const TemporaryDirectory home;
    const auto file = write_configuration(home.path());
    {
        Daemon daemon({file.string()}, home / "log");
        Client client = connect_when_ready(home.path());
        ASSERT_TRUE(all_accepted(client.post(foundations(2))));
        ASSERT_TRUE(all_accepted(client.post(transfers(1, 20, 2))));
        daemon.signal(SIGTERM);
        EXPECT_EQ(daemon.wait(), 0);
        EXPECT_THROW(client.post(transfers(30, 1, 2)), ConnectionError);
    }
    EXPECT_THAT(text_of_file(home / "log"), HasSubstr("closed"));
    const Daemon daemon({file.string()});
    EXPECT_TRUE(connect_when_ready(home.path()).view().voucher(record_id(20)));
}

TEST(Ledgerd, ConfigurationsThatAreWrongAreNamed) {
    const TemporaryDirectory home;
    const auto exit_of = [&](const std::string& text) {
        std::ofstream(home / "wrong.json") << text;
        Daemon daemon({"--check", (home / "wrong.json").string()}, home / "log");
        return WEXITSTATUS(daemon.wait());
    };
    EXPECT_EQ(exit_of("{\"directory\": \"books\"}"), 0);
    EXPECT_EQ(exit_of("{\"directory\": \"books\", \"sockets\": 1}"), 2);
    EXPECT_THAT(text_of_file(home / "log"), HasSubstr("sockets"));
    EXPECT_EQ(
        exit_of("{\"directory\": \"b\", \"principals\": [{\"name\": \"x\", \"role\": \"king\"}]}"),
        2);
    EXPECT_THAT(text_of_file(home / "log"), HasSubstr("principals/0/role"));
    EXPECT_EQ(
        exit_of("{\"directory\": \"b\", \"principals\": [{\"name\": \"x\", \"role\": \"reader\", "
                "\"token_sha256\": \"12\"}]}"),
        2);
    EXPECT_THAT(text_of_file(home / "log"), HasSubstr("token_sha256 must be"));
    EXPECT_EQ(exit_of("{\"directory\": \"b\", \"limits\": {\"calls\": 0}}"), 2);
    EXPECT_THAT(text_of_file(home / "log"), HasSubstr("limits/calls"));
    Daemon missing({(home / "nowhere.json").string()}, home / "log");
    EXPECT_EQ(WEXITSTATUS(missing.wait()), 2);
}

TEST(Ledgerd, TheConfigurationOnThePageIsOne) {
    const TemporaryDirectory home;
    const std::string page =
        text_of_file(std::filesystem::path(LEDGER_SOURCE_DIR) / "docs/server.md");
    const std::string fence = "```json\n";
    const std::size_t begin = page.find(fence) + fence.size();
    std::ofstream(home / "page.json") << page.substr(begin, page.find("```\n", begin) - begin);
    Daemon daemon({"--check", (home / "page.json").string()}, home / "log");
    EXPECT_EQ(WEXITSTATUS(daemon.wait()), 0) << text_of_file(home / "log");
}

TEST(Ledgerd, EndsWhenItsWriterIsPoisonedAndGoesOnWhenStartedAgain) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "SKIPPED UNDER ASAN: its runtime must be the first library of a program, and "
                    "this test preloads another one";
#endif
    const TemporaryDirectory home;
    const auto file = write_configuration(home.path());
    ::setenv("LD_PRELOAD", LEDGER_FAILING_SYNC, 1);
    ::setenv("FAILING_SYNC", (home / "fails").c_str(), 1);
    {
        Daemon daemon({file.string()}, home / "log");
        ::unsetenv("LD_PRELOAD");
        Client client = connect_when_ready(home.path());
        ASSERT_TRUE(all_accepted(client.post(foundations(2))));
        ASSERT_TRUE(all_accepted(client.post(transfers(1, 20, 2))));
        std::ofstream(home / "fails") << "now";
        EXPECT_THROW((void)client.post(transfers(30, 1, 2)), Error);
        EXPECT_EQ(WEXITSTATUS(daemon.wait()), 1);
    }
    EXPECT_THAT(text_of_file(home / "log"), HasSubstr("the writer is poisoned"));
    const Daemon daemon({file.string()});
    Client client = connect_when_ready(home.path());
    EXPECT_TRUE(client.view().voucher(record_id(20)));
    EXPECT_TRUE(all_accepted(client.post(transfers(30, 1, 2))));
}

TEST(Ledgerd, TellsTheServiceManagerWhenItServes) {
    const TemporaryDirectory home;
    const int manager = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un here{};
    here.sun_family = AF_UNIX;
    std::strncpy(here.sun_path, (home / "notify").c_str(), sizeof here.sun_path - 1);
    ASSERT_EQ(::bind(manager, reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
    ::setenv("NOTIFY_SOCKET", here.sun_path, 1);
    Daemon daemon({write_configuration(home.path()).string()});
    ::unsetenv("NOTIFY_SOCKET");
    const auto told = [&] {
        char text[64] = {};
        return std::string(text, static_cast<std::size_t>(
                                     std::max<ssize_t>(0, ::recv(manager, text, sizeof text, 0))));
    };
    EXPECT_EQ(told(), "READY=1");
    daemon.signal(SIGTERM);
    EXPECT_EQ(told(), "STOPPING=1");
    EXPECT_EQ(daemon.wait(), 0);
    ::close(manager);
}

TEST(Ledgerd, AnOlderClientIsServed) {
    const TemporaryDirectory home;
    const Daemon daemon({write_configuration(home.path()).string()});
    Client client = connect_when_ready(home.path());
    ASSERT_TRUE(all_accepted(client.post(foundations(2))));
    const std::string older = std::string(LEDGER_OLDER_CLIENT) + " " + (home / "socket").string();
    EXPECT_EQ(std::system(older.c_str()), 0);
    EXPECT_TRUE(client.view().voucher(record_id(77)));
}

/// What a host knows when its server dies under it.
struct Known {
    std::mutex mutex;
    std::map<std::uint64_t, Position> acknowledged;  ///< of the batch that begins with this id
    std::atomic<int> unanswered{0};
};

constexpr std::uint64_t batch_vouchers = 7;

void post_until_it_dies(Client& client, Daemon& daemon, std::uint64_t first_id, int acknowledged,
                        Known& known) {
    std::atomic<int> count{0};
    std::atomic<bool> lost{false};
    for (std::uint64_t id = first_id; !lost; id += batch_vouchers) {
        while (known.unanswered >= 8 && !lost) std::this_thread::yield();
        ++known.unanswered;
        Batch batch = transfers(id, batch_vouchers, 3);
        client.post_async(batch, [&, id](std::span<const Result> results, Batch&&) {
            if (results[0].outcome == Outcome::accepted) {
                const std::lock_guard lock(known.mutex);
                known.acknowledged[id] = results[0].position;
                if (++count == acknowledged) daemon.signal(SIGKILL);
            } else {
                lost = true;
            }
            --known.unanswered;
        });
    }
    while (known.unanswered > 0) std::this_thread::yield();
    daemon.signal(SIGKILL);  // where something else ended it
}

TEST(Ledgerd, KilledWithCallsInFlightItLosesAndDoublesNothing) {
    const TemporaryDirectory home;
    const auto file = write_configuration(home.path());
    Known known;
    std::vector<FeedRecord> followed;
    std::vector<FeedRecord> page;
    constexpr std::uint64_t rounds = 4;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        Daemon daemon({file.string()}, home / "log");
        Client client = connect_when_ready(home.path());
        if (round == 0) {
            ASSERT_TRUE(all_accepted(client.post(foundations(3))));
        }
        {
            ServedFeed feed =
                client.follow(followed.empty() ? Position{} : followed.back().position);
            while (feed.next(page, 500) > 0)
                followed.insert(followed.end(), page.begin(), page.end());
        }
        post_until_it_dies(client, daemon, 1 + round * 1'000'000, 10 + 13 * static_cast<int>(round),
                           known);
        EXPECT_TRUE(WIFSIGNALED(daemon.wait()));
    }
    Daemon daemon({file.string()}, home / "log");
    Client client = connect_when_ready(home.path());
    const ServedView view = client.view();
    for (const auto& [id, position] : known.acknowledged) {
        for (std::uint64_t i = 0; i < batch_vouchers; ++i) {
            const auto found = view.voucher(record_id(id + i));
            ASSERT_TRUE(found) << id + i;
            EXPECT_EQ(found->position, position + static_cast<std::int64_t>(i));
        }
        for (const Result& again : client.post(transfers(id, batch_vouchers, 3))) {
            EXPECT_EQ(again.outcome, Outcome::already_posted);
        }
    }
    ServedFeed feed = client.follow(followed.back().position);
    while (feed.next(page, 500) > 0) followed.insert(followed.end(), page.begin(), page.end());
    std::map<RecordId, int> seen;
    for (std::size_t i = 0; i < followed.size(); ++i) {
        EXPECT_EQ(followed[i].position.value, i + 1);
        if (followed[i].kind == RecordKind::voucher) {
            EXPECT_EQ(++seen[followed[i].id], 1);
        }
    }
    for (const auto& [id, position] : known.acknowledged) EXPECT_EQ(seen[record_id(id)], 1);
    for (const TrialSum& sum : client.view().trial_sums()) EXPECT_TRUE(sum.balanced);
}

}  // namespace
}  // namespace ledger::test
