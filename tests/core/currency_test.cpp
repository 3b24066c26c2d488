// Currency codes, the ISO 4217 table, and that the table is what its generator makes.
#include "ledger/core/currency.hpp"

#include "ledger/core/error.hpp"
#include "ledger/core/iso4217.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

static_assert(sizeof(CurrencyCode) == 12 && std::regular<CurrencyCode>);
static_assert(!std::convertible_to<std::string_view, CurrencyCode>);

TEST(CurrencyCode, KeepsItsText) {
    EXPECT_EQ(CurrencyCode("CNY").text(), "CNY");
    EXPECT_EQ(CurrencyCode("A").text(), "A");
    EXPECT_EQ(CurrencyCode("POINTS-2.A_B").text(), "POINTS-2.A_B");
    EXPECT_EQ(CurrencyCode{}.text(), "");
    EXPECT_FALSE(CurrencyCode{});
    EXPECT_TRUE(CurrencyCode("CNY"));
    EXPECT_LT(CurrencyCode("CNY"), CurrencyCode("CNYX"));
    EXPECT_NE(CurrencyCode("CNY"), CurrencyCode("USD"));
}

TEST(CurrencyCode, RefusesOtherTextAndNamesThePlace) {
    const auto refused = [](std::string_view text, std::string_view part) {
        EXPECT_THAT([&] { CurrencyCode{text}; },
                    ThrowsMessage<InvalidArgument>(HasSubstr(std::string(part))))
            << text;
    };
    refused("", "currency code \"\": it is empty: write 1 to 12 characters");
    refused("cny", "currency code \"cny\": character 1 is \"c\"");
    refused("1INCH", "character 1 is \"1\"");
    refused("CN Y", "character 3 is \" \"");
    refused("ABCDEFGHIJKLM", "it has 13 characters");
    refused(std::string_view("CN\0", 3), "character 3 is \"\\x00\"");
    refused("\xE5\x85\x83", "character 1 is \"\xE5\x85\x83\"");
}

TEST(Iso4217, KnowsDecimalsAndNumbers) {
    struct Case {
        std::string_view code;
        unsigned decimals;
        unsigned numeric;
        std::string_view name;
    };
    for (const Case& c : {Case{"CNY", 2, 156, "Yuan Renminbi"}, Case{"JPY", 0, 392, "Yen"},
                          Case{"BHD", 3, 48, "Bahraini Dinar"},
                          Case{"CLF", 4, 990, "Unidad de Fomento"}, Case{"EUR", 2, 978, "Euro"},
                          Case{"XAU", 0, 959, "Gold"}, Case{"CZK", 2, 203, "Czech Koruna"}}) {
        const Currency* found = find_iso_currency(c.code);
        ASSERT_NE(found, nullptr) << c.code;
        EXPECT_EQ(found->code.text(), c.code);
        EXPECT_EQ(found->decimals, c.decimals) << c.code;
        EXPECT_EQ(found->numeric, c.numeric) << c.code;
        EXPECT_EQ(found->name, c.name);
        EXPECT_EQ(found, find_iso_currency(c.code)) << "the pointer is valid for ever";
    }
}

TEST(Iso4217, LeavesOutWithdrawnAndUnknownCodes) {
    for (std::string_view code : {"DEM", "FRF", "HRK", "cny", "CN", "CNYX", "", "ZZZ"}) {
        EXPECT_EQ(find_iso_currency(code), nullptr) << code;
    }
}

TEST(Iso4217, TableIsSortedUniqueAndBounded) {
    EXPECT_TRUE(std::is_sorted(iso_currencies.begin(), iso_currencies.end(),
                               [](const auto& a, const auto& b) { return a.code < b.code; }));
    std::set<std::string_view> codes;
    std::set<unsigned> numbers;
    for (const IsoCurrency& entry : iso_currencies) {
        codes.insert(entry.code);
        numbers.insert(entry.numeric);
        EXPECT_LE(entry.decimals, currency_decimals_max);
        EXPECT_LE(entry.name.size(), 64u) << entry.name;
        EXPECT_NE(find_iso_currency(entry.code), nullptr);
    }
    EXPECT_EQ(codes.size(), iso_currencies.size());
    EXPECT_EQ(numbers.size(), iso_currencies.size());
}

TEST(Iso4217, HeaderIsWhatItsGeneratorMakes) {
    const std::filesystem::path root = LEDGER_SOURCE_DIR;
    const auto table = root.parent_path() / "shared" / "data" / "iso4217" / "codes-all.csv";
    if (!std::filesystem::exists(table)) {
        GTEST_SKIP() << "NOT CHECKED: " << table << " is absent, so src/core/generate_iso4217.py "
                     << "was not run against include/ledger/core/iso4217.hpp";
    }
    const std::string command = "python3 '" + (root / "src/core/generate_iso4217.py").string() +
                                "' --check '" + table.string() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace
}  // namespace ledger
