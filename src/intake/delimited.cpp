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
constexpr std::uint64_t piece_bytes = std::uint64_t{64} << 10;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

bool all_blank(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), is_blank);
}

}  // namespace

/// What becomes of a quote that breaks the rules.
enum class StrayQuote {
    refuse,   ///< the row is malformed
    is_text,  ///< it was not written twice: the quoted field goes on
    closes,   ///< the field was over, and what follows is rubbish in front of the delimiter
};

/// The fields of one row, fed line by line.
class RowParser {
public:
    RowParser(Row& row, const Dialect& dialect,
              StrayQuote stray_quote = StrayQuote::refuse) noexcept
        : row_(row), dialect_(dialect), stray_quote_(stray_quote) {
        forget();
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
    /// Lets go of the fields, where only their quotes are of interest.
    void forget() noexcept {
        row_.text_.clear();
        row_.ends_.clear();
    }

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
            if (!is_quote && stray_quote_ == StrayQuote::refuse) {
                return refuse(
                    "a closing quote is followed by other text; a quote inside a quoted field is "
                    "written twice");
            }
            state_ = is_quote || stray_quote_ == StrayQuote::is_text ? State::quoted : State::plain;
        } else if (is_quote && state_ == State::start) {
            state_ = State::quoted;
            return true;
        } else if (is_quote && stray_quote_ == StrayQuote::refuse) {
            return refuse(
                "a quote stands inside a field that does not begin with one; quote the whole "
                "field, or say in the mapping that quotes mean nothing (\"quote\": \"\")");
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
    StrayQuote stray_quote_;
    State state_ = State::start;
};

struct DelimitedReader::Impl {
    Dialect dialect;
    mutable Decoder decoder;
    LineSource source;
    Line line;
    std::string text;                 // of the line, in UTF-8
    std::uint64_t doubtful_end = 0;   // lines before this offset may be text of a field ...
    std::uint64_t doubtful_line = 0;  // ... of the malformed row that begins in this line
    // A field that is open at this line end or a later one is never closed, where quotes that break
    // the rules are text. Known once, so that a file full of such rows is not searched for each.
    std::uint64_t never_closed_from = UINT64_MAX;

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
        drop_byte_order_mark();
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

    void drop_byte_order_mark() {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (line.begin == 0 && text.starts_with(byte_order_mark))
            text.erase(0, byte_order_mark.size());
    }

    void refuse_long(Row& row) const {
        row.problem = Row::Problem{0, "the row is longer than " + std::to_string(row_bytes_max) +
                                          " bytes; is the delimiter right, and a quote left open?"};
    }

    /// The row that begins in the line that was just read.
    enum class Read { sound, malformed, passed_over };
    Read read(Row& row) {
        if (line.too_long) {
            refuse_long(row);
            return Read::malformed;
        }
        if (!decode(row)) return Read::malformed;
        if (passed_over()) return Read::passed_over;
        return parse(row) ? Read::sound : Read::malformed;
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
            if (line.too_long || line.end - row.begin > row_bytes_max) {
                refuse_long(row);
                return false;
            }
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

    /// Without the line end, which LineSource tells only of lines that it holds.
    std::uint64_t text_end_of_long_line() const {
        if (!line.terminated) return line.end;
        std::string tail;
        source.read(line.end - 2, line.end, tail);
        return line.end - (tail == "\r\n" ? 2 : 1);
    }

    /// The current line, however long and whatever its bytes.
    void feed_any(RowParser& as_text, RowParser& as_end) {
        const auto feed = [&](std::string_view raw) {
            text.clear();
            decoder.decode_known(raw, text);
            drop_byte_order_mark();
            for (RowParser* parser : {&as_text, &as_end}) {
                parser->feed(text);
                parser->forget();
            }
        };
        if (!line.too_long) return feed(line.raw);
        const std::uint64_t end = text_end_of_long_line();
        std::string piece;
        for (std::uint64_t at = line.begin; at < end; at += piece_bytes) {
            piece.clear();
            source.read(at, std::min(at + piece_bytes, end), piece);
            feed(piece);
        }
    }

    /// Where the lines end that may be text of a malformed row's fields: at the first line end at
    /// which no field is open, whether a quote that breaks the rules is taken for text or for the
    /// end of its field. A row that by the second reading ends with its first line is believed to,
    /// where by the first one its field would never be closed.
    std::uint64_t end_of_doubt(const Row& row) {
        Row text_row;
        Row end_row;
        RowParser as_text(text_row, dialect, StrayQuote::is_text);
        RowParser as_end(end_row, dialect, StrayQuote::closes);
        bool never_closed = true;
        bool is_one_line = false;
        source.seek(row.begin, row.line);
        while (source.next(line)) {
            feed_any(as_text, as_end);
            if (!as_text.in_quotes() && !as_end.in_quotes()) return line.end;
            never_closed = never_closed && as_text.in_quotes();
            is_one_line = is_one_line || (line.end == row.end && !as_end.in_quotes());
            if (never_closed && is_one_line && line.end >= never_closed_from) break;
            for (RowParser* parser : {&as_text, &as_end}) {
                if (!parser->in_quotes()) parser->finish();
            }
        }
        if (!never_closed || !is_one_line) return source.offset();
        never_closed_from = std::min(never_closed_from, row.end);
        return row.end;
    }

    /// After a malformed row: what follows its first line is read again, line by line, and doubted
    /// where it may be text of the row. Fields without quotes end with their line.
    void doubt_what_follows(const Row& row) {
        if (dialect.quote == '\0') return;
        const std::uint64_t end = end_of_doubt(row);
        if (end > row.end) {
            doubtful_end = end;
            doubtful_line = row.line;
        }
        source.seek(row.end, row.line + 1);
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
        if (self.line.begin < self.doubtful_end) {
            if (self.line.raw.empty() && !self.line.too_long) continue;
            row.problem = Row::Problem{
                0, "may be text of a field of the row that begins in line " +
                       std::to_string(self.doubtful_line) +
                       ", which is malformed; repair that row, and import the file again"};
            return true;
        }
        const Impl::Read read = self.read(row);
        if (read == Impl::Read::passed_over) continue;
        if (read == Impl::Read::sound) {
            row.end = self.line.end;
        } else {
            self.doubt_what_follows(row);
        }
        return true;
    }
    return false;
}

Place DelimitedReader::place() const noexcept {
    const Impl& self = *impl_;
    Place place{self.source.offset(), self.source.number()};
    if (place.offset < self.doubtful_end) {
        place.doubtful_end = self.doubtful_end;
        place.doubtful_line = self.doubtful_line;
    }
    return place;
}
void DelimitedReader::seek(const Place& place) {
    impl_->source.seek(place.offset, place.line);
    impl_->doubtful_end = place.doubtful_end;
    impl_->doubtful_line = place.doubtful_line;
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
