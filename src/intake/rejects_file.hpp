// The rows that were not imported, for people and spreadsheets: RFC 4180 CSV with the columns file,
// line, column, reason, text. Invariant: what sync() returned from is durable, and a resumed file
// holds exactly the bytes that were there at the place it is resumed from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ledger::intake {

class RejectsFile {
public:
    /// Makes the file anew, or, with `keep`, goes on behind that many bytes. Throws StorageError;
    /// also where there is another file that is no rejects file, and where there are fewer bytes
    /// than to keep.
    RejectsFile(const std::filesystem::path& path, std::optional<std::uint64_t> keep);
    ~RejectsFile();
    RejectsFile(const RejectsFile&) = delete;
    RejectsFile& operator=(const RejectsFile&) = delete;

    /// `column` 0 leaves the field empty. Throws StorageError.
    void add(std::string_view file, std::uint64_t line, std::size_t column, std::string_view reason,
             std::string_view text);
    /// Throws StorageError.
    void sync();
    /// Bytes written and buffered.
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void check_header() const;
    void append(std::string_view text);
    void flush();

    std::filesystem::path path_;
    int descriptor_;
    std::string buffer_;
    std::uint64_t bytes_ = 0;
    bool synced_ = false;
};

}  // namespace ledger::intake
