// Whether a record is the same as one posted before. Invariant: only what the caller gave is
// compared; what the engine resolved (number, defaulted date, derived lines and amounts,
// remainders) is not.
#include "ledger/model/batch.hpp"

#include <algorithm>
#include <type_traits>

namespace ledger {

namespace {

/// What of a voucher the caller gave, as far as it stands in `flags`.
constexpr std::uint8_t given_flags =
    record_flag::date_defaulted | record_flag::manual | record_flag::red;

const LineDetail no_line_detail;
const VoucherDetail no_voucher_detail;

std::span<const BatchLine> given_lines(const Batch& batch, const BatchRecord& record) noexcept {
    if (record.has(record_flag::lines_derived)) return {};
    return batch.lines_of(record);
}

bool same_line(const Batch& a_batch, const BatchLine& a, const Batch& b_batch, const BatchLine& b) {
    if (a.handle != b.handle || a.amount != b.amount || a.side != b.side || a.ink != b.ink)
        return false;
    const LineDetail* a_detail = a_batch.detail(a);
    const LineDetail* b_detail = b_batch.detail(b);
    if (a_detail == nullptr && b_detail == nullptr) return true;
    return (a_detail ? *a_detail : no_line_detail) == (b_detail ? *b_detail : no_line_detail);
}

bool same_captures(const std::vector<Capture>& a, const std::vector<Capture>& b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Capture& x, const Capture& y) {
                          return x.hold == y.hold && x.amount == y.amount;
                      });
}

bool same_voucher_detail(const VoucherDetail& a, const VoucherDetail& b) {
    return a.value_date == b.value_date && a.concerns == b.concerns &&
           a.occurred_at == b.occurred_at && a.summary == b.summary && a.made_by == b.made_by &&
           a.checked_by == b.checked_by && a.source_document == b.source_document &&
           a.reverses == b.reverses && a.replaces == b.replaces && a.attributes == b.attributes &&
           same_captures(a.captures, b.captures);
}

bool same_voucher(const Batch& a_batch, const BatchRecord& a, const Batch& b_batch,
                  const BatchRecord& b) {
    if (a.book != b.book || a.code != b.code || ((a.flags ^ b.flags) & given_flags) != 0)
        return false;
    if (!a.has(record_flag::date_defaulted) && a.book_date != b.book_date) return false;
    const auto a_lines = given_lines(a_batch, a);
    const auto b_lines = given_lines(b_batch, b);
    if (a_lines.size() != b_lines.size()) return false;
    for (std::size_t i = 0; i < a_lines.size(); ++i) {
        if (!same_line(a_batch, a_lines[i], b_batch, b_lines[i])) return false;
    }
    const auto* a_detail = a_batch.detail<VoucherDetail>(a);
    const auto* b_detail = b_batch.detail<VoucherDetail>(b);
    if (a_detail == nullptr && b_detail == nullptr) return true;
    return same_voucher_detail(a_detail ? *a_detail : no_voucher_detail,
                               b_detail ? *b_detail : no_voucher_detail);
}

/// The amount that the caller gave for a hold or a release.
Amount given_amount(const PlaceHold& hold, bool derived) noexcept {
    return derived ? hold.requested : hold.amount;
}
Amount given_amount(const ReleaseHold& release, bool derived) noexcept {
    return derived ? Amount{} : release.amount;
}

template <class T>
bool same_given_amount(const BatchRecord& a_record, const T& a, const BatchRecord& b_record,
                       const T& b) noexcept {
    return given_amount(a, a_record.has(record_flag::amount_derived)) ==
           given_amount(b, b_record.has(record_flag::amount_derived));
}

bool same_detail(const Batch& a_batch, const BatchRecord& a, const Batch& b_batch,
                 const BatchRecord& b) {
    if ((a.detail == no_detail) != (b.detail == no_detail)) return false;
    if (a.detail == no_detail) return true;
    const Detail& a_detail = a_batch.details[a.detail];
    const Detail& b_detail = b_batch.details[b.detail];
    if (a_detail.index() != b_detail.index()) return false;
    return std::visit(
        [&](const auto& x) {
            using T = std::decay_t<decltype(x)>;
            const T& y = std::get<T>(b_detail);
            if constexpr (std::is_same_v<T, PlaceHold>) {
                return same_given_amount(a, x, b, y) && x.account == y.account &&
                       x.kind == y.kind && x.expires_at == y.expires_at && x.sources == y.sources &&
                       x.orders == y.orders && x.reference == y.reference;
            } else if constexpr (std::is_same_v<T, ReleaseHold>) {
                return same_given_amount(a, x, b, y) && x.hold == y.hold;
            } else {
                return x == y;
            }
        },
        a_detail);
}

}  // namespace

bool same_content(const Batch& posted, std::size_t posted_index, const Batch& journaled,
                  std::size_t journaled_index) {
    const BatchRecord& a = posted.records[posted_index];
    const BatchRecord& b = journaled.records[journaled_index];
    if (a.kind != b.kind || a.id != b.id || a.order != b.order) return false;
    return a.kind == RecordKind::voucher ? same_voucher(posted, a, journaled, b)
                                         : same_detail(posted, a, journaled, b);
}

}  // namespace ledger
