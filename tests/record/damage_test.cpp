// Damaged payloads: whatever the bytes are, reading them gives records or an exception of ours.
#include "ledger/core/error.hpp"
#include "ledger/record/codec.hpp"
#include "support/random_records.hpp"
#include "support/same_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace ledger::record {
namespace {

using test::RandomRecords;
using ::testing::HasSubstr;

/// Words, so that payloads are aligned as in the journal.
using Words = std::vector<std::uint64_t>;

std::span<const std::byte> bytes_of(const Words& words) { return std::as_bytes(std::span(words)); }

Words words_of(std::span<const std::byte> payload) {
    Words words(payload.size() / 8);
    std::memcpy(words.data(), payload.data(), payload.size());
    return words;
}

Words encode(const Batch& batch) {
    Encoder encoder;
    encoder.begin();
    for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch, i);
    return words_of(encoder.finish());
}

Words random_payload(std::uint64_t seed, int records) {
    RandomRecords random(seed);
    Batch batch;
    for (int i = 0; i < records; ++i) random.add_any(batch);
    random.resolve(batch);
    return encode(batch);
}

/// Reads all there is in both ways; true where nothing was refused.
bool reads(const Words& words) {
    Batch out;
    bool sound = true;
    try {
        decode(bytes_of(words), out);
    } catch (const StorageError&) {
        sound = false;
    }
    try {
        const PayloadView view(bytes_of(words));
        for (std::size_t i = 0; i < std::min<std::size_t>(view.size(), 10'000); ++i) {
            out.clear();
            try {
                view.read(i, out);
                if (view.head(i).kind == RecordKind::voucher) view.summary(i);
            } catch (const StorageError&) {
                sound = false;
            }
        }
    } catch (const StorageError&) {
        sound = false;
    }
    return sound;
}

std::string message_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const CorruptionError& error) {
        return error.what();
    }
    return "no CorruptionError";
}

TEST(DamagedPayload, FlippedBitsNeverCrash) {
    int refused = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Words sound = random_payload(seed, 6);
        RandomRecords random(seed);
        ASSERT_TRUE(reads(sound));
        for (int i = 0; i < 500; ++i) {
            Words damaged = sound;
            for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
                damaged[random.below(damaged.size())] ^= std::uint64_t{1} << random.below(64);
            }
            refused += reads(damaged) ? 0 : 1;
        }
    }
    EXPECT_GT(refused, 0);
}

TEST(DamagedPayload, EveryBitOfTheFrameIsTried) {
    const Words sound = random_payload(3, 4);
    for (std::size_t word = 0; word < std::min<std::size_t>(sound.size(), 60); ++word) {
        for (int bit = 0; bit < 64; ++bit) {
            Words damaged = sound;
            damaged[word] ^= std::uint64_t{1} << bit;
            reads(damaged);
        }
    }
}

TEST(DamagedPayload, RandomWordsNeverCrash) {
    RandomRecords random(11);
    for (int i = 0; i < 5'000; ++i) {
        Words damaged = random_payload(1 + random.below(3), 5);
        for (std::uint64_t count = 1 + random.below(4); count > 0; --count) {
            const std::uint64_t at = random.below(damaged.size());
            // Pointers and sizes are small numbers: such are what finds weak checks.
            const std::uint64_t small = random.below(64) | random.below(256) << 32;
            damaged[at] = random.one_in(2) ? small : damaged[random.below(damaged.size())];
        }
        reads(damaged);
    }
}

TEST(DamagedPayload, TruncatedPayloadsAreRefused) {
    const Words sound = random_payload(5, 8);
    for (std::size_t size = 0; size < sound.size(); ++size) {
        const Words damaged(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
        ASSERT_FALSE(reads(damaged)) << size;
    }
}

TEST(DamagedPayload, BytesBehindTheEndAreRefused) {
    Words damaged = random_payload(5, 3);
    damaged.push_back(0);
    EXPECT_FALSE(reads(damaged));
}

TEST(DamagedPayload, AnOddSizeIsRefusedByName) {
    const Words sound = random_payload(5, 3);
    Batch out;
    const auto message = message_of([&] { decode(bytes_of(sound).first(25), out); });
    EXPECT_THAT(message, HasSubstr("25 bytes"));
    EXPECT_THAT(message, HasSubstr("restore it from a backup"));
}

/// A batch of three vouchers; in its payload the segment table, the root pointer, the root (1 word
/// and 4 pointers) and the tag of the records come before the first record's words.
class DamagedRecord : public testing::Test {
protected:
    DamagedRecord() {
        Batch batch;
        for (std::uint64_t i = 1; i <= 3; ++i) {
            batch.add_voucher(VoucherId(1, i), BookId{1})
                .debit(AccountId(0, 1), Amount{5})
                .credit(AccountId(0, 2), Amount{5});
        }
        for (BatchLine& line : batch.lines) line.handle.index = 1;
        words_ = encode(batch);
    }
    std::uint64_t& record_word(std::size_t record, std::size_t word) {
        return words_[1 + 1 + 5 + 1 + 8 * record + word];
    }
    std::string refusal() {
        Batch out;
        return message_of([&] { decode(bytes_of(words_), out); });
    }
    Words words_;
};

TEST_F(DamagedRecord, AnUnknownKindIsNamedWithItsRecord) {
    ASSERT_EQ(record_word(1, 0) & 0xff, 1u);
    record_word(1, 0) += 98;
    EXPECT_THAT(refusal(), HasSubstr("record 1 of a batch is damaged: kind 99 is unknown"));
}

TEST_F(DamagedRecord, LinesOutsideTheBatchAreRefused) {
    record_word(2, 0) += std::uint64_t{3} << 32;
    EXPECT_THAT(refusal(), HasSubstr("record 2 of a batch is damaged: its lines 7..8"));
}

TEST_F(DamagedRecord, LinesOfAnotherRecordAreRefused) {
    record_word(2, 0) -= std::uint64_t{2} << 32;
    EXPECT_THAT(refusal(), HasSubstr("do not follow"));
}

TEST_F(DamagedRecord, AKindWithoutItsBodyIsRefused) {
    record_word(0, 0) += 4;  // open_account
    EXPECT_THAT(refusal(), HasSubstr("record 0 of a batch is damaged: it lacks its body"));
}

TEST_F(DamagedRecord, ANewerVersionIsAFormatError) {
    words_[2] = format_version + 1;
    Batch out;
    try {
        decode(bytes_of(words_), out);
        FAIL() << "a newer version was read";
    } catch (const FormatError& error) {
        EXPECT_THAT(error.what(), HasSubstr("format version 2"));
        EXPECT_THAT(error.what(), HasSubstr("use a newer version"));
    }
    EXPECT_THROW(PayloadView{bytes_of(words_)}, FormatError);
}

}  // namespace
}  // namespace ledger::record
