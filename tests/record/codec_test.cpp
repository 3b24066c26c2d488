// Round trips of the codec over random records of every kind, its sizes, and its bounds.
#include "ledger/record/codec.hpp"
#include "ledger/core/error.hpp"
#include "support/random_records.hpp"
#include "support/same_record.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace ledger::record {
namespace {

using test::RandomRecords;
using test::same_batch;
using test::same_record;

std::span<const std::byte> encode(Encoder& encoder, const Batch& batch) {
    encoder.begin();
    for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch, i);
    return encoder.finish();
}

Batch plain_vouchers(std::size_t count) {
    Batch batch;
    for (std::size_t i = 0; i < count; ++i) {
        batch.add_voucher(VoucherId(1, i + 1), BookId{1})
            .debit(AccountId(0, 1), Amount{static_cast<i128>(i + 1)})
            .credit(AccountId(0, 2), Amount{static_cast<i128>(i + 1)});
    }
    for (BatchLine& line : batch.lines) {
        line.handle.index = static_cast<std::uint32_t>(line.account.low());
    }
    return batch;
}

TEST(Codec, RandomBatchesOfAllKindsSurviveTheRoundTrip) {
    Encoder encoder;
    Batch out;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        RandomRecords random(seed);
        Batch batch;
        for (std::uint64_t i = random.below(40); i > 0; --i) random.add_any(batch);
        random.resolve(batch);
        const auto payload = encode(encoder, batch);
        ASSERT_EQ(payload.size() % 8, 0u);
        ASSERT_LE(payload.size(), encoder.footprint().bytes) << "seed " << seed;
        decode(payload, out);
        ASSERT_TRUE(same_batch(batch, out)) << "seed " << seed;
    }
}

TEST(Codec, EveryKindSurvivesTheRoundTrip) {
    Encoder encoder;
    for (int kind = 1; kind < record_kinds; ++kind) {
        RandomRecords random(static_cast<std::uint64_t>(kind));
        for (int repeat = 0; repeat < 100; ++repeat) {
            Batch batch;
            random.add(batch, static_cast<RecordKind>(kind));
            random.resolve(batch);
            Batch out;
            decode(encode(encoder, batch), out);
            ASSERT_TRUE(same_batch(batch, out)) << to_string(static_cast<RecordKind>(kind));
        }
    }
}

TEST(Codec, AViewReadsEachRecordByItself) {
    RandomRecords random(7);
    Batch batch;
    for (int i = 0; i < 200; ++i) random.add_any(batch);
    random.resolve(batch);
    Encoder encoder;
    const PayloadView view(encode(encoder, batch));
    ASSERT_EQ(view.size(), batch.size());
    Batch out;
    for (std::size_t i = batch.size(); i-- > 0;) {
        out.clear();
        view.read(i, out);
        ASSERT_TRUE(same_record(batch, i, out, 0)) << i;
    }
}

TEST(Codec, AViewTellsHeadsAndSummariesWithoutLines) {
    RandomRecords random(10);
    Batch batch;
    for (int i = 0; i < 100; ++i) {
        random.add(batch, RecordKind::voucher);
        random.add_any(batch);
    }
    random.resolve(batch);
    Encoder encoder;
    const PayloadView view(encode(encoder, batch));
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const BatchRecord& record = batch.records[i];
        const BatchRecord head = view.head(i);
        EXPECT_EQ(head.kind, record.kind);
        EXPECT_EQ(head.id, record.id);
        EXPECT_EQ(head.order, record.order);
        EXPECT_EQ(head.number, record.number);
        EXPECT_EQ(head.book, record.book);
        EXPECT_EQ(head.book_date, record.book_date);
        EXPECT_EQ(head.line_count, 0);
        EXPECT_EQ(head.detail, no_detail);
        if (record.kind != RecordKind::voucher) continue;
        const auto* detail = batch.detail<VoucherDetail>(record);
        EXPECT_EQ(view.summary(i), detail == nullptr ? "" : detail->summary);
    }
}

TEST(Codec, AViewAppendsBehindWhatIsThere) {
    RandomRecords random(8);
    Batch batch;
    for (int i = 0; i < 50; ++i) random.add_any(batch);
    random.resolve(batch);
    Encoder encoder;
    const PayloadView view(encode(encoder, batch));
    Batch out;
    for (std::size_t i = 0; i < view.size(); ++i) view.read(i, out);
    EXPECT_TRUE(same_batch(batch, out));
}

TEST(Codec, RecordsOfSeveralBatchesMakeOnePayload) {
    RandomRecords random(9);
    Batch a;
    Batch b;
    for (int i = 0; i < 20; ++i) {
        random.add_any(a);
        random.add_any(b);
    }
    random.resolve(a);
    random.resolve(b);
    Encoder encoder;
    encoder.begin();
    for (std::size_t i = 0; i < 20; i += 2) {
        encoder.add(b, i);
        encoder.add(a, i + 1);
    }
    Batch out;
    decode(encoder.finish(), out);
    ASSERT_EQ(out.size(), 20u);
    for (std::size_t i = 0; i < 20; i += 2) {
        EXPECT_TRUE(same_record(b, i, out, i));
        EXPECT_TRUE(same_record(a, i + 1, out, i + 1));
    }
}

TEST(Codec, TheLinkOfAGroupIsNotStored) {
    Batch batch = plain_vouchers(2);
    batch.link(0, 2);
    Encoder encoder;
    Batch out;
    decode(encode(encoder, batch), out);
    EXPECT_FALSE(out.records[0].has(record_flag::linked));
    EXPECT_TRUE(same_batch(batch, out));
}

TEST(Codec, APlainVoucherOfTwoLinesTakes96Bytes) {
    Encoder encoder;
    const std::size_t ten = encode(encoder, plain_vouchers(10)).size();
    const std::size_t hundred = encode(encoder, plain_vouchers(100)).size();
    EXPECT_EQ(hundred - ten, 90u * 96u);
    EXPECT_LE(ten - 960, 128u);
}

TEST(Codec, AnEmptyBatchIsAPayloadToo) {
    Encoder encoder;
    encoder.begin();
    const auto payload = encoder.finish();
    EXPECT_LE(payload.size(), footprint_of_empty_batch.bytes);
    Batch out = plain_vouchers(1);
    decode(payload, out);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(PayloadView(payload).size(), 0u);
}

TEST(Codec, AFullBatchSurvivesTheRoundTrip) {
    Batch batch = plain_vouchers(bounds::batch_records_max - 10);
    // The rest of the lines: ten vouchers, the last line at index 65,535.
    std::size_t rest = bounds::batch_lines_max - batch.lines.size();
    for (std::uint64_t i = 0; i < 10; ++i) {
        auto voucher = batch.add_voucher(VoucherId(2, i + 1), BookId{1});
        const std::size_t count =
            i < 9 ? bounds::voucher_lines_max : std::min<std::size_t>(rest, 4096);
        for (std::size_t line = 0; line < count; ++line)
            voucher.debit(AccountId(0, 3), Amount{i128_max});
        rest -= count;
    }
    for (BatchLine& line : batch.lines) line.handle.index = 3;
    ASSERT_EQ(batch.size(), bounds::batch_records_max);
    Encoder encoder;
    Batch out;
    decode(encode(encoder, batch), out);
    EXPECT_TRUE(same_batch(batch, out));
}

TEST(Codec, ManyBatchesFromOneEncoderAreAsFromFreshOnes) {
    Encoder reused;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        RandomRecords random(seed);
        Batch batch;
        for (std::uint64_t i = random.below(seed % 7 == 0 ? 300 : 5); i > 0; --i)
            random.add_any(batch);
        random.resolve(batch);
        Encoder fresh;
        const auto a = encode(reused, batch);
        const auto b = encode(fresh, batch);
        ASSERT_EQ(a.size(), b.size());
        ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size()), 0) << "seed " << seed;
    }
}

TEST(Codec, UnalignedPayloadsAreRead) {
    RandomRecords random(10);
    Batch batch;
    for (int i = 0; i < 30; ++i) random.add_any(batch);
    random.resolve(batch);
    Encoder encoder;
    const auto payload = encode(encoder, batch);
    for (std::size_t shift = 1; shift < 8; ++shift) {
        std::vector<std::byte> moved(shift + payload.size());
        std::memcpy(moved.data() + shift, payload.data(), payload.size());
        Batch out;
        decode(std::span(moved).subspan(shift), out);
        ASSERT_TRUE(same_batch(batch, out)) << shift;
    }
}

TEST(Codec, AReversalAwaitingItsLinesCountsAsTheLongest) {
    Batch batch;
    batch.add_voucher(VoucherId(1, 1), BookId{1}).detail().reverses = VoucherId(1, 2);
    const Footprint awaiting = footprint_bound(batch, 0);
    EXPECT_EQ(awaiting.lines, bounds::voucher_lines_max);

    Batch longest;
    auto voucher = longest.add_voucher(VoucherId(1, 1), BookId{1});
    std::size_t text_left = bounds::record_text_bytes_max;
    for (std::size_t i = 0; i < bounds::voucher_lines_max; ++i) {
        voucher.debit(AccountId(0, 1), Amount{i128_max});
        longest.lines.back().handle.index = 1;
        longest.lines.back().detail = static_cast<std::uint32_t>(i);
        LineDetail& detail = longest.line_details.emplace_back();
        for (std::size_t d = 0; d < bounds::dimensions_max; ++d) {
            const std::size_t size = std::min<std::size_t>(text_left / 2, 31);
            text_left -= 2 * size;
            detail.dimensions.push_back({std::string(size, 'k'), std::string(size, 'v')});
        }
    }
    longest.records[0].set(record_flag::lines_derived, true);
    voucher.detail().reverses = VoucherId(1, 2);
    Encoder encoder;
    EXPECT_LE(encode(encoder, longest).size(), awaiting.bytes + footprint_of_empty_batch.bytes);
    EXPECT_TRUE((footprint_of_empty_batch + awaiting).fits());
}

TEST(Codec, NoRecordCountsForMoreThanABatchHolds) {
    Batch batch;
    batch.add(RecordId(1, 1), RegisterEntry{1, std::string(std::size_t{64} << 20, 'x')});
    EXPECT_TRUE((footprint_of_empty_batch + footprint_bound(batch, 0)).fits());
}

using CodecDeathTest = testing::Test;

TEST(CodecDeathTest, ALineWithoutHandleIsABrokenInvariant) {
    Batch batch = plain_vouchers(1);
    batch.lines[1].handle = {};
    Encoder encoder;
    EXPECT_DEATH(encode(encoder, batch), "handle");
}

TEST(CodecDeathTest, ADetailOfAnotherKindIsABrokenInvariant) {
    Batch batch;
    batch.add(CutDay{BookId{1}, Date{100}});
    batch.records[0].kind = RecordKind::close_day;
    Encoder encoder;
    EXPECT_DEATH(encode(encoder, batch), "kind");
}

}  // namespace
}  // namespace ledger::record
