// Layout of tables and cards.
#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <utility>

namespace ledger::cli {

namespace {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

/// The code point at the beginning of a text that is not empty.
CodePoint decode(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    std::uint32_t value = lead & (0x7Fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0u) != 0x80u) return {};
        value = (value << 6) | (byte(i) & 0x3Fu);
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < least[bytes] || value > 0x10FFFF || surrogate) return {};
    return {value, bytes, true};
}

using Span = std::pair<std::uint32_t, std::uint32_t>;

template <std::size_t count>
bool is_in(const std::array<Span, count>& spans, std::uint32_t value) {
    return std::any_of(spans.begin(), spans.end(), [value](const Span& span) {
        return value >= span.first && value <= span.second;
    });
}

// The blocks of Unicode's East Asian Width W and F, and of combining and zero-width marks, that
// occur in names and texts of accounts.
constexpr std::array<Span, 11> wide_spans{{{0x1100, 0x115F},
                                           {0x2E80, 0x303E},
                                           {0x3041, 0xA4CF},
                                           {0xA960, 0xA97F},
                                           {0xAC00, 0xD7A3},
                                           {0xF900, 0xFAFF},
                                           {0xFE30, 0xFE6F},
                                           {0xFF00, 0xFF60},
                                           {0xFFE0, 0xFFE6},
                                           {0x1F300, 0x1FAFF},
                                           {0x20000, 0x3FFFD}}};
constexpr std::array<Span, 5> narrowless_spans{
    {{0x0300, 0x036F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}}};
// What moves the cursor or turns the direction of writing.
constexpr std::array<Span, 5> control_spans{
    {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};

void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += digits[byte >> 4];
        out += digits[byte & 0xFu];
    }
}

std::string padded(const std::string& cell, std::size_t width, Align align) {
    const std::string padding(width - std::min(width, display_width(cell)), ' ');
    return align == Align::right ? padding + cell : cell + padding;
}

/// Nothing invisible at the end of a line.
void put_line(std::ostream& out, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const CodePoint point = decode(text);
        text.remove_prefix(point.bytes);
        if (is_in(narrowless_spans, point.value)) continue;
        width += is_in(wide_spans, point.value) ? 2 : 1;
    }
    return width;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = decode(text);
        const std::string_view bytes = text.substr(0, point.bytes);
        if (!point.valid || is_in(control_spans, point.value)) {
            append_escaped(out, bytes);
        } else {
            out += bytes;
        }
        text.remove_prefix(point.bytes);
    }
    return out;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
    for (const Column& column : columns_) widths_.push_back(display_width(column.title));
}

void Table::row(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i] = printable(cells[i]);
        widths_[i] = std::max(widths_[i], display_width(cells[i]));
    }
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out, bool titles) {
    const auto put = [&](const auto& cell_of) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i != 0) line += "  ";
            line += padded(cell_of(i), widths_[i], columns_[i].align);
        }
        put_line(out, std::move(line));
    };
    if (titles) put([&](std::size_t i) { return columns_[i].title; });
    for (const auto& cells : rows_) put([&](std::size_t i) { return cells[i]; });
    rows_.clear();
}

Card& Card::field(std::string name, std::string_view value) {
    if (!value.empty()) fields_.push_back({std::move(name), printable(value), false});
    return *this;
}

Card& Card::amount(std::string name, std::string value) {
    fields_.push_back({std::move(name), std::move(value), true});
    return *this;
}

void Card::print(std::ostream& out) const {
    std::size_t name_width = 0;
    std::size_t amount_width = 0;
    for (const Field& field : fields_) {
        name_width = std::max(name_width, display_width(field.name));
        if (field.is_amount) amount_width = std::max(amount_width, display_width(field.value));
    }
    for (const Field& field : fields_) {
        put_line(out, padded(field.name, name_width + 2, Align::left) +
                          (field.is_amount ? padded(field.value, amount_width, Align::right)
                                           : field.value));
    }
}

}  // namespace ledger::cli
