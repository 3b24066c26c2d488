// Batches between client and server: what arrives is what was sent, and damage is refused.
#include "ledger/core/error.hpp"
#include "ledger/record/codec.hpp"

#include <gmock/gmock.h>

#include <random>
#include <vector>

namespace ledger::record {
namespace {

using testing::HasSubstr;

Batch sample() {
    Batch batch;
    for (std::uint64_t i = 1; i <= 200; ++i) {
        batch.add_voucher(RecordId{1, i}, {1})
            .debit(AccountId{7, i % 90}, Amount{static_cast<i128>(i)})
            .credit(AccountId{7, 1 + i % 90}, Amount{static_cast<i128>(i) << (i % 80)});
    }
    Voucher reversal;
    reversal.id = RecordId{1, 500};
    reversal.book = {1};
    reversal.detail.reverses = RecordId{1, 3};
    batch.add(reversal);
    OpenAccount open;
    open.id = AccountId{7, 900};
    open.book = {1};
    open.currency = CurrencyCode("CNY");
    open.code = "1001";
    batch.add(open);
    batch.link(3, 9);
    return batch;
}

std::vector<std::byte> encode(const Batch& batch) {
    Encoder encoder;
    encoder.begin(Form::travelling);
    for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch, i);
    const auto bytes = encoder.finish();
    EXPECT_LE(bytes.size(), encoder.footprint().bytes);
    return {bytes.begin(), bytes.end()};
}

TEST(Travelling, WhatArrivesIsWhatWasSent) {
    const Batch sent = sample();
    const auto bytes = encode(sent);
    EXPECT_EQ(head_of_travelled(bytes).records, sent.size());
    Batch arrived;
    decode_travelled(bytes, arrived);
    ASSERT_EQ(arrived.size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const BatchRecord& a = sent.records[i];
        const BatchRecord& b = arrived.records[i];
        EXPECT_EQ(a.id, b.id);
        EXPECT_EQ(a.flags, b.flags) << i;  // groups as well
        ASSERT_EQ(a.line_count, b.line_count);
        for (std::size_t k = 0; k < a.line_count; ++k) {
            EXPECT_EQ(sent.lines_of(a)[k].account, arrived.lines_of(b)[k].account);
            EXPECT_EQ(sent.lines_of(a)[k].amount, arrived.lines_of(b)[k].amount);
            EXPECT_FALSE(arrived.lines_of(b)[k].handle);
        }
    }
    EXPECT_EQ(arrived.detail<VoucherDetail>(arrived.records[200])->reverses, (RecordId{1, 3}));
    EXPECT_EQ(arrived.detail<OpenAccount>(arrived.records[201])->code, "1001");
}

TEST(Travelling, AnEncoderServesBothFormsInTurn) {
    Encoder encoder;
    Batch batch = sample();
    encoder.begin(Form::travelling);
    encoder.add(batch, 0);
    (void)encoder.finish();
    batch.lines[0].handle = batch.lines[1].handle = AccountHandle{5};
    encoder.begin();
    encoder.add(batch, 0);
    Batch read;
    decode(encoder.finish(), read);
    EXPECT_EQ(read.lines[0].handle, AccountHandle{5});
    EXPECT_FALSE(read.lines[0].account);
}

TEST(Travelling, AJournalsBatchIsNoneThatTravelled) {
    Batch batch = sample();
    for (BatchLine& line : batch.lines) line.handle = AccountHandle{5};
    Encoder encoder;
    encoder.begin();
    encoder.add(batch, 0);
    Batch read;
    EXPECT_THROW(decode_travelled(encoder.finish(), read), InvalidArgument);
}

TEST(Travelling, DamageIsRefusedOrGivesABatchThatHoldsTogether) {
    const auto sound = encode(sample());
    std::mt19937 random(11);
    for (int round = 0; round < 4000; ++round) {
        auto bytes = sound;
        for (unsigned i = 0; i <= random() % 3; ++i) {
            // The pointers and the tables are at the beginning and at the end.
            const std::size_t from = random() % 2 == 0 ? 0 : bytes.size() - 600;
            bytes[from + random() % 600] ^= static_cast<std::byte>(1u << random() % 8);
        }
        if (round % 50 == 0) bytes.resize(random() % bytes.size());
        Batch batch;
        try {
            decode_travelled(bytes, batch);
        } catch (const Error&) {
            continue;
        }
        EXPECT_LE(batch.size(), bounds::batch_records_max);
        for (const BatchRecord& record : batch.records) {
            EXPECT_LE(record.lines_begin + std::size_t{record.line_count}, batch.lines.size());
        }
    }
}

TEST(Travelling, NothingAndTooMuchAreRefused) {
    Batch batch;
    EXPECT_THROW(decode_travelled({}, batch), InvalidArgument);
    EXPECT_THROW((void)head_of_travelled({}), InvalidArgument);
    try {
        decode_travelled(encode(Batch{}), batch);
        FAIL();
    } catch (const InvalidArgument& refused) {
        EXPECT_THAT(refused.what(), HasSubstr("0 records"));
    }
}

TEST(Travelling, ABatchThatDoesNotHoldTogetherIsNotSent) {
    Batch batch = sample();
    batch.records[0].lines_begin = 1'000'000;
    EXPECT_THROW((void)travelling_footprint(batch, 0), InvalidArgument);
    batch.records[1].kind = RecordKind::set_freeze;
    EXPECT_THROW((void)travelling_footprint(batch, 1), InvalidArgument);
}

}  // namespace
}  // namespace ledger::record
