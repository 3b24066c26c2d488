// Texts with references to columns: "berka:{account_id}". Invariant: what a template gives depends
// on the row and the name of the file alone, so that the same row always gives the same text.
#pragma once

#include "intake/columns.hpp"
#include "ledger/core/int128.hpp"
#include "ledger/intake/delimited.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::intake {

/// `{name}` stands for the field of that column, `{@line}` for the number of the row's line,
/// `{@file}` for the file's name without its directory, `{{` and `}}` for braces.
class TextTemplate {
public:
    TextTemplate() = default;
    /// `place` of the mapping, for messages. Throws InvalidArgument where a brace is left open or
    /// empty.
    TextTemplate(std::string_view text, std::string place);

    /// Whether it refers to nothing.
    bool constant() const noexcept;
    bool empty() const noexcept { return parts_.empty(); }
    const std::string& place() const noexcept { return place_; }

    /// Finds the columns. Throws InvalidArgument where one is missing.
    void bind(const Columns& columns, std::string_view file_name);

    /// After bind(), where it is not constant.
    std::string expand(const Row& row) const;
    /// Like expand(), but empty where every column it refers to is empty (and it refers to one).
    std::string expand_or_nothing(const Row& row) const;
    /// From 1, of the first column it refers to; 0: none.
    std::size_t column() const noexcept;
    /// From 1, of the first referred column whose field is empty; 0: none.
    std::size_t empty_column(const Row& row) const noexcept;

private:
    enum class Kind { literal, column, line, file };
    struct Part {
        Kind kind = Kind::literal;
        std::string text;  // of a literal, the name of a column, after bind() the name of the file
        std::size_t index = 0;
    };
    std::vector<Part> parts_;
    std::string place_;
};

/// A template that gives an identity: id_from_text of its text or, where it was written with "id:"
/// in front, the 32 hexadecimal digits that follow. "text:" in front is left away, so that "text:x"
/// means what it means to ledgerctl.
class KeyTemplate {
public:
    KeyTemplate() = default;
    KeyTemplate(std::string_view text, const std::string& place);

    const TextTemplate& text() const noexcept { return text_; }
    TextTemplate& text() noexcept { return text_; }

    /// Throws Refusal where a column it refers to is empty (all such rows would share one
    /// identity), or where the digits are none.
    u128 expand(const Row& row) const;
    /// The same, but zero where a column it refers to is empty.
    u128 expand_or_zero(const Row& row) const;
    /// For messages.
    std::string shown(const Row& row) const;

private:
    TextTemplate text_;
    bool is_hex_ = false;
};

}  // namespace ledger::intake
