// bench: the workload's promises, the histogram, and a small run of the tool itself.
#include "cli/bench_latency.hpp"
#include "cli/bench_workload.hpp"
#include "ctl.hpp"

#include "ledger/model/shape.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace ledger::cli {
namespace {

using bench::IdOrder;
using bench::LatencyHistogram;
using bench::Place;
using bench::Plan;
using bench::Workload;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(LatencyHistogram, QuantilesAreWithinOneStep) {
    LatencyHistogram histogram;
    for (std::uint64_t i = 1; i <= 100'000; ++i) histogram.add(i * 10);
    EXPECT_EQ(histogram.count(), 100'000u);
    EXPECT_EQ(histogram.greatest(), 1'000'000u);
    EXPECT_GE(histogram.quantile(50), 500'000u);
    EXPECT_LE(histogram.quantile(50), 500'000u + 500'000u / 32);
    EXPECT_GE(histogram.quantile(99), 990'000u);
    EXPECT_LE(histogram.quantile(99), 1'000'000u);
    EXPECT_EQ(histogram.quantile(100), 1'000'000u);
    LatencyHistogram extremes;
    extremes.add(0);
    extremes.add(UINT64_MAX);
    EXPECT_EQ(extremes.quantile(50), 0u);
    EXPECT_EQ(extremes.quantile(100), UINT64_MAX);
    EXPECT_EQ(LatencyHistogram{}.quantile(50), 0u);
}

/// Calls `visit` with every place of the plan.
template <class Visit>
void for_each_place(const Plan& plan, Visit visit) {
    for (std::size_t client = 0; client < plan.clients; ++client) {
        for (std::uint64_t round = 0; round < plan.rounds_of(client); ++round) {
            const std::size_t fresh = plan.fresh_in(round * plan.clients + client);
            for (std::size_t slot = 0; slot < fresh; ++slot) visit(Place{client, round, slot});
        }
    }
}

Plan small_plan() {
    Plan plan;
    plan.vouchers = 25'000;
    plan.accounts = 100;
    plan.batch = 1'000;
    plan.clients = 3;
    return plan;
}

TEST(Workload, EveryRecordIsDealtOnce) {
    for (const std::size_t batch : {1u, 7u, 1'000u, 8'190u}) {
        Plan plan = small_plan();
        plan.batch = batch;
        plan.check();
        const Workload workload(plan);
        std::set<RecordId> ids;
        std::uint64_t count = 0;
        for_each_place(plan, [&](const Place& place) {
            ids.insert(workload.id(place));
            ++count;
        });
        EXPECT_EQ(count, plan.vouchers) << batch;
        EXPECT_EQ(ids.size(), plan.vouchers) << batch;
    }
}

TEST(Workload, IdsComeInTheOrderAskedFor) {
    for (const IdOrder order : {IdOrder::sequential, IdOrder::reversed, IdOrder::random}) {
        Plan plan = small_plan();
        plan.clients = 1;
        plan.id_order = order;
        const Workload workload(plan);
        std::uint64_t rising = 0;
        RecordId last = workload.id({0, 0, 0});
        for_each_place(plan, [&](const Place& place) {
            const RecordId id = workload.id(place);
            if (id > last) ++rising;
            last = id;
        });
        if (order == IdOrder::sequential) {
            EXPECT_EQ(rising, plan.vouchers - 1);
        } else if (order == IdOrder::reversed) {
            EXPECT_EQ(rising, 0u);
        } else {
            EXPECT_NEAR(static_cast<double>(rising), 12'500, 500);
        }
    }
}

TEST(Workload, VouchersBalanceAndKeepTheirShape) {
    for (const std::size_t lines : {2u, 3u, 4u, 5u, 64u}) {
        Plan plan = small_plan();
        plan.lines = lines;
        plan.hot_accounts = 2;
        plan.hot_share = 0.5;
        const Workload workload(plan);
        std::uint64_t hot = 0;
        std::uint64_t all = 0;
        const std::set<AccountId> hot_ids{workload.account(0), workload.account(1)};
        for (std::uint64_t round = 0; round < 3; ++round) {
            for (std::size_t slot = 0; slot < 1'000; ++slot) {
                Batch batch;
                workload.add(batch, {1, round, slot});
                std::uint16_t line = 0;
                EXPECT_EQ(check_shape(batch, 0, line), Outcome::accepted);
                ASSERT_EQ(batch.lines.size(), lines);
                i128 sum = 0;
                for (const BatchLine& each : batch.lines) {
                    sum += each.side == Side::debit ? each.amount.minor : -each.amount.minor;
                    hot += hot_ids.count(each.account);
                    ++all;
                }
                EXPECT_TRUE(sum == 0);
            }
        }
        EXPECT_NEAR(static_cast<double>(hot) / static_cast<double>(all), 0.5, 0.02) << lines;
    }
}

TEST(Workload, TheSamePlaceGivesTheSameRecord) {
    Plan plan = small_plan();
    plan.hold_share = 0.3;
    plan.distinct_orders = true;
    const Workload workload(plan);
    const Workload again(plan);
    for_each_place(plan, [&](const Place& place) {
        Batch one;
        Batch other;
        workload.add(one, place);
        again.add(other, place);
        EXPECT_TRUE(same_content(one, 0, other, 0));
        EXPECT_EQ(one.records[0].id, workload.id(place));
        EXPECT_TRUE(one.records[0].order);
    });
}

TEST(Workload, EveryHoldIsEndedOnceByItsOwnClient) {
    Plan plan = small_plan();
    plan.vouchers = 60'000;
    plan.hold_share = 0.3;
    plan.hold_delay = 1'000;
    const Workload workload(plan);
    for (std::size_t client = 0; client < plan.clients; ++client) {
        std::map<HoldId, PlaceHold> open;
        std::uint64_t placed = 0;
        std::uint64_t captured = 0;
        std::uint64_t released = 0;
        std::uint64_t records = 0;
        for_each_place(plan, [&](const Place& place) {
            if (place.client != client) return;
            ++records;
            Batch batch;
            workload.add(batch, place);
            const BatchRecord& record = batch.records[0];
            EXPECT_EQ(workload.is_voucher(place), record.kind == RecordKind::voucher);
            EXPECT_EQ(workload.places_hold(place), record.kind == RecordKind::place_hold);
            if (const auto* hold = batch.detail<PlaceHold>(record)) {
                ++placed;
                open.emplace(record.id, *hold);
            } else if (const auto* release = batch.detail<ReleaseHold>(record)) {
                ++released;
                EXPECT_EQ(open.erase(release->hold), 1u);
            } else if (const auto* detail = batch.detail<VoucherDetail>(record)) {
                ++captured;
                ASSERT_EQ(detail->captures.size(), 1u);
                const auto held = open.find(detail->captures[0].hold);
                ASSERT_NE(held, open.end());
                EXPECT_EQ(held->second.account, batch.lines[0].account);
                EXPECT_EQ(held->second.amount, batch.lines[0].amount);
                open.erase(held);
            }
        });
        EXPECT_NEAR(static_cast<double>(placed) / static_cast<double>(records), 0.3, 0.005);
        EXPECT_EQ(placed, captured + released + open.size());
        EXPECT_NEAR(static_cast<double>(open.size()), 300, 30);
        EXPECT_NEAR(static_cast<double>(captured) / static_cast<double>(captured + released), 0.75,
                    0.03);
    }
}

TEST(Plan, NamesWhatItCannotDo) {
    Plan plan;
    plan.hot_share = 0.9;
    try {
        plan.check();
        FAIL();
    } catch (const std::exception& error) {
        EXPECT_THAT(error.what(), HasSubstr("--hot-share"));
    }
}

class Bench : public Ctl {
protected:
    nlohmann::ordered_json bench(std::vector<std::string> arguments) {
        std::vector<std::string> all{"bench", "--query-seconds", "0.05", "--yardstick-seconds",
                                     "0.2",   "--accounts",      "200"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return json(all).json();
    }
};

TEST_F(Bench, ASmallRunPrintsItsFigures) {
    const Ran ran = ok({"bench", "--vouchers", "20000", "--accounts", "1000", "--batch", "1000",
                        "--query-seconds", "0.05", "--yardstick-seconds", "0.2"});
    for (const char* wanted :
         {"load accepted = ", " vouchers/s\n",
          "batch latency p50 = ", "p99 = ", "p100 = ", "repeats answered already_posted = 20 of 20",
          "disk = ", "anonymous memory = ", "reopen after kill -9 = ", " warm\n",
          "lookups = ", "account history = ", "yardstick = "}) {
        EXPECT_THAT(ran.out, HasSubstr(wanted));
    }
    EXPECT_FALSE(std::filesystem::exists(ledger()));
}

TEST_F(Bench, HoldsHotAccountsAndOrders) {
    const auto report =
        bench({"--vouchers",   "20000", "--batch",      "500",      "--clients",      "2",
               "--hold-share", "0.3",   "--hold-delay", "2000",     "--hot-accounts", "1",
               "--hot-share",  "0.5",   "--buffered",   "--orders", "distinct",       "--id-order",
               "random",       "--keep"});
    EXPECT_EQ(report["load"]["accepted"], 20'000);
    EXPECT_EQ(report["load"]["repeats"], report["load"]["repeats_already_posted"]);
    EXPECT_NEAR(report["load"]["holds"].get<double>(), 6'000, 100);
    EXPECT_GT(report["load"]["latency_ms_p100"], 0);
    EXPECT_GT(report["disk"]["bytes_a_voucher"], 50);
    EXPECT_EQ(json({"verify", "--deep"}).json()["ok"], true);
    const auto trial = json({"trial"}).json();
    for (const auto& sum : trial["items"]) EXPECT_EQ(sum["balanced"], true);
}

TEST_F(Bench, SinglesOneAfterTheOtherAndAsynchronously) {
    const auto waited =
        bench({"--vouchers", "400", "--batch", "1", "--clients", "8", "--repeat-share", "0.1"});
    EXPECT_EQ(waited["load"]["accepted"], 400);
    EXPECT_GT(waited["load"]["repeats"], 10);
    const auto alone = bench({"--vouchers", "100", "--batch", "1"});
    EXPECT_GT(alone["load"]["generation_subtracted_seconds"], 0);
    const auto async =
        bench({"--vouchers", "20000", "--batch", "1", "--async", "--id-order", "reversed"});
    EXPECT_EQ(async["load"]["accepted"], 20'000);
    EXPECT_EQ(async["load"]["repeats"], async["load"]["repeats_already_posted"]);
}

TEST_F(Bench, RefusesWhatItCannotDo) {
    EXPECT_EQ(run({"bench", "--batch", "9000"}).code, 2);
    EXPECT_EQ(run({"bench", "--async"}).code, 2);
    EXPECT_EQ(run({"bench", "--id-order", "sideways"}).code, 2);
    EXPECT_EQ(run({"bench", "--hot-accounts", "1"}).code, 2);
    const Ran share = run({"bench", "--hold-share", "0.305"});
    EXPECT_EQ(share.code, 2);
    EXPECT_THAT(share.err, HasSubstr("--hold-share: give a whole percent"));
    EXPECT_FALSE(std::filesystem::exists(ledger()));
}

TEST_F(Bench, TouchesNothingThatIsThereAlready) {
    std::filesystem::create_directory(ledger());
    const std::string kept = write("ledger/kept.txt", "mine");
    for (const bool is_ledger : {false, true}) {
        if (is_ledger) ok({"init"});
        const Ran ran = run({"bench", "--vouchers", "10"});
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.err, AllOf(HasSubstr(ledger()), HasSubstr("exists already")));
        EXPECT_TRUE(std::filesystem::exists(kept));
    }
    EXPECT_EQ(json({"verify"}).json()["ok"], true);
}

}  // namespace
}  // namespace ledger::cli
