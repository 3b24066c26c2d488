// Whether two records are the same as the journal carries them: all fields but account ids of
// lines, the `linked` flag and the places inside their batches.
#pragma once

#include "ledger/model/batch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ledger::test {

inline ::testing::AssertionResult differs(const std::string& what) {
    return ::testing::AssertionFailure() << what << " differs";
}

inline ::testing::AssertionResult same_line(const Batch& a_batch, const BatchLine& a,
                                            const Batch& b_batch, const BatchLine& b) {
    if (a.handle != b.handle) return differs("handle");
    if (a.amount != b.amount) return differs("amount");
    if (a.side != b.side || a.ink != b.ink) return differs("side or ink");
    const LineDetail* a_detail = a_batch.detail(a);
    const LineDetail* b_detail = b_batch.detail(b);
    if ((a_detail == nullptr) != (b_detail == nullptr))
        return differs("presence of a line's detail");
    if (a_detail != nullptr && *a_detail != *b_detail) return differs("a line's detail");
    return ::testing::AssertionSuccess();
}

inline ::testing::AssertionResult same_record(const Batch& a_batch, std::size_t a_index,
                                              const Batch& b_batch, std::size_t b_index) {
    const BatchRecord& a = a_batch.records[a_index];
    const BatchRecord& b = b_batch.records[b_index];
    if (a.kind != b.kind) return differs("kind");
    if (a.id != b.id || a.order != b.order) return differs("id or order");
    if (a.number != b.number) return differs("number");
    if (a.book != b.book || a.book_date != b.book_date) return differs("book or date");
    if (a.code != b.code) return differs("code");
    if (((a.flags ^ b.flags) & ~record_flag::linked) != 0) return differs("flags");
    if (a.line_count != b.line_count) return differs("line count");
    const auto a_lines = a_batch.lines_of(a);
    const auto b_lines = b_batch.lines_of(b);
    for (std::size_t i = 0; i < a_lines.size(); ++i) {
        const auto same = same_line(a_batch, a_lines[i], b_batch, b_lines[i]);
        if (!same) return ::testing::AssertionFailure() << "line " << i << ": " << same.message();
    }
    if ((a.detail == no_detail) != (b.detail == no_detail)) return differs("presence of a detail");
    if (a.detail != no_detail && a_batch.details[a.detail] != b_batch.details[b.detail]) {
        return differs("detail");
    }
    return ::testing::AssertionSuccess();
}

inline ::testing::AssertionResult same_batch(const Batch& a, const Batch& b) {
    if (a.size() != b.size()) return differs("number of records");
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto same = same_record(a, i, b, i);
        if (!same) return ::testing::AssertionFailure() << "record " << i << ": " << same.message();
    }
    return ::testing::AssertionSuccess();
}

}  // namespace ledger::test
