// A fresh ledger directory with a journal in it, and batches to append.
#pragma once

#include "ledger/journal/lmdb_store.hpp"
#include "ledger/storage/files.hpp"

#include <gtest/gtest.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ledger::journal {

class JournalTest : public ::testing::Test {
protected:
    static constexpr Identity identity{u128{0x1234}, Instant{1'700'000'000'000'000'000}};

    void SetUp() override {
        std::string name =
            (std::filesystem::temp_directory_path() / "ledger-journal-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory_ = name;
        LmdbStore::create(directory_, identity, {});
    }
    void TearDown() override {
        store_.reset();
        storage::remove_tree(directory_);
    }

    static LmdbStoreOptions small_options() {
        LmdbStoreOptions options;
        options.map_size = std::size_t{256} << 20;
        options.disk_reserve_bytes = 0;
        return options;
    }

    LmdbStore& open(LmdbStoreOptions options = small_options()) {
        store_.reset();
        store_ = LmdbStore::open(directory_, options);
        if (!options.read_only) epoch_ = store_->acquire();
        return *store_;
    }

    /// Bytes that tell the batch at this position from every other.
    static std::vector<std::byte> payload_of(Position position, std::size_t size) {
        std::vector<std::byte> payload(size);
        std::uint64_t state = position * 0x9E3779B97F4A7C15ull + 1;
        for (std::byte& byte : payload) {
            state = state * 6364136223846793005ull + 1442695040888963407ull;
            byte = static_cast<std::byte>(state >> 56);
        }
        return payload;
    }

    static AppendResult append_payload(Store& store, Epoch epoch, const NewBatch& batch,
                                       std::span<const std::byte> payload) {
        const std::span<const std::byte> pieces[] = {payload};
        return store.append(epoch, batch, pieces);
    }

    /// The next batch in a row: `records` records, an instant one microsecond after the last.
    AppendResult append(std::uint32_t records, std::size_t size) {
        const Head head = store_->head();
        const Instant instant{std::max(head.instant, identity.created).nanoseconds + 1000};
        return append_payload(*store_, epoch_, {head.position + 1, records, instant},
                              payload_of(head.position + 1, size));
    }

    std::filesystem::path file() const { return directory_ / journal_file_name; }

    std::filesystem::path directory_;
    std::unique_ptr<LmdbStore> store_;
    Epoch epoch_;
};

}  // namespace ledger::journal
