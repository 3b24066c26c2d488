// Tables for people. Invariant: columns line up whatever the script of the text, and no text of the
// ledger can move the cursor or colour the terminal: control characters are printed escaped.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::cli {

/// Columns a terminal uses for this UTF-8 text: wide characters take two, combining marks none.
std::size_t display_width(std::string_view text);
/// The text with control characters and broken UTF-8 written as \xNN.
std::string printable(std::string_view text);

enum class Align { left, right };

class Table {
public:
    struct Column {
        std::string title;
        Align align = Align::left;
    };

    explicit Table(std::vector<Column> columns);
    /// As many cells as there are columns; an empty one stays blank.
    void row(std::vector<std::string> cells);
    bool empty() const noexcept { return rows_.empty(); }
    /// Prints the rows, with the titles above where `titles`, and forgets them; widths stay at
    /// least what they were, so that page after page lines up.
    void print(std::ostream& out, bool titles = true);

private:
    std::vector<Column> columns_;
    std::vector<std::size_t> widths_;
    std::vector<std::vector<std::string>> rows_;
};

/// A thing and its properties, one a line; values of `right` are aligned right.
class Card {
public:
    /// Leaves empty values out.
    Card& field(std::string name, std::string_view value);
    Card& amount(std::string name, std::string value);
    void print(std::ostream& out) const;

private:
    struct Field {
        std::string name;
        std::string value;
        bool is_amount = false;
    };
    std::vector<Field> fields_;
};

}  // namespace ledger::cli
