// The naive model's shape rules: every fault of a record is listed, then the lowest outcome is
// taken. Invariant: faults of lines are listed before those of the record as a whole, in line
// order, so the first of equals is the one to report.
#include "support/naive_ledger.hpp"

#include "ledger/core/utf8.hpp"
#include "ledger/model/bounds.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <variant>

namespace ledger::oracle {

namespace {

struct Fault {
    Outcome outcome;
    std::uint16_t line;
};

class Faults {
public:
    void add(bool wrong, Outcome outcome) {
        if (wrong) faults_.push_back({outcome, line_});
    }
    void at_line(std::uint16_t line) { line_ = line; }
    std::pair<Outcome, std::uint16_t> lowest() const {
        const auto first =
            std::min_element(faults_.begin(), faults_.end(),
                             [](const Fault& a, const Fault& b) { return a.outcome < b.outcome; });
        if (first == faults_.end()) return {Outcome::accepted, Result::no_line};
        return {first->outcome, first->line};
    }

    /// Also judges all texts of the record so far together.
    void text(const std::string& text, std::size_t bytes) {
        text_bytes_ += text.size();
        const bool too_long = text.size() > bytes || text_bytes_ > bounds::record_text_bytes_max;
        add(too_long, Outcome::text_too_long);
        add(!is_utf8(text.substr(0, bytes)), Outcome::text_not_utf8);
    }
    void payload(const std::string& bytes, std::size_t most) {
        text_bytes_ += bytes.size();
        add(bytes.size() > most || text_bytes_ > bounds::record_text_bytes_max,
            Outcome::text_too_long);
    }
    void range(bool inside) { add(!inside, Outcome::value_out_of_range); }
    void code(const std::string& code) {
        text(code, bounds::code_bytes_max);
        add(code.empty(), Outcome::text_missing);
        bool segment_is_empty = true;
        for (const char c : code + ".") {
            if (c == '.') {
                range(!segment_is_empty);
                segment_is_empty = true;
            } else {
                range(c >= 33 && c <= 126);
                segment_is_empty = false;
            }
        }
    }
    /// Texts of attributes beyond the permitted count are not looked at.
    void attributes(const Attributes& attributes, std::size_t count) {
        add(attributes.size() > count, Outcome::too_many_attributes);
        std::set<std::string> keys;
        for (std::size_t i = 0; i < attributes.size() && i < count; ++i) {
            text(attributes[i].key, bounds::attribute_key_bytes_max);
            text(attributes[i].value, bounds::attribute_value_bytes_max);
            add(attributes[i].key.empty(), Outcome::text_missing);
            add(!keys.insert(attributes[i].key).second, Outcome::duplicate_attribute);
        }
    }
    void date(Date date) { range(!date || (date_min <= date && date <= date_max)); }
    void kind(AccountKind kind) {
        range(kind >= AccountKind::asset && kind <= AccountKind::memorandum);
    }
    void buffering(const Buffering& buffering) {
        range(buffering.window.count() >= 0 && buffering.window <= std::chrono::hours{24});
        range(buffering.lines_max <= bounds::buffer_lines_max);
    }

private:
    std::vector<Fault> faults_;
    std::size_t text_bytes_ = 0;
    std::uint16_t line_ = Result::no_line;
};

struct Kinds {
    Faults& faults;

    void operator()(std::monostate) const {}
    void operator()(const VoucherDetail& detail) const {
        faults.text(detail.summary, bounds::text_bytes_max);
        faults.text(detail.made_by, bounds::principal_bytes_max);
        faults.text(detail.checked_by, bounds::principal_bytes_max);
        faults.text(detail.source_document, bounds::text_bytes_max);
        faults.date(detail.value_date);
        faults.date(detail.concerns);
        faults.attributes(detail.attributes, bounds::attributes_max);
        faults.add(detail.captures.size() > bounds::captures_max, Outcome::too_many_captures);
        for (const Capture& capture : detail.captures) {
            faults.add(capture.amount.minor <= 0, Outcome::amount_not_positive);
        }
    }
    void operator()(const DefineCurrency& value) const {
        faults.add(!value.currency.code, Outcome::text_missing);
        faults.text(value.currency.name, bounds::name_bytes_max);
        faults.range(value.currency.decimals <= 18);
        faults.range(value.currency.numeric <= 999);
    }
    void operator()(const DefineBook& value) const {
        faults.range(value.book.number != 0);
        faults.text(value.name, bounds::name_bytes_max);
        faults.range(value.utc_offset_seconds >= -50400 && value.utc_offset_seconds <= 50400);
        faults.date(value.first_date);
    }
    void operator()(const DefineGroup& value) const {
        faults.code(value.code);
        faults.kind(value.kind);
        faults.text(value.name, bounds::name_bytes_max);
    }
    void operator()(const OpenAccount& value) const {
        faults.code(value.code);
        faults.kind(value.kind);
        if (value.normal_side) faults.range(*value.normal_side <= Side::credit);
        faults.text(value.name, bounds::name_bytes_max);
        faults.buffering(value.buffering);
        faults.attributes(value.attributes, bounds::attributes_max);
    }
    void operator()(const SetLimits&) const {}
    void operator()(const SetFreeze& value) const {
        faults.range(value.freeze <= Freeze::all);
        faults.text(value.reference, bounds::text_bytes_max);
    }
    void operator()(const SetAttributes& value) const {
        faults.text(value.name, bounds::name_bytes_max);
        faults.attributes(value.attributes, bounds::attributes_max);
    }
    void operator()(const SetBuffering& value) const { faults.buffering(value.buffering); }
    void operator()(const CloseAccount&) const {}
    void operator()(const PlaceHold& value) const {
        const bool zero_is_fine = value.kind == HoldKind::precise;
        faults.add(value.amount.minor < (zero_is_fine ? 0 : 1), Outcome::amount_not_positive);
        faults.range(value.kind <= HoldKind::judicial);
        faults.range(value.sources.size() <= bounds::precise_sources_max);
        faults.range(value.orders.size() <= bounds::precise_orders_max);
        faults.text(value.reference, bounds::text_bytes_max);
    }
    void operator()(const ReleaseHold& value) const {
        faults.add(value.amount.minor < 0, Outcome::amount_not_positive);
    }
    void operator()(const RegisterEntry& value) const {
        faults.payload(value.payload, bounds::register_bytes_max);
    }
    void operator()(const DefineRelation& value) const {
        faults.range(value.number >= 1 && value.number <= bounds::relations_max);
        faults.text(value.name, bounds::name_bytes_max);
        faults.range(!value.terms.empty() && value.terms.size() <= bounds::relation_terms_max);
        for (const RelationTerm& term : value.terms) {
            faults.range(term.coefficient != 0 && term.coefficient >= -1000 &&
                         term.coefficient <= 1000);
            faults.range(term.account ? term.group.empty() : !term.group.empty());
            if (!term.group.empty()) faults.code(term.group);
        }
    }
    void operator()(const CutDay&) const {}
    void operator()(const CloseDay& value) const {
        faults.range(value.exceptions.size() <= bounds::close_exceptions_max);
    }
    void operator()(const Anchor& value) const {
        faults.text(value.algorithm, bounds::name_bytes_max);
        faults.payload(value.digest, bounds::name_bytes_max);
    }
    void operator()(const Certificate& value) const {
        faults.text(value.algorithm, bounds::name_bytes_max);
        faults.payload(value.digest, bounds::name_bytes_max);
    }
    void operator()(const Snapshot& value) const {
        faults.add(value.name.empty(), Outcome::text_missing);
        faults.text(value.name, bounds::name_bytes_max);
        faults.text(value.algorithm, bounds::name_bytes_max);
        faults.payload(value.digest, bounds::name_bytes_max);
    }
};

/// The kind of record whose detail this is; `time_passed` has none, a plain voucher may have none.
bool detail_suits(const Batch& batch, const BatchRecord& record) {
    const Detail none;
    const Detail& detail = record.detail == no_detail ? none : batch.details[record.detail];
    static const std::vector<RecordKind> kinds = {
        RecordKind::none,          RecordKind::voucher,        RecordKind::define_currency,
        RecordKind::define_book,   RecordKind::define_group,   RecordKind::open_account,
        RecordKind::set_limits,    RecordKind::set_freeze,     RecordKind::set_attributes,
        RecordKind::set_buffering, RecordKind::close_account,  RecordKind::place_hold,
        RecordKind::release_hold,  RecordKind::register_entry, RecordKind::define_relation,
        RecordKind::cut_day,       RecordKind::close_day,      RecordKind::anchor,
        RecordKind::certificate,   RecordKind::snapshot};
    static_assert(std::variant_size_v<Detail> == 20);
    if (std::holds_alternative<std::monostate>(detail)) {
        return record.kind == RecordKind::voucher || record.kind == RecordKind::time_passed;
    }
    return kinds[detail.index()] == record.kind;
}

void list_line_faults(const Batch& batch, const BatchRecord& record, Faults& faults) {
    std::uint16_t index = 0;
    for (const BatchLine& line : batch.lines_of(record)) {
        faults.at_line(index++);
        faults.add(line.amount.minor <= 0, Outcome::amount_not_positive);
        faults.range(line.side <= Side::credit);
        faults.range(line.ink <= Ink::red);
        if (const LineDetail* detail = batch.detail(line)) {
            faults.attributes(detail->dimensions, bounds::dimensions_max);
        }
    }
    faults.at_line(Result::no_line);
}

}  // namespace

std::pair<Outcome, std::uint16_t> naive_shape(const Batch& batch, std::size_t index) {
    const BatchRecord& record = batch.records.at(index);
    Faults faults;
    if (record.kind == RecordKind::voucher) {
        const auto* detail = batch.detail<VoucherDetail>(record);
        const bool lines_follow = record.line_count == 0 && detail != nullptr && detail->reverses;
        list_line_faults(batch, record, faults);
        faults.add(record.line_count < bounds::voucher_lines_min && !lines_follow,
                   Outcome::too_few_lines);
        faults.add(record.line_count > bounds::voucher_lines_max, Outcome::too_many_lines);
    } else {
        faults.range(record.line_count == 0);
    }
    const bool suits = detail_suits(batch, record);
    faults.range(suits);
    if (suits && record.detail != no_detail)
        std::visit(Kinds{faults}, batch.details[record.detail]);
    return faults.lowest();
}

}  // namespace ledger::oracle
