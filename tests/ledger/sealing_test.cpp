// Sealing while views are taken, and sealing that fails half-way. Invariant tested: no moment of sealing shows in an
// answer, and a step that failed leaves nothing that the next one, or a reopened ledger, trips over.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace ledger {
namespace {

using namespace test;

Options stepped_options() {
    Options options = small_options();
    options.background = false;
    options.digest = Digest::none;  // no records of the engine's own
    return options;
}

/// Accounts first..first+count-1 with the codes `code(number)`.
template <class Code>
Batch openings(std::uint64_t first, std::uint64_t count, Code code) {
    Batch batch;
    for (std::uint64_t number = first; number < first + count; ++number) {
        OpenAccount open = plain_account(number);
        open.code = code(number);
        batch.add(open);
    }
    return batch;
}

TEST(ThreadsSealing, AccountsAreAllListedWhileTheirKeysAreInTailAndCheckpoint) {
    constexpr std::uint64_t per_batch = 8000;
    constexpr std::uint64_t batches = 8;
    // The batches interleave, so that every one has its part in the first page.
    const auto code = [](std::uint64_t place, std::uint64_t of_batch) {
        return "c" + std::to_string(1'000'000 + place * batches + of_batch);
    };
    TemporaryDirectory temporary;
    Options options = stepped_options();
    options.readers_max = 2000;
    Ledger ledger = Ledger::create(temporary / "books", options);
    ASSERT_TRUE(all_accepted(ledger.post(foundations(0))));
    const std::uint64_t before = ledger.view().position().value;
    for (std::uint64_t batch = 0; batch < batches; ++batch) {
        ASSERT_TRUE(all_accepted(
            ledger.post(openings(1 + batch * per_batch, per_batch, [&](std::uint64_t number) {
                return code((number - 1) % per_batch, batch);
            }))));
        std::atomic<bool> sealed{false};
        std::thread sealer([&] {
            ledger.seal();
            sealed = true;
        });
        std::vector<View> views;
        while (!sealed && views.size() < 1500) {
            views.push_back(ledger.view());
            std::this_thread::sleep_for(std::chrono::microseconds{50});
        }
        sealer.join();
        for (const View& view : views) {
            const std::uint64_t shown = (view.position().value - before) / per_batch;
            const auto page = view.accounts("", {100, false, {}}).items;
            ASSERT_EQ(page.size(), 100u);
            for (std::size_t i = 0; i < page.size(); ++i) {
                ASSERT_EQ(page[i].code, code(i / shown, i % shown));
            }
        }
    }
}

}  // namespace
}  // namespace ledger
