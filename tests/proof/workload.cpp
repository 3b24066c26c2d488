// See workload.hpp.
#include "proof/workload.hpp"

#include "duel/ledger_duel.hpp"
#include "duel/texts.hpp"

#include <set>
#include <stdexcept>
#include <string>

namespace ledger::proof {

namespace {

oracle::HistoryOptions history_options() {
    oracle::HistoryOptions options;
    options.anchors = false;  // the engine makes its own
    options.records_max = 6;
    return options;
}

/// The ledger and its backup. Lock files are made anew by whoever opens the ledger next; what else
/// the duel copies to and fro is its own affair.
bool is_wanted(const std::string& path) {
    const std::string first = path.substr(0, path.find('/'));
    return (first == "books" || first.starts_with("backup")) && !path.ends_with("lock");
}

// Of a book of this run's own.
constexpr BookId own_book{77};
constexpr std::uint64_t anchored_one_in = 4;  // runs: it makes each state dear to look at
constexpr std::uint64_t anchored_records =
    1100;  // more than a segment, after which an anchor comes

AccountId own_account(std::uint64_t number) { return {0x0077, number}; }
RecordId own_id(std::uint64_t number) { return {0x0777, number}; }

/// The kinds of record that a random history may not have, up to a closed day.
Batch rare_records(Instant now) {
    const Date today = utc_date(now);
    Batch batch;
    DefineBook book;
    book.book = own_book;
    book.name = "own";
    batch.add(book);
    for (std::uint64_t number = 1; number <= 3; ++number) {
        OpenAccount open;
        open.id = own_account(number);
        open.book = own_book;
        open.currency = CurrencyCode("CNY");
        open.kind = AccountKind::asset;
        open.code = "own" + std::to_string(number);
        batch.add(open);
    }
    batch.add_voucher(own_id(1), own_book)
        .debit(own_account(1), Amount{5})
        .credit(own_account(2), Amount{5});
    for (std::uint64_t number = 10; number <= 11; ++number) {
        PlaceHold hold;
        hold.account = own_account(1);
        hold.amount = Amount{2};
        if (number == 11) hold.expires_at = now + std::chrono::seconds{1};
        batch.add(own_id(number), hold);
    }
    batch.add(own_id(12), ReleaseHold{own_id(10), Amount{1}, {}});
    batch.add(own_id(13), SetLimits{own_account(2), {Amount{-1000}, Amount{1000}}});
    batch.add(own_id(14), SetBuffering{own_account(2), {std::chrono::seconds{5}, 8}});
    batch.add(own_id(15), RegisterEntry{7, "reply"});
    batch.add(DefineGroup{"own", AccountKind::asset, "own"});
    DefineRelation relation;
    relation.number = 77;
    relation.name = "own";
    relation.terms = {{1, own_account(1), {}, {}, {}}, {1, own_account(2), {}, {}, {}}};
    batch.add(relation);
    batch.add(own_id(2), SetFreeze{own_account(1), Freeze::inflow_only, "by order"});
    batch.add(own_id(3), SetAttributes{own_account(1), "renamed", {}});
    batch.add(own_id(4), CloseAccount{own_account(3)});
    batch.add(CutDay{own_book, today});
    batch.add(CloseDay{own_book, today, {}});
    return batch;
}

/// So many that the sealed ones are anchored.
Batch many_records() {
    Batch batch;
    for (std::uint64_t i = 0; i < anchored_records; ++i) {
        batch.add(own_id(1000 + i), RegisterEntry{7, "x"});
    }
    return batch;
}

void require_every_kind(const oracle::NaiveLedger& naive, bool is_anchored) {
    std::set<RecordKind> kinds;
    for (const oracle::RecordFact& fact : naive.records()) kinds.insert(fact.record().kind);
    for (int i = 1; i < record_kinds; ++i) {
        const auto kind = static_cast<RecordKind>(i);
        if (kinds.contains(kind) || (kind == RecordKind::anchor && !is_anchored)) continue;
        throw oracle::Disagreement("the run has no " + std::string(to_string(kind)));
    }
}

class Workload {
public:
    Workload(std::uint64_t seed, const std::filesystem::path& home)
        : is_anchored_(seed % anchored_one_in == 1),
          recorder_(home.string(), is_wanted),
          history_(seed, history_options()),
          duel_(seed, false, home) {
        mark();
    }

    void run(int steps) {
        for (int done = 0; done < steps; ++done) {
            post(history_.next(duel_.naive()));
            if (done == 1) post_own(rare_records(duel_.naive().last_instant()));
            if (done % 6 == 5) seal();
            if (done == steps / 4) duel_.cut_snapshot();
            if (done == steps / 3) duel_.reopen();
            if (done == steps / 2) duel_.compare_copies();
            if (done == steps * 2 / 3) duel_.rebuild();
            mark();
        }
        if (is_anchored_) post_own(many_records());
        seal();
        duel_.compare();
        mark();
        require_every_kind(duel_.naive(), is_anchored_);
    }

    RecordedRun finish() const { return {recorder_.trace(), expectations_of(duel_.naive())}; }

private:
    void post(const oracle::Step& step) {
        duel_.post(step);
        mark();
    }
    void post_own(Batch batch) {
        post({duel_.naive().last_instant() + std::chrono::nanoseconds{1}, std::move(batch)});
    }
    void mark() { recorder_.mark(duel_.naive().last_position().value); }

    /// And what is due before and then: heads, merges, anchors, certificates. Sealing waits for
    /// another thread, and what is due meanwhile would be done sooner or later.
    void seal() {
        do_what_is_due();
        duel_.seal();
        do_what_is_due();
        duel_.compare(64);
    }

    void do_what_is_due() {
        while (duel_.step()) {
        }
    }

    bool is_anchored_;
    Recorder recorder_;
    oracle::RandomHistory history_;
    oracle::LedgerDuel duel_;
};

}  // namespace

RecordedRun record_run(std::uint64_t seed, int steps, const std::filesystem::path& home) {
    Workload workload(seed, home);
    workload.run(steps);
    return workload.finish();
}

}  // namespace ledger::proof
