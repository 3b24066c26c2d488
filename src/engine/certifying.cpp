// See certifying.hpp.
#include "engine/certifying.hpp"

#include "ledger/model/natural_ids.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ledger::engine {

namespace {

constexpr std::uint32_t accounts_a_step = 8192;
constexpr std::size_t closes_looked_at = 64;

}  // namespace

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
    const BalancePoint day{book, oldest->close.date, oldest->position};
    work_.emplace(Work{std::move(pin), day, BalanceDigest(algorithm_, day), 0});
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
    const std::uint32_t all = source_.accounts().size();
    const std::uint32_t first = work_->next_account;
    work_->next_account = first + std::min(accounts_a_step, all - first);
    work_->digest.add_answered(source_, work_->pin, first, work_->next_account);
    return work_->next_account == all;
}

bool Certifying::step() {
    if (algorithm_ == Digest::none || is_waiting()) return false;
    if (!work_ && !find_work()) return false;
    if (!digest_some()) return true;
    const auto [book, date, close] = work_->day;
    const DigestedBalances balances = work_->digest.finish();
    work_.reset();
    posted_ = natural_id::of_certificate(book, date);
    Batch batch;
    batch.add(
        Certificate{book, date, close, balances.accounts, balances.algorithm, balances.digest});
    return post_.submit(writer_.queue(), batch);
}

}  // namespace ledger::engine
