// See ledger_duel.hpp: posting to both, and comparing.
#include "ledger_duel.hpp"

#include "compare_feed.hpp"
#include "compare_queries.hpp"
#include "expected.hpp"
#include "naive_digest.hpp"
#include "texts.hpp"

#include "support/naive_text.hpp"

#include "ledger/model/extract.hpp"
#include "ledger/model/natural_ids.hpp"

#include <algorithm>

namespace ledger::oracle {

namespace {

bool is_own(RecordKind kind) {
    return kind == RecordKind::time_passed || kind == RecordKind::anchor ||
           kind == RecordKind::certificate || kind == RecordKind::snapshot;
}

}  // namespace

LedgerDuel::LedgerDuel(std::uint64_t seed, bool background, std::filesystem::path home)
    : home_(std::move(home)), background_(background), random_(seed ^ 0x5eed) {
    ledger_.emplace(Ledger::create(directory_, options(background_)));
}

Options LedgerDuel::options(bool background) {
    Options options = test::small_options(&clock_);
    options.background = background;
    return options;
}

// ---- posting

/// The wall clock shows the step's instant, or now and then a little less: it may go back.
void LedgerDuel::set_clock(const Step& step) {
    clock_.set(std::max(clock_.now(), naive_.last_instant()));
    if (step.instant > clock_.now()) clock_.advance(step.instant - clock_.now());
    if (step.instant.nanoseconds % 32 == 0) clock_.set(step.instant + std::chrono::seconds{-3});
}

/// Through the call for a single record, where the batch is one that it can make.
std::optional<Receipt> LedgerDuel::post_single(const Batch& batch) {
    const BatchRecord& record = batch.records.front();
    if (batch.size() != 1 || roll(2) == 0) return std::nullopt;
    if (record.kind == RecordKind::voucher && record.line_count <= bounds::voucher_lines_max) {
        const Voucher voucher = voucher_at(batch, 0);
        Batch again;
        again.add(voucher);
        if (same_given(batch, again)) return ledger_->post(voucher);
    }
    if (const auto* hold = batch.detail<PlaceHold>(record)) {
        return ledger_->post(record.id, *hold, record.order);
    }
    if (const auto* release = batch.detail<ReleaseHold>(record)) {
        return ledger_->post(record.id, *release, record.order);
    }
    return std::nullopt;
}

/// Each account that the record touched, with its balance after it.
void LedgerDuel::compare_receipt(const Receipt& receipt) const {
    if (!receipt) {
        if (!receipt.balances.empty()) throw Disagreement("a refusal with balances");
        return;
    }
    const Position position = receipt.result.position;
    const Expected expected(naive_, position);
    std::size_t touched = 0;
    for (const AccountFact& account : naive_.accounts()) {
        const bool is_touched =
            std::any_of(account.entries.begin(), account.entries.end(),
                        [&](const EntryFact& entry) { return entry.position == position; });
        if (!is_touched) continue;
        ++touched;
        const auto found = std::find_if(
            receipt.balances.begin(), receipt.balances.end(),
            [&](const Receipt::After& after) { return after.account == account.opened.id; });
        const std::string question = "receipt's balance of " + to_string(account.opened.id);
        expect_same(question, text_of(expected.balance(account)),
                    found == receipt.balances.end() ? "nothing" : text_of(found->balance));
    }
    expect_same("accounts in the receipt", std::to_string(touched),
                std::to_string(receipt.balances.size()));
}

void LedgerDuel::count(const std::vector<Result>& results) {
    for (const Result& result : results) {
        ++tally_.records;
        if (!result) ++tally_.refused;
        if (result.outcome == Outcome::already_posted) ++tally_.repeated;
    }
}

void LedgerDuel::post(const Step& step) {
    set_clock(step);
    const auto receipt = post_single(step.batch);
    const auto answered =
        receipt ? std::vector<Result>{receipt->result} : ledger_->post(step.batch);
    const auto expected = follow(ledger_->view(), step);
    compare_results(step, expected, answered);
    count(answered);
    if (receipt) compare_receipt(*receipt);
}

void LedgerDuel::dry_run_and_post(const Step& step) {
    set_clock(step);
    const Position before = naive_.last_position();
    std::vector<Result> foretold = ledger_->dry_run(step.batch);
    std::vector<Result> answered = ledger_->post(step.batch);
    compare_results(step, follow(ledger_->view(), step), answered);
    count(answered);
    ++tally_.dry_runs;
    // Only the instant may have moved on in between; and where the batch was journaled in several,
    // what became due in between took positions too, as an anchor of the background may.
    Instant first_instant;
    for (std::size_t i = 0; i < answered.size(); ++i) {
        if (answered[i] && answered[i].position > before) {
            if (first_instant == Instant{}) first_instant = answered[i].instant;
            if (background_ || answered[i].instant != first_instant)
                foretold.at(i).position = answered[i].position;
            foretold.at(i).instant = answered[i].instant;
        }
        if (foretold.at(i) == answered[i]) continue;
        throw Disagreement("dry run of record " + std::to_string(i) + ":\n  foretold " +
                           describe(foretold[i]) + "\n  answered " + describe(answered[i]));
    }
}

/// Group by group, because a long batch may be journaled at more than one instant.
std::vector<Result> LedgerDuel::follow(const View& view, const Step& step) {
    std::vector<Result> results;
    // Until an accepted record tells it: the instant at which the engine must have judged.
    Instant judged = std::max(clock_.now(), naive_.last_instant() + std::chrono::nanoseconds{1});
    for (std::size_t next = 0; next < step.batch.size();) {
        Batch group;
        do {
            group.add_copy(step.batch, next);
        } while (group.records.back().has(record_flag::linked) && ++next < step.batch.size());
        ++next;
        take_own_records(view, view.position());
        const auto first = view.record(naive_.last_position() + 1);
        judged = first ? first->instant : std::max(judged, naive_.last_instant());
        const auto some = naive_.post_batch(group, judged);
        results.insert(results.end(), some.begin(), some.end());
    }
    take_own_records(view, view.position());
    return results;
}

/// The certificate that this record is, which must be of a close that the naive model knows, over
/// all accounts of its book then.
Certificate LedgerDuel::certificate_of(const View& view, const PostedRecord& record) const {
    for (const RecordFact& fact : naive_.records()) {
        const auto* close = fact.stored.detail<CloseDay>(fact.record());
        if (close == nullptr) continue;
        const auto made = view.certificate(close->book, close->date);
        if (!made || natural_id::of_certificate(close->book, close->date) != record.id) continue;
        std::uint64_t accounts = 0;
        for (const AccountFact& account : naive_.accounts()) {
            if (account.position <= fact.position && account.opened.book == close->book) ++accounts;
        }
        const bool fits =
            made->book == close->book && made->date == close->date &&
            made->close == fact.position && made->accounts == accounts &&
            made->algorithm == "BLAKE2b-512" &&
            made->digest == naive_day_digest(naive_, close->book, close->date, fact.position);
        if (!fits) throw Disagreement("the certificate of " + to_string(close->date));
        return *made;
    }
    throw Disagreement("a certificate at position " + std::to_string(record.position.value) +
                       " of no close");
}

/// The snapshot that this record is, of all accounts that were open at its position.
Snapshot LedgerDuel::snapshot_of(const View& view, const PostedRecord& record) const {
    for (const SnapshotCut& cut : view.snapshots({10'000, true, {}}).items) {
        if (cut.position != record.position) continue;
        std::uint64_t accounts = 0;
        for (const AccountFact& account : naive_.accounts()) {
            if (account.position <= cut.snapshot.position) ++accounts;
        }
        const bool fits =
            cut.snapshot.accounts == accounts && cut.snapshot.algorithm == "BLAKE2b-512" &&
            cut.snapshot.digest == naive_snapshot_digest(naive_, cut.snapshot.position);
        if (fits) return cut.snapshot;
    }
    throw Disagreement("the snapshot at position " + std::to_string(record.position.value));
}

/// Up to the next record of a caller.
void LedgerDuel::take_own_records(const View& view, Position through) {
    while (naive_.last_position() < through) {
        const Position position = naive_.last_position() + 1;
        const PostedRecord record = view.record(position).value();
        if (!is_own(record.kind)) return;
        Batch batch;
        if (record.kind == RecordKind::anchor) {
            batch.add(Anchor{{1}, "as the engine wrote it", "unread"});
            (void)naive_.post(batch, 0, position, record.instant);
        } else if (record.kind == RecordKind::certificate) {
            batch.add(certificate_of(view, record));
            (void)naive_.post(batch, 0, position, record.instant);
        } else if (record.kind == RecordKind::snapshot) {
            batch.add(snapshot_of(view, record));
            (void)naive_.post(batch, 0, position, record.instant);
        } else {
            (void)naive_.post_batch(batch, record.instant);
        }
        if (naive_.last_position() < position) {
            throw Disagreement("the engine let time pass at position " +
                               std::to_string(position.value) + ", but nothing was due");
        }
    }
}

void LedgerDuel::compare_results(const Step& step, const std::vector<Result>& expected,
                                 const std::vector<Result>& answered) const {
    expect_same("number of results", std::to_string(expected.size()),
                std::to_string(answered.size()));
    for (const bool causes_only : {true, false}) {
        for (std::size_t i = 0; i < expected.size(); ++i) {
            if (expected[i] == answered[i]) continue;
            // Of a group, the record on which they disagree says more than those that failed with
            // it.
            const bool is_cause = expected[i].outcome != Outcome::group_failed &&
                                  answered[i].outcome != Outcome::group_failed;
            if (causes_only && !is_cause) continue;
            throw Disagreement("result of record " + std::to_string(i) + ":\n  expected " +
                               describe(expected[i]) + "\n  answered " + describe(answered[i]) +
                               "\n  of " + describe(naive_, step.batch, step.batch.records[i]));
        }
    }
}

void LedgerDuel::cut_snapshot() {
    const Position last = naive_.last_position();
    if (!last) return;
    const std::string name = "at position " + std::to_string(last.value);
    const Result cut = ledger_->cut_snapshot(name, {1 + roll(last.value)});
    const View view = ledger_->view();
    take_own_records(view, view.position());
    if (!cut) throw Disagreement("no snapshot was cut: " + std::string(to_string(cut.outcome)));
    verify_points();
}

/// All snapshots, the new one and those before it, and all certificates.
void LedgerDuel::verify_points() {
    const Expected expected(naive_, naive_.last_position());
    const auto require = [](const VerifyReport& report) {
        if (!report.ok) throw Disagreement(report.problem);
    };
    for (const Snapshot& one : expected.definitions<Snapshot>()) {
        require(ledger_->verify_balances(one));
    }
    for (const Certificate& one : expected.definitions<Certificate>()) {
        require(ledger_->verify_balances(one));
    }
}

// ---- background work

bool LedgerDuel::step() {
    const bool has_more = ledger_->step();
    // Answered after what the step may have posted, so that a seed repeats what follows.
    Batch nothing;
    nothing.add(CutDay{});
    (void)ledger_->dry_run(std::move(nothing));
    return has_more;
}

void LedgerDuel::seal() {
    ledger_->seal();
    tally_.segments_max = std::max(tally_.segments_max, ledger_->stats().segments);
}

// ---- comparing

void LedgerDuel::compare(unsigned share) {
    const View view = ledger_->view();
    take_own_records(view, view.position());
    if (view.position() != naive_.last_position()) {
        throw Disagreement("the view is at position " + std::to_string(view.position().value) +
                           " after " + std::to_string(naive_.last_position().value) + " records");
    }
    compare_queries(naive_, view, {random_, share});
}

void LedgerDuel::compare_earlier(unsigned share) {
    const View earlier = ledger_->view().at({roll(naive_.last_position().value + 1)});
    compare_queries(naive_, earlier, {random_, share});
}

void LedgerDuel::compare_feed() {
    const View view = ledger_->view();
    take_own_records(view, view.position());
    oracle::compare_feed(
        naive_, [&](Position after) { return ledger_->follow(after); }, random_);
}

/// Not beside the background's threads: verifying forks, and storage/child.hpp says which allocator
/// does not stand that.
void LedgerDuel::verify() {
    if (background_) close();
    const VerifyReport report = Ledger::verify(directory_, true);
    if (background_) open();
    if (!report.ok) throw Disagreement("verify: " + report.problem);
}

}  // namespace ledger::oracle
