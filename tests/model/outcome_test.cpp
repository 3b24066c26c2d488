// Outcomes: names, precedence, and that docs/outcomes.md says what the library says.
#include "ledger/model/outcome.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace ledger {
namespace {

struct DocumentedRow {
    std::string name;
    std::string explanation;
};

std::vector<std::string> cells_of(const std::string& row) {
    std::vector<std::string> cells;
    std::istringstream stream(row.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');) {
        const auto first = cell.find_first_not_of(' ');
        const auto last = cell.find_last_not_of(' ');
        cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    return cells;
}

/// The rows of the page's tables by code.
std::map<int, DocumentedRow> documented() {
    std::map<int, DocumentedRow> rows;
    std::ifstream page(std::string(LEDGER_SOURCE_DIR) + "/docs/outcomes.md");
    for (std::string line; std::getline(page, line);) {
        if (line.size() < 3 || line[0] != '|' ||
            !std::isdigit(static_cast<unsigned char>(line[2]))) {
            continue;
        }
        const auto cells = cells_of(line);
        if (cells.size() != 4) {
            ADD_FAILURE() << "a row without four cells: " << line;
            continue;
        }
        const auto [at, is_new] =
            rows.insert({std::stoi(cells[0]), {cells[1], cells[2] + "; " + cells[3] + "."}});
        EXPECT_TRUE(is_new) << "code " << at->first << " stands twice";
    }
    return rows;
}

TEST(Outcomes, ThePageSaysWhatTheLibrarySays) {
    const auto rows = documented();
    ASSERT_FALSE(rows.empty());
    for (int code = 0; code < 1000; ++code) {
        const auto outcome = static_cast<Outcome>(code);
        const auto row = rows.find(code);
        if (to_string(outcome) == "unknown") {
            EXPECT_EQ(row, rows.end()) << "docs/outcomes.md has the unknown code " << code;
            continue;
        }
        ASSERT_NE(row, rows.end())
            << "docs/outcomes.md lacks code " << code << ", " << to_string(outcome);
        EXPECT_EQ(row->second.name, "`" + std::string(to_string(outcome)) + "`");
        EXPECT_EQ(row->second.explanation, explain(outcome));
    }
}

TEST(Outcomes, PrecedenceBeginsWithIdentityAndAscends) {
    const auto order = outcome_precedence();
    ASSERT_GE(order.size(), 3u);
    EXPECT_EQ(order[0], Outcome::id_missing);
    EXPECT_EQ(order[1], Outcome::already_posted);
    EXPECT_EQ(order[2], Outcome::id_conflict);
    EXPECT_TRUE(std::is_sorted(order.begin() + 2, order.end()));
    EXPECT_EQ(order.back(), Outcome::too_many_items);
}

TEST(Outcomes, PrecedenceHoldsEveryJudgedOutcomeOnce) {
    const auto order = outcome_precedence();
    for (int code = 0; code < 1000; ++code) {
        const auto outcome = static_cast<Outcome>(code);
        const bool judged = to_string(outcome) != "unknown" &&
                            (outcome >= Outcome::id_missing || outcome == Outcome::already_posted);
        EXPECT_EQ(std::count(order.begin(), order.end(), outcome), judged ? 1 : 0)
            << to_string(outcome);
    }
}

TEST(Outcomes, AnUnknownCodeIsExplainedAsNewer) {
    const auto unknown = static_cast<Outcome>(999);
    EXPECT_EQ(to_string(unknown), "unknown");
    EXPECT_NE(explain(unknown).find("upgrade"), std::string_view::npos);
}

TEST(Outcomes, OnlyAcceptedAndAlreadyPostedAreSuccess) {
    EXPECT_TRUE(Result{});
    EXPECT_TRUE(is_success(Outcome::already_posted));
    EXPECT_FALSE(is_success(Outcome::group_failed));
    EXPECT_FALSE(is_success(Outcome::relation_broken));
}

TEST(Outcomes, AResultNamesNoLineUntilOneIsAtFault) {
    Result result;
    EXPECT_FALSE(result.names_line());
    result.line = 0;
    EXPECT_TRUE(result.names_line());
}

}  // namespace
}  // namespace ledger
