// What the tests of the public face share: a directory that goes away, options under which a few
// thousand records make many segments, a small chart of accounts, and a dump of everything a view
// answers. Invariant: two views that should say the same have the same dump.
#pragma once

#include "ledger/ledger.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace ledger::test {

class TemporaryDirectory {
public:
    explicit TemporaryDirectory(
        const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
        std::string name = (parent / "ledger-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    std::filesystem::path operator/(const char* name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The smallest segments there are, so that sealing, merging and state images happen all the time.
inline Options small_options(Clock* clock = nullptr) {
    Options options;
    options.segment_records = 1024;
    options.map_bytes = std::size_t{4} << 30;
    options.preallocate_bytes = std::uint64_t{4} << 20;
    options.disk_reserve_bytes = std::uint64_t{1} << 20;
    options.clock = clock;
    return options;
}

/// For a reader of a ledger with these.
inline ReaderOptions small_reader_options() {
    ReaderOptions options;
    options.segment_records = small_options().segment_records;
    options.map_bytes = small_options().map_bytes;
    return options;
}

inline constexpr BookId book{1};
inline const Instant start_instant = parse_instant("2026-11-02T08:00:00Z");

inline AccountId account_id(std::uint64_t number) { return AccountId{0xACC0, number}; }
inline RecordId record_id(std::uint64_t number) { return RecordId{0x1D00, number}; }
inline OrderId order_id(std::uint64_t number) { return OrderId{0x0DE2, number}; }
inline Amount minor(std::int64_t units) { return Amount{units}; }

inline OpenAccount plain_account(std::uint64_t number, AccountKind kind = AccountKind::asset) {
    OpenAccount open;
    open.id = account_id(number);
    open.book = book;
    open.currency = CurrencyCode("CNY");
    open.kind = kind;
    open.code = "a" + std::to_string(1000 + number);
    open.name = "account " + std::to_string(number);
    return open;
}

/// Currency CNY, book 1, and assets 1..count.
inline Batch foundations(std::uint64_t accounts) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("CNY")});
    DefineBook define;
    define.book = book;
    define.name = "own money";
    batch.add(define);
    for (std::uint64_t number = 1; number <= accounts; ++number) batch.add(plain_account(number));
    return batch;
}

inline VoucherLine line(std::uint64_t account, Side side, std::int64_t amount,
                        Ink ink = Ink::black) {
    return {account_id(account), side, minor(amount), ink, {}, {}, {}};
}

inline Voucher transfer(std::uint64_t id, std::uint64_t debit, std::uint64_t credit,
                        std::int64_t amount) {
    Voucher voucher;
    voucher.id = record_id(id);
    voucher.book = book;
    voucher.lines = {line(debit, Side::debit, amount), line(credit, Side::credit, amount)};
    return voucher;
}

/// A batch of two-line vouchers among `accounts` accounts, ids first..first+count-1, an order for
/// ten each.
inline Batch transfers(std::uint64_t first, std::uint64_t count, std::uint64_t accounts) {
    Batch batch;
    for (std::uint64_t id = first; id < first + count; ++id) {
        const std::uint64_t debit = id % accounts + 1;
        const std::uint64_t credit = (id * 7 + 3) % accounts + 1;
        batch.add_voucher(record_id(id), book)
            .debit(account_id(debit), minor(static_cast<std::int64_t>(id % 1000 + 1)))
            .credit(account_id(credit == debit ? debit % accounts + 1 : credit),
                    minor(static_cast<std::int64_t>(id % 1000 + 1)))
            .order(order_id(id / 10));
    }
    return batch;
}

inline bool all_accepted(const std::vector<Result>& results) {
    for (const Result& result : results) {
        if (result.outcome != Outcome::accepted) return false;
    }
    return true;
}

// ---- the dump

inline std::string text_of(const Balance& balance) {
    std::string text = balance.normal_side == Side::debit ? "D" : "C";
    for (const Amount amount : {balance.debits, balance.credits, balance.buffered_debits,
                                balance.buffered_credits, balance.held}) {
        text += " " + to_string(amount);
    }
    return text;
}

inline void dump_entries(std::ostream& out, const View& view, AccountId id) {
    PageRequest page{500, false, {}};
    do {
        const Page<AccountEntry> some = view.entries(id, page);
        for (const AccountEntry& entry : some.items) {
            out << "  entry " << entry.position.value << ' ' << to_string(entry.instant) << ' '
                << to_string(entry.kind) << ' ' << entry.line << ' ' << to_string(entry.side) << ' '
                << to_string(entry.ink) << ' ' << entry.buffered << ' ' << to_string(entry.amount)
                << ' ' << to_string(entry.book_date) << ' ' << text_of(entry.balance) << '\n';
        }
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
}

inline void dump_accounts(std::ostream& out, const View& view) {
    PageRequest page{100, false, {}};
    do {
        const Page<AccountInfo> some = view.accounts("", page);
        for (const AccountInfo& account : some.items) {
            out << "account " << to_string(account.id) << ' ' << account.code << ' ' << account.name
                << ' ' << to_string(account.kind) << ' ' << to_string(account.freeze) << ' '
                << account.freeze_reference << ' ' << account.closed << ' '
                << account.buffering.window.count() << ' ' << account.opened.value << ' '
                << text_of(view.balance(account.id).value()) << '\n';
            for (const HoldInfo& hold : view.holds(account.id, false).items) {
                out << "  hold " << to_string(hold.id) << ' ' << to_string(hold.placed) << ' '
                    << to_string(hold.remaining) << ' ' << to_string(hold.expires_at) << '\n';
            }
            for (const ItemInfo& item : view.open_items(account.id).items) {
                out << "  item " << to_string(item.id) << ' ' << to_string(item.opened) << ' '
                    << to_string(item.remaining) << ' ' << item.position.value << '\n';
            }
            dump_entries(out, view, account.id);
        }
        page.cursor = some.cursor;
    } while (!page.cursor.empty());
}

inline void dump_records(std::ostream& out, const View& view) {
    for (Position at{1}; at <= view.position(); at = at + 1) {
        const PostedRecord record = view.record(at).value();
        out << "record " << at.value << ' ' << to_string(record.instant) << ' '
            << to_string(record.kind) << ' ' << to_string(record.id) << ' '
            << to_string(record.order);
        if (record.id && view.record(record.id).value().position != at) out << " FOUND ELSEWHERE";
        if (const auto posted = view.voucher(at)) {
            out << " number " << posted->number << ' ' << to_string(posted->voucher.book_date)
                << " reversed " << to_string(posted->reversed_by) << " replaced "
                << to_string(posted->replaced_by);
            const VoucherDetail& detail = posted->voucher.detail;
            if (detail.concerns) {
                out << " concerns " << to_string(detail.concerns) << " with "
                    << view.vouchers_concerning(posted->voucher.book, detail.concerns).items.size();
            }
            const auto numbered =
                view.voucher(posted->voucher.book, posted->voucher.book_date, posted->number);
            if (!numbered || numbered->position != at) out << " NUMBER LOST";
            for (const VoucherLine& line : posted->voucher.lines) {
                out << " [" << to_string(line.account) << ' ' << to_string(line.side) << ' '
                    << to_string(line.amount) << ' ' << to_string(line.ink) << ']';
            }
        }
        out << '\n';
    }
}

/// Everything the view answers, as text: accounts, entries, holds, items, records, sums.
inline std::string dump(const View& view) {
    std::ostringstream out;
    out << "position " << view.position().value << '\n';
    for (const Currency& currency : view.currencies()) out << currency.code.text() << '\n';
    for (const DefineBook& one : view.books()) out << one.book.number << ' ' << one.name << '\n';
    for (const DefineGroup& group : view.groups()) out << group.code << ' ' << group.name << '\n';
    for (const DefineRelation& relation : view.relations()) out << relation.number << '\n';
    for (const TrialSum& sum : view.trial_sums()) {
        out << "sum " << sum.book.number << ' ' << sum.currency.text() << ' ' << sum.debits << ' '
            << sum.credits << ' ' << sum.accounts << (sum.balanced ? "" : " UNBALANCED") << '\n';
    }
    dump_accounts(out, view);
    dump_records(out, view);
    return out.str();
}

/// The position at which a dump was taken.
inline Position dumped_position(const std::string& text) {
    return {std::stoull(text.substr(sizeof "position"))};
}

inline bool is_balanced(const View& view) {
    for (const TrialSum& sum : view.trial_sums()) {
        if (!sum.balanced || sum.debits != sum.credits) return false;
    }
    return true;
}

/// The first line in which two dumps differ, for a message a person can read.
inline std::string first_difference(const std::string& one, const std::string& two) {
    std::istringstream left(one), right(two);
    std::string a, b;
    for (int number = 1;; ++number) {
        const bool more_left = static_cast<bool>(std::getline(left, a));
        const bool more_right = static_cast<bool>(std::getline(right, b));
        if (!more_left && !more_right) return {};
        if (!more_left) a = "(end)";
        if (!more_right) b = "(end)";
        if (a != b) return "line " + std::to_string(number) + ":\n  " + a + "\n  " + b;
    }
}

/// Waits, while the background works, until the fact holds; false after ten seconds.
template <class Fact>
bool becomes_true(Fact fact) {
    for (int i = 0; i < 2000; ++i) {
        if (fact()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return false;
}

}  // namespace ledger::test
