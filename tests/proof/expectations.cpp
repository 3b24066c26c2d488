// See expectations.hpp.
#include "proof/expectations.hpp"

#include "duel/expected.hpp"
#include "duel/texts.hpp"

namespace ledger::proof {

using oracle::Disagreement;
using oracle::expect_same;
using oracle::text_of;

namespace {

ExpectedRecord expected_record(const oracle::Expected& expected, const oracle::RecordFact& fact) {
    ExpectedRecord record;
    record.record = expected.record(fact);
    record.given = fact.given;
    if (fact.record().kind != RecordKind::voucher) return record;
    record.voucher = expected.voucher(fact);
    record.voucher->reversed_by = {};
    record.voucher->replaced_by = {};
    return record;
}

/// Links vouchers to those that undid or replaced them.
void add_sequels(Expectations& made, const oracle::NaiveLedger& naive) {
    const auto of = [&](VoucherId id) -> ExpectedRecord* {
        const oracle::RecordFact* fact = naive.find_voucher(id);
        return fact == nullptr ? nullptr : &made.records[fact->position.value - 1];
    };
    for (const oracle::RecordFact& fact : naive.records()) {
        const auto* detail = fact.stored.detail<VoucherDetail>(fact.record());
        if (detail == nullptr) continue;
        const Sequel sequel{fact.position, fact.record().id};
        if (detail->reverses) of(detail->reverses)->reversal = sequel;
        if (auto* replaced = detail->replaces ? of(detail->replaces) : nullptr) {
            replaced->replacements.push_back(sequel);
        }
    }
}

bool same(const PostedRecord& a, const PostedRecord& b) {
    return a.position == b.position && a.instant == b.instant && a.kind == b.kind && a.id == b.id &&
           a.order == b.order;
}

bool same(const PostedVoucher& a, const PostedVoucher& b) {
    return a.position == b.position && a.instant == b.instant && a.number == b.number &&
           a.reversed_by == b.reversed_by && a.replaced_by == b.replaced_by &&
           a.voucher == b.voucher;
}

PostedVoucher voucher_at(const ExpectedRecord& record, Position at) {
    PostedVoucher voucher = *record.voucher;
    if (record.reversal && record.reversal->position <= at) {
        voucher.reversed_by = record.reversal->by;
    }
    for (const Sequel& one : record.replacements) {
        if (one.position <= at) voucher.replaced_by = one.by;
    }
    return voucher;
}

// What is posted to a recovered ledger; no recorded run has any of it.
constexpr BookId new_book{40'001};
constexpr AccountId new_debtor{0x9E57, 1};
constexpr AccountId new_creditor{0x9E57, 2};
constexpr RecordId new_voucher{0x9E57, 3};
const CurrencyCode new_currency{"PROOF"};

/// Records that any ledger accepts.
Batch new_records() {
    Batch batch;
    batch.add(DefineCurrency{{new_currency, 2, 0, "proof"}});
    DefineBook book;
    book.book = new_book;
    book.name = "proof";
    batch.add(book);
    for (const AccountId id : {new_debtor, new_creditor}) {
        OpenAccount open;
        open.id = id;
        open.book = new_book;
        open.currency = new_currency;
        open.kind = AccountKind::asset;
        open.code = "proof";
        open.name = "proof";
        batch.add(open);
    }
    batch.add_voucher(new_voucher, new_book)
        .debit(new_debtor, Amount{1})
        .credit(new_creditor, Amount{1});
    return batch;
}

/// Recovers what a crash left with little effort, and does nothing of its own accord.
Options recovery_options(Clock& clock) {
    Options options;
    options.segment_records = 1024;
    options.map_bytes = std::size_t{64} << 20;
    options.disk_reserve_bytes = 0;
    options.preallocate_bytes = 0;
    options.readers_max = 8;
    options.background = false;
    options.digest = Digest::none;
    options.clock = &clock;
    return options;
}

}  // namespace

Expectations expectations_of(const oracle::NaiveLedger& naive) {
    Expectations made;
    const oracle::Expected expected(naive, naive.last_position());
    for (const oracle::RecordFact& fact : naive.records()) {
        made.records.push_back(expected_record(expected, fact));
    }
    add_sequels(made, naive);
    for (const oracle::AccountFact& account : naive.accounts()) {
        made.accounts.push_back({account.opened.id, account.position});
    }
    made.ends[{}];
    for (const oracle::RecordFact& fact : naive.records()) {
        // A batch has one instant of its own.
        const bool is_end = fact.position == naive.last_position() ||
                            naive.record_at(fact.position + 1).instant != fact.instant;
        if (!is_end) continue;
        const oracle::Expected then(naive, fact.position);
        std::vector<Balance>& balances = made.ends[fact.position];
        for (const oracle::AccountFact* account : then.accounts()) {
            balances.push_back(then.balance(*account));
        }
    }
    return made;
}

void RecoveryCheck::compare_balances(const View& view) const {
    const std::vector<Balance>& balances = expected_.ends.at(view.position());
    for (std::size_t i = 0; i < expected_.accounts.size(); ++i) {
        const AccountId id = expected_.accounts[i].id;
        const std::optional<Balance> answered = view.balance(id);
        const std::optional<Balance> expected =
            i < balances.size() ? std::optional{balances[i]} : std::nullopt;
        if (answered == expected) continue;
        expect_same("balance of " + to_string(id), text_of(expected), text_of(answered));
    }
    for (const TrialSum& sum : view.trial_sums()) {
        if (!sum.balanced) throw Disagreement("not in balance: " + text_of(sum));
    }
}

void RecoveryCheck::compare_records(const View& view) const {
    for (std::size_t i = 0; i < expected_.records.size(); ++i) {
        const ExpectedRecord& one = expected_.records[i];
        const Position position{i + 1};
        const std::string question = "record " + std::to_string(position.value);
        if (position > view.position()) {
            if (one.record.id && view.record(one.record.id)) {
                throw Disagreement(question + " is there, beyond the end");
            }
            continue;
        }
        const std::optional<PostedRecord> found =
            one.record.id ? view.record(one.record.id) : view.record(position);
        if (!found || !same(one.record, *found)) {
            expect_same(question, text_of(one.record), text_of(found));
        }
        if (!one.voucher) continue;
        const PostedVoucher expected = voucher_at(one, view.position());
        const std::optional<PostedVoucher> voucher = view.voucher(position);
        if (!voucher || !same(expected, *voucher)) {
            expect_same(question, text_of(expected), text_of(voucher));
        }
    }
}

/// The last record of a caller is known; new ones are accepted and seen.
void RecoveryCheck::go_on(Ledger& ledger) const {
    const Position end = ledger.view().position();
    Batch batch;
    const ExpectedRecord* repeated = nullptr;
    for (std::uint64_t i = end.value; i > 0 && repeated == nullptr; --i) {
        const ExpectedRecord& one = expected_.records[i - 1];
        if (one.voucher) repeated = &one;
    }
    if (repeated != nullptr) {
        batch.add_copy(repeated->given, 0);
        batch.records.back().set(record_flag::linked, false);
    }
    const Batch fresh = new_records();
    for (std::size_t i = 0; i < fresh.size(); ++i) batch.add_copy(fresh, i);
    const std::vector<Result> results = ledger.post(std::move(batch));
    std::size_t next = 0;
    if (repeated != nullptr) {
        const Result& result = results[next++];
        if (result.outcome != Outcome::already_posted ||
            result.position != repeated->record.position) {
            throw Disagreement(text_of(repeated->record) +
                               " posted again: " + std::string(to_string(result.outcome)) + " at " +
                               std::to_string(result.position.value));
        }
    }
    for (; next < results.size(); ++next) {
        if (results[next].outcome == Outcome::accepted && results[next].position > end) continue;
        throw Disagreement("a new record was refused: " +
                           std::string(to_string(results[next].outcome)));
    }
    const View view = ledger.view();
    const std::optional<PostedVoucher> voucher = view.voucher(new_voucher);
    if (view.position() != results.back().position || !voucher ||
        voucher->position != view.position() ||
        view.balance(new_debtor).value().total() != Amount{1} ||
        view.balance(new_creditor).value().total() != Amount{-1}) {
        throw Disagreement("what was posted after the recovery is not there");
    }
}

void RecoveryCheck::make_anew(const std::filesystem::path& directory) const {
    ManualClock clock{Instant{1}};
    Ledger ledger = Ledger::open_or_create(directory, recovery_options(clock));
    if (ledger.view().position()) throw Disagreement("a new ledger is not empty");
    go_on(ledger);
}

Position RecoveryCheck::recover(const std::filesystem::path& directory) const {
    ManualClock clock{Instant{1}};
    Ledger ledger = Ledger::open(directory, recovery_options(clock));
    const View view = ledger.view();
    const Position position = view.position();
    if (!expected_.ends.contains(position)) {
        throw Disagreement("the journal ends at position " + std::to_string(position.value) +
                           ", within a batch or beyond what was posted");
    }
    compare_records(view);
    compare_balances(view);
    go_on(ledger);
    return position;
}

}  // namespace ledger::proof
