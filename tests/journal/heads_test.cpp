// The numbers by which LMDB knows the newest of a file's two heads, and for which it has no
// checksum. Invariant tested: a changed bit of one never takes back what was appended.
#include "fixture.hpp"

#include "ledger/core/error.hpp"

#include <fstream>

namespace ledger::journal {
namespace {

constexpr std::streamoff page_bytes = 4096;
constexpr std::streamoff number_offset = 144;  // of the transaction, in a head's page

class JournalHeads : public JournalTest {
protected:
    void flip(int head, int bit) {
        std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
        const std::streamoff at = head * page_bytes + number_offset + bit / 8;
        stream.seekg(at);
        const int byte = stream.get();
        stream.seekp(at);
        stream.put(static_cast<char>(byte ^ 1 << bit % 8));
    }
};

TEST_F(JournalHeads, AChangedNumberIsToldAfterEveryAppend) {
    for (Position position = 1; position <= 12; ++position) {
        open();
        ASSERT_EQ(append(1, 200).status, AppendStatus::appended);
        store_.reset();
        for (const int head : {0, 1}) {
            for (int bit = 0; bit < 64; ++bit) {
                flip(head, bit);
                EXPECT_THROW(LmdbStore::open(directory_, small_options()), CorruptionError)
                    << "position " << position << ", head " << head << ", bit " << bit;
                if (bit < 3) {
                    EXPECT_TRUE(verify(directory_).damage) << head << ' ' << bit;
                }
                flip(head, bit);
            }
        }
        EXPECT_FALSE(verify(directory_).damage);
        open();
        EXPECT_EQ(store_->head().position, position);
    }
}

}  // namespace
}  // namespace ledger::journal
