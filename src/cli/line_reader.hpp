// Lines of a file or of standard input. Invariant: memory is bounded by the longest line allowed,
// and the reader knows whether a next line is there already, so that a live feed is answered at
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ledger::cli {

class LineReader {
public:
    static constexpr std::size_t line_bytes_max = std::size_t{64} << 20;

    /// Opens the file; "-" is standard input. Throws InvalidArgument where it cannot be read.
    explicit LineReader(const std::string& file);
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// The next line without its line feed (and carriage return), valid until the next call; waits
    /// for it. None at the end. Throws InvalidArgument naming the line that is too long,
    /// StorageError where reading fails.
    std::optional<std::string_view> next();
    /// Whether next() would answer without waiting.
    bool is_ready();

    std::uint64_t line_number() const noexcept {
        return line_number_;
    }  ///< of the last line, from 1
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }
    std::uint64_t bytes_total() const noexcept { return bytes_total_; }  ///< 0: not known
    const std::string& name() const noexcept { return name_; }

private:
    /// Reads some more; false at the end.
    bool fill();
    std::string_view take(std::size_t length, std::size_t separator);

    std::string name_;
    int descriptor_ = -1;
    std::string buffer_;
    std::size_t begin_ = 0;    // of what was not handed out
    std::size_t scanned_ = 0;  // no line feed before it
    bool is_at_end_ = false;
    std::uint64_t line_number_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::uint64_t bytes_total_ = 0;
};

}  // namespace ledger::cli
