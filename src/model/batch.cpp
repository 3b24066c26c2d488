// Filling a batch from the record values. Invariant: a record or line gets a detail only where
// something in it differs from its default, so that plain vouchers never carry one.
#include "ledger/model/batch.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/model/natural_ids.hpp"

#include <algorithm>
#include <utility>

namespace ledger {

namespace {

bool is_plain(const VoucherLine& line) noexcept {
    return line.dimensions.empty() && !line.opens && !line.clears;
}

}  // namespace

VoucherDetail& Batch::VoucherBuilder::detail() {
    if (record().detail == no_detail) {
        record().detail = static_cast<std::uint32_t>(batch_->details.size());
        batch_->details.emplace_back(VoucherDetail{});
    }
    return std::get<VoucherDetail>(batch_->details[record().detail]);
}

std::uint32_t Batch::add(const Voucher& voucher) {
    const auto index = static_cast<std::uint32_t>(records.size());
    VoucherBuilder builder = add_voucher(voucher.id, voucher.book);
    builder.order(voucher.order)
        .book_date(voucher.book_date)
        .code(voucher.code)
        .manual(voucher.manual)
        .red(voucher.red);
    const std::size_t count = std::min(voucher.lines.size(), bounds::voucher_lines_max + 1);
    for (std::size_t i = 0; i < count; ++i) {
        const VoucherLine& line = voucher.lines[i];
        builder.line(line.account, line.side, line.amount, line.ink);
        if (is_plain(line)) continue;
        lines.back().detail = static_cast<std::uint32_t>(line_details.size());
        line_details.push_back({line.dimensions, line.opens, line.clears});
    }
    if (voucher.detail != VoucherDetail{}) builder.detail() = voucher.detail;
    return index;
}

std::uint32_t Batch::add_record(RecordKind kind, RecordId id, OrderId order, Detail detail) {
    const auto index = static_cast<std::uint32_t>(records.size());
    BatchRecord& record = records.emplace_back();
    record.id = id;
    record.order = order;
    record.kind = kind;
    record.lines_begin = static_cast<std::uint32_t>(lines.size());
    if (!std::holds_alternative<std::monostate>(detail)) {
        record.detail = static_cast<std::uint32_t>(details.size());
        details.push_back(std::move(detail));
    }
    return index;
}

std::uint32_t Batch::add(const DefineCurrency& value) {
    return add_record(RecordKind::define_currency, natural_id::of_currency(value.currency.code), {},
                      value);
}

std::uint32_t Batch::add(const DefineBook& value) {
    const auto index =
        add_record(RecordKind::define_book, natural_id::of_book(value.book), {}, value);
    records[index].book = value.book;
    return index;
}

std::uint32_t Batch::add(const DefineGroup& value) {
    return add_record(RecordKind::define_group, natural_id::of_group(value.code), {}, value);
}

std::uint32_t Batch::add(const OpenAccount& value) {
    const auto index =
        add_record(RecordKind::open_account, natural_id::of_account(value.id), {}, value);
    records[index].book = value.book;
    return index;
}

std::uint32_t Batch::add(const CutDay& value) {
    const auto index =
        add_record(RecordKind::cut_day, natural_id::of_cut_day(value.book, value.date), {}, value);
    records[index].book = value.book;
    records[index].book_date = value.date;
    return index;
}

std::uint32_t Batch::add(const CloseDay& value) {
    const auto index = add_record(RecordKind::close_day,
                                  natural_id::of_close_day(value.book, value.date), {}, value);
    records[index].book = value.book;
    records[index].book_date = value.date;
    return index;
}

std::uint32_t Batch::add(const DefineRelation& value) {
    return add_record(RecordKind::define_relation, natural_id::of_relation(value.number), {},
                      value);
}

std::uint32_t Batch::add(RecordId id, const SetLimits& value, OrderId order) {
    return add_record(RecordKind::set_limits, id, order, value);
}

std::uint32_t Batch::add(RecordId id, const SetFreeze& value, OrderId order) {
    return add_record(RecordKind::set_freeze, id, order, value);
}

std::uint32_t Batch::add(RecordId id, const SetAttributes& value, OrderId order) {
    return add_record(RecordKind::set_attributes, id, order, value);
}

std::uint32_t Batch::add(RecordId id, const SetBuffering& value, OrderId order) {
    return add_record(RecordKind::set_buffering, id, order, value);
}

std::uint32_t Batch::add(RecordId id, const CloseAccount& value, OrderId order) {
    return add_record(RecordKind::close_account, id, order, value);
}

std::uint32_t Batch::add(HoldId id, const PlaceHold& value, OrderId order) {
    return add_record(RecordKind::place_hold, id, order, value);
}

std::uint32_t Batch::add(RecordId id, const ReleaseHold& value, OrderId order) {
    return add_record(RecordKind::release_hold, id, order, value);
}

std::uint32_t Batch::add(RecordId id, const RegisterEntry& value, OrderId order) {
    return add_record(RecordKind::register_entry, id, order, value);
}

std::uint32_t Batch::add(const Anchor& value) {
    return add_record(RecordKind::anchor, {}, {}, value);
}

std::uint32_t Batch::add(const Certificate& value) {
    const auto index = add_record(RecordKind::certificate,
                                  natural_id::of_certificate(value.book, value.date), {}, value);
    records[index].book = value.book;
    records[index].book_date = value.date;
    return index;
}

std::uint32_t Batch::add(const Snapshot& value) {
    return add_record(RecordKind::snapshot, natural_id::of_snapshot(value.name), {}, value);
}

std::uint32_t Batch::add_time_passed() { return add_record(RecordKind::time_passed, {}, {}, {}); }

std::uint32_t Batch::add_copy(const Batch& other, std::size_t index) {
    LEDGER_ASSERT(&other != this && index < other.records.size());
    const auto copied = static_cast<std::uint32_t>(records.size());
    BatchRecord& record = records.emplace_back(other.records[index]);
    const auto source = other.lines_of(record);
    record.lines_begin = static_cast<std::uint32_t>(lines.size());
    if (record.detail != no_detail) {
        details.push_back(other.details[record.detail]);
        record.detail = static_cast<std::uint32_t>(details.size() - 1);
    }
    for (BatchLine line : source) {
        if (line.detail != no_detail) {
            line_details.push_back(other.line_details[line.detail]);
            line.detail = static_cast<std::uint32_t>(line_details.size() - 1);
        }
        lines.push_back(line);
    }
    return copied;
}

void Batch::forget_given(std::size_t index) noexcept {
    BatchRecord& record = records[index];
    record.number = 0;
    for (BatchLine& line : lines_of(record)) line.handle = {};
    if (record.kind == RecordKind::place_hold) {
        if (auto* hold = detail<PlaceHold>(record)) hold->resolved.clear();
    }
    constexpr std::uint8_t given =
        record_flag::date_defaulted | record_flag::lines_derived | record_flag::amount_derived;
    if (!record.has(given)) return;
    if (record.has(record_flag::date_defaulted)) record.book_date = Date::none();
    if (record.has(record_flag::lines_derived)) record.line_count = 0;
    if (record.has(record_flag::amount_derived)) {
        if (auto* hold = detail<PlaceHold>(record)) hold->amount = hold->requested;
        if (auto* release = detail<ReleaseHold>(record)) release->amount = {};
    }
    record.flags &=
        static_cast<std::uint8_t>(~(record_flag::lines_derived | record_flag::amount_derived));
}

void Batch::link(std::size_t first, std::size_t last) noexcept {
    LEDGER_ASSERT(first <= last && last <= records.size());
    for (std::size_t i = first; i < last; ++i) {
        records[i].set(record_flag::linked, i + 1 < last);
    }
}

void Batch::clear() noexcept {
    records.clear();
    lines.clear();
    line_details.clear();
    details.clear();
}

void Batch::reserve(std::size_t record_count, std::size_t line_count) {
    records.reserve(record_count);
    lines.reserve(line_count);
}

}  // namespace ledger
