// The ledger, through its public face, and the naive model side by side: every step is posted to
// both, and the answers of both are compared, also after closing, killing and reopening, with the
// checkpoint as it was, as it was earlier, or gone. Invariant: after a function returned, the two
// agree on all that was posted so far; where they do not, it throws Disagreement.
#pragma once

#include "support/naive_ledger.hpp"
#include "support/other_process.hpp"
#include "support/random_history.hpp"
#include "support/small_ledger.hpp"

#include "ledger/core/clock.hpp"
#include "ledger/ledger.hpp"

#include <optional>
#include <random>
#include <vector>

namespace ledger::oracle {

/// What a history was made of, to know that a test tested something.
struct Tally {
    std::uint64_t records = 0;  ///< posted by the caller
    std::uint64_t refused = 0;
    std::uint64_t repeated = 0;
    std::uint64_t dry_runs = 0;
    std::uint64_t kills = 0;
    std::uint64_t durable_at_kill = 0;  ///< kills that the step in flight survived
    std::uint64_t read_beside = 0;      ///< steps that a reader followed in another process
    std::uint64_t segments_max = 0;
};

/// One thread only.
class LedgerDuel {
public:
    /// An empty ledger in `home`/books, beside which copies come and go. The background threads,
    /// or step() and seal() alone, do the sealing.
    LedgerDuel(std::uint64_t seed, bool background, std::filesystem::path home);

    // ---- posting
    void post(const Step& step);
    /// What the step would do, which must be what it then does.
    void dry_run_and_post(const Step& step);

    /// Of some position, which must hold against queries and journal.
    void cut_snapshot();
    /// Snapshots and certificates hold against queries and journal.
    void verify_points();

    // ---- background work
    /// Whether more is due.
    bool step();
    void seal();

    // ---- comparing; of all things about one in `share` is asked for
    void compare(unsigned share = 1);
    void compare_earlier(unsigned share = 1);
    /// The change feed from some position on, in pages of some size, and how it is resumed.
    void compare_feed();
    /// Pages, checksums, chain, and the replay of all records against the checkpoint.
    void verify();

    // ---- the ends a process can come to; each leaves an open ledger behind
    void reopen();
    void reopen_without_checkpoint();
    void rebuild();
    /// With the checkpoint of an earlier closing, as after a crash that lost newer pages.
    void reopen_with_earlier_checkpoint();
    /// Another process posts `steps` steps and is killed while the last one is under way; a reader
    /// in this one compares what it sees of each, and of what is left.
    void kill(RandomHistory& history, int steps);
    /// Backup and restore, and the files as they lie there while the ledger is open.
    void compare_copies();

    View view() const { return ledger_->view(); }
    const NaiveLedger& naive() const { return naive_; }
    const Tally& tally() const { return tally_; }

private:
    using Writer = test::OtherProcess<Position>;

    std::uint64_t roll(std::uint64_t sides) { return random_() % sides; }
    Options options(bool background);
    void open();
    void close();
    void set_clock(const Step& step);
    std::optional<Receipt> post_single(const Batch& batch);
    void count(const std::vector<Result>& results);
    void compare_receipt(const Receipt& receipt) const;
    /// The model takes the step, and what the engine journaled of its own around it, as the view
    /// shows them.
    std::vector<Result> follow(const View& view, const Step& step);
    Certificate certificate_of(const View& view, const PostedRecord& record) const;
    Snapshot snapshot_of(const View& view, const PostedRecord& record) const;
    void take_own_records(const View& view, Position through);
    void compare_results(const Step& step, const std::vector<Result>& expected,
                         const std::vector<Result>& answered) const;
    void compare_copy(const std::filesystem::path& directory);
    void follow_beside(Reader& reader, Position told, RandomHistory& history);
    void follow_until_killed(RandomHistory& history, int steps);
    void compare_left_behind(Reader& reader);
    void post_until_killed(RandomHistory& history, int steps, const Writer::Tell& tell);

    std::filesystem::path home_;
    std::filesystem::path directory_ = home_ / "books";
    bool background_;
    std::mt19937_64 random_;
    ManualClock clock_{Instant{1'795'000'000'000'000'000}};
    std::optional<Ledger> ledger_;
    NaiveLedger naive_;
    Tally tally_;
};

}  // namespace ledger::oracle
