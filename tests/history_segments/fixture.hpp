// What the tests of tail and segments share: a checkpoint in a temporary directory, and a naive
// history that keeps every entry in a vector per account and answers every query by walking it.
#pragma once

#include "history/account_walk.hpp"
#include "ledger/storage/environment.hpp"
#include "ledger/storage/transaction.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ledger::history {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name =
            (std::filesystem::temp_directory_path() / "ledger-segments-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The oracle. Positions count all records; the instant of a position is that of its batch.
class NaiveHistory {
public:
    struct Fact {
        EntryView view;
        Instant instant;
    };

    /// Notes an entry as it was given to the tail. `reserved` is what stands after it, `folded`
    /// what a fold folded.
    void add(const posting::Entry& entry, const posting::Reserved& reserved,
             const posting::Folded& folded, Instant instant) {
        std::vector<Fact>& all = accounts_[entry.account.index];
        EntryView view;
        view.position = entry.position;
        view.account = entry.account;
        view.line = entry.line;
        view.kind = entry.kind;
        view.flags = entry.flags;
        if (entry.kind == EntryKind::line || entry.kind == EntryKind::fold) {
            view.book_date = {entry.book_date_days};
        }
        view.debits = entry.debits;
        view.credits = entry.credits;
        view.reserved = reserved;
        view.folded = folded;
        const EntryView before = all.empty() ? EntryView{} : all.back().view;
        view.index = !all.empty() && before.position == view.position ? before.index + 1 : 0;
        if (view.kind == EntryKind::line) {
            view.amount = (entry.flags & posting::entry_flag::credit) != 0
                              ? view.credits - before.credits
                              : view.debits - before.debits;
        }
        all.push_back({view, instant});
    }

    const std::vector<Fact>& facts(AccountHandle account) const {
        static const std::vector<Fact> none;
        const auto found = accounts_.find(account.index);
        return found == accounts_.end() ? none : found->second;
    }
    const std::map<std::uint32_t, std::vector<Fact>>& accounts() const { return accounts_; }

    Standing standing_at(AccountHandle account, Position position) const {
        Standing standing;
        for (const Fact& fact : facts(account)) {
            if (fact.view.position > position) break;
            standing = {
                {fact.view.debits, fact.view.credits}, fact.view.reserved, fact.view.position};
        }
        return standing;
    }
    std::vector<EntryView> forward(AccountHandle account, EntryCursor cursor, std::size_t page,
                                   Position limit) const {
        std::vector<EntryView> result;
        for (const Fact& fact : facts(account)) {
            if (fact.view.position > limit || result.size() == page) break;
            if (EntryCursor::at(fact.view) > cursor) result.push_back(fact.view);
        }
        return result;
    }
    std::vector<EntryView> backward(AccountHandle account, EntryCursor cursor, std::size_t page,
                                    Position limit) const {
        std::vector<EntryView> result;
        const std::vector<Fact>& all = facts(account);
        for (auto at = all.rbegin(); at != all.rend() && result.size() < page; ++at) {
            if (at->view.position > limit) continue;
            if (EntryCursor::at(at->view) < cursor) result.push_back(at->view);
        }
        return result;
    }
    Summary summary(AccountHandle account, Position from, Position to) const {
        Summary summary;
        const Standing before = standing_at(account, {from.value == 0 ? 0 : from.value - 1});
        summary.opening = summary.closing = before.totals;
        const std::vector<Fact>& all = facts(account);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Fact& fact = all[i];
            if (fact.view.position < from || fact.view.position > to) continue;
            const i128 balance = fact.view.debits - fact.view.credits;
            if (summary.entries++ == 0) {
                summary.first_instant = fact.instant;
                summary.lowest = i128_max;
                summary.highest = i128_min;
            } else {
                const std::int64_t span =
                    fact.instant.nanoseconds - summary.last_instant.nanoseconds;
                summary.area +=
                    Wide::product(summary.closing.debits - summary.closing.credits, span);
            }
            if (i + 1 == all.size() || all[i + 1].view.position != fact.view.position) {
                summary.lowest = std::min(summary.lowest, balance);
                summary.highest = std::max(summary.highest, balance);
            }
            summary.last_instant = fact.instant;
            summary.closing = {fact.view.debits, fact.view.credits};
            const Date date = fact.view.book_date;
            if (date && (!summary.first_date || date < summary.first_date))
                summary.first_date = date;
            if (date && (!summary.last_date || date > summary.last_date)) summary.last_date = date;
        }
        return summary;
    }
    /// Turnover of the lines up to a position, date by date.
    std::map<Date, WideTurnover> by_date(AccountHandle account, Position known) const {
        std::map<Date, WideTurnover> sums;
        for (const Fact& fact : facts(account)) {
            if (fact.view.position > known || fact.view.kind != EntryKind::line) continue;
            WideTurnover& sum = sums[fact.view.book_date];
            const bool credit = (fact.view.flags & posting::entry_flag::credit) != 0;
            (credit ? sum.credits : sum.debits) += Wide(fact.view.amount);
        }
        return sums;
    }

private:
    std::map<std::uint32_t, std::vector<Fact>> accounts_;
};

/// Makes entries of every kind and size, account by account in character: some hold-heavy, some of
/// huge amounts, some with late book dates.
class EntryMaker {
public:
    explicit EntryMaker(std::uint64_t seed) : random(seed) {}

    std::uint64_t below(std::uint64_t bound) {
        return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random);
    }
    bool chance(unsigned percent) { return below(100) < percent; }

    /// The handles that pick() chooses from; the first is hot.
    std::vector<std::uint32_t> accounts{0, 1, 2, 3, 4, 5, 6, 7, 40, 41, 70'000, 70'001, 5'000'000};
    unsigned hot_percent = 40;

    AccountHandle pick() {
        return {chance(hot_percent) ? accounts[0] : accounts[below(accounts.size())]};
    }

    /// The effects of `records` records from `first` on, noted in the oracle too.
    posting::Effects batch(Position first, std::size_t records, Instant instant,
                           NaiveHistory& naive) {
        posting::Effects effects;
        for (std::size_t record = 0; record < records; ++record) {
            if (chance(5)) continue;  // a record without entries
            const std::size_t lines = chance(3) ? 1 + below(300) : 1 + below(4);
            const bool one_account = chance(10);
            const AccountHandle only = pick();
            for (std::size_t line = 0; line < lines; ++line) {
                add(effects, first + record, one_account ? only : pick(), line, instant, naive);
            }
        }
        return effects;
    }

    std::mt19937_64 random;

private:
    struct Account {
        i128 debits = 0;
        i128 credits = 0;
        posting::Reserved reserved;
    };

    void add(posting::Effects& effects, Position position, AccountHandle account, std::size_t line,
             Instant instant, NaiveHistory& naive) {
        Account& state = states_[account.index];
        posting::Entry& entry = effects.entries.emplace_back();
        entry.position = position;
        entry.account = account;
        const unsigned character = account.index % 4;
        const std::uint64_t what = below(100);
        if (what < 80) {
            entry.kind = EntryKind::line;
            entry.line = static_cast<std::uint16_t>(line);
            change(state, entry, character == 3);
        } else if (what < (character == 2 ? 100U : 82U)) {
            entry.kind = chance(50) ? EntryKind::hold_placed : EntryKind::hold_released;
            state.reserved.held = chance(30) ? 0 : amount(character == 3 && chance(50));
            state.reserved.buffered_credits = chance(90) ? 0 : amount(false);
        } else if (what < 84) {
            entry.kind = EntryKind::fold;
            state.reserved.buffered_debits = state.reserved.buffered_credits = 0;
        } else if (what < 86) {
            entry.kind = EntryKind::closed;
        } else {
            entry.kind = chance(50) ? EntryKind::opened : EntryKind::limits;
        }
        if (entry.kind == EntryKind::line || entry.kind == EntryKind::fold) {
            std::int32_t days = 20'000 + static_cast<std::int32_t>(position.value / 5'000);
            if (chance(3)) days -= static_cast<std::int32_t>(below(3));
            if (character == 1 && chance(2)) days -= 700;
            entry.book_date_days = days;
        }
        entry.debits = state.debits;
        entry.credits = state.credits;
        posting::Folded folded;
        if (entry.kind == EntryKind::fold) {
            // Now and then a span that takes more than 64 bits with the number of lines.
            const std::uint64_t span = below(chance(5) ? std::uint64_t{1} << 50 : 1000);
            folded.lines = static_cast<std::uint32_t>(1 + below(bounds::buffer_lines_max));
            folded.last = {position.value + span};
            folded.first = position;
            effects.reserved.push_back(posting::stored_fold(state.reserved.held, folded));
            entry.reserved = static_cast<std::uint32_t>(effects.reserved.size());
        } else if (state.reserved != posting::Reserved{}) {
            effects.reserved.push_back(state.reserved);
            entry.reserved = static_cast<std::uint32_t>(effects.reserved.size());
        }
        naive.add(entry, state.reserved, folded, instant);
    }

    i128 amount(bool huge) {
        if (!huge) return static_cast<i128>(1 + below(1'000'000));
        return static_cast<i128>(static_cast<u128>(below(std::uint64_t{1} << 62)) << below(64)) + 1;
    }

    void change(Account& state, posting::Entry& entry, bool huge) {
        const bool credit = chance(50);
        const bool red = chance(10);
        i128& side = credit ? state.credits : state.debits;
        i128 value = amount(huge && chance(60));
        constexpr i128 bound = i128{1} << 126;
        if (red) value = -value;
        if (side + value >= bound || side + value <= -bound / 2) value = -value;
        side += value;
        entry.flags = static_cast<std::uint8_t>((credit ? posting::entry_flag::credit : 0) |
                                                (value < 0 ? posting::entry_flag::red : 0) |
                                                (chance(5) ? posting::entry_flag::buffered : 0));
    }

    std::map<std::uint32_t, Account> states_;
};

/// A checkpoint file with nothing but segments, opened and reopened.
class SegmentFile {
public:
    SegmentFile() : file_(directory_.path() / "checkpoint.mdb") {
        storage::create_environment(file_, options(),
                                    [](storage::Environment&, storage::WriteTransaction&) {});
        open();
    }
    void open() {
        environment = std::make_unique<storage::Environment>(file_, options());
        segments = std::make_unique<Segments>(*environment);
        segments->load(read());
        writer = std::make_unique<SegmentWriter>(*segments);
    }
    void close() {
        writer.reset();
        segments.reset();
        environment.reset();
    }
    void reopen() {
        close();
        open();
    }
    storage::ReadTransaction read() { return storage::ReadTransaction(*environment); }

    /// Writes the generation, in transactions of about `budget` bytes, and publishes it.
    void seal(const TailGeneration& generation, std::size_t budget = std::size_t{48} << 20) {
        commit(generation, budget);
        writer->publish(read());
    }
    void commit(const TailGeneration& generation, std::size_t budget = std::size_t{48} << 20) {
        const storage::ReadTransaction older = read();
        writer->begin(generation, older);
        for (bool done = false; !done;) {
            storage::WriteTransaction transaction(*environment);
            done = writer->write(transaction, budget);
            transaction.commit();
        }
    }
    void save_heads(std::size_t budget = std::size_t{32} << 20) {
        for (bool done = false; !done;) {
            storage::WriteTransaction transaction(*environment);
            done = segments->save_heads(transaction, budget);
            transaction.commit();
            segments->heads_saved(true);
        }
    }

    const std::filesystem::path& path() const { return file_; }

    std::unique_ptr<storage::Environment> environment;
    std::unique_ptr<Segments> segments;
    std::unique_ptr<SegmentWriter> writer;

private:
    static storage::EnvironmentOptions options() {
        storage::EnvironmentOptions options;
        options.map_size = std::size_t{1} << 32;
        options.no_meta_sync = true;
        options.databases = Segments::databases();
        return options;
    }
    TemporaryDirectory directory_;
    std::filesystem::path file_;
};

/// The first `page` entries that a walk gives.
inline std::vector<EntryView> forward(const HistorySources& sources, AccountHandle account,
                                      EntryCursor cursor, std::size_t page) {
    std::vector<EntryView> entries;
    AccountWalk(sources, account, sources.limit)
        .forward(cursor, [&](const EntryView& entry, const Standing& /*before*/) {
            entries.push_back(entry);
            return entries.size() < page;
        });
    return entries;
}
inline std::vector<EntryView> backward(const HistorySources& sources, AccountHandle account,
                                       EntryCursor cursor, std::size_t page) {
    std::vector<EntryView> entries;
    AccountWalk(sources, account, sources.limit)
        .backward(cursor, [&](const EntryView& entry, const Standing& /*before*/) {
            entries.push_back(entry);
            return entries.size() < page;
        });
    return entries;
}

inline std::ostream& operator<<(std::ostream& out, const EntryView& view) {
    return out << "{" << view.position.value << "." << view.index << " account "
               << view.account.index << " line " << view.line << " kind "
               << static_cast<int>(view.kind) << " flags " << int{view.flags} << " date "
               << view.book_date.days << " amount " << to_string(view.amount) << " totals "
               << to_string(view.debits) << "/" << to_string(view.credits) << " held "
               << to_string(view.reserved.held) << " buffered "
               << to_string(view.reserved.buffered_debits) << "/"
               << to_string(view.reserved.buffered_credits) << "}";
}

}  // namespace ledger::history
