// Commits that fail in the sync of the data, or in the write of LMDB's meta page. The calls are
// replaced in this executable, for LMDB as well.
#include "fixture.hpp"

#include "ledger/core/error.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>

namespace {

std::atomic<bool> fails_sync{false};
std::atomic<bool> fails_meta{false};
constexpr std::size_t meta_size_max =
    4095;  // LMDB writes a part of its meta page, of data whole pages

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int fdatasync(int file) {
    if (fails_sync.load()) {
        errno = EIO;
        return -1;
    }
    static auto* const real = next<int(int)>("fdatasync");
    return real(file);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
    if (fails_meta.load() && size <= meta_size_max) {
        errno = EIO;
        return -1;
    }
    static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    return real(file, bytes, size, at);
}
}

namespace ledger::journal {
namespace {

class JournalFailure : public JournalTest {
protected:
    void SetUp() override {
        JournalTest::SetUp();
        LmdbStoreOptions options = small_options();
        options.writes_zeros_ahead = false;  // its writes would fail as well
        open(options);
        append(2, 1000);
        before_ = store_->head();
    }

    void expect_poisoned(const AppendResult& result) {
        ASSERT_EQ(result.status, AppendStatus::unknown);
        EXPECT_NE(result.batch, 0u);
        EXPECT_THAT(result.reason, ::testing::HasSubstr("commit"));
        EXPECT_TRUE(store_->is_poisoned());
        EXPECT_EQ(store_->head(), before_);
        try {
            append(1, 10);
            ADD_FAILURE() << "appended after an unknown outcome";
        } catch (const PoisonedError& failure) {
            EXPECT_THAT(failure.what(), ::testing::HasSubstr("reopen"));
        }
        EXPECT_THROW(store_->acquire(), PoisonedError);
        EXPECT_THROW(store_->resolve(3, result.batch), PoisonedError);
    }

    void expect_resolved_after_reopening(const AppendResult& result) {
        open();
        EXPECT_EQ(store_->head(), before_);
        EXPECT_EQ(store_->resolve(3, result.batch), Resolution::absent);
        EXPECT_EQ(append(1, 300'000).status, AppendStatus::appended);
        store_.reset();
        EXPECT_EQ(verify(directory_).batches, 2u);
    }

    Head before_;
};

TEST_F(JournalFailure, FailedSyncIsUnknownAndPoisonsTheStore) {
    fails_sync = true;
    const AppendResult result = append(1, 300'000);
    fails_sync = false;
    expect_poisoned(result);
    expect_resolved_after_reopening(result);
}

TEST_F(JournalFailure, FailedMetaPageIsUnknownAndPoisonsTheStore) {
    fails_meta = true;
    const AppendResult result = append(1, 300'000);
    fails_meta = false;
    expect_poisoned(result);
    EXPECT_THROW(store_->reader(), PoisonedError);  // LMDB itself gives up on this environment
    expect_resolved_after_reopening(result);
}

}  // namespace
}  // namespace ledger::journal
