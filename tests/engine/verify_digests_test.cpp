// The digest of balances, byte for byte, and what verification says of certificates and snapshots
// that do not hold.
#include "engine/verify_digests.hpp"

#include "ledger/journal/lmdb_store.hpp"
#include "ledger/record/codec.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

namespace ledger::engine {
namespace {

using ::testing::HasSubstr;

constexpr BookId book{0x0102};
constexpr Date day{0x03040506};
constexpr Position close_at{5};

template <class T>
void put(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

TEST(BalanceDigest, IsThatOfTheBytesThatThePageNames) {
    BalanceDigest digest(Digest::sha256, {book, day, Position{7}});
    digest.add(AccountId(1, 2), {Wide(Amount{10}), Wide(Amount{-3})});
    digest.add(AccountId(3, 4), {Wide(), Wide::of_words(1, 5)});
    const DigestedBalances made = digest.finish();
    EXPECT_EQ(made.accounts, 2u);
    EXPECT_EQ(made.algorithm, "SHA-256");
    std::string bytes;
    put(bytes, std::uint16_t{0x0102});
    put(bytes, std::int32_t{0x03040506});
    put(bytes, std::uint64_t{7});
    const u128 ones = ~u128{0};
    for (const u128 word : {from_words(1, 2), u128{10}, u128{0}, ones - 2, ones,  //
                            from_words(3, 4), u128{0}, u128{0}, u128{5}, u128{1}}) {
        put(bytes, word);
    }
    Hasher whole(Digest::sha256);
    whole.add(std::as_bytes(std::span{bytes}));
    EXPECT_EQ(made.digest, whole.finish());
}

/// A journal of two accounts of the book, a voucher of the day, one of the day after it, the day's
/// close, and a certificate or a snapshot.
class VerifyDigests : public ::testing::Test {
protected:
    template <class Proof>
    std::optional<std::string> verified(const Proof& proof) {
        Batch batch;
        for (const std::uint64_t number : {1, 2}) {
            OpenAccount open;
            open.id = AccountId{number};
            open.book = book;
            batch.add(open);
        }
        batch.add_voucher(RecordId{9}, book)
            .debit(AccountId{1}, Amount{5})
            .credit(AccountId{2}, Amount{5})
            .book_date(day);
        batch.add_voucher(RecordId{10}, book)
            .debit(AccountId{2}, Amount{3})
            .credit(AccountId{1}, Amount{3})
            .book_date(day + 1);
        for (BatchLine& line : batch.lines) {
            line.handle.index = static_cast<std::uint32_t>(line.account.low()) - 1;
        }
        batch.add(CloseDay{book, day, {}});
        batch.add(proof);
        record::Encoder encoder;
        encoder.begin();
        for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch, i);
        const std::span<const std::byte> payload = encoder.finish();

        std::string home = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
        EXPECT_NE(::mkdtemp(home.data()), nullptr);
        homes_.push_back(home);
        journal::Identity identity;
        identity.ledger = u128{1};
        journal::LmdbStore::create(home, identity, {});
        journal::LmdbStoreOptions options;
        options.map_size = std::size_t{64} << 20;
        options.ahead_bytes_first = 0;
        const auto store = journal::LmdbStore::open(home, options);
        const auto epoch = store->acquire();
        const auto appended = store->append(
            epoch, {1, static_cast<std::uint32_t>(batch.size()), Instant{1'000}}, {&payload, 1});
        EXPECT_EQ(appended.status, journal::AppendStatus::appended);
        const auto broken = verify_digests(*store);
        EXPECT_EQ(verify_digest(*store, kept(proof)), broken);
        return broken;
    }
    ~VerifyDigests() override {
        for (const std::string& home : homes_) std::filesystem::remove_all(home);
    }
    std::vector<std::string> homes_;

    using Sides = history::WideTurnover;
    static DigestedBalances balances(const BalancePoint& point, const Sides& one,
                                     const Sides& two) {
        BalanceDigest digest(Digest::blake2b_512, point);
        digest.add(AccountId{1}, one);
        digest.add(AccountId{2}, two);
        return digest.finish();
    }
    static Certificate certificate(const Sides& one, const Sides& two) {
        const auto [accounts, algorithm, digest] = balances({book, day, close_at}, one, two);
        return {book, day, close_at, accounts, algorithm, digest};
    }
    static Certificate sound() { return certificate({five, none}, {none, five}); }
    static Snapshot snapshot(Position at, const Sides& one, const Sides& two) {
        const auto [accounts, algorithm, digest] = balances({{}, Date::none(), at}, one, two);
        return {"month end", at, accounts, algorithm, digest};
    }

    static constexpr Wide none{};
    static constexpr Wide three{i128{3}};
    static constexpr Wide five{i128{5}};
};

TEST_F(VerifyDigests, ASoundCertificateHolds) { EXPECT_EQ(verified(sound()), std::nullopt); }

TEST_F(VerifyDigests, ACertificateCutByPositionDoesNot) {
    EXPECT_THAT(verified(certificate({five, three}, {three, five})).value_or("it holds"),
                HasSubstr("does not match"));
}

TEST_F(VerifyDigests, ASnapshotIsCutByPosition) {
    EXPECT_EQ(verified(snapshot({3}, {five, none}, {none, five})), std::nullopt);
    for (const std::uint64_t at : {4, 5}) {
        EXPECT_EQ(verified(snapshot({at}, {five, three}, {three, five})), std::nullopt);
        EXPECT_THAT(verified(snapshot({at}, {five, none}, {none, five})).value_or("it holds"),
                    HasSubstr("the snapshot 'month end' does not match"));
    }
}

TEST_F(VerifyDigests, ACertificateThatDoesNotHoldIsNamed) {
    const auto refused = [&](const Certificate& certificate, const char* problem) {
        EXPECT_THAT(verified(certificate).value_or("it holds"), HasSubstr(problem));
    };
    Certificate other = sound();
    other.digest[0] ^= 1;
    refused(other, "the certificate of book 258 for ");
    other = sound();
    other.accounts = 3;
    refused(other, "does not match the lines of the vouchers up to position 5");
    other = sound();
    other.algorithm = "MD5";
    refused(other, "does not match");
    other = sound();
    other.close = Position{3};
    refused(other, "does not match");
    other = sound();
    other.close = Position{70};
    refused(other, "names position 70, which the journal does not have");
    other = sound();
    other.date = day + 1;
    refused(other, "does not match");
}

}  // namespace
}  // namespace ledger::engine
