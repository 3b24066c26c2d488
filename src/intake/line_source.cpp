// See line_source.hpp.
#include "intake/line_source.hpp"

#include "ledger/core/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace ledger::intake {

namespace {

constexpr std::size_t buffer_bytes_min = std::size_t{256} << 10;

[[noreturn]] void fail(const std::filesystem::path& file, const char* doing, int error) {
    throw StorageError("file " + file.string() + ": " + doing + ": " +
                       std::system_category().message(error));
}

}  // namespace

LineSource::LineSource(const std::filesystem::path& file, std::size_t line_bytes_max)
    : file_(file),
      line_bytes_max_(line_bytes_max),
      descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail(file_, "cannot be opened for reading", errno);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) {
        const int error = errno;
        ::close(descriptor_);
        fail(file_, "cannot be examined", error);
    }
    if (!S_ISREG(status.st_mode)) {
        ::close(descriptor_);
        throw StorageError(
            "file " + file_.string() +
            ": is not a regular file; an import must be able to come back to a row, so save "
            "what comes from a pipe or device to a file first");
    }
    file_bytes_ = static_cast<std::uint64_t>(status.st_size);
    buffer_.resize(buffer_bytes_min);
}

LineSource::~LineSource() { ::close(descriptor_); }

std::size_t LineSource::read_at(std::uint64_t offset, char* to, std::size_t size) const {
    while (true) {
        const ssize_t got = ::pread(descriptor_, to, size, static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) fail(file_, "cannot be read", errno);
    }
}

/// Reads more behind what is there, making room in front of or behind it. False at the end that the
/// file had when it was opened, or where the line that begins at the cursor fills the largest
/// buffer.
bool LineSource::fill() {
    if (filled_ == buffer_.size() && cursor_ != 0) {
        std::memmove(buffer_.data(), buffer_.data() + cursor_, filled_ - cursor_);
        buffer_offset_ += cursor_;
        filled_ -= cursor_;
        cursor_ = 0;
    }
    if (filled_ == buffer_.size()) {
        if (filled_ > line_bytes_max_) return false;
        buffer_.resize(std::max(buffer_.size() * 2, std::size_t{4096}));
    }
    const std::uint64_t at = buffer_offset_ + filled_;
    if (at >= file_bytes_) return false;
    const std::size_t got = read_at(at, buffer_.data() + filled_,
                                    static_cast<std::size_t>(std::min<std::uint64_t>(
                                        buffer_.size() - filled_, file_bytes_ - at)));
    if (got == 0) {
        throw StorageError("file " + file_.string() + ": ends at byte " + std::to_string(at) +
                           " although it had " + std::to_string(file_bytes_) +
                           " when it was opened; it was cut while it was read");
    }
    filled_ += got;
    return true;
}

bool LineSource::next(Line& line) {
    line = {};
    line.begin = offset();
    line.number = number_;
    std::size_t searched = 0;  // bytes of the line already known to hold no newline
    std::string_view found;
    while (true) {
        const char* begin = buffer_.data() + cursor_;
        const std::size_t there = filled_ - cursor_;
        const void* newline =
            there == searched ? nullptr : std::memchr(begin + searched, '\n', there - searched);
        if (newline != nullptr) {
            found = {begin, static_cast<std::size_t>(static_cast<const char*>(newline) - begin)};
            line.terminated = true;
            break;
        }
        searched = there;
        if (fill()) continue;
        found = {buffer_.data() + cursor_, filled_ - cursor_};
        if (filled_ < buffer_.size() || found.size() <= line_bytes_max_)
            break;  // the end of the file
        // Longer than is allowed: let go of it, but not of what follows it.
        line.too_long = true;
        buffer_offset_ += filled_;
        filled_ = cursor_ = searched = 0;
    }
    if (found.empty() && !line.terminated && !line.too_long) return false;
    line.too_long = line.too_long || found.size() > line_bytes_max_;
    cursor_ += found.size() + (line.terminated ? 1 : 0);
    line.end = offset();
    ++number_;
    if (line.too_long) return true;
    if (line.terminated && !found.empty() && found.back() == '\r') {
        line.carriage_return = true;
        found.remove_suffix(1);
    }
    line.raw = found;
    return true;
}

void LineSource::seek(std::uint64_t offset, std::uint64_t number) {
    number_ = number;
    if (offset >= buffer_offset_ && offset - buffer_offset_ <= filled_) {
        cursor_ = static_cast<std::size_t>(offset - buffer_offset_);
        return;
    }
    buffer_offset_ = offset;
    filled_ = cursor_ = 0;
}

void LineSource::read(std::uint64_t begin, std::uint64_t end, std::string& out) const {
    while (begin < end) {
        const std::size_t piece =
            static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, 65536));
        const std::size_t had = out.size();
        out.resize(had + piece);
        const std::size_t got = read_at(begin, out.data() + had, piece);
        out.resize(had + got);
        if (got == 0) return;
        begin += got;
    }
}

}  // namespace ledger::intake
