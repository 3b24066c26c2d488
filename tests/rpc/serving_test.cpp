// Posting and asking over a socket: what a client is told is what the ledger in this process says.
#include "served.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace ledger::test {
namespace {

Batch reversal(std::uint64_t id, std::uint64_t undone) {
    Voucher voucher;
    voucher.id = record_id(id);
    voucher.book = book;
    voucher.detail.reverses = record_id(undone);
    voucher.detail.summary = "undone";
    Batch batch;
    batch.add(voucher);
    return batch;
}

template <class Item, class Ask>
std::vector<Item> all_pages(std::size_t size, const Ask& ask) {
    std::vector<Item> items;
    PageRequest page{size, false, {}};
    do {
        const Page<Item> some = ask(page);
        items.insert(items.end(), some.items.begin(), some.items.end());
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
    return items;
}

std::string text_of(const AccountEntry& entry) {
    return std::to_string(entry.position.value) + " " + to_string(entry.instant) + " " +
           std::string(to_string(entry.kind)) + " " + std::to_string(entry.line) + " " +
           std::string(to_string(entry.side)) + " " + to_string(entry.amount) + " " +
           to_string(entry.book_date) + " " + test::text_of(entry.balance);
}

TEST(Serving, ResultsAreThoseOfTheLinkedLedger) {
    Served served;
    Client client = served.connect();
    EXPECT_EQ(client.principal(), "operator");
    EXPECT_TRUE(all_accepted(client.post(foundations(5))));
    const auto first = client.post(transfers(1, 100, 5));
    ASSERT_TRUE(all_accepted(first));
    EXPECT_EQ(first[99].position, served.ledger.view().position());
    EXPECT_EQ(served.ledger.view().voucher(record_id(100))->instant, first[99].instant);
    const auto again = client.post(transfers(1, 100, 5));
    const auto linked = served.ledger.post(transfers(1, 100, 5));
    EXPECT_EQ(again, linked);
    EXPECT_EQ(again[0].outcome, Outcome::already_posted);
    EXPECT_EQ(again[0].position, first[0].position);
}

TEST(Serving, RefusalsNameWhatIsWrong) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(2))));
    Batch batch;
    batch.add(transfer(1, 1, 2, 5));
    batch.add(transfer(2, 1, 9, 5));  // no such account
    batch.add(transfer(3, 1, 2, 0));  // no amount
    batch.link(1, 3);
    const auto results = client.post(batch);
    EXPECT_EQ(results[0].outcome, Outcome::accepted);
    EXPECT_EQ(results[1].outcome, Outcome::account_unknown);
    EXPECT_EQ(results[1].line, 1);
    EXPECT_EQ(results[2].outcome, Outcome::group_failed);
}

TEST(Serving, EveryKindOfRecordTravels) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(3))));
    Batch batch;
    batch.add(transfer(1, 1, 2, 1000));
    Voucher rich = transfer(2, 1, 2, 7);
    rich.order = order_id(5);
    rich.code = 12;
    rich.lines[0].amount = rich.lines[1].amount = Amount{static_cast<i128>(1) << 70};
    rich.lines[0].dimensions = {{"shop", "7"}};
    rich.detail.summary = "十二";
    rich.detail.attributes = {{"channel", "bank"}};
    batch.add(rich);
    PlaceHold hold;
    hold.account = account_id(1);
    hold.amount = minor(10);
    hold.reference = "court";
    batch.add(record_id(3), hold, order_id(5));
    ReleaseHold release;
    release.hold = record_id(3);
    batch.add(record_id(4), release);
    batch.add(record_id(5), RegisterEntry{7, std::string("\0bytes\xff", 7)}, order_id(5));
    batch.add(record_id(6), SetLimits{account_id(3), {minor(0), {}}});
    batch.add(record_id(7), SetFreeze{account_id(3), Freeze::all, "letter"});
    ASSERT_TRUE(all_accepted(client.post(batch)));
    ASSERT_TRUE(all_accepted(client.post(reversal(8, 2))));

    const View linked = served.ledger.view();
    const ServedView view = client.view();
    ASSERT_EQ(view.position(), linked.position());
    const auto travelled = view.voucher(record_id(2));
    ASSERT_TRUE(travelled);
    EXPECT_EQ(travelled->voucher, linked.voucher(record_id(2))->voucher);
    EXPECT_EQ(travelled->reversed_by, record_id(8));
    EXPECT_EQ(view.voucher(record_id(8))->voucher.lines,
              linked.voucher(record_id(8))->voucher.lines);
    EXPECT_EQ(linked.register_entry(record_id(5))->payload, std::string("\0bytes\xff", 7));
    EXPECT_EQ(view.account(account_id(3))->freeze_reference, "letter");
    EXPECT_EQ(view.account(account_id(3))->limits, (Limits{minor(0), {}}));
    const auto of_order = view.records_of(order_id(5)).items;
    ASSERT_EQ(of_order.size(), 3u);
    EXPECT_EQ(of_order[2].id, record_id(5));
    EXPECT_EQ(of_order[2].kind, RecordKind::register_entry);
}

TEST(Serving, QueriesAnswerAsTheLinkedViewDoes) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(4))));
    ASSERT_TRUE(all_accepted(client.post(transfers(1, 2500, 4))));
    const View linked = served.ledger.view();
    const ServedView view = client.view();
    EXPECT_EQ(view.position(), linked.position());
    EXPECT_EQ(view.instant(), linked.instant());
    const Date today = utc_date(linked.instant());
    for (std::uint64_t number = 1; number <= 4; ++number) {
        const AccountId id = account_id(number);
        EXPECT_EQ(view.balance(id), linked.balance(id));
        EXPECT_EQ(view.balance_at(id, Position{1000}), linked.balance_at(id, Position{1000}));
        EXPECT_EQ(view.balance_at(id, linked.instant()), linked.balance_at(id, linked.instant()));
        EXPECT_EQ(view.balance_on(id, today), linked.balance_on(id, today));
        EXPECT_EQ(view.balance_on(id, today, Position{900}),
                  linked.balance_on(id, today, Position{900}));
        EXPECT_EQ(view.account(id)->code, linked.account(id)->code);
        const auto there = all_pages<AccountEntry>(
            300, [&](const PageRequest& page) { return view.lines(id, page); });
        const auto here = all_pages<AccountEntry>(
            300, [&](const PageRequest& page) { return linked.lines(id, page); });
        ASSERT_EQ(there.size(), here.size());
        for (std::size_t i = 0; i < here.size(); ++i)
            EXPECT_EQ(text_of(there[i]), text_of(here[i]));
    }
    EXPECT_EQ(all_pages<AccountInfo>(
                  3, [&](const PageRequest& page) { return view.accounts("a10", page); })
                  .size(),
              4u);
    ASSERT_EQ(view.trial_sums().size(), 1u);
    EXPECT_EQ(view.trial_sums()[0].debits, linked.trial_sums()[0].debits);
    EXPECT_EQ(client.stats().committed_through, linked.position());
    EXPECT_FALSE(view.balance(account_id(77)));
    EXPECT_FALSE(view.voucher(record_id(99'999)));
    EXPECT_FALSE(view.record(Position{999'999}));
}

TEST(Serving, AViewAnswersTheSameWhateverIsPostedLater) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(2))));
    ASSERT_TRUE(all_accepted(client.post(transfers(1, 10, 2))));
    const ServedView view = client.view();
    const auto before = view.balance(account_id(1));
    ASSERT_TRUE(all_accepted(client.post(transfers(11, 3, 2))));
    EXPECT_EQ(view.balance(account_id(1)), before);
    EXPECT_EQ(view.trial_sums()[0].accounts, 2u);
    EXPECT_NE(client.view().balance(account_id(1)), before);
    EXPECT_THROW(view.at(client.view().position()), InvalidArgument);
    EXPECT_THROW(view.lines(account_id(1), {0, false, {}}), InvalidArgument);
    EXPECT_THROW(view.lines(account_id(1), {10, false, "no cursor"}), InvalidArgument);
}

TEST(Serving, ADryRunLeavesNothing) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(2))));
    EXPECT_TRUE(all_accepted(client.dry_run(transfers(1, 10, 2))));
    EXPECT_FALSE(client.view().voucher(record_id(1)));
    EXPECT_TRUE(client.dry_run({}).empty());
    EXPECT_TRUE(client.post({}).empty());
}

TEST(Serving, APostLargerThanAMessageGoesInParts) {
    rpc::ServerLimits limits;
    limits.message_bytes_max = 64 * 1024;
    Served served(limits);
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(5))));
    const auto results = client.post(transfers(1, 3000, 5));
    ASSERT_EQ(results.size(), 3000u);
    EXPECT_TRUE(all_accepted(results));
    Batch group = transfers(5000, 2000, 5);
    group.link(0, 2000);
    EXPECT_THROW(client.post(group), InvalidArgument);
    EXPECT_FALSE(client.view().voucher(record_id(5000)));
}

TEST(Serving, AFeedGivesEveryRecordOnceAndGoesOnWhereItStopped) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(3))));
    ASSERT_TRUE(all_accepted(client.post(transfers(1, 500, 3))));
    std::vector<FeedRecord> page;
    std::vector<FeedRecord> there;
    ServedFeed feed = client.follow({});
    while (there.size() < 200) {
        ASSERT_GT(feed.next(page, 64), 0u);
        there.insert(there.end(), page.begin(), page.end());
    }
    ServedFeed resumed = client.follow(feed.position());
    const Position last = client.view().position();
    while (resumed.position() < last) {
        ASSERT_GT(resumed.next(page, 10'000), 0u);
        there.insert(there.end(), page.begin(), page.end());
    }
    std::vector<FeedRecord> here;
    Feed linked = served.ledger.follow({});
    while (linked.position() < last) {
        linked.next(page, 100);
        here.insert(here.end(), page.begin(), page.end());
    }
    ASSERT_GE(there.size(), last.value);
    for (std::size_t i = 0; i < last.value; ++i) {
        EXPECT_EQ(there[i].position.value, i + 1);
        EXPECT_EQ(there[i].instant, here[i].instant);
        EXPECT_EQ(there[i].id, here[i].id);
        EXPECT_EQ(there[i].kind, here[i].kind);
        EXPECT_EQ(there[i].number, here[i].number);
        EXPECT_EQ(there[i].value, here[i].value);
        ASSERT_EQ(there[i].entries.size(), here[i].entries.size());
        for (std::size_t k = 0; k < here[i].entries.size(); ++k) {
            EXPECT_EQ(there[i].entries[k].account, here[i].entries[k].account);
            EXPECT_EQ(text_of(there[i].entries[k].entry), text_of(here[i].entries[k].entry));
        }
    }
}

TEST(Serving, AFeedThatWaitsIsWokenByAPost) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(2))));
    ServedFeed feed = client.follow(client.view().position(), FeedContent::records);
    std::vector<FeedRecord> page;
    EXPECT_EQ(feed.next(page, 10), 0u);
    auto waiting = std::async(std::launch::async, [&] {
        std::size_t count = 0;
        while (count == 0) count = feed.next(page, 10, std::chrono::seconds{20});
        return count;
    });
    ASSERT_TRUE(all_accepted(client.post(transfers(1, 1, 2))));
    EXPECT_GT(waiting.get(), 0u);
    EXPECT_THROW(feed.next(page, 0), InvalidArgument);
    EXPECT_THROW((void)client.follow(Position{1'000'000}), InvalidArgument);
}

TEST(Serving, TcpServesAsTheUnixSocketDoes) {
    Served served;
    const std::string address = "127.0.0.1:" + std::to_string(served.server->tcp_port());
    Client client = Client::connect(address, {"payments", "payments-secret"});
    EXPECT_EQ(client.view().position(), Position{});
    EXPECT_THROW(Client::connect(address), AccessError);  // no user id over TCP
    EXPECT_THROW(Client::connect("10.0.0.1:80"), InvalidArgument);
    EXPECT_THROW(Client::connect("unix:/nowhere/socket"), ConnectionError);
}

TEST(Serving, WhoIsConnectedLearnsThatTheServerStopped) {
    Served served;
    Client client = served.connect();
    ASSERT_TRUE(all_accepted(client.post(foundations(2))));
    served.server->stop();
    served.server->stop();
    EXPECT_THROW(client.post(transfers(1, 1, 2)), ConnectionError);
    EXPECT_THROW(served.connect(), ConnectionError);
    EXPECT_FALSE(std::filesystem::exists(served.options.unix_socket));
    served.server = std::make_unique<rpc::Server>(served.ledger, served.options);
    EXPECT_TRUE(all_accepted(served.connect().post(transfers(1, 1, 2))));
}

TEST(ThreadsServing, ManyClientsPostAndAskAtOnce) {
    Served served;
    ASSERT_TRUE(all_accepted(served.connect().post(foundations(4))));
    constexpr std::uint64_t each = 60;
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::uint64_t who = 0; who < 6; ++who) {
        threads.emplace_back([&, who] {
            Client client = served.connect();
            for (std::uint64_t i = 0; i < each; ++i) {
                const std::uint64_t id = 1 + who * each + i;
                const auto results = client.post(transfers(id, 1, 4));
                if (!all_accepted(results)) ++wrong;
                const auto found = client.view().voucher(record_id(id));
                if (!found || found->position != results[0].position) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_TRUE(is_balanced(served.ledger.view()));
}

TEST(ThreadsServing, AsynchronousPostsAreAnsweredOnceAlsoWhenTheServerStops) {
    Served served;
    std::atomic<std::uint64_t> answered{0};
    std::atomic<std::uint64_t> accepted{0};
    constexpr std::uint64_t posts = 300;
    {
        Client client = served.connect();
        ASSERT_TRUE(all_accepted(client.post(foundations(4))));
        for (std::uint64_t i = 0; i < posts; ++i) {
            Batch batch = transfers(1 + 10 * i, 10, 4);
            client.post_async(batch, [&](std::span<const Result> results, Batch&&) {
                ++answered;
                if (results[0].outcome == Outcome::accepted) ++accepted;
            });
            if (i == posts / 2) served.server->stop();
        }
        EXPECT_TRUE(becomes_true([&] { return answered == posts; }));
    }
    std::uint64_t posted = 0;
    for (std::uint64_t i = 0; i < posts; ++i) {
        if (served.ledger.view().voucher(record_id(1 + 10 * i))) ++posted;
    }
    EXPECT_GE(posted, accepted);
}

}  // namespace
}  // namespace ledger::test
