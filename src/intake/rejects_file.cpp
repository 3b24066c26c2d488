// See rejects_file.hpp.
#include "intake/rejects_file.hpp"

#include "ledger/core/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ledger::intake {

namespace {

constexpr std::string_view header = "file,line,column,reason,text\n";
constexpr std::size_t buffer_bytes = std::size_t{64} << 10;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw StorageError("rejects file " + path.string() + ": " + why);
}

[[noreturn]] void fail_with(const std::filesystem::path& path, const char* doing, int error) {
    fail(path, std::string(doing) + ": " + std::system_category().message(error) +
                   "; choose another place for it with the option for the rejects file");
}

void append_quoted(std::string& out, std::string_view field) {
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += field;
        return;
    }
    out += '"';
    for (const char c : field) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

RejectsFile::RejectsFile(const std::filesystem::path& path, std::uint64_t keep)
    : path_(path), bytes_(keep) {
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC;
    descriptor_ = ::open(path_.c_str(), flags | O_EXCL, 0644);
    is_new_ = descriptor_ >= 0;
    if (!is_new_ && errno == EEXIST) descriptor_ = ::open(path_.c_str(), flags, 0644);
    if (descriptor_ < 0) fail_with(path_, "cannot be opened", errno);
    try {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) fail_with(path_, "cannot be examined", errno);
        const auto there = static_cast<std::uint64_t>(status.st_size);
        if (there != 0) check_header();
        if (there < keep) {
            fail(path_, "has " + std::to_string(there) +
                            " bytes, but the interrupted import left " + std::to_string(keep) +
                            " in it; import from the start, without resuming");
        }
    } catch (...) {
        close();
        throw;
    }
}

RejectsFile::~RejectsFile() { close(); }

void RejectsFile::close() noexcept {
    if (is_new_ && !has_begun_) ::unlink(path_.c_str());
    ::close(descriptor_);
}

void RejectsFile::begin() {
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes_)) != 0) {
        fail_with(path_, "cannot be cut", errno);
    }
    if (::lseek(descriptor_, 0, SEEK_END) < 0) fail_with(path_, "cannot be positioned", errno);
    if (bytes_ == 0) append(header);
    has_begun_ = true;
}

/// A slip in the options must not cost somebody's data.
void RejectsFile::check_header() const {
    std::string begin(header.size(), '\0');
    const ssize_t got = ::pread(descriptor_, begin.data(), begin.size(), 0);
    if (got < 0) fail_with(path_, "cannot be read", errno);
    begin.resize(static_cast<std::size_t>(got));
    if (!header.starts_with(begin)) {  // a part of it: a crash came early
        fail(path_,
             "is there already and is no rejects file (it does not begin with \"file,line,column,"
             "reason,text\"); it was left as it is: choose another name, or remove it");
    }
}

void RejectsFile::add(std::string_view file, std::uint64_t line, std::size_t column,
                      std::string_view reason, std::string_view text) {
    std::string row;
    append_quoted(row, file);
    row += ',' + std::to_string(line) + ',' +
           (column == 0 ? std::string() : std::to_string(column)) + ',';
    append_quoted(row, reason);
    row += ',';
    append_quoted(row, text);
    row += '\n';
    append(row);
}

void RejectsFile::append(std::string_view text) {
    buffer_ += text;
    bytes_ += text.size();
    synced_ = false;
    if (buffer_.size() >= buffer_bytes) flush();
}

void RejectsFile::flush() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        const ssize_t wrote = ::write(descriptor_, left.data(), left.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) fail_with(path_, "cannot be written", errno);
        left.remove_prefix(static_cast<std::size_t>(wrote));
    }
    buffer_.clear();
}

void RejectsFile::sync() {
    if (synced_) return;
    flush();
    if (::fdatasync(descriptor_) != 0) fail_with(path_, "cannot be synced", errno);
    synced_ = true;
}

void RejectsFile::remove() {
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
        fail_with(path_, "cannot be removed", errno);
    }
}

}  // namespace ledger::intake
