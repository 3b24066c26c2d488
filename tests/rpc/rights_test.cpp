// Who may do what: roles, books, secrets, revocation.
#include "served.hpp"

#include <gmock/gmock.h>

namespace ledger::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr BookId second{2};

OpenAccount account_of_second(std::uint64_t number) {
    OpenAccount open = plain_account(number);
    open.book = second;
    return open;
}

Voucher within_second(std::uint64_t id) {
    Voucher voucher = transfer(id, 11, 12, 5);
    voucher.book = second;
    return voucher;
}

/// Books 1 (accounts 1, 2) and 2 (accounts 11, 12), a voucher and a hold in each.
void lay_foundations(Client& client) {
    Batch batch = foundations(2);
    DefineBook define;
    define.book = second;
    batch.add(define);
    batch.add(account_of_second(11));
    batch.add(account_of_second(12));
    batch.add(transfer(1, 1, 2, 100));
    batch.add(within_second(2));
    PlaceHold hold;
    hold.account = account_id(1);
    hold.amount = minor(3);
    batch.add(record_id(3), hold, order_id(1));
    hold.account = account_id(11);
    batch.add(record_id(4), hold, order_id(1));
    ASSERT_TRUE(all_accepted(client.post(batch)));
}

template <class Record>
Batch alone(const Record& record) {
    Batch batch;
    batch.add(record);
    return batch;
}

TEST(Rights, SecretsAndNamesThatAreWrongAreRefusedAlike) {
    const Served served;
    std::string messages[3];
    int i = 0;
    for (const Credentials& wrong :
         {Credentials{"payments", "guess"}, {"nobody", "payments-secret"}, {"operator", ""}}) {
        try {
            Client::connect(served.address(), wrong);
            FAIL() << wrong.principal;
        } catch (const AccessError& refused) {
            messages[i++] = refused.what();
        }
    }
    EXPECT_EQ(messages[0], messages[1]);
    EXPECT_EQ(messages[0], messages[2]);
}

TEST(Rights, AReaderReadsAndCannotPost) {
    Served served;
    Client root = served.connect();
    lay_foundations(root);
    Client reader = served.connect_as("reporting");
    EXPECT_EQ(reader.view().balance(account_id(1)), root.view().balance(account_id(1)));
    EXPECT_THROW(reader.post(alone(transfer(9, 1, 2, 1))), AccessError);
    EXPECT_THROW(reader.dry_run(alone(transfer(9, 1, 2, 1))), AccessError);
    EXPECT_THROW(reader.revoke("payments"), AccessError);
    EXPECT_FALSE(root.view().record(record_id(9)));
}

TEST(Rights, APosterPostsTheBusinessAndNoDefinitions) {
    Served served;
    Client root = served.connect();
    lay_foundations(root);
    Client poster = served.connect_as("payments");
    EXPECT_TRUE(all_accepted(poster.post(alone(plain_account(3)))));
    EXPECT_TRUE(all_accepted(poster.post(alone(transfer(9, 1, 2, 1)))));
    Batch mixed;
    mixed.add(transfer(10, 1, 2, 1));
    mixed.add(record_id(11), SetFreeze{account_id(1), Freeze::all, "no right"});
    try {
        (void)poster.post(mixed);
        FAIL();
    } catch (const AccessError& refused) {
        EXPECT_THAT(refused.what(), HasSubstr("record 1 of the batch"));
        EXPECT_THAT(refused.what(), HasSubstr("set_freeze"));
    }
    EXPECT_FALSE(root.view().record(record_id(10)));
    EXPECT_THROW(poster.revoke("reporting"), AccessError);
}

TEST(Rights, RecordsOfTheEngineAreNobodysToPost) {
    Served served;
    Client root = served.connect();
    lay_foundations(root);
    Anchor anchor;
    anchor.algorithm = "sha256";
    anchor.digest = "d";
    EXPECT_THROW(root.post(alone(anchor)), AccessError);
    Batch passed;
    passed.add_time_passed();
    EXPECT_THROW(root.post(passed), AccessError);
    EXPECT_THROW(root.dry_run(passed), AccessError);
}

TEST(Rights, RegistersOfAdaptersAreNobodysToPost) {
    Served served;
    Client root = served.connect();
    lay_foundations(root);
    const auto outcome_of = [&](std::uint32_t type) {
        RegisterEntry entry;
        entry.type = type;
        Batch batch;
        batch.add(record_id(type), entry, order_id(1));
        return all_accepted(root.post(batch));
    };
    EXPECT_TRUE(outcome_of(rpc::adapter_registers_first - 1));
    EXPECT_THROW(outcome_of(rpc::adapter_registers_first), AccessError);
    EXPECT_THROW(outcome_of(rpc::adapter_registers_last), AccessError);
    EXPECT_TRUE(outcome_of(rpc::adapter_registers_last + 1));
}

TEST(Rights, APrincipalOfABookCannotPostElsewhere) {
    Served served;
    Client root = served.connect();
    lay_foundations(root);
    Client other = served.connect_as("other");
    EXPECT_TRUE(all_accepted(other.post(alone(within_second(20)))));
    EXPECT_TRUE(all_accepted(other.post(alone(account_of_second(13)))));
    EXPECT_THROW(other.post(alone(transfer(21, 1, 2, 1))), AccessError);
    EXPECT_THROW(other.post(alone(plain_account(3))), AccessError);
    Voucher crossing = within_second(22);
    crossing.lines[1].account = account_id(2);
    EXPECT_EQ(other.post(alone(crossing))[0].outcome, Outcome::book_mismatch);

    PlaceHold hold;
    hold.account = account_id(1);
    hold.amount = minor(1);
    Batch batch;
    batch.add(record_id(23), hold);
    EXPECT_THROW(other.post(batch), AccessError);
    batch.clear();
    hold.account = account_id(11);
    batch.add(record_id(23), hold);
    EXPECT_TRUE(all_accepted(other.post(batch)));
    batch.clear();
    batch.add(record_id(24), ReleaseHold{record_id(3), {}, {}});  // of book 1
    EXPECT_THROW(other.post(batch), AccessError);
    batch.clear();
    batch.add(record_id(24), ReleaseHold{record_id(4), {}, {}});
    EXPECT_TRUE(all_accepted(other.post(batch)));
}

TEST(Rights, APrincipalOfABookSeesNothingElse) {
    Served served;
    Client root = served.connect();
    lay_foundations(root);
    Client other = served.connect_as("other");
    const ServedView view = other.view();
    EXPECT_TRUE(view.balance(account_id(11)));
    EXPECT_EQ(view.instant(), root.view().instant());
    EXPECT_FALSE(view.balance(account_id(1)));
    EXPECT_FALSE(view.balance_at(account_id(1), view.position()));
    EXPECT_FALSE(view.balance_on(account_id(1), utc_date(view.instant())));
    EXPECT_FALSE(view.account(account_id(1)));
    EXPECT_THAT(view.lines(account_id(1)).items, IsEmpty());
    EXPECT_THAT(view.lines(account_id(11)).items, SizeIs(1));
    EXPECT_TRUE(view.voucher(record_id(2)));
    EXPECT_FALSE(view.voucher(record_id(1)));
    EXPECT_FALSE(view.record(record_id(1)));
    const Position of_first = root.view().record(record_id(1))->position;
    EXPECT_FALSE(view.voucher(of_first));
    EXPECT_FALSE(view.record(of_first));
    const auto of_order = view.records_of(order_id(1)).items;
    ASSERT_THAT(of_order, SizeIs(1));
    EXPECT_EQ(of_order[0].id, record_id(4));
    for (const AccountInfo& info : view.accounts("a").items) EXPECT_EQ(info.book, second);
    // Pages are not cut where something is hidden: neither items nor a cursor tell of it.
    const std::string hidden = root.view().account(account_id(1))->code;
    const std::string seen = root.view().account(account_id(11))->code;
    for (std::size_t length = 0; length <= hidden.size(); ++length) {
        const std::string prefix = hidden.substr(0, length);
        const auto page = view.accounts(prefix, {1, false, {}});
        EXPECT_EQ(page.items.empty(), !seen.starts_with(prefix)) << prefix;
        EXPECT_TRUE(page.cursor.empty() || !page.items.empty()) << prefix;
    }
    const auto first = view.records_of(order_id(1), {1, false, {}});
    ASSERT_THAT(first.items, SizeIs(1));
    EXPECT_EQ(first.items[0].id, record_id(4));
    EXPECT_THAT(view.records_of(order_id(1), {1, false, first.cursor}).items, IsEmpty());
    ASSERT_THAT(view.trial_sums(), SizeIs(1));
    EXPECT_EQ(view.trial_sums()[0].book, second);
    EXPECT_THROW((void)other.follow({}), AccessError);
}

TEST(Rights, ARevokedPrincipalLosesWhatItHolds) {
    Served served;
    Client root = served.connect();
    lay_foundations(root);
    Client poster = served.connect_as("payments");
    const ServedView view = poster.view();
    ServedFeed feed = poster.follow({});
    EXPECT_TRUE(root.revoke("payments"));
    EXPECT_FALSE(root.revoke("nobody"));
    EXPECT_THROW(poster.post(alone(transfer(9, 1, 2, 1))), AccessError);
    EXPECT_THROW((void)view.balance(account_id(1)), AccessError);
    std::vector<FeedRecord> page;
    EXPECT_THROW(feed.next(page, 10), AccessError);
    EXPECT_THROW(served.connect_as("payments"), AccessError);
    EXPECT_TRUE(all_accepted(root.post(alone(transfer(9, 1, 2, 1)))));
}

TEST(Rights, ConfigurationsThatDoNotHoldTogetherAreRefused) {
    Served served;
    const auto refusal = [&](const rpc::PrincipalOptions& one) -> std::string {
        rpc::ServerOptions options = served.options;
        options.unix_socket = served.directory / "other";
        options.principals[1].certificate = "payments.internal";
        options.principals.push_back(one);
        try {
            const rpc::Server server(served.ledger, options);
        } catch (const InvalidArgument& refused) {
            return refused.what();
        }
        return {};
    };
    EXPECT_THAT(refusal({"", rpc::Role::reader, {}, {}, {}}), HasSubstr("a name has"));
    EXPECT_THAT(refusal({"payments", rpc::Role::reader, {}, {}, {}}), HasSubstr("twice"));
    EXPECT_THAT(refusal({"x", rpc::Role::reader, {}, ::getuid(), {}}), HasSubstr("user id"));
    EXPECT_THAT(refusal({"x", rpc::Role::reader, {}, {}, "abc"}), HasSubstr("token_sha256"));
    EXPECT_THAT(refusal({"x", rpc::Role::reader, {}, {}, {}, "payments.internal"}),
                HasSubstr("another principal has the certificate"));
    rpc::ServerOptions same_socket = served.options;
    same_socket.tcp.clear();
    EXPECT_THROW(rpc::Server(served.ledger, same_socket), StorageError);
    same_socket.unix_socket.clear();
    EXPECT_THROW(rpc::Server(served.ledger, same_socket), InvalidArgument);
}

}  // namespace
}  // namespace ledger::test
