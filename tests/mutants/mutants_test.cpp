// Whether the proofs would notice. Eleven faults are compiled into this program, of the kind that
// loses money; each is switched on for a process of its own, which runs the same checks in little
// and does not know which one it is. Invariant tested: the checks find nothing in the engine as it
// is, and something in every mutant.
#include "core/mutant.hpp"
#include "duel/ledger_duel.hpp"
#include "duel/texts.hpp"
#include "proof/crash_hunt.hpp"
#include "support/other_process.hpp"
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace ledger {

Mutant chosen_mutant = Mutant::none;

namespace proof {
namespace {

using oracle::Disagreement;

oracle::HistoryOptions history_options() {
    oracle::HistoryOptions options;
    options.anchors = false;  // the engine makes its own
    return options;
}

/// Looks at the files of the run from outside.
class Lookout final : private Watcher {
public:
    explicit Lookout(const std::filesystem::path& home) : watching_(*this, home.string()) {}

    std::function<void()> at_sync;           ///< called before the journal is synced
    std::function<void()> midway_of_backup;  ///< called once, when the first file is in place

private:
    Verdict before(const SystemCall& call) override {
        const bool is_sync = call.call == Call::sync && call.path.ends_with("books/journal.mdb");
        if (is_sync && at_sync) at_sync();
        return {};
    }
    void after(const SystemCall& call) override {
        const bool is_file = call.call == Call::rename && call.to.ends_with(".mdb") &&
                             call.to.find("/backup.creating-") != std::string_view::npos;
        if (is_file && midway_of_backup) std::exchange(midway_of_backup, nullptr)();
    }

    Watching watching_;
};

/// A random history against the naive model, sealed so often that an account has many runs. What is
/// being committed is in no view, and a backup is whole, whatever happens in the middle of it.
void prove_answers(const std::filesystem::path& home) {
    constexpr std::uint64_t seed = 5;
    constexpr int steps = 90;
    Lookout lookout(home);
    oracle::RandomHistory history(seed, history_options());
    oracle::LedgerDuel duel(seed, false, home);
    std::atomic<std::uint64_t> seen = 0;
    lookout.at_sync = [&] { seen = duel.view().position().value; };
    for (int done = 0; done < steps; ++done) {
        const Position before = duel.naive().last_position();
        duel.post(history.next(duel.naive()));
        const Position after = duel.naive().last_position();
        if (before < after && seen >= after.value) {
            throw Disagreement("a view showed what was not synced");
        }
        if (done % 3 == 2) duel.seal();
        if (done % 15 == 14) duel.compare();
    }
    lookout.midway_of_backup = [&] {
        duel.post(history.next(duel.naive()));
        duel.seal();
    };
    duel.compare_copies();
    lookout.at_sync = nullptr;
    duel.reopen();
    duel.compare_feed();
    duel.verify();
}

/// Some crash states of a short run.
void prove_crashes(const std::filesystem::path& running, const std::filesystem::path& recovering) {
    Sampling sampling;
    sampling.whole_units_max = 3;
    sampling.random_subsets = 2;
    sampling.regular_max = 2;
    const RecordedRun run = record_run(1, 12, running);
    const Hunted hunted = hunt(run, 1, 0, recovering, sampling);
    if (!hunted.findings.empty()) throw Disagreement(hunted.findings.front());
}

std::filesystem::path fast_place() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

/// What the checks have to say of a mutant.
struct Word {
    std::array<char, 300> text{};
};

/// Runs in a process of its own, which may die of it or hang.
void prove(Mutant mutant, const std::filesystem::path& home,
           const test::OtherProcess<Word>::Tell& tell) {
    chosen_mutant = mutant;
    ::alarm(120);
    const auto made = [&](const char* name) {
        std::filesystem::create_directory(home / name);
        return home / name;
    };
    try {
        prove_answers(made("answers"));
        prove_crashes(made("running"), made("recovering"));
    } catch (const std::exception& found) {
        Word word;
        std::strncpy(word.text.data(), found.what(), word.text.size() - 1);
        tell(word);
    }
}

/// Empty where the checks find nothing.
std::string found_in(Mutant mutant) {
    const test::TemporaryDirectory home(fast_place());
    test::OtherProcess<Word> process([&](const auto& tell) { prove(mutant, home.path(), tell); });
    const std::optional<Word> word = process.next();
    const int status = process.wait();
    if (word) return word->text.data();
    return status == 0 ? "" : "the process ended with status " + std::to_string(status);
}

struct Named {
    Mutant mutant;
    const char* name;
    friend void PrintTo(const Named& one, std::ostream* out) { *out << one.name; }
};

class Mutants : public testing::TestWithParam<Named> {};

TEST_P(Mutants, IsCaught) {
    const std::string found = found_in(GetParam().mutant);
    std::printf("%s: %s\n", GetParam().name, found.c_str());
    EXPECT_NE(found, "") << "nobody noticed";
}

constexpr Named all_mutants[] = {
    {Mutant::early_acknowledgement, "early_acknowledgement"},
    {Mutant::dropped_sync, "dropped_sync"},
    {Mutant::swapped_environments, "swapped_environments"},
    {Mutant::lost_tail_merge, "lost_tail_merge"},
    {Mutant::hot_buffer_not_merged, "hot_buffer_not_merged"},
    {Mutant::undo_log_not_applied, "undo_log_not_applied"},
    {Mutant::duplicate_check_skipped, "duplicate_check_skipped"},
    {Mutant::jump_pointer_off_by_one, "jump_pointer_off_by_one"},
    {Mutant::wrong_span_summary, "wrong_span_summary"},
    {Mutant::backdated_by_posting_day, "backdated_by_posting_day"},
    {Mutant::view_past_committed, "view_past_committed"},
};

INSTANTIATE_TEST_SUITE_P(Each, Mutants, testing::ValuesIn(all_mutants),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(NoMutant, NothingIsFound) { EXPECT_EQ(found_in(Mutant::none), ""); }

}  // namespace
}  // namespace proof
}  // namespace ledger
