// Rows of a delimited text file, one at a time. Invariants: memory does not grow with the file;
// every byte of the file belongs to a row, to a skipped line or to a row that is reported as
// malformed, so nothing is lost silently; and text inside a quoted field is never taken for a row,
// also where the row of the field is broken: what may be such text is reported as malformed.
//
// Written by hand, after a look at what Debian has: libcsv reports neither the byte range of a row
// nor the place of a fault and takes no multi-byte encodings; fast-cpp-csv-parser (libfccp-dev)
// fixes the columns at compile time, knows no newline inside quotes and stops at the first bad row.
// An import that can be resumed and that hands bad rows back needs exactly these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::intake {

/// How a delimited file is written down. Quoting is RFC 4180: a field in quotes may hold
/// delimiters, newlines and doubled quotes; a quote inside an unquoted field is a fault.
struct Dialect {
    char delimiter = ',';
    char quote = '"';                ///< '\0': fields are never quoted
    std::string encoding = "utf-8";  ///< any that iconv knows in which ASCII stays one byte each
    std::string comment;           ///< lines that begin with this text are skipped; empty: none are
    std::uint64_t skip_lines = 0;  ///< at the start of the file
    bool trim = false;             ///< blanks around a field are not part of it
    bool final_newline = true;     ///< a last line without one is a fault: the file may be cut
    friend bool operator==(const Dialect&, const Dialect&) = default;
};

/// A row, its place, and what is wrong with it. Reused from row to row.
class Row {
public:
    struct Problem {
        std::size_t column = 0;  ///< from 1; 0: none in particular
        std::string reason;
    };

    std::uint64_t line = 0;   ///< of its first line, from 1
    std::uint64_t begin = 0;  ///< byte range in the file, final newline included
    std::uint64_t end = 0;
    std::optional<Problem> problem;  ///< malformed; the fields are not to be used

    std::size_t size() const noexcept { return ends_.size(); }
    /// UTF-8; valid until the row is read into again.
    std::string_view operator[](std::size_t index) const noexcept {
        const std::size_t from = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(text_).substr(from, ends_[index] - from);
    }

private:
    friend class DelimitedReader;
    friend class RowParser;
    std::string text_;               // the fields, one after the other
    std::vector<std::size_t> ends_;  // of each field in text_
};

/// Where reading goes on.
struct Place {
    std::uint64_t offset = 0;
    std::uint64_t line = 1;  ///< that begins there
    /// Lines before this offset may be text of the malformed row that begins in `doubtful_line`.
    std::uint64_t doubtful_end = 0;
    std::uint64_t doubtful_line = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

/// Reads a regular file front to back. Not thread-safe.
class DelimitedReader {
public:
    /// Rows (all lines of one together) longer than this are malformed.
    static constexpr std::size_t row_bytes_max = std::size_t{1} << 20;

    /// Throws StorageError where the file cannot be read or is not a regular one, InvalidArgument
    /// where the dialect is none: an encoding unknown to iconv or with other than one-byte ASCII,
    /// equal delimiter and quote.
    DelimitedReader(const std::filesystem::path& file, Dialect dialect);
    ~DelimitedReader();
    DelimitedReader(DelimitedReader&&) noexcept;
    DelimitedReader& operator=(DelimitedReader&&) noexcept;

    /// The next row, malformed or not; false at the end of the file. Empty lines and comments are
    /// passed over. Of a malformed row only the first line is given; every further line that may be
    /// text of its fields is a malformed row of its own. Such lines reach up to the quote that
    /// closes the field: to the end of the file where none does. Throws StorageError.
    bool next(Row& row);

    /// Where the next row is looked for.
    Place place() const noexcept;
    /// Goes on reading at a place that place() told earlier, or where a row begins.
    void seek(const Place& place);

    /// Bytes of the file when it was opened.
    std::uint64_t file_bytes() const noexcept;
    /// The bytes begin..end-1 as they are. Throws StorageError.
    std::string bytes(std::uint64_t begin, std::uint64_t end) const;
    /// The same in UTF-8, without the final newline; bytes that are none in the file's encoding as
    /// \xNN, and all beyond the first 64 KiB as a count. For people to read.
    std::string shown(std::uint64_t begin, std::uint64_t end) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger::intake
