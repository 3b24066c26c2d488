// Commands that ask, beside a process that posts at full speed. Invariant tested: they see what was
// acknowledged before they began, and hold up nobody.
#include "ctl.hpp"

#include "support/remote_writer.hpp"

#include <gmock/gmock.h>

namespace ledger::cli {
namespace {

using test::RemoteWriter;
using ::testing::HasSubstr;

using BesideWriter = Ctl;

TEST_F(BesideWriter, QueriesSeeWhatWasAcknowledged) {
    RemoteWriter writer(ledger());
    writer.start_posting();
    for (int i = 0; i < 5; ++i) {
        const RemoteWriter::Told told = writer.told();
        const std::string last = to_string(test::record_id(told.id));
        EXPECT_EQ(json({"voucher", last}).json()["id"], last);
        EXPECT_GE(json({"stats"}).json()["committed_through"], told.position);
        EXPECT_EQ(ok({"trial"}).code, 0);
    }
    ok({"balance", to_string(test::account_id(1))});
    ok({"statement", to_string(test::account_id(2)), "--since", "0"});
    ok({"account", "list"});
    ok({"lowest", to_string(test::account_id(1)), "--from", "2026-01-01T00:00:00Z", "--to",
        "2036-01-01T00:00:00Z"});
    EXPECT_GT(writer.stop().id, 0u);
}

TEST_F(BesideWriter, FollowWaitsForWhatIsPosted) {
    RemoteWriter writer(ledger());
    writer.start_posting();
    const auto records = json({"follow", "--wait", "--limit", "3000"}).lines();
    ASSERT_EQ(records.size(), 3000u);
    for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i]["position"], i + 1);
    writer.stop();
}

TEST_F(BesideWriter, PostingIsRefusedAndNamesTheWriter) {
    RemoteWriter writer(ledger());
    const Ran refused = run({"currency", "define", "EUR", "--iso"});
    EXPECT_EQ(refused.code, 4);
    EXPECT_THAT(refused.err, HasSubstr("is writing to this ledger"));
}

TEST_F(BesideWriter, WithoutACheckpointARebuildIsAskedFor) {
    make_small_ledger();
    std::filesystem::remove(path("ledger") / "checkpoint.mdb");
    const Ran refused = run({"balance", "text:alice"});
    EXPECT_EQ(refused.code, 4);
    EXPECT_THAT(refused.err, HasSubstr("checkpoint.mdb"));
    ok({"rebuild"});
    ok({"balance", "text:alice"});
}

}  // namespace
}  // namespace ledger::cli
