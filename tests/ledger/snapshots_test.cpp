// Snapshots: cut at a position, listed, the same after a reopen, verified against queries and
// journal.
#include "support/small_ledger.hpp"

#include <gmock/gmock.h>

namespace ledger {
namespace {

using namespace test;
using ::testing::HasSubstr;

class Snapshots : public ::testing::Test {
protected:
    Snapshots() { EXPECT_TRUE(all_accepted(ledger_->post(foundations(5)))); }
    Position pay(std::uint64_t id, std::int64_t amount) {
        return ledger_->post(transfer(id, 1, 2, amount)).result.position;
    }
    Snapshot named(const char* name) { return ledger_->view().snapshot(name).value().snapshot; }

    TemporaryDirectory directory_;
    const std::filesystem::path path_ = directory_ / "l";
    ManualClock clock_{start_instant};
    std::optional<Ledger> ledger_{Ledger::create(path_, small_options(&clock_))};
};

TEST_F(Snapshots, NameAPositionAndAreListed) {
    const Position first = pay(1, 10);
    const Result cut = ledger_->cut_snapshot("morning");
    EXPECT_EQ(cut.outcome, Outcome::accepted);
    pay(2, 10);
    ASSERT_TRUE(ledger_->cut_snapshot("before all", {3}));
    const View view = ledger_->view();
    const auto all = view.snapshots().items;
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].snapshot.name, "morning");
    EXPECT_EQ(all[0].snapshot.position, first);
    EXPECT_EQ(all[0].snapshot.accounts, 5u);
    EXPECT_EQ(all[0].snapshot.algorithm, "BLAKE2b-512");
    EXPECT_EQ(all[0].position, cut.position);
    EXPECT_EQ(all[0].instant, cut.instant);
    EXPECT_EQ(all[1].snapshot.accounts, 1u);
    EXPECT_EQ(view.snapshots({1, true, {}}).items[0].snapshot, all[1].snapshot);
    EXPECT_EQ(view.snapshot("before all")->position, all[1].position);
    EXPECT_FALSE(view.snapshot("evening"));
    EXPECT_FALSE(view.at(first).snapshot("morning"));
    EXPECT_EQ(view.record(cut.position)->kind, RecordKind::snapshot);
}

TEST_F(Snapshots, ANameIsGivenOnce) {
    const Position first = pay(1, 10);
    const Result cut = ledger_->cut_snapshot("morning");
    const Result again = ledger_->cut_snapshot("morning", first);
    EXPECT_EQ(again.outcome, Outcome::already_posted);
    EXPECT_EQ(again.position, cut.position);
    const Result other = ledger_->cut_snapshot("morning");
    EXPECT_EQ(other.outcome, Outcome::id_conflict);
    EXPECT_EQ(other.position, cut.position);
    EXPECT_EQ(ledger_->cut_snapshot("").outcome, Outcome::text_missing);
    EXPECT_EQ(ledger_->cut_snapshot(std::string(65, 'x')).outcome, Outcome::text_too_long);
    EXPECT_EQ(ledger_->cut_snapshot("\xff").outcome, Outcome::text_not_utf8);
    EXPECT_THROW((void)ledger_->cut_snapshot("future", {1000}), InvalidArgument);
    EXPECT_EQ(ledger_->view().snapshots().items.size(), 1u);
    Ledger empty = Ledger::create(directory_ / "empty", small_options(&clock_));
    EXPECT_THROW((void)empty.cut_snapshot("nothing"), InvalidArgument);
}

TEST_F(Snapshots, StayWhatTheyAre) {
    ASSERT_TRUE(all_accepted(ledger_->post(transfers(1, 3000, 5))));
    ASSERT_TRUE(ledger_->cut_snapshot("one"));
    const Snapshot one = named("one");
    ASSERT_TRUE(all_accepted(ledger_->post(transfers(5000, 3000, 5))));
    ledger_->seal();
    ASSERT_TRUE(ledger_->cut_snapshot("the same", one.position));
    EXPECT_EQ(named("the same").digest, one.digest);
    ledger_.reset();
    ledger_.emplace(Ledger::open(path_, small_options(&clock_)));
    EXPECT_EQ(named("one"), one);
    EXPECT_TRUE(ledger_->verify_balances(one).ok);
    ledger_.reset();
    Ledger::rebuild(path_, small_options(&clock_));
    const VerifyReport report = Ledger::verify(path_, true);
    EXPECT_TRUE(report.ok) << report.problem;
    ledger_.emplace(Ledger::open(path_, small_options(&clock_)));
    EXPECT_EQ(named("one"), one);
    EXPECT_TRUE(ledger_->verify_balances(one).ok);
}

TEST_F(Snapshots, OneThatWasChangedOutsideDoesNotHold) {
    pay(1, 10);
    ASSERT_TRUE(ledger_->cut_snapshot("morning"));
    Snapshot kept = named("morning");
    const VerifyReport sound = ledger_->verify_balances(kept);
    EXPECT_TRUE(sound.ok) << sound.problem;
    EXPECT_EQ(sound.verified_through, kept.position);
    kept.digest[0] ^= 1;
    const VerifyReport report = ledger_->verify_balances(kept);
    EXPECT_FALSE(report.ok);
    EXPECT_THAT(report.problem, HasSubstr("the snapshot 'morning' does not match"));
    kept = named("morning");
    kept.position = Position{5000};
    EXPECT_THAT(ledger_->verify_balances(kept).problem,
                HasSubstr("which the journal does not have"));
    kept = named("morning");
    kept.algorithm = "MD5";
    EXPECT_FALSE(ledger_->verify_balances(kept).ok);
}

TEST_F(Snapshots, HaveADigestWhereAnchorsHaveNone) {
    ledger_.reset();
    Options options = small_options(&clock_);
    options.digest = Digest::none;
    ledger_.emplace(Ledger::open(path_, options));
    ASSERT_TRUE(ledger_->cut_snapshot("morning"));
    EXPECT_EQ(named("morning").algorithm, "BLAKE2b-512");
    ledger_.reset();
    options.digest = Digest::sha256;
    ledger_.emplace(Ledger::open(path_, options));
    ASSERT_TRUE(ledger_->cut_snapshot("noon"));
    EXPECT_EQ(named("noon").algorithm, "SHA-256");
    EXPECT_TRUE(ledger_->verify_balances(named("noon")).ok);
}

}  // namespace
}  // namespace ledger
