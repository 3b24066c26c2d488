// Finding batches by position and by instant over a cursor.
#include "journal/lmdb_reader.hpp"

#include "ledger/core/error.hpp"

namespace ledger::journal::detail {

LmdbReader::LmdbReader(storage::Environment& environment, const JournalTables& tables,
                       CheckedBatches& checked)
    : tables_(tables),
      checked_(checked),
      place_(environment.path().string()),
      transaction_(environment) {}

storage::Cursor& LmdbReader::cursor() {
    if (!transaction_.is_active()) {
        throw UsageError("cannot read " + place_ + ": its reader was released; refresh it first");
    }
    if (!cursor_) cursor_.emplace(transaction_, tables_.batches);
    return *cursor_;
}

BatchView LmdbReader::at_cursor(Check check) {
    const Position first = cursor_->integer_key();
    const bool is_checked = check == Check::once && checked_.has(first);
    const BatchView batch =
        decode_batch(cursor_->value(), first, is_checked ? Check::header : check, place_);
    if (check != Check::header && !is_checked) checked_.add(first);
    return batch;
}

Head LmdbReader::head() {
    cursor();
    return read_head(transaction_, tables_, Check::header);
}

Position LmdbReader::first_position() {
    cursor();
    return read_first_kept(transaction_, tables_.meta);
}

std::optional<BatchView> LmdbReader::find(Position position, Check check) {
    const bool is_known = found_ && position >= found_->header.first_position &&
                          position <= found_->header.last_position();
    if (is_known && found_check_ >= check) return found_;
    if (!cursor().seek_at_most(position)) return std::nullopt;
    const BatchView batch = at_cursor(check);
    if (position > batch.header.last_position()) return std::nullopt;
    found_ = batch;
    found_check_ = check;
    return batch;
}

std::optional<BatchView> LmdbReader::find_instant(Instant instant, Check check) {
    if (!cursor().first()) return std::nullopt;
    BatchHeader best = at_cursor(check).header;
    if (best.instant > instant) return std::nullopt;
    cursor_->last();
    // The answer begins in [best.first_position, high].
    Position high = cursor_->integer_key();
    while (best.first_position < high) {
        const Position middle = best.first_position + (high - best.first_position + 1) / 2;
        cursor_->seek_at_most(middle);
        // Where the middle falls into `best` itself, the batch after it decides.
        if (cursor_->integer_key() == best.first_position) cursor_->next();
        const BatchHeader header = at_cursor(check).header;
        if (header.instant <= instant) {
            best = header;
        } else {
            high = best.last_position() >= header.first_position - 1 ? best.first_position
                                                                     : header.first_position - 1;
        }
    }
    return find(best.first_position, check);
}

void LmdbReader::refresh() {
    release();
    transaction_.renew();
}

void LmdbReader::release() noexcept {
    found_.reset();
    cursor_.reset();
    transaction_.reset();
}

}  // namespace ledger::journal::detail
