// See page_check.hpp. The names in quotes are those of LMDB's mdb.c.
#include "ledger/storage/page_check.hpp"

#include "ledger/core/error.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"
#include "storage/descriptor.hpp"
#include "storage/errors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::storage {

namespace {

constexpr std::uint32_t magic = 0xBEEFC0DE;
constexpr std::uint32_t data_version = 1;
constexpr std::size_t page_header_bytes = 16;
constexpr std::size_t node_header_bytes = 8;
constexpr std::uint64_t no_page = ~std::uint64_t{0};
constexpr std::uint64_t meta_pages = 2;
constexpr std::size_t page_bytes_max = 32768;
constexpr std::size_t depth_max = 32;
constexpr std::size_t key_bytes_max = 511;
constexpr int tries_max = 1000;

enum PageFlag : std::uint16_t { branch_page = 1, leaf_page = 2, overflow_page = 4, meta_page = 8 };
enum NodeFlag : std::uint16_t { big_data = 1, sub_table = 2 };
constexpr std::uint16_t integer_keys = 8;

/// "MDB_db": a tree.
struct Tree {
    std::uint32_t page_bytes;  // of the free list's tree
    std::uint16_t flags;
    std::uint16_t depth;
    std::uint64_t branch_pages, leaf_pages, overflow_pages;
    std::uint64_t entries;
    std::uint64_t root;
};
static_assert(sizeof(Tree) == 48);

/// "MDB_meta".
struct Meta {
    std::uint32_t magic, version;
    std::uint64_t address, map_bytes;
    Tree free_list, main;
    std::uint64_t last_page;
    std::uint64_t transaction;
};
static_assert(sizeof(Meta) == 136);

/// "MDB_page", its first 16 bytes.
struct PageHeader {
    std::uint64_t number;
    std::uint16_t pad, flags;
    std::uint16_t lower, upper;
    std::uint32_t pages() const noexcept { return lower | std::uint32_t{upper} << 16; }
};
static_assert(sizeof(PageHeader) == page_header_bytes);

template <class T>
T load(const std::byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

/// "MDB_node".
struct Node {
    std::uint16_t low, high, flags;
    std::span<const std::byte> key;
    const std::byte* data;
    std::size_t room;  // bytes from `data` to the end of the page

    std::uint32_t size() const noexcept { return low | std::uint32_t{high} << 16; }
    std::uint64_t child() const noexcept { return size() | std::uint64_t{flags} << 32; }
};

/// Of a page whose bounds were checked.
std::size_t entries_in(std::span<const std::byte> page) {
    return (load<PageHeader>(page.data()).lower - page_header_bytes) / 2;
}

class PageCheck {
public:
    explicit PageCheck(const std::filesystem::path& file);
    /// That the head with the higher number was written after the other one.
    void require_order_of_heads(std::string_view appended);
    /// Reads both heads and no more.
    void require_heads() { static_cast<void>(read_metas()); }
    /// Of the newest transaction.
    void run();
    /// Of this one. False: it is none of the two whose heads the file has.
    bool run(std::uint64_t transaction);

private:
    enum class Role { free_list, main, table };

    [[noreturn]] void damaged(const std::string& what) const;
    void require(bool holds, std::uint64_t page, const char* what) const;
    void read(std::uint64_t offset, void* to, std::size_t size) const;
    Meta read_meta(std::uint64_t number, std::size_t page_bytes) const;
    std::array<Meta, 2> read_metas();
    void measure();
    void walk_from(const Meta& meta);
    void use(std::uint64_t page, std::uint64_t count);
    void check_tree(const Tree& tree, Role role);
    std::vector<std::byte> read_page(std::uint64_t page, std::uint16_t flags) const;
    std::uint64_t last_key(const Meta& meta, std::string_view table) const;
    void walk(std::uint64_t page, std::size_t depth);
    Node node_at(std::span<const std::byte> bytes, std::uint64_t page, std::size_t index) const;
    void pass_key(const Node& node, std::uint64_t page, bool is_leaf);
    void check_value(const Node& node, std::uint64_t page);
    void check_free_pages(std::span<const std::byte> list, std::uint64_t page);

    std::filesystem::path file_;
    detail::Descriptor descriptor_;
    std::uint64_t file_bytes_ = 0;
    std::size_t page_bytes_ = 0;
    std::vector<bool> used_;  // by page number, free ones too

    // the tree being walked
    Tree tree_{};
    Role role_{};
    std::uint64_t entries_ = 0;
    std::optional<std::vector<std::byte>> last_key_;
    bool last_is_separator_ = false;
    std::vector<Tree> tables_;
};

PageCheck::PageCheck(const std::filesystem::path& file) : file_(file), descriptor_(file, O_RDONLY) {
    if (!descriptor_.is_open()) detail::throw_error(errno, "open", file_);
}

void PageCheck::measure() {
    struct stat found {};
    if (::fstat(descriptor_.number(), &found) != 0) detail::throw_error(errno, "measure", file_);
    file_bytes_ = static_cast<std::uint64_t>(found.st_size);
}

void PageCheck::damaged(const std::string& what) const {
    throw CorruptionError(file_.string() + " is damaged: " + what +
                          "; rebuild it if it was derived, or restore a backup");
}

void PageCheck::require(bool holds, std::uint64_t page, const char* what) const {
    if (!holds) damaged("page " + std::to_string(page) + " " + what);
}

void PageCheck::read(std::uint64_t offset, void* to, std::size_t size) const {
    auto* at = static_cast<std::byte*>(to);
    while (size > 0) {
        const ssize_t got = ::pread(descriptor_.number(), at, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) detail::throw_error(errno, "read", file_);
        if (got == 0) damaged("it is cut off at " + std::to_string(offset) + " bytes");
        at += got;
        offset += static_cast<std::uint64_t>(got);
        size -= static_cast<std::size_t>(got);
    }
}

Meta PageCheck::read_meta(std::uint64_t number, std::size_t page_bytes) const {
    PageHeader header;
    Meta meta;
    read(number * page_bytes, &header, sizeof header);
    read(number * page_bytes + sizeof header, &meta, sizeof meta);
    require((header.flags & meta_page) != 0 && meta.magic == magic && meta.version == data_version,
            number, "is no head of such a file");
    // A transaction's head is in the page of its parity, where LMDB looks for it.
    require(meta.transaction % 2 == number || meta.transaction == 0, number,
            "has the number of a transaction whose head belongs elsewhere");
    const std::size_t size = meta.free_list.page_bytes;
    require(std::has_single_bit(size) && size >= 512 && size <= page_bytes_max, number,
            "names an impossible page size");
    return meta;
}

std::array<Meta, 2> PageCheck::read_metas() {
    const Meta first = read_meta(0, 0);
    page_bytes_ = first.free_list.page_bytes;
    const Meta second = read_meta(1, page_bytes_);
    require(second.free_list.page_bytes == page_bytes_, 1, "names another page size than page 0");
    return {first, second};
}

/// The last key of a table of integer keys, of few that there are; 0 where it has none.
std::uint64_t PageCheck::last_key(const Meta& meta, std::string_view table) const {
    if (meta.main.root == no_page || meta.main.depth != 1) return 0;
    Tree tree{};
    tree.root = no_page;
    const std::vector<std::byte> names = read_page(meta.main.root, leaf_page);
    for (std::size_t i = 0; i < entries_in(names); ++i) {
        const Node node = node_at(names, meta.main.root, i);
        const bool is_it = std::ranges::equal(node.key, std::as_bytes(std::span(table)));
        if (is_it && node.room >= sizeof tree) tree = load<Tree>(node.data);
    }
    std::uint64_t page = tree.root;
    if (page == no_page) return 0;
    require(tree.depth <= depth_max, page, "is the root of a tree that is too deep");
    for (std::size_t depth = 1;; ++depth) {
        const bool is_leaf = depth >= tree.depth;
        const std::vector<std::byte> bytes = read_page(page, is_leaf ? leaf_page : branch_page);
        require(entries_in(bytes) > 0, page, "has too few entries");
        const Node last = node_at(bytes, page, entries_in(bytes) - 1);
        if (!is_leaf) {
            page = last.child();
            continue;
        }
        require(last.key.size() == sizeof(std::uint64_t), page, "has a key of a wrong size");
        return load<std::uint64_t>(last.key.data());
    }
}

/// LMDB takes the head with the higher number, so one changed bit of a number, which nothing else
/// vouches for, would take back the last transaction. The pages of the transaction before it are
/// never written over before the next one.
void PageCheck::require_order_of_heads(std::string_view appended) {
    const auto metas = read_metas();
    const std::size_t at = metas[0].transaction < metas[1].transaction ? 1 : 0;
    const Meta& newest = metas[at];
    const Meta& older = metas[1 - at];
    require(newest.transaction - older.transaction == (newest.transaction == 0 ? 0 : 1), at,
            "does not have the number after that of the other head");
    require(older.last_page <= newest.last_page &&
                last_key(older, appended) <= last_key(newest, appended),
            at, "lacks what the head before it has: its number is wrong");
}

void PageCheck::use(std::uint64_t page, std::uint64_t count) {
    require(page >= meta_pages && count <= used_.size() && page <= used_.size() - count, page,
            "lies outside of what is in use");
    for (std::uint64_t i = page; i < page + count; ++i) {
        require(!used_[i], i, "is used twice");
        used_[i] = true;
    }
}

void PageCheck::run() {
    const auto [first, second] = read_metas();
    walk_from(first.transaction < second.transaction ? second : first);
}

bool PageCheck::run(std::uint64_t transaction) {
    // A head is read twice, lest it be half of an old one and half of one that is being written.
    const auto metas = read_metas();
    const auto again = read_metas();
    const std::size_t at = transaction % 2;
    if (metas[at].transaction != transaction ||
        std::memcmp(&metas[at], &again[at], sizeof(Meta)) != 0) {
        return false;
    }
    walk_from(metas[at]);
    return true;
}

void PageCheck::walk_from(const Meta& meta) {
    measure();
    if (meta.last_page >= file_bytes_ / page_bytes_) {
        damaged("its head names " + std::to_string(meta.last_page + 1) + " pages of " +
                std::to_string(page_bytes_) + " bytes, more than the file has");
    }
    used_.resize(meta.last_page + 1);
    check_tree(meta.free_list, Role::free_list);
    check_tree(meta.main, Role::main);
    for (const Tree& table : tables_) check_tree(table, Role::table);
}

void PageCheck::check_tree(const Tree& tree, Role role) {
    tree_ = tree;
    role_ = role;
    entries_ = 0;
    last_key_.reset();
    if (tree.root != no_page) walk(tree.root, 1);
    if (entries_ != tree.entries || (tree.root == no_page && tree.depth != 0)) {
        damaged("a tree of " + std::to_string(tree.entries) + " entries has " +
                std::to_string(entries_));
    }
}

/// A page of this kind, with bounds that can be used.
std::vector<std::byte> PageCheck::read_page(std::uint64_t page, std::uint16_t flags) const {
    std::vector<std::byte> bytes(page_bytes_);
    read(page * page_bytes_, bytes.data(), bytes.size());
    const auto header = load<PageHeader>(bytes.data());
    require(header.number == page && header.flags == flags, page, "is not what its tree says");
    require(header.lower >= page_header_bytes && header.lower % 2 == 0 &&
                header.lower <= header.upper && header.upper <= page_bytes_,
            page, "has impossible bounds");
    return bytes;
}

void PageCheck::walk(std::uint64_t page, std::size_t depth) {
    use(page, 1);
    const bool is_leaf = depth == tree_.depth;
    require(depth <= depth_max, page, "is not what its tree says");
    const std::vector<std::byte> bytes = read_page(page, is_leaf ? leaf_page : branch_page);
    const std::size_t count = entries_in(bytes);
    require(count >= (is_leaf ? 1u : 2u), page, "has too few entries");
    for (std::size_t i = 0; i < count; ++i) {
        const Node node = node_at(bytes, page, i);
        if (is_leaf || i > 0) pass_key(node, page, is_leaf);
        if (is_leaf) {
            check_value(node, page);
            ++entries_;
        } else {
            walk(node.child(), depth + 1);
        }
    }
}

Node PageCheck::node_at(std::span<const std::byte> bytes, std::uint64_t page,
                        std::size_t index) const {
    const auto header = load<PageHeader>(bytes.data());
    const auto at = load<std::uint16_t>(bytes.data() + page_header_bytes + 2 * index);
    require(at >= header.upper && at % 2 == 0 && at + node_header_bytes <= page_bytes_, page,
            "has an entry outside of itself");
    const std::byte* start = bytes.data() + at;
    const auto key_bytes = load<std::uint16_t>(start + 6);
    require(key_bytes <= key_bytes_max && at + node_header_bytes + key_bytes <= page_bytes_, page,
            "has a key that is too long");
    Node node{load<std::uint16_t>(start),
              load<std::uint16_t>(start + 2),
              load<std::uint16_t>(start + 4),
              {start + node_header_bytes, key_bytes},
              nullptr,
              0};
    node.data = start + node_header_bytes + key_bytes;
    node.room = page_bytes_ - at - node_header_bytes - key_bytes;
    return node;
}

/// Keys in the order of the walk: a separator may equal the leaf key after it.
void PageCheck::pass_key(const Node& node, std::uint64_t page, bool is_leaf) {
    const bool by_number = role_ == Role::free_list || (tree_.flags & integer_keys) != 0;
    require(!by_number || node.key.size() == sizeof(std::uint64_t), page,
            "has a key of a wrong size");
    require(!node.key.empty(), page, "has an empty key");
    if (last_key_) {
        int order = 0;
        if (by_number) {
            const auto last = load<std::uint64_t>(last_key_->data());
            const auto now = load<std::uint64_t>(node.key.data());
            order = last < now ? -1 : last > now;
        } else {
            const std::size_t common = std::min(last_key_->size(), node.key.size());
            order = std::memcmp(last_key_->data(), node.key.data(), common);
            if (order == 0)
                order = last_key_->size() < node.key.size()   ? -1
                        : last_key_->size() > node.key.size() ? 1
                                                              : 0;
        }
        require(order < 0 || (order == 0 && last_is_separator_), page, "has keys out of order");
    }
    last_key_.emplace(node.key.begin(), node.key.end());
    last_is_separator_ = !is_leaf;
}

void PageCheck::check_value(const Node& node, std::uint64_t page) {
    require((node.flags & ~(big_data | sub_table)) == 0, page, "has an entry of unknown kind");
    require(((node.flags & sub_table) != 0) == (role_ == Role::main), page,
            "has a table in a wrong place");
    const std::size_t size = node.size();
    if ((node.flags & big_data) == 0) {
        require(size <= node.room, page, "has a value that is too long");
        if (role_ == Role::main) {
            require(size == sizeof(Tree), page, "has a table's head of a wrong size");
            tables_.push_back(load<Tree>(node.data));
        }
        if (role_ == Role::free_list) check_free_pages({node.data, size}, page);
        return;
    }
    require(role_ != Role::main && node.room >= sizeof(std::uint64_t), page,
            "has a large value in a wrong place");
    const auto first = load<std::uint64_t>(node.data);
    require(first >= meta_pages && first < used_.size(), first, "lies outside of what is in use");
    PageHeader header;
    read(first * page_bytes_, &header, sizeof header);
    // A value that became shorter keeps its pages.
    const std::uint64_t needed = (page_header_bytes - 1 + size) / page_bytes_ + 1;
    require(header.number == first && header.flags == overflow_page && header.pages() >= needed,
            first, "is not the large value that its tree says");
    use(first, header.pages());
    if (role_ != Role::free_list) return;
    std::vector<std::byte> list(size);
    read(first * page_bytes_ + page_header_bytes, list.data(), size);
    check_free_pages(list, page);
}

/// "IDL": a count and as many page numbers, descending.
void PageCheck::check_free_pages(std::span<const std::byte> list, std::uint64_t page) {
    const auto number = [&](std::uint64_t i) { return load<std::uint64_t>(&list[i * 8]); };
    require(list.size() >= 8 && number(0) <= list.size() / 8 - 1, page,
            "has a list of free pages that is cut off");
    for (std::uint64_t i = 1; i <= number(0); ++i) use(number(i), 1);
}

}  // namespace

void check_pages(const std::filesystem::path& file) { PageCheck(file).run(); }

void check_heads(const std::filesystem::path& file, std::string_view appended) {
    PageCheck(file).require_order_of_heads(appended);
}

void check_pages_beside_writer(const std::filesystem::path& file) {
    PageCheck check(file);
    check.require_heads();  // before LMDB reads them
    EnvironmentOptions options;
    options.read_only = true;
    Environment environment(file, options);  // without tables LMDB reads nothing but the heads
    ReadTransaction snapshot(environment);
    for (int tries = 0; tries < tries_max; ++tries) {
        if (check.run(snapshot.number())) return;
        snapshot.renew();  // two commits came between snapshot and head
    }
    throw StorageError("cannot check the pages of " + file.string() +
                       ": it is written to faster than its head can be read; try again");
}

}  // namespace ledger::storage
