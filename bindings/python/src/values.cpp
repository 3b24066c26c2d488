// The answers of queries, field by field.
#include "values.hpp"

#include "ledger/core/error.hpp"
#include "record_fields.hpp"

namespace ledger::python {

namespace {

const ValueClass balance_class{"Balance"};
const ValueClass dated_balance_class{"DatedBalance"};
const ValueClass turnover_class{"Turnover"};
const ValueClass instant_range_class{"InstantRange"};
const ValueClass date_range_class{"DateRange"};
const Imported range_class{"ledger._values", "Range"};
const ValueClass account_class{"AccountInfo"};
const ValueClass folded_class{"FoldedLines"};
const ValueClass entry_class{"AccountEntry"};
const ValueClass movement_class{"AccountMovement"};
const ValueClass chart_movement_class{"ChartMovement"};
const ValueClass posted_voucher_class{"PostedVoucher"};
const ValueClass voucher_head_class{"VoucherHead"};
const ValueClass posted_record_class{"PostedRecord"};
const ValueClass hold_class{"HoldInfo"};
const ValueClass item_class{"ItemInfo"};
const ValueClass trial_sum_class{"TrialSum"};
const ValueClass book_days_class{"BookDays"};
const ValueClass day_close_class{"DayClose"};
const ValueClass open_date_class{"OpenDate"};
const ValueClass snapshot_cut_class{"SnapshotCut"};
const ValueClass feed_entry_class{"FeedEntry"};
const ValueClass feed_record_class{"FeedRecord"};
const ValueClass result_class{"Result"};
const ValueClass receipt_class{"Receipt"};
const ValueClass pinned_class{"PinnedSnapshot"};
const ValueClass stats_class{"Stats"};
const ValueClass verify_class{"VerifyReport"};

/// Digits of a sum that can exceed 128 bits.
py::object int_of_digits(const std::string& digits) {
    return py::reinterpret_steal<py::object>(PyLong_FromString(digits.c_str(), nullptr, 10));
}

}  // namespace

py::object to_bytes(const std::string& value) { return py::bytes(value); }

// ---- balances

py::object to_python(const Balance& value) {
    return balance_class(value.normal_side, value.debits, value.credits, value.buffered_debits,
                         value.buffered_credits, value.held);
}

py::object to_python(const DatedBalance& value) {
    return dated_balance_class(value.normal_side, value.debits, value.credits);
}

py::object to_python(const Turnover& value) { return turnover_class(value.debits, value.credits); }

py::object to_python(const InstantRange& value) {
    return instant_range_class(value.from, value.to);
}

py::object to_python(const DateRange& value) { return date_range_class(value.first, value.last); }

bool from_python(py::handle object, InstantRange& value) {
    if (!instant_range_class.type().is_type_of(object)) return false;
    const Fields from(object);
    value = {from.need<Instant>("start"), from.need<Instant>("end")};
    return true;
}

bool from_python(py::handle object, DateRange& value) {
    if (!date_range_class.type().is_type_of(object)) return false;
    const Fields from(object);
    value = {from.need<Date>("first"), from.need<Date>("last")};
    return true;
}

bool from_python(py::handle object, Range& value) {
    if (!range_class.is_type_of(object)) return false;
    const Fields from(object);
    value = {from.optional<Position>("from_position"), from.optional<Position>("to_position"),
             from.optional<Instant>("start"), from.optional<Instant>("end")};
    if (!value.to_position && !from.raw("to_position").is_none()) {
        throw InvalidArgument("a range ends at position 1 or later; None leaves it open");
    }
    return true;
}

bool from_python(py::handle object, PageRequest& value) {
    if (!PyTuple_Check(object.ptr()) || PyTuple_GET_SIZE(object.ptr()) != 3) return false;
    const auto parts = py::reinterpret_borrow<py::tuple>(object);
    std::string_view cursor;
    if (!from_int_of(parts[0], value.size, "the size of a page, 1 to 10000") ||
        !PyBool_Check(py::object(parts[1]).ptr()) || !from_text(parts[2], cursor)) {
        return false;
    }
    value.backward = py::object(parts[1]).is(py::bool_(true));
    value.cursor = cursor;
    return true;
}

py::object to_python(const AccountMovement& value) {
    return movement_class(value.id, value.handle.index, value.currency, value.kind,
                          value.normal_side, value.before, value.through);
}

py::object to_python(const ChartMovement& value) {
    return chart_movement_class(value.code, value.parent, value.movement);
}

py::object to_python(const TrialSum& value) {
    return trial_sum_class(value.book, value.currency, int_of_digits(value.debits),
                           int_of_digits(value.credits), value.accounts, value.balanced);
}

// ---- accounts and entries

py::object to_python(const AccountInfo& value) {
    return account_class(value.id, value.book, value.currency, value.code, value.kind,
                         value.normal_side, value.name, to_python(value.limits), value.freeze,
                         value.freeze_reference, to_python(value.buffering), value.open_items,
                         value.transit, value.closed, value.parent, to_python(value.attributes),
                         value.opened, value.handle.index);
}

py::object to_python(const AccountEntry& value) {
    const bool is_line = value.kind == EntryKind::line;
    py::object folded = py::none();
    if (value.kind == EntryKind::fold) {
        folded = folded_class(value.folded.lines, value.folded.debits, value.folded.credits,
                              value.folded.first, value.folded.last);
    }
    return entry_class(
        value.position, value.instant, value.kind, is_line ? py::cast(value.line) : py::none(),
        is_line ? py::cast(value.side) : py::none(), is_line ? py::cast(value.ink) : py::none(),
        value.buffered, value.book_date, value.amount, folded, value.balance);
}

// ---- records

py::object to_python(const PostedVoucher& value) {
    return posted_voucher_class(value.voucher, value.position, value.number, value.instant,
                                value.reversed_by, value.replaced_by);
}

py::object to_python(const VoucherHead& value) {
    return voucher_head_class(value.position, value.instant, value.id, value.order, value.book,
                              value.book_date, value.number, value.summary);
}

py::object to_python(const PostedRecord& value) {
    return posted_record_class(value.position, value.instant, value.kind, value.id, value.order);
}

py::object to_python(const HoldInfo& value) {
    return hold_class(value.id, value.order, value.account, value.kind, value.requested,
                      value.placed, value.remaining, value.expires_at, to_tuple(value.sources),
                      to_tuple(value.orders), to_tuple(value.resolved), value.reference,
                      value.position);
}

py::object to_python(const ItemInfo& value) {
    return item_class(value.id, value.account, value.side, value.opened, value.remaining,
                      value.position, value.instant);
}

py::object to_python(const FeedEntry& value) {
    return feed_entry_class(value.account, value.book, value.currency, value.entry);
}

py::object to_python(const FeedRecord& value) {
    return feed_record_class(value.position, value.instant, value.kind, value.id, value.order,
                             value.number, to_python(value.value, value.id, value.order),
                             to_tuple(value.entries));
}

// ---- days and snapshots

py::object to_python(const BookDays& value) {
    return book_days_class(value.first_date, value.closed_through, value.current);
}

py::object to_python(const DayClose& value) {
    return day_close_class(value.close, value.position, value.instant);
}

py::object to_python(const OpenDate& value) { return open_date_class(value.date, value.vouchers); }

py::object to_python(const SnapshotCut& value) {
    return snapshot_cut_class(value.snapshot, value.position, value.instant);
}

// ---- what posting and care answer

py::object to_python(const Result& value) {
    return result_class(value.outcome, value.names_line() ? py::cast(value.line) : py::none(),
                        value.culprit, value.account, value.position, value.number, value.instant,
                        value.book_date);
}

py::object to_python(const Receipt& value) {
    py::dict balances;
    for (const Receipt::After& after : value.balances) {
        balances[py::cast(after.account)] = py::cast(after.balance);
    }
    return receipt_class(value.result, balances);
}

py::object to_python(const Stats& value) {
    py::tuple pinned(value.pinned.size());
    for (std::size_t i = 0; i < value.pinned.size(); ++i) {
        const PinnedSnapshot& one = value.pinned[i];
        pinned[i] = pinned_class(
            to_text(one.file == PinnedSnapshot::File::journal ? "journal" : "checkpoint"),
            one.process, one.snapshot, one.commits_behind, one.since);
    }
    return stats_class(value.committed_through, value.sealed_through, value.accounts,
                       value.open_holds, value.journal_bytes, value.checkpoint_bytes,
                       value.records_waiting, value.tail_entries, value.segments, value.readers,
                       pinned, value.batches, value.bytes_appended);
}

py::object to_python(const VerifyReport& value) {
    return verify_class(value.ok, value.verified_through, value.problem);
}

}  // namespace ledger::python
