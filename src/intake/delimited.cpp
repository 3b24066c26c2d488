// See delimited.hpp.
#include "ledger/intake/delimited.hpp"

#include "intake/decoder.hpp"
#include "intake/line_source.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>
#include <utility>

namespace ledger::intake {

namespace {

constexpr std::uint64_t shown_bytes_max = std::uint64_t{64} << 10;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

bool all_blank(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), is_blank);
}

}  // namespace

/// The fields of one row, fed line by line.
class RowParser {
public:
    RowParser(Row& row, const Dialect& dialect) noexcept : row_(row), dialect_(dialect) {
        row_.text_.clear();
        row_.ends_.clear();
    }

    /// False where the text breaks the rules of quoting; the row's problem says how.
    bool feed(std::string_view text) {
        for (const char c : text) {
            if (!feed(c)) return false;
        }
        return true;
    }
    bool in_quotes() const noexcept { return state_ == State::quoted; }
    /// From 1, of the field that is being read.
    std::size_t column() const noexcept { return row_.ends_.size() + 1; }
    void finish() { end_field(); }

private:
    enum class State { start, plain, quoted, quote_in_quoted };

    bool feed(char c) {
        if (state_ == State::quoted) {
            if (c == dialect_.quote) {
                state_ = State::quote_in_quoted;
            } else {
                row_.text_ += c;
            }
            return true;
        }
        if (c == dialect_.delimiter) {
            end_field();
            return true;
        }
        const bool is_quote = dialect_.quote != '\0' && c == dialect_.quote;
        if (state_ == State::quote_in_quoted) {
            if (!is_quote) {
                return refuse(
                    "a closing quote is followed by other text; a quote inside a quoted field is "
                    "written twice");
            }
            state_ = State::quoted;
        } else if (is_quote) {
            if (state_ != State::start) {
                return refuse(
                    "a quote stands inside a field that does not begin with one; quote the whole "
                    "field, or say in the mapping that quotes mean nothing (\"quote\": \"\")");
            }
            state_ = State::quoted;
            return true;
        } else {
            state_ = State::plain;
        }
        row_.text_ += c;
        return true;
    }

    void end_field() {
        if (dialect_.trim) trim();
        row_.ends_.push_back(row_.text_.size());
        state_ = State::start;
    }

    void trim() {
        const std::size_t from = row_.ends_.empty() ? 0 : row_.ends_.back();
        std::string& text = row_.text_;
        while (text.size() > from && is_blank(text.back())) text.pop_back();
        std::size_t blanks = 0;
        while (from + blanks < text.size() && is_blank(text[from + blanks])) ++blanks;
        text.erase(from, blanks);
    }

    bool refuse(std::string reason) {
        row_.problem = Row::Problem{column(), std::move(reason)};
        return false;
    }

    Row& row_;
    const Dialect& dialect_;
    State state_ = State::start;
};

struct DelimitedReader::Impl {
    Dialect dialect;
    mutable Decoder decoder;
    LineSource source;
    Line line;
    std::string text;  // of the line, in UTF-8

    Impl(const std::filesystem::path& file, Dialect how)
        : dialect(std::move(how)), decoder(dialect.encoding), source(file, row_bytes_max) {
        const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
        const char delimiter = dialect.delimiter;
        if (delimiter == '\0' || delimiter == '\n' || delimiter == '\r' || !is_ascii(delimiter) ||
            !is_ascii(dialect.quote) || dialect.quote == '\n' || dialect.quote == '\r') {
            throw InvalidArgument(
                "delimiter and quote must be ASCII characters and no line ends; choose others");
        }
        if (delimiter == dialect.quote) {
            throw InvalidArgument("delimiter and quote are both '" + std::string(1, delimiter) +
                                  "'; choose different ones");
        }
    }

    bool passed_over() const {
        if (!dialect.comment.empty() && std::string_view(text).starts_with(dialect.comment))
            return true;
        return text.empty() || (dialect.trim && all_blank(text));
    }

    /// The line to UTF-8. False where it holds bytes that are none of the encoding.
    bool decode(Row& row) {
        text.clear();
        const std::size_t taken = decoder.decode(line.raw, text);
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (line.begin == 0 && text.starts_with(byte_order_mark))
            text.erase(0, byte_order_mark.size());
        if (taken == line.raw.size()) return true;
        std::string bad;
        decoder.decode_shown(line.raw.substr(taken, 1), bad);
        const auto fields_before = std::count(text.begin(), text.end(), dialect.delimiter);
        row.problem = Row::Problem{
            static_cast<std::size_t>(fields_before) + 1,
            "byte " + std::to_string(taken + 1) + " of line " + std::to_string(line.number) + " (" +
                bad + ") is no text in " + dialect.encoding + "; is the file in another encoding?"};
        return false;
    }

    bool refuse_long(Row& row) const {
        row.problem = Row::Problem{0, "the row is longer than " + std::to_string(row_bytes_max) +
                                          " bytes; is the delimiter right, and a quote left open?"};
        return false;
    }

    /// The line that was just read, and those that its quotes draw in, into the row. False:
    /// malformed.
    bool parse(Row& row) {
        RowParser parser(row, dialect);
        while (true) {
            if (!parser.feed(text)) return false;
            if (!parser.in_quotes()) break;
            const bool carriage_return = line.carriage_return;
            if (!line.terminated || !source.next(line)) {
                row.problem = Row::Problem{
                    parser.column(),
                    row.end != line.end ? "the field begins with a quote that is closed nowhere in "
                                          "the rest of the file"
                                        : "the file ends inside this quoted field: the row is cut"};
                return false;
            }
            if (line.too_long || line.end - row.begin > row_bytes_max) return refuse_long(row);
            if (!decode(row)) return false;
            parser.feed(carriage_return ? "\r\n" : "\n");
        }
        parser.finish();
        if (line.terminated || !dialect.final_newline) return true;
        row.problem = Row::Problem{row.size(),
                                   "the file ends without a newline after this row, so it may be "
                                   "cut; where it is whole, add the "
                                   "newline, or say in the mapping that the last one may be "
                                   "missing (\"final_newline\": false)"};
        return false;
    }
};

DelimitedReader::DelimitedReader(const std::filesystem::path& file, Dialect dialect)
    : impl_(std::make_unique<Impl>(file, std::move(dialect))) {}
DelimitedReader::~DelimitedReader() = default;
DelimitedReader::DelimitedReader(DelimitedReader&&) noexcept = default;
DelimitedReader& DelimitedReader::operator=(DelimitedReader&&) noexcept = default;

bool DelimitedReader::next(Row& row) {
    Impl& self = *impl_;
    while (self.source.next(self.line)) {
        row.problem.reset();
        row.line = self.line.number;
        row.begin = self.line.begin;
        row.end = self.line.end;
        if (self.line.number <= self.dialect.skip_lines) continue;
        if (self.line.too_long) {
            self.refuse_long(row);
            return true;
        }
        if (!self.decode(row)) return true;
        if (self.passed_over()) continue;
        if (self.parse(row)) {
            row.end = self.line.end;
        } else if (self.line.end != row.end) {
            self.source.seek(row.end,
                             row.line + 1);  // what lay behind the first line was not its own
        }
        return true;
    }
    return false;
}

std::uint64_t DelimitedReader::offset() const noexcept { return impl_->source.offset(); }
std::uint64_t DelimitedReader::line() const noexcept { return impl_->source.number(); }
void DelimitedReader::seek(std::uint64_t offset, std::uint64_t line) {
    impl_->source.seek(offset, line);
}
std::uint64_t DelimitedReader::file_bytes() const noexcept { return impl_->source.file_bytes(); }

std::string DelimitedReader::bytes(std::uint64_t begin, std::uint64_t end) const {
    std::string out;
    impl_->source.read(begin, end, out);
    return out;
}

std::string DelimitedReader::shown(std::uint64_t begin, std::uint64_t end) const {
    std::string raw = bytes(begin, std::min(end, begin + shown_bytes_max));
    const bool whole = end - begin <= shown_bytes_max;
    if (whole && raw.ends_with('\n')) raw.pop_back();
    if (whole && raw.ends_with('\r')) raw.pop_back();
    std::string out;
    // Line by line, as it was read: every line begins in the initial shift state.
    std::string_view rest = raw;
    while (true) {
        const std::size_t newline = rest.find('\n');
        impl_->decoder.decode_shown(rest.substr(0, newline), out);
        if (newline == std::string_view::npos) break;
        out += '\n';
        rest.remove_prefix(newline + 1);
    }
    if (!whole) out += "... (" + std::to_string(end - begin - shown_bytes_max) + " bytes more)";
    return out;
}

}  // namespace ledger::intake
