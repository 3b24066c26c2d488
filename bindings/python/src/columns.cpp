// The memory of columns, ids as text, and what columns refuse.
#include "columns.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <array>
#include <new>

namespace ledger::python {

namespace {

constexpr std::size_t digits_of_id = 32;
struct IdText {
    std::array<char, digits_of_id> digits;
};

IdText text_of(AccountId account) {
    constexpr std::string_view hex = "0123456789abcdef";
    IdText text;
    u128 rest = account.value;
    for (std::size_t i = digits_of_id; i-- > 0; rest >>= 4) {
        text.digits[i] = hex[static_cast<std::size_t>(rest & 15)];
    }
    return text;
}

}  // namespace

// ---- memory

namespace {

constexpr std::size_t huge_bytes_min = std::size_t{4} << 20;

/// Whole pages, at least one.
std::size_t in_pages(std::size_t bytes) {
    static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return std::max<std::size_t>((bytes + page - 1) / page, 1) * page;
}

}  // namespace

Memory::~Memory() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
}

void Memory::resize(std::size_t bytes) {
    const std::size_t wanted = in_pages(bytes);
    if (wanted == bytes_) return;
    void* const data = data_ == nullptr ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE,
                                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                        : ::mremap(data_, bytes_, wanted, MREMAP_MAYMOVE);
    if (data == MAP_FAILED) throw std::bad_alloc();
    data_ = data;
    bytes_ = wanted;
    // Fewer faults while it is filled; where the system has none of it, nothing changes.
    if (wanted >= huge_bytes_min) (void)::madvise(data_, bytes_, MADV_HUGEPAGE);
}

// ---- columns

void AmountColumn::refuse(i128 value) const {
    throw OverflowError(to_string(value) + " in the column '" + name_ +
                        "' needs more than 64 bits; ask for amounts=\"wide\" or \"decimal\"");
}

void AccountColumn::release(TableParts& into) {
    Buffer<IdText> texts;
    texts.reserve_more(ids_.size());
    for (const AccountId account : ids_) texts.push(text_of(account));
    into.add(name_, "id", places_.release("<i4"), texts.release("S32"));
    ids_.clear();
    known_.clear();
}

}  // namespace ledger::python
