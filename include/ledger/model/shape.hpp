// The shape check: what can be judged by looking at a record alone. Invariant: a record that passes
// keeps every bound of model/bounds.hpp and every documented range of model/records.hpp, so that
// nothing behind it (state machine, codec, history) meets an unbounded or malformed part.
#pragma once

#include "ledger/model/batch.hpp"
#include "ledger/model/outcome.hpp"

#include <cstddef>
#include <cstdint>

namespace ledger {

/// Judges the record; of several outcomes that apply the one with the lowest number is returned,
/// and `line` is set to the first line with that outcome (Result::no_line where no line is at
/// fault). Refused are:
/// - too_few_lines: fewer than 2 lines of a voucher, except none at all of one that reverses
///   another;
/// - too_many_lines: more than 4,096;
/// - amount_not_positive: 0 or less on a line, capture or hold (a precise freeze may be 0), less
///   than 0 in a release;
/// - text_too_long: a text over its bound, or all texts of the record together over 1 MiB;
/// - too_many_attributes: over 16 of a record, over 8 dimensions of a line;
/// - duplicate_attribute: two equal keys of one owner;
/// - too_many_captures: over 64;
/// - text_missing: an empty code of a currency, group or account, an empty attribute key, a
///   snapshot without a name;
/// - value_out_of_range: an unknown kind or other enumerator; a record whose detail is not its
///   kind's, or that has lines and is no voucher; a malformed code; a value date, concerned or
///   first date outside date_min..date_max; decimals over 18, a numeric code over 999; book 0 in
///   define_book; a UTC offset over 14 hours; a buffer window outside 0..24 h or over 1,000,000
///   lines; over 64 sources or 16 orders of a precise freeze; over 1,024 exceptions of a day close;
///   a relation's number outside 1..65535, no terms or over 64, a coefficient of 0 or outside
///   -1000..1000, a term with both account and group or with neither;
/// - text_not_utf8: a text that is not well-formed UTF-8; a register entry's payload and a
///   digest are bytes.
/// amount_too_large is not used: every place of format 1 holds 128 bits. Ids, book dates and
/// references are the state machine's to judge. Costs a few nanoseconds for a voucher without
/// details.
inline Outcome check_shape(const Batch& batch, std::size_t index, std::uint16_t& line);

/// Whether the text is a well-formed code of a group or account: 1..32 printable ASCII characters
/// without spaces, in segments separated by '.', none of them empty.
bool is_code(std::string_view text) noexcept;

namespace detail {

/// The same for any record, without the fast path.
Outcome check_whole_shape(const Batch& batch, std::size_t index, std::uint16_t& line);

inline bool is_plain_and_positive(const BatchLine& line) noexcept {
    const auto enumerators = static_cast<unsigned>(line.side) | static_cast<unsigned>(line.ink);
    return line.amount.minor > 0 && line.detail == no_detail && enumerators <= 1;
}

}  // namespace detail

inline Outcome check_shape(const Batch& batch, std::size_t index, std::uint16_t& line) {
    const BatchRecord& record = batch.records[index];
    if (record.kind == RecordKind::voucher && record.detail == no_detail &&
        record.line_count >= bounds::voucher_lines_min &&
        record.line_count <= bounds::voucher_lines_max) {
        bool plain = true;
        for (const BatchLine& line_of_it : batch.lines_of(record)) {
            plain &= detail::is_plain_and_positive(line_of_it);
        }
        if (plain) {
            line = Result::no_line;
            return Outcome::accepted;
        }
    }
    return detail::check_whole_shape(batch, index, line);
}

}  // namespace ledger
