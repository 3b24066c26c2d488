// Lines of a file by offset and number. Invariant: lines lie end to end, from the first byte to the
// last; the buffer never exceeds a little over the longest line allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::intake {

struct Line {
    std::string_view
        raw;  ///< without its newline and the carriage return before that; until the next call
    std::uint64_t number = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;    ///< after its newline
    bool terminated = false;  ///< it has a newline
    bool carriage_return = false;
    bool too_long = false;  ///< `raw` is only its beginning
};

class LineSource {
public:
    /// Throws StorageError where the file cannot be opened or is not a regular one.
    LineSource(const std::filesystem::path& file, std::size_t line_bytes_max);
    ~LineSource();
    LineSource(const LineSource&) = delete;
    LineSource& operator=(const LineSource&) = delete;

    /// False at the end that the file had when it was opened: what is appended meanwhile is left
    /// for the next one. Throws StorageError, also where the file became shorter meanwhile.
    bool next(Line& line);
    void seek(std::uint64_t offset, std::uint64_t number);
    std::uint64_t offset() const noexcept { return buffer_offset_ + cursor_; }
    std::uint64_t number() const noexcept { return number_; }
    std::uint64_t file_bytes() const noexcept { return file_bytes_; }
    /// Appends the bytes begin..end-1. Throws StorageError.
    void read(std::uint64_t begin, std::uint64_t end, std::string& out) const;
    const std::filesystem::path& file() const noexcept { return file_; }

private:
    bool fill();
    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const;

    std::filesystem::path file_;
    std::size_t line_bytes_max_;
    int descriptor_;
    std::uint64_t file_bytes_ = 0;
    std::vector<char> buffer_;
    std::uint64_t buffer_offset_ = 0;  // in the file, of buffer_[0]
    std::size_t filled_ = 0;
    std::size_t cursor_ = 0;  // of the next line
    std::uint64_t number_ = 1;
};

}  // namespace ledger::intake
