// Dates and times of day in the forms that files have them. Invariant: strict: the whole text
// matches or is refused, no month or day is guessed, and two-digit years need a stated century.
#pragma once

#include "intake/text_template.hpp"
#include "ledger/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::intake {

/// A subset of strptime: %Y (four digits), %y (two), %m, %d, %H, %M, %S, %% and literal text. A
/// number followed by another text or the end, and not by another number, may leave its leading
/// zero out (except years).
class DateFormat {
public:
    struct Reading {
        Date date;
        std::int32_t seconds = 0;  ///< of the day
    };

    /// `pivot`: the first year that two digits can mean, 1970 for 1970..2069; 0: not given. Throws
    /// InvalidArgument, saying `place`, where the format lacks year, month or day, names one twice,
    /// has another % sequence, or has %y without a pivot.
    DateFormat(std::string_view format, int pivot, const std::string& place);

    /// Nothing where the text is not of this form or no day of the calendar.
    std::optional<Reading> read(std::string_view text) const;
    const std::string& format() const noexcept { return format_; }

private:
    std::string format_;
    int pivot_;
    bool two_digit_year_ = false;
};

/// Where a date or instant of a row comes from.
struct DateRule {
    TextTemplate value;
    std::vector<DateFormat> formats;  ///< tried in order
    std::int32_t utc_offset_seconds = 0;

    /// None where the text is empty and `optional`. Throws Refusal.
    Date read_date(const Row& row, bool optional) const;
    /// Zero where the text is empty. Throws Refusal.
    Instant read_instant(const Row& row) const;

private:
    DateFormat::Reading read(const std::string& text) const;
};

}  // namespace ledger::intake
