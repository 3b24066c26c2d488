// See certifying.hpp.
#include "engine/certifying.hpp"

#include "ledger/core/error.hpp"
#include "ledger/history/account_history.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/model/natural_ids.hpp"
#include "ledger/record/codec.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <vector>

namespace ledger::engine {

namespace {

constexpr std::uint32_t accounts_a_step = 8192;
constexpr std::size_t closes_looked_at = 64;

}  // namespace

// ---- the digest

BalanceDigest::BalanceDigest(Digest algorithm, BookId book, Date date, Position close)
    : hasher_(algorithm), made_{book, date, close, 0, name_of(algorithm), {}} {
    hasher_.add(book.number);
    hasher_.add(date.days);
    hasher_.add(close.value);
}

void BalanceDigest::add(AccountId account, const posting::Totals& totals) {
    hasher_.add(account.value);
    hasher_.add(totals.debits);
    hasher_.add(totals.credits);
    ++made_.accounts;
}

Certificate BalanceDigest::finish() {
    made_.digest = hasher_.finish();
    return made_;
}

// ---- certifying

Certifying::Certifying(const Options& options, const history::ViewSource& source, Writer& writer)
    : algorithm_(options.digest), logger_(options.logger), source_(source), writer_(writer) {}

/// Whether a certificate is under way. One that cannot be posted, ever, is not tried again:
/// somebody else's record has its id.
bool Certifying::is_waiting() {
    if (post_.is_waiting()) return true;
    const auto outcome = post_.take_outcome();
    if (!outcome || is_success(*outcome) || is_of_submission(*outcome)) return false;
    given_up_.insert(posted_);
    if (logger_) {
        logger_->error("a day's certificate was refused: {}; record {} stands in its place",
                       to_string(*outcome), to_string(posted_));
    }
    return false;
}

/// The oldest close without a certificate after the last one that has one.
bool Certifying::begin(const View& view, BookId book) {
    const Page<DayClose> closes = view.day_closes(book, {closes_looked_at, true, {}});
    const DayClose* oldest = nullptr;
    for (const DayClose& close : closes.items) {  // the newest first
        const RecordId id = natural_id::of_certificate(book, close.close.date);
        if (view.certificate(book, close.close.date) || given_up_.contains(id)) break;
        oldest = &close;
    }
    if (oldest == nullptr) return false;
    history::Pin pin = source_.pins().pin();
    pin.limit = oldest->position;
    work_.emplace(Work{std::move(pin), book,
                       BalanceDigest(algorithm_, book, oldest->close.date, oldest->position), 0});
    return true;
}

bool Certifying::find_work() {
    const std::uint64_t closes = writer_.days_closed();
    if (closes_seen_ == closes) return false;
    const View view = source_.view();
    for (const DefineBook& book : view.books()) {
        if (begin(view, book.book)) return true;
    }
    closes_seen_ = closes;
    return false;
}

/// True once all are digested.
bool Certifying::digest_some() {
    const posting::AccountIndex& index = source_.accounts();
    const std::uint32_t all = index.size();
    const std::uint32_t end =
        work_->next_account + std::min(accounts_a_step, all - work_->next_account);
    for (std::uint32_t& at = work_->next_account; at < end; ++at) {
        const AccountHandle handle{at};
        if (index.facts_of(handle).book != work_->book) continue;
        const history::AccountHistory account(work_->pin.sources(), handle);
        const history::Standing standing = account.standing_at(work_->pin.limit);
        if (!standing.as_of) continue;  // opened later
        work_->digest.add(index.id_of(handle), standing.totals);
    }
    return end == all;
}

bool Certifying::step() {
    if (algorithm_ == Digest::none || is_waiting()) return false;
    if (!work_ && !find_work()) return false;
    if (!digest_some()) return true;
    const Certificate made = work_->digest.finish();
    work_.reset();
    posted_ = natural_id::of_certificate(made.book, made.date);
    Batch batch;
    batch.add(made);
    return post_.submit(writer_.queue(), batch);
}

// ---- verifying

namespace {

/// The balances of all accounts, from the lines alone.
class Lines {
public:
    void add(const Batch& batch, const BatchRecord& record) {
        if (const auto* open = batch.detail<OpenAccount>(record)) {
            accounts_.push_back({open->id, open->book, {}});
        }
        for (const BatchLine& line : batch.lines_of(record)) {
            posting::Totals& totals = accounts_.at(line.handle.index).totals;
            const i128 amount = line.ink == Ink::black ? line.amount.minor : -line.amount.minor;
            (line.side == Side::debit ? totals.debits : totals.credits) += amount;
        }
    }
    Certificate certify(Digest algorithm, const Certificate& as) const {
        BalanceDigest digest(algorithm, as.book, as.date, as.close);
        for (const Account& one : accounts_) {
            if (one.book == as.book) digest.add(one.id, one.totals);
        }
        return digest.finish();
    }

private:
    struct Account {
        AccountId id;
        BookId book;
        posting::Totals totals;
    };
    std::vector<Account> accounts_;
};

/// Calls `look` with each record of the journal and its position.
template <class Look>
void for_each_record(const journal::Store& store, Look look) {
    Batch batch;
    journal::Scan records(store, 1, journal::Check::checksum);
    for (auto stored = records.next(); stored; stored = records.next()) {
        record::decode(stored->payload, batch);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            look(batch, batch.records[i], Position{stored->header.first_position + i});
        }
    }
}

}  // namespace

std::optional<std::string> verify_certificates(const journal::Store& store) {
    std::map<Position, Certificate> certificates;  // by the position of the close
    for_each_record(store, [&](const Batch& batch, const BatchRecord& record, Position) {
        const auto* made = batch.detail<Certificate>(record);
        if (made != nullptr) certificates.emplace(made->close, *made);
    });
    if (certificates.empty()) return std::nullopt;
    std::optional<std::string> broken;
    Lines lines;
    for_each_record(store, [&](const Batch& batch, const BatchRecord& record, Position at) {
        lines.add(batch, record);
        const auto found = certificates.find(at);
        if (found == certificates.end()) return;
        const Certificate made = found->second;
        certificates.erase(found);
        const auto* close = batch.detail<CloseDay>(record);
        const Digest algorithm = digest_named(made.algorithm);
        const bool holds = close != nullptr && close->book == made.book &&
                           close->date == made.date && algorithm != Digest::none &&
                           lines.certify(algorithm, made) == made;
        if (holds || broken) return;
        broken = "the certificate of book " + std::to_string(made.book.number) + " for " +
                 to_string(made.date) +
                 " does not match the vouchers up to its close at position " +
                 std::to_string(at.value);
    });
    if (!broken && !certificates.empty()) {
        broken = "a certificate names a close at position " +
                 std::to_string(certificates.begin()->first.value) + ", where none is";
    }
    return broken;
}

}  // namespace ledger::engine
