// The examples of docs/import.md do what the page says.
#include "fixture.hpp"
#include "ledger/core/decimal.hpp"
#include "ledger/intake/importer.hpp"

#include <vector>

namespace ledger::intake {
namespace {

/// The blocks of one language in a Markdown page.
std::vector<std::string> blocks(const std::string& page, const std::string& language) {
    std::vector<std::string> out;
    const std::string open = "```" + language + "\n";
    for (std::size_t at = page.find(open); at != std::string::npos; at = page.find(open, at)) {
        at += open.size();
        out.push_back(page.substr(at, page.find("```", at) - at));
    }
    return out;
}

TEST(ImportPage, ExamplesDoWhatThePageSays) {
    const std::string page =
        read_file(std::filesystem::path(LEDGER_SOURCE_DIR) / "docs" / "import.md");
    const auto tables = blocks(page, "csv");
    const auto maps = blocks(page, "json");
    ASSERT_EQ(tables.size(), 1u);
    ASSERT_EQ(maps.size(), 2u);

    const TemporaryDirectory directory;
    Ledger ledger = Ledger::create(directory / "ledger", small_options());
    const auto balance = [&](const char* account) {
        const auto found = ledger.view().balance(AccountId{id_from_text(account)});
        return found ? to_decimal(found->total(), 2) : "none";
    };
    const auto payments = write_file(directory / "payments.csv", tables[0]);
    const ImportReport first =
        Importer(ledger, Mapping::parse(maps[0], "payments.map.json")).run(payments);
    EXPECT_EQ(first.counts.posted, 3u);
    EXPECT_EQ(balance("merchant:7"), "89.46");
    EXPECT_EQ(balance("channel"), "140.00");
    EXPECT_EQ(balance("fees"), "0.54");
    EXPECT_TRUE(ledger.view().voucher(VoucherId{id_from_text("pay:3")}));

    const auto customers =
        write_file(directory / "customers.csv", "no,name,balance\n1,Ann,5.00\n2,Bob,0\n");
    const ImportReport second =
        Importer(ledger, Mapping::parse(maps[1], "opening.map.json")).run(customers);
    EXPECT_EQ(second.counts, (ImportCounts{2, 1, 0, 1, 0, 2}));
    EXPECT_EQ(balance("customer:1"), "5.00");
    EXPECT_EQ(balance("opening:2026"), "-5.00");
}

}  // namespace
}  // namespace ledger::intake
