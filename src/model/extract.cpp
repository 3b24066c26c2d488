// Extraction of regular values from the flat form.
#include "ledger/model/extract.hpp"

#include "ledger/core/error.hpp"

#include <string>
#include <type_traits>

namespace ledger {

namespace {

AccountId account_of(const BatchLine& line, const AccountIdOf& account_id_of) {
    if (line.account || !line.handle) return line.account;
    if (account_id_of) return account_id_of(line.handle);
    throw UsageError("the line names its account by handle " + std::to_string(line.handle.index) +
                     " only; pass voucher_at a function that knows the account ids");
}

VoucherLine line_of(const Batch& batch, const BatchLine& from, const AccountIdOf& account_id_of) {
    VoucherLine line;
    line.account = account_of(from, account_id_of);
    line.side = from.side;
    line.amount = from.amount;
    line.ink = from.ink;
    if (const LineDetail* detail = batch.detail(from)) {
        line.dimensions = detail->dimensions;
        line.opens = detail->opens;
        line.clears = detail->clears;
    }
    return line;
}

}  // namespace

Voucher voucher_at(const Batch& batch, std::size_t index, const AccountIdOf& account_id_of) {
    if (index >= batch.size() || batch.records[index].kind != RecordKind::voucher) {
        detail::refuse_extraction(batch, index);
    }
    const BatchRecord& record = batch.records[index];
    Voucher voucher;
    voucher.id = record.id;
    voucher.order = record.order;
    voucher.book = record.book;
    voucher.book_date = record.book_date;
    voucher.code = record.code;
    voucher.manual = record.has(record_flag::manual);
    voucher.red = record.has(record_flag::red);
    voucher.lines.reserve(record.line_count);
    for (const BatchLine& line : batch.lines_of(record)) {
        voucher.lines.push_back(line_of(batch, line, account_id_of));
    }
    if (const auto* detail = batch.detail<VoucherDetail>(record)) voucher.detail = *detail;
    return voucher;
}

RecordValue record_value_at(const Batch& batch, std::size_t index,
                            const AccountIdOf& account_id_of) {
    if (index >= batch.size()) detail::refuse_extraction(batch, index);
    const BatchRecord& record = batch.records[index];
    if (record.kind == RecordKind::voucher) return voucher_at(batch, index, account_id_of);
    if (record.detail == no_detail) return {};
    return std::visit(
        [](const auto& value) -> RecordValue {
            // A voucher's detail hangs on vouchers alone, and those are done with.
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, VoucherDetail>) {
                return {};
            } else {
                return value;
            }
        },
        batch.details[record.detail]);
}

void detail::refuse_extraction(const Batch& batch, std::size_t index) {
    if (index >= batch.size()) {
        throw UsageError("the batch has " + std::to_string(batch.size()) +
                         " records, none at index " + std::to_string(index));
    }
    throw UsageError("the record at index " + std::to_string(index) + " is of the kind " +
                     std::string(to_string(batch.records[index].kind)) +
                     "; look at its kind before extracting a value");
}

}  // namespace ledger
