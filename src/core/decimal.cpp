// Decimal strings to amounts and back.
#include "ledger/core/decimal.hpp"

#include "core/decimal_scan.hpp"
#include "core/quoted.hpp"
#include "ledger/core/currency.hpp"
#include "ledger/core/error.hpp"

namespace ledger {

namespace {

constexpr std::size_t group_digits = 3;

const DecimalStyle& plain_style() noexcept {
    static const DecimalStyle style;
    return style;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

void check_separator(std::string_view what, std::string_view text) {
    constexpr std::string_view remedy =
        "give one printable character that is no digit and no sign, such as '.' or ','";
    const bool one =
        !text.empty() && text.size() <= 4 && detail::character_number(text, text.size() - 1) == 1;
    if (!one) detail::refuse(what, text, "it is not one character", remedy);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (is_digit(text[0]) || byte == '+' || byte == '-' || byte < ' ' || byte == 0x7F) {
        detail::refuse_at(what, text, 0, remedy);
    }
}

void check_decimals(unsigned decimals) {
    if (decimals > currency_decimals_max) {
        throw InvalidArgument("a currency with " + std::to_string(decimals) +
                              " decimals: at most 18 exist; correct the currency");
    }
}

/// One pass over the text; members say where it stands.
class Scanner {
public:
    Scanner(std::string_view thing, std::string_view text, unsigned decimals_max,
            const DecimalStyle& style) noexcept
        : thing_(thing), text_(text), decimals_max_(decimals_max), style_(style) {}

    detail::ScannedDecimal scan() {
        if (text_.empty()) detail::refuse(thing_, text_, "the text is empty", remedy());
        if (text_[0] == '+' || text_[0] == '-') {
            result_.negative = text_[0] == '-';
            ++at_;
        }
        scan_integer();
        if (at_ < text_.size() && accept(style_.decimal_separator())) scan_fraction();
        if (at_ < text_.size()) fail();
        return result_;
    }

private:
    void scan_integer() {
        const std::size_t first = at_;
        std::size_t group_size = 0;  // digits since the last separator
        bool grouped = false;
        if (!at_digit()) fail();
        while (at_ < text_.size()) {
            const std::size_t before = at_;
            if (at_digit()) {
                take_digit();
                ++group_size;
            } else if (!style_.grouping_separator().empty() &&
                       accept(style_.grouping_separator())) {
                if (grouped ? group_size != group_digits : group_size > group_digits) {
                    fail_group(before, group_size);
                }
                if (!grouped && text_[first] == '0') fail_leading_zero(first);
                grouped = true;
                group_size = 0;
            } else {
                break;
            }
        }
        if (grouped && group_size != group_digits) fail_group(at_, group_size);
    }

    void scan_fraction() {
        if (!at_digit()) fail();
        while (at_digit()) {
            if (result_.decimals == decimals_max_) fail_excess();
            take_digit();
            ++result_.decimals;
        }
    }

    bool at_digit() const noexcept { return at_ < text_.size() && is_digit(text_[at_]); }

    bool accept(std::string_view separator) noexcept {
        if (!text_.substr(at_).starts_with(separator)) return false;
        at_ += separator.size();
        return true;
    }

    void take_digit() {
        const auto digit = static_cast<unsigned>(text_[at_] - '0');
        // Nearly every digit passes the first comparison, which needs no 128-bit division.
        constexpr u128 always_fits = (magnitude_max(false) - 9) / 10;
        if (result_.magnitude > always_fits &&
            result_.magnitude > (magnitude_max(result_.negative) - digit) / 10) {
            fail_range();
        }
        result_.magnitude = result_.magnitude * 10 + digit;
        ++at_;
    }

    std::string remedy() const {
        std::string out = "write an optional sign and digits";
        if (decimals_max_ > 0) {
            out += ", with " + detail::quoted(style_.decimal_separator()) + " before at most " +
                   std::to_string(decimals_max_) + (decimals_max_ == 1 ? " decimal" : " decimals");
        } else {
            out += ", without decimals";
        }
        if (!style_.grouping_separator().empty()) {
            out += ", and " + detail::quoted(style_.grouping_separator()) +
                   " only between groups of three digits";
        }
        return out;
    }

    [[noreturn]] void fail() const { detail::refuse_at(thing_, text_, at_, remedy()); }
    [[noreturn]] void fail_group(std::size_t place, std::size_t size) const {
        detail::refuse(thing_, text_,
                       "the group before character " +
                           std::to_string(detail::character_number(text_, place)) + " has " +
                           std::to_string(size) + (size == 1 ? " digit" : " digits"),
                       remedy());
    }
    [[noreturn]] void fail_leading_zero(std::size_t first) const {
        detail::refuse(thing_, text_,
                       "a grouped number begins with 0 at character " +
                           std::to_string(detail::character_number(text_, first)),
                       "drop the zeros, or name " + detail::quoted(style_.grouping_separator()) +
                           " as the decimal separator if it stands before decimals");
    }
    [[noreturn]] void fail_excess() const {
        detail::refuse(thing_, text_,
                       "character " + std::to_string(detail::character_number(text_, at_)) +
                           " is decimal " + std::to_string(result_.decimals + 1) + ", at most " +
                           std::to_string(decimals_max_) + " are exact here",
                       "correct the text, or round it first with a named rounding");
    }
    [[noreturn]] void fail_range() const {
        detail::refuse(thing_, text_,
                       "at character " + std::to_string(detail::character_number(text_, at_)) +
                           " it leaves the range of 128 bits",
                       "give a number nearer to zero");
    }

    std::string_view thing_;
    std::string_view text_;
    unsigned decimals_max_;
    const DecimalStyle& style_;
    std::size_t at_ = 0;
    detail::ScannedDecimal result_;
};

}  // namespace

namespace detail {

ScannedDecimal scan_decimal(std::string_view thing, std::string_view text, unsigned decimals_max,
                            const DecimalStyle& style) {
    return Scanner(thing, text, decimals_max, style).scan();
}

}  // namespace detail

DecimalStyle::DecimalStyle(std::string_view decimal_separator, std::string_view grouping_separator)
    : decimal_separator_(decimal_separator), grouping_separator_(grouping_separator) {
    check_separator("decimal separator", decimal_separator);
    if (!grouping_separator.empty()) check_separator("grouping separator", grouping_separator);
    if (decimal_separator == grouping_separator) {
        detail::refuse("grouping separator", grouping_separator,
                       "it is the decimal separator as well", "give two different characters");
    }
}

Amount parse_amount(std::string_view text, unsigned decimals) {
    return parse_amount(text, decimals, plain_style());
}

Amount parse_amount(std::string_view text, unsigned decimals, const DecimalStyle& style) {
    check_decimals(decimals);
    const auto scanned = detail::scan_decimal("amount", text, decimals, style);
    const u128 scale = detail::power_of_ten(decimals - scanned.decimals);
    u128 bits = 0;
    if (__builtin_mul_overflow(scanned.magnitude, scale, &bits) ||
        bits > magnitude_max(scanned.negative)) {
        detail::refuse("amount", text,
                       "with " + std::to_string(decimals) +
                           " decimals its last character leaves the range of 128 bits",
                       "give a number nearer to zero");
    }
    return Amount{static_cast<i128>(scanned.negative ? -bits : bits)};
}

std::string to_decimal(Amount amount, unsigned decimals) {
    return to_decimal(amount, decimals, plain_style());
}

std::string to_decimal(Amount amount, unsigned decimals, const DecimalStyle& style) {
    check_decimals(decimals);
    std::string out = to_string(amount);
    const std::size_t first = amount.minor < 0 ? 1 : 0;
    const std::size_t digits = out.size() - first;
    if (digits <= decimals) out.insert(first, decimals + 1 - digits, '0');
    const std::size_t point = out.size() - decimals;
    if (decimals > 0) out.insert(point, style.decimal_separator());
    if (!style.grouping_separator().empty()) {
        for (std::size_t at = point; at > first + group_digits;) {
            at -= group_digits;
            out.insert(at, style.grouping_separator());
        }
    }
    return out;
}

}  // namespace ledger
