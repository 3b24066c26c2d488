// Names of the small vocabulary.
#include "ledger/model/kinds.hpp"
#include "ledger/core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ledger {
namespace {

using ::testing::HasSubstr;

TEST(Kinds, WhatIsPrintedIsReadBack) {
    for (const Side value : {Side::debit, Side::credit})
        EXPECT_EQ(parse_side(to_string(value)), value);
    for (const Ink value : {Ink::black, Ink::red}) EXPECT_EQ(parse_ink(to_string(value)), value);
    for (int i = 1; i <= 7; ++i) {
        const auto value = static_cast<AccountKind>(i);
        EXPECT_EQ(parse_account_kind(to_string(value)), value);
    }
    for (int i = 0; i <= 3; ++i) {
        const auto value = static_cast<Freeze>(i);
        EXPECT_EQ(parse_freeze(to_string(value)), value);
    }
    for (int i = 0; i <= 2; ++i) {
        const auto value = static_cast<HoldKind>(i);
        EXPECT_EQ(parse_hold_kind(to_string(value)), value);
    }
}

TEST(Kinds, EveryRecordAndEntryKindHasItsOwnName) {
    std::set<std::string_view> names;
    for (int i = 0; i < record_kinds; ++i) names.insert(to_string(static_cast<RecordKind>(i)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(record_kinds));
    names.clear();
    for (int i = 1; i <= 12; ++i) names.insert(to_string(static_cast<EntryKind>(i)));
    EXPECT_EQ(names.size(), 12u);
    EXPECT_FALSE(names.contains("unknown"));
}

TEST(Kinds, ValuesOutsideAreUnknown) {
    EXPECT_EQ(to_string(static_cast<Side>(7)), "unknown");
    EXPECT_EQ(to_string(static_cast<RecordKind>(record_kinds)), "unknown");
}

TEST(Kinds, AWrongNameIsRefusedWithTheRightOnes) {
    try {
        parse_freeze("frozen");
        FAIL() << "'frozen' was read";
    } catch (const InvalidArgument& error) {
        EXPECT_THAT(error.what(), HasSubstr("'frozen' is no freeze"));
        EXPECT_THAT(error.what(), HasSubstr("none, inflow_only, outflow_only, all"));
    }
    EXPECT_THROW(parse_side("Debit"), InvalidArgument);
    EXPECT_THROW(parse_ink(""), InvalidArgument);
}

}  // namespace
}  // namespace ledger
