// See text_template.hpp.
#include "intake/text_template.hpp"

#include "core/quoted.hpp"
#include "intake/refusal.hpp"
#include "ledger/core/error.hpp"
#include "ledger/core/id.hpp"

#include <algorithm>
#include <utility>

namespace ledger::intake {

namespace {

[[noreturn]] void refuse_template(const std::string& place, std::string_view text,
                                  const char* why) {
    throw InvalidArgument(place + ": template " + detail::quoted(text) + ": " + why +
                          "; a column is written {name}, a brace {{ or }}");
}

}  // namespace

TextTemplate::TextTemplate(std::string_view text, std::string place) : place_(std::move(place)) {
    std::string literal;
    const auto end_literal = [&] {
        if (!literal.empty()) parts_.push_back({Kind::literal, std::exchange(literal, {}), 0});
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c != '{' && c != '}') {
            literal += c;
            continue;
        }
        if (i + 1 < text.size() && text[i + 1] == c) {
            literal += c;
            ++i;
            continue;
        }
        if (c == '}') refuse_template(place_, text, "a closing brace without an opening one");
        const std::size_t close = text.find('}', i);
        if (close == std::string_view::npos) refuse_template(place_, text, "a brace is not closed");
        const std::string_view name = text.substr(i + 1, close - i - 1);
        if (name.empty()) refuse_template(place_, text, "braces without a name");
        end_literal();
        const Kind kind = name == "@line"   ? Kind::line
                          : name == "@file" ? Kind::file
                                            : Kind::column;
        if (kind == Kind::column && name.front() == '@') {
            refuse_template(place_, text, "after @ there are only @line and @file");
        }
        parts_.push_back({kind, std::string(name), 0});
        i = close;
    }
    end_literal();
}

bool TextTemplate::constant() const noexcept {
    return std::all_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.kind == Kind::literal; });
}

void TextTemplate::bind(const Columns& columns, std::string_view file_name) {
    for (Part& part : parts_) {
        if (part.kind == Kind::column) part.index = columns.index_of(part.text, place_);
        if (part.kind == Kind::file) part.text = file_name;
    }
}

std::string TextTemplate::expand(const Row& row) const {
    std::string out;
    for (const Part& part : parts_) {
        switch (part.kind) {
            case Kind::literal:
            case Kind::file: out += part.text; break;
            case Kind::column: out += row[part.index]; break;
            case Kind::line: out += std::to_string(row.line); break;
        }
    }
    return out;
}

std::string TextTemplate::expand_or_nothing(const Row& row) const {
    bool refers = false;
    bool any = false;
    for (const Part& part : parts_) {
        if (part.kind == Kind::literal) continue;
        refers = true;
        any = any || part.kind != Kind::column || !row[part.index].empty();
    }
    return refers && !any ? std::string() : expand(row);
}

std::size_t TextTemplate::column() const noexcept {
    for (const Part& part : parts_) {
        if (part.kind == Kind::column) return part.index + 1;
    }
    return 0;
}

std::size_t TextTemplate::empty_column(const Row& row) const noexcept {
    for (const Part& part : parts_) {
        if (part.kind == Kind::column && row[part.index].empty()) return part.index + 1;
    }
    return 0;
}

KeyTemplate::KeyTemplate(std::string_view text, const std::string& place) {
    constexpr std::string_view hex = "id:";
    constexpr std::string_view plain = "text:";
    is_hex_ = text.starts_with(hex);
    std::string_view rest = text;
    rest.remove_prefix(is_hex_ ? hex.size() : text.starts_with(plain) ? plain.size() : 0);
    if (rest.empty())
        throw InvalidArgument(place + ": the template is empty; every identity needs a text");
    text_ = TextTemplate(rest, place);
}

u128 KeyTemplate::expand(const Row& row) const {
    if (const std::size_t column = text_.empty_column(row); column != 0) {
        throw Refusal(column,
                      "the field is empty, but " + text_.place() + " makes an identity of it");
    }
    const std::string text = text_.expand(row);
    if (!is_hex_) return id_from_text(text);
    try {
        return id_from_hex(text);
    } catch (const InvalidArgument& failure) {
        throw Refusal(text_.column(), failure.what());
    }
}

u128 KeyTemplate::expand_or_zero(const Row& row) const {
    return text_.empty_column(row) != 0 ? 0 : expand(row);
}

std::string KeyTemplate::shown(const Row& row) const {
    return detail::quoted((is_hex_ ? "id:" : "") + text_.expand(row));
}

}  // namespace ledger::intake
