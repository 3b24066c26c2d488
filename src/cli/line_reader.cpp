// Reading of lines by read(2) and poll(2).
#include "cli/line_reader.hpp"

#include "ledger/core/error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ledger::cli {

namespace {
constexpr std::size_t read_bytes = 256 * 1024;
}

LineReader::LineReader(const std::string& file) : name_(file == "-" ? "standard input" : file) {
    descriptor_ = file == "-" ? STDIN_FILENO : open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) {
        throw InvalidArgument("cannot read '" + file + "': " + std::strerror(errno) +
                              "; give a file of JSON lines, or - for standard input");
    }
    if (S_ISREG(status.st_mode)) bytes_total_ = static_cast<std::uint64_t>(status.st_size);
}

LineReader::~LineReader() {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);
}

std::optional<std::string_view> LineReader::next() {
    for (;;) {
        const std::size_t feed = buffer_.find('\n', scanned_);
        if (feed != std::string::npos) return take(feed - begin_, 1);
        scanned_ = buffer_.size();
        if (scanned_ - begin_ > line_bytes_max) {
            throw InvalidArgument(name_ + ", line " + std::to_string(line_number_ + 1) +
                                  ": longer than " + std::to_string(line_bytes_max) +
                                  " bytes; write one record, or one group, a line");
        }
        if (is_at_end_ || !fill()) break;
    }
    if (begin_ == buffer_.size()) return std::nullopt;
    return take(buffer_.size() - begin_, 0);
}

bool LineReader::is_ready() {
    if (is_at_end_ || buffer_.find('\n', scanned_) != std::string::npos) return true;
    pollfd poller{descriptor_, POLLIN, 0};
    return poll(&poller, 1, 0) > 0;
}

bool LineReader::fill() {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + read_bytes);
    ssize_t got = 0;
    do {
        got = read(descriptor_, buffer_.data() + kept, read_bytes);
    } while (got < 0 && errno == EINTR);
    buffer_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) {
        throw StorageError("cannot read " + name_ + ": " + std::strerror(errno));
    }
    bytes_read_ += static_cast<std::uint64_t>(got);
    is_at_end_ = got == 0;
    return got != 0;
}

std::string_view LineReader::take(std::size_t length, std::size_t separator) {
    std::string_view line(buffer_.data() + begin_, length);
    begin_ += length + separator;
    scanned_ = begin_;
    ++line_number_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

}  // namespace ledger::cli
