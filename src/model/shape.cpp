// The shape check beyond plain vouchers. Every rule reports to one Finding, which keeps the outcome
// with the lowest number and its first line; so rules need no order among themselves.
#include "ledger/model/shape.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/utf8.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <variant>

namespace ledger {

namespace {

/// The worst outcome so far. Lines are reported in ascending order, so the first one stays.
class Finding {
public:
    void text(std::string_view text, std::size_t bytes_max) noexcept {
        bytes(text, bytes_max);
        when(!is_utf8(text.substr(0, bytes_max)), Outcome::text_not_utf8);
    }
    /// The same of what may be any bytes.
    void bytes(std::string_view bytes, std::size_t bytes_max) noexcept {
        text_bytes_ += bytes.size();
        when(bytes.size() > bytes_max || text_bytes_ > bounds::record_text_bytes_max,
             Outcome::text_too_long);
    }
    void when(bool wrong, Outcome outcome) noexcept {
        if (wrong && (outcome_ == Outcome::accepted || outcome < outcome_)) {
            outcome_ = outcome;
            line_ = current_line_;
        }
    }
    void begin_line(std::uint16_t line) noexcept { current_line_ = line; }
    void end_lines() noexcept { current_line_ = Result::no_line; }
    Outcome outcome() const noexcept { return outcome_; }
    std::uint16_t line() const noexcept { return line_; }

private:
    Outcome outcome_ = Outcome::accepted;
    std::uint16_t line_ = Result::no_line;
    std::uint16_t current_line_ = Result::no_line;
    std::size_t text_bytes_ = 0;
};

void check_code(std::string_view code, Finding& finding) {
    finding.text(code, bounds::code_bytes_max);
    finding.when(code.empty(), Outcome::text_missing);
    finding.when(!is_code(code), Outcome::value_out_of_range);
}

template <class Enum>
void check_enumerator(Enum value, Enum first, Enum last, Finding& finding) {
    finding.when(value < first || value > last, Outcome::value_out_of_range);
}

void check_account_kind(AccountKind kind, Finding& finding) {
    check_enumerator(kind, AccountKind::asset, AccountKind::memorandum, finding);
}

void check_date(Date date, Finding& finding) {
    finding.when(date && (date < date_min || date > date_max), Outcome::value_out_of_range);
}

/// Looks at no more than `count_max` attributes, so that a hostile count costs nothing.
void check_attributes(const Attributes& attributes, std::size_t count_max, Finding& finding) {
    finding.when(attributes.size() > count_max, Outcome::too_many_attributes);
    const std::size_t count = std::min(attributes.size(), count_max);
    for (std::size_t i = 0; i < count; ++i) {
        const Attribute& attribute = attributes[i];
        finding.text(attribute.key, bounds::attribute_key_bytes_max);
        finding.text(attribute.value, bounds::attribute_value_bytes_max);
        finding.when(attribute.key.empty(), Outcome::text_missing);
        for (std::size_t j = 0; j < i; ++j) {
            finding.when(attributes[j].key == attribute.key, Outcome::duplicate_attribute);
        }
    }
}

void check_buffering(const Buffering& buffering, Finding& finding) {
    finding.when(buffering.window.count() < 0 || buffering.window > bounds::buffer_window_max ||
                     buffering.lines_max > bounds::buffer_lines_max,
                 Outcome::value_out_of_range);
}

void check(const VoucherDetail& detail, Finding& finding) {
    finding.text(detail.summary, bounds::text_bytes_max);
    finding.text(detail.made_by, bounds::principal_bytes_max);
    finding.text(detail.checked_by, bounds::principal_bytes_max);
    finding.text(detail.source_document, bounds::text_bytes_max);
    check_date(detail.value_date, finding);
    check_date(detail.concerns, finding);
    check_attributes(detail.attributes, bounds::attributes_max, finding);
    finding.when(detail.captures.size() > bounds::captures_max, Outcome::too_many_captures);
    for (const Capture& capture : detail.captures) {
        finding.when(capture.amount <= Amount{}, Outcome::amount_not_positive);
    }
}

void check(const DefineCurrency& value, Finding& finding) {
    const Currency& currency = value.currency;
    finding.when(!currency.code, Outcome::text_missing);
    finding.text(currency.name, bounds::name_bytes_max);
    finding.when(currency.decimals > currency_decimals_max ||
                     currency.numeric > bounds::currency_numeric_max,
                 Outcome::value_out_of_range);
}

void check(const DefineBook& value, Finding& finding) {
    finding.when(!value.book, Outcome::value_out_of_range);
    finding.text(value.name, bounds::name_bytes_max);
    finding.when(value.utc_offset_seconds < -bounds::utc_offset_seconds_max ||
                     value.utc_offset_seconds > bounds::utc_offset_seconds_max,
                 Outcome::value_out_of_range);
    check_date(value.first_date, finding);
}

void check(const DefineGroup& value, Finding& finding) {
    check_code(value.code, finding);
    check_account_kind(value.kind, finding);
    finding.text(value.name, bounds::name_bytes_max);
}

void check(const OpenAccount& value, Finding& finding) {
    check_code(value.code, finding);
    check_account_kind(value.kind, finding);
    if (value.normal_side) {
        check_enumerator(*value.normal_side, Side::debit, Side::credit, finding);
    }
    finding.text(value.name, bounds::name_bytes_max);
    check_buffering(value.buffering, finding);
    check_attributes(value.attributes, bounds::attributes_max, finding);
}

void check(const SetLimits&, Finding&) {}

void check(const SetFreeze& value, Finding& finding) {
    check_enumerator(value.freeze, Freeze::none, Freeze::all, finding);
    finding.text(value.reference, bounds::text_bytes_max);
}

void check(const SetAttributes& value, Finding& finding) {
    finding.text(value.name, bounds::name_bytes_max);
    check_attributes(value.attributes, bounds::attributes_max, finding);
}

void check(const SetBuffering& value, Finding& finding) {
    check_buffering(value.buffering, finding);
}

void check(const CloseAccount&, Finding&) {}

void check(const PlaceHold& value, Finding& finding) {
    const bool may_be_zero = value.kind == HoldKind::precise;
    finding.when(value.amount < Amount{} || (value.amount == Amount{} && !may_be_zero),
                 Outcome::amount_not_positive);
    check_enumerator(value.kind, HoldKind::ordinary, HoldKind::judicial, finding);
    finding.when(value.sources.size() > bounds::precise_sources_max ||
                     value.orders.size() > bounds::precise_orders_max,
                 Outcome::value_out_of_range);
    finding.text(value.reference, bounds::text_bytes_max);
}

void check(const ReleaseHold& value, Finding& finding) {
    finding.when(value.amount < Amount{}, Outcome::amount_not_positive);
}

void check(const RegisterEntry& value, Finding& finding) {
    finding.bytes(value.payload, bounds::register_bytes_max);
}

void check(const RelationTerm& term, Finding& finding) {
    finding.when(term.coefficient == 0 || term.coefficient < -bounds::relation_coefficient_max ||
                     term.coefficient > bounds::relation_coefficient_max,
                 Outcome::value_out_of_range);
    finding.when(static_cast<bool>(term.account) != term.group.empty(),
                 Outcome::value_out_of_range);
    if (!term.group.empty()) check_code(term.group, finding);
}

void check(const DefineRelation& value, Finding& finding) {
    finding.when(value.number == 0 || value.number > bounds::relations_max,
                 Outcome::value_out_of_range);
    finding.text(value.name, bounds::name_bytes_max);
    finding.when(value.terms.empty() || value.terms.size() > bounds::relation_terms_max,
                 Outcome::value_out_of_range);
    for (const RelationTerm& term : value.terms) check(term, finding);
}

void check(const CutDay&, Finding&) {}

void check(const CloseDay& value, Finding& finding) {
    finding.when(value.exceptions.size() > bounds::close_exceptions_max,
                 Outcome::value_out_of_range);
}

void check(const Anchor& value, Finding& finding) {
    finding.text(value.algorithm, bounds::name_bytes_max);
    finding.bytes(value.digest, bounds::name_bytes_max);
}

void check(const Certificate& value, Finding& finding) {
    finding.text(value.algorithm, bounds::name_bytes_max);
    finding.bytes(value.digest, bounds::name_bytes_max);
}

void check(const Snapshot& value, Finding& finding) {
    finding.when(value.name.empty(), Outcome::text_missing);
    finding.text(value.name, bounds::name_bytes_max);
    finding.text(value.algorithm, bounds::name_bytes_max);
    finding.bytes(value.digest, bounds::name_bytes_max);
}

void check(std::monostate, Finding&) {}

/// Detail's alternatives stand in the order of the kinds, except that time_passed has none.
std::size_t detail_index_of(RecordKind kind) noexcept {
    static_assert(std::is_same_v<std::variant_alternative_t<16, Detail>, CloseDay>);
    static_assert(std::is_same_v<std::variant_alternative_t<19, Detail>, Snapshot>);
    if (kind == RecordKind::time_passed) return 0;
    return static_cast<std::size_t>(kind) - (kind > RecordKind::time_passed ? 1 : 0);
}

void check_detail(const Batch& batch, const BatchRecord& record, Finding& finding) {
    const bool known = record.kind > RecordKind::none && record.kind <= RecordKind::snapshot;
    const Detail* detail = record.detail == no_detail ? nullptr : &batch.details[record.detail];
    const std::size_t index = detail == nullptr ? 0 : detail->index();
    const bool fits = known && (index == detail_index_of(record.kind) ||
                                (index == 0 && record.kind == RecordKind::voucher));
    finding.when(!fits, Outcome::value_out_of_range);
    if (fits && detail != nullptr) {
        std::visit([&](const auto& value) { check(value, finding); }, *detail);
    }
}

void check_line(const Batch& batch, const BatchLine& line, Finding& finding) {
    finding.when(line.amount <= Amount{}, Outcome::amount_not_positive);
    check_enumerator(line.side, Side::debit, Side::credit, finding);
    check_enumerator(line.ink, Ink::black, Ink::red, finding);
    if (const LineDetail* detail = batch.detail(line)) {
        check_attributes(detail->dimensions, bounds::dimensions_max, finding);
    }
}

void check_lines(const Batch& batch, const BatchRecord& record, Finding& finding) {
    if (record.kind != RecordKind::voucher) {
        finding.when(record.line_count != 0, Outcome::value_out_of_range);
        return;
    }
    const auto* detail = batch.detail<VoucherDetail>(record);
    const bool engine_writes_lines =
        record.line_count == 0 && detail != nullptr && detail->reverses;
    finding.when(record.line_count < bounds::voucher_lines_min && !engine_writes_lines,
                 Outcome::too_few_lines);
    finding.when(record.line_count > bounds::voucher_lines_max, Outcome::too_many_lines);
    std::uint16_t number = 0;
    for (const BatchLine& line : batch.lines_of(record)) {
        finding.begin_line(number++);
        check_line(batch, line, finding);
    }
    finding.end_lines();
}

}  // namespace

bool is_code(std::string_view text) noexcept {
    if (text.empty() || text.size() > bounds::code_bytes_max) return false;
    if (text.front() == '.' || text.back() == '.') return false;
    if (text.find("..") != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Outcome detail::check_whole_shape(const Batch& batch, std::size_t index, std::uint16_t& line) {
    const BatchRecord& record = batch.records[index];
    LEDGER_ASSERT(record.lines_begin + std::size_t{record.line_count} <= batch.lines.size());
    Finding finding;
    check_lines(batch, record, finding);
    check_detail(batch, record, finding);
    line = finding.line();
    return finding.outcome();
}

}  // namespace ledger
