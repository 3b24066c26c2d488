// See touched_pages.hpp.
#include "touched_pages.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ledger::test {

namespace {

/// Where a file is mapped, up to its end; what lies behind can't be read anyway.
struct Mapping {
    Mapping(bool of_journal, std::uintptr_t from, std::size_t bytes, std::size_t page)
        : is_journal(of_journal), begin(from), end(from + bytes), touched(bytes / page) {}

    bool is_journal;
    std::uintptr_t begin;
    std::uintptr_t end;
    std::vector<std::atomic<bool>> touched;  ///< by page
};

int protect(const Mapping& mapping, int rights) noexcept {
    return ::mprotect(reinterpret_cast<void*>(mapping.begin), mapping.end - mapping.begin, rights);
}

}  // namespace

struct TouchedPages::Watch {
    explicit Watch(const std::filesystem::path& directory);

    void find(const std::filesystem::path& file, bool is_journal);
    void hide() const;
    std::uint64_t count(bool is_journal) const;
    /// In the handler: whether the fault was one of ours, and the page can be read now.
    bool let_read(std::uintptr_t address) noexcept;
    static void handle(int signal, siginfo_t* info, void* context) noexcept;

    std::size_t page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<Mapping> mappings;

    static std::atomic<Watch*> active;
    static struct sigaction before;  // the handler that ours took the place of
};

std::atomic<TouchedPages::Watch*> TouchedPages::Watch::active{nullptr};
struct sigaction TouchedPages::Watch::before {};

TouchedPages::Watch::Watch(const std::filesystem::path& directory) {
    find(directory / "journal.mdb", true);
    find(directory / "checkpoint.mdb", false);
}

/// From the kernel's list: "7f00-7f80 r--s OFFSET DEVICE INODE PATH".
void TouchedPages::Watch::find(const std::filesystem::path& file, bool is_journal) {
    const std::string path = std::filesystem::canonical(file).string();
    const std::size_t bytes =
        (std::filesystem::file_size(file) + page_bytes - 1) / page_bytes * page_bytes;
    const std::size_t found_before = mappings.size();
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        std::string range, rights, offset, device, inode, name;
        words >> range >> rights >> offset >> device >> inode >> name;
        if (name != path) continue;
        const std::size_t dash = range.find('-');
        const std::uintptr_t begin = std::stoull(range.substr(0, dash), nullptr, 16);
        const std::uintptr_t end = std::stoull(range.substr(dash + 1), nullptr, 16);
        if (rights != "r--s" || std::stoull(offset, nullptr, 16) != 0) {
            throw std::runtime_error(path +
                                     " is not mapped for reading alone, as a whole: " + line);
        }
        mappings.emplace_back(is_journal, begin, std::min(bytes, end - begin), page_bytes);
    }
    if (mappings.size() == found_before) {
        throw std::runtime_error(path + " is not mapped by this process");
    }
}

void TouchedPages::Watch::hide() const {
    for (const Mapping& mapping : mappings) {
        if (protect(mapping, PROT_NONE) != 0) {
            throw std::runtime_error(std::string("mprotect: ") + std::strerror(errno));
        }
    }
}

std::uint64_t TouchedPages::Watch::count(bool is_journal) const {
    std::uint64_t pages = 0;
    for (const Mapping& mapping : mappings) {
        if (mapping.is_journal != is_journal) continue;
        pages += static_cast<std::uint64_t>(
            std::ranges::count_if(mapping.touched, [](const auto& page) { return page.load(); }));
    }
    return pages;
}

bool TouchedPages::Watch::let_read(std::uintptr_t address) noexcept {
    for (Mapping& mapping : mappings) {
        if (address < mapping.begin || address >= mapping.end) continue;
        const std::size_t page = (address - mapping.begin) / page_bytes;
        mapping.touched[page] = true;
        return ::mprotect(reinterpret_cast<void*>(mapping.begin + page * page_bytes), page_bytes,
                          PROT_READ) == 0;
    }
    return false;
}

/// A fault that is none of ours meets what was there before, when the instruction has run again in
/// vain: the signal of one that is can arrive after the watch has ended, and the page can be read.
void TouchedPages::Watch::handle(int signal, siginfo_t* info, void* /*context*/) noexcept {
    static thread_local std::uintptr_t met = 0;
    const int saved = errno;
    Watch* const watch = active.load();
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    if (watch != nullptr && watch->let_read(address)) {
        met = 0;
    } else {
        if (met == address) ::sigaction(signal, &before, nullptr);
        met = address;
    }
    errno = saved;
}

TouchedPages::TouchedPages(const std::filesystem::path& directory)
    : TouchedPages(std::make_unique<Watch>(directory)) {
    watch_->hide();
}

/// From here on the destructor puts everything back.
TouchedPages::TouchedPages(std::unique_ptr<Watch> watch) : watch_(std::move(watch)) {
    Watch* none = nullptr;
    if (!Watch::active.compare_exchange_strong(none, watch_.get())) {
        throw std::runtime_error("pages are being counted already");
    }
    static const int installed = [] {
        struct sigaction ours {};
        ours.sa_sigaction = &Watch::handle;
        ours.sa_flags = SA_SIGINFO;
        return ::sigaction(SIGSEGV, &ours, &Watch::before);
    }();
    if (installed != 0) throw std::runtime_error("faults cannot be handled here");
}

/// The handler stays, and so does the watch, which a thread may be about to look at.
TouchedPages::~TouchedPages() {
    static std::vector<std::unique_ptr<Watch>> ended;
    for (const Mapping& mapping : watch_->mappings) protect(mapping, PROT_READ);
    Watch::active = nullptr;
    ended.push_back(std::move(watch_));
}

std::uint64_t TouchedPages::journal() const { return watch_->count(true); }
std::uint64_t TouchedPages::checkpoint() const { return watch_->count(false); }

}  // namespace ledger::test
