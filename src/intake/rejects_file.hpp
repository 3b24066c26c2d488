// The rows that were not imported, for people and spreadsheets: RFC 4180 CSV with the columns file,
// line, column, reason, text. Invariant: what sync() returned from is durable, and a resumed file
// holds exactly the bytes that were there at the place it is resumed from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace ledger::intake {

class RejectsFile {
public:
    /// Opens the file, to go on behind `keep` bytes; 0: anew. Changes nothing that is there before
    /// begin(). Throws StorageError; also where there is another file that is no rejects file, and
    /// where there are fewer bytes than to keep.
    RejectsFile(const std::filesystem::path& path, std::uint64_t keep);
    /// Without begin() it leaves no file where none was.
    ~RejectsFile();
    RejectsFile(const RejectsFile&) = delete;
    RejectsFile& operator=(const RejectsFile&) = delete;

    /// Cuts the file to what is to be kept. Once, before all that follows. Throws StorageError.
    void begin();
    /// `column` 0 leaves the field empty. Throws StorageError.
    void add(std::string_view file, std::uint64_t line, std::size_t column, std::string_view reason,
             std::string_view text);
    /// Throws StorageError.
    void sync();
    /// Removes the file; the last thing done with it. Throws StorageError.
    void remove();
    /// Bytes written and buffered.
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void check_header() const;
    void close() noexcept;
    void append(std::string_view text);
    void flush();

    std::filesystem::path path_;
    int descriptor_ = -1;
    bool is_new_ = false;
    std::string buffer_;
    std::uint64_t bytes_;
    bool has_begun_ = false;
    bool synced_ = false;
};

}  // namespace ledger::intake
