// Random histories through tail and segments against the naive history: every query, at the newest
// and at pinned positions, before and after sealing, dropping, reopening.
#include "fixture.hpp"

#include "ledger/history/date_lines.hpp"

#include <deque>

namespace ledger::history {

namespace {

constexpr TailCapacity capacity{.entries = 60'000, .reserved = 60'000, .batches = 4'000};

class Story {
public:
    Story(std::uint64_t seed, unsigned records_max) : maker(seed), records_max_(records_max) {}

    EntryMaker maker;
    NaiveHistory naive;
    SegmentFile file;

    void step() {
        const std::uint64_t what = maker.below(100);
        if (what < 45) {
            append();
        } else if (what < 60) {
            rotate();
        } else if (what < 80) {
            seal();
        } else if (what < 86) {
            drop();
        } else if (what < 89) {
            file.save_heads(1 + maker.below(std::size_t{1} << 19));
        } else if (what < 91) {
            reopen();
        } else if (what < 95) {
            pin();
        } else {
            check(newest(), 3);
            if (!pins_.empty()) check(pins_[maker.below(pins_.size())].sources(), 3);
        }
    }
    void finish() {
        check(newest(), 40);
        for (Pin& pin : pins_) check(pin.sources(), 15);
        pins_.clear();
        while (generations_.size() > sealed_) {
            if (generations_.size() == sealed_ + 1) rotate();
            seal();
            if (generations_.back()->empty()) break;
        }
        reopen();
        check(newest(), 150);
        const storage::ReadTransaction transaction = file.read();
        for (std::uint32_t i = 1; i <= file.segments->last_segment(); ++i) {
            file.segments->verify(transaction, i);
        }
    }

private:
    using Generations = std::vector<std::shared_ptr<const TailGeneration>>;
    struct Pin {
        Position limit;
        Generations generations;
        storage::ReadTransaction transaction;
        const Segments* segments;
        HistorySources sources() const { return {generations, segments, &transaction, limit}; }
    };

    void append() {
        if (generations_.empty() || open_ == nullptr) {
            open_ = std::make_shared<TailGeneration>(capacity);
            generations_.push_back(open_);
        }
        const std::size_t records = 1 + maker.below(records_max_);
        instant_ = instant_ + std::chrono::nanoseconds(1 + maker.below(std::uint64_t{1} << 40));
        const Position first = last_ + 1;
        last_ = last_ + records;
        const posting::Effects effects = maker.batch(first, records, instant_, naive);
        if (!open_->fits(effects)) {
            open_ = std::make_shared<TailGeneration>(capacity);
            generations_.push_back(open_);
        }
        open_->append(effects, {first, last_, instant_});
        instants_.emplace_back(last_, instant_);
    }
    void rotate() {
        if (open_ != nullptr && !open_->empty()) open_.reset();
    }
    /// Seals the oldest generation that is not sealed, and keeps it for a while.
    void seal() {
        if (sealed_ >= generations_.size() || generations_[sealed_] == open_) return;
        if (maker.chance(10)) {  // a crash in the middle of it
            const storage::ReadTransaction older = file.read();
            file.writer->begin(*generations_[sealed_], older);
            storage::WriteTransaction transaction(*file.environment);
            file.writer->write(transaction, 1);
            if (maker.chance(50)) transaction.commit();
        } else {
            file.seal(*generations_[sealed_], maker.chance(50) ? 1 : std::size_t{48} << 20);
            ++sealed_;
        }
    }
    void drop() {
        for (std::size_t n = sealed_ == 0 ? 0 : 1 + maker.below(sealed_); n > 0; --n, --sealed_) {
            generations_.pop_front();
        }
    }
    void reopen() {
        pins_.clear();
        transaction_.reset();
        while (sealed_ > 0) drop();
        file.reopen();
        // A seal that was committed but not published shows now.
        while (!generations_.empty() && generations_.front() != open_ &&
               generations_.front()->last_position() <= file.segments->sealed_through()) {
            generations_.pop_front();
        }
    }
    Generations list() const { return {generations_.rbegin(), generations_.rend()}; }
    void pin() {
        const Position limit{last_.value == 0 ? 0 : maker.below(last_.value + 1)};
        pins_.push_back(
            {maker.chance(50) ? last_ : limit, list(), file.read(), file.segments.get()});
        if (pins_.size() > 6) pins_.erase(pins_.begin());
    }
    HistorySources newest() {
        list_ = list();
        transaction_ = std::make_unique<storage::ReadTransaction>(file.read());
        return {list_, file.segments.get(), transaction_.get(), last_};
    }

    Position any_position(Position limit) { return {maker.below(limit.value + 3)}; }
    EntryCursor any_cursor(AccountHandle account, Position limit) {
        const auto& facts = naive.facts(account);
        if (maker.chance(10)) return EntryCursor::beginning();
        if (maker.chance(10)) return EntryCursor::end();
        if (maker.chance(40) || facts.empty()) return EntryCursor::before(any_position(limit));
        return EntryCursor::at(facts[maker.below(facts.size())].view);
    }

    void check(const HistorySources& sources, int rounds) {
        for (int round = 0; round < rounds; ++round) {
            check_instant(sources);
            const AccountHandle account = maker.pick();
            const AccountHistory history(sources, account);
            const Position at = any_position(sources.limit);
            const Standing standing = history.standing_at(at);
            const Standing expected = naive.standing_at(account, std::min(at, sources.limit));
            ASSERT_EQ(standing.as_of, expected.as_of);
            ASSERT_EQ(standing.totals, expected.totals);
            ASSERT_EQ(standing.reserved, expected.reserved);

            const EntryCursor cursor = any_cursor(account, sources.limit);
            const std::size_t page =
                maker.chance(20) ? 1 + maker.below(2'000) : 1 + maker.below(20);
            ASSERT_EQ(forward(sources, account, cursor, page),
                      naive.forward(account, cursor, page, sources.limit));
            ASSERT_EQ(backward(sources, account, cursor, page),
                      naive.backward(account, cursor, page, sources.limit));

            const Position from = any_position(sources.limit);
            const Position to = any_position(sources.limit);
            const Summary summary = history.summary(from, to);
            ASSERT_EQ(summary, naive.summary(account, std::min(from, sources.limit + 1),
                                             std::min(to, sources.limit)))
                << "account " << account.index << " from " << from.value << " to " << to.value;
            check_dates(sources, account);
            if (!testing::Test::HasFatalFailure() && maker.chance(30)) {
                check_date_lines(sources, account);
            }
            if (testing::Test::HasFatalFailure()) return;
        }
    }

    void check_dates(const HistorySources& sources, AccountHandle account) {
        const AccountHistory history(sources, account);
        const Position known = any_position(sources.limit);
        const Date date{19'200 + static_cast<std::int32_t>(maker.below(830))};
        const auto by_date = naive.by_date(account, std::min(known, sources.limit));
        WideTurnover through;
        for (const auto& [of, turnover] : by_date) {
            if (of <= date) through += turnover;
        }
        ASSERT_EQ(history.turnover_through(date, known), through)
            << "account " << account.index << " through " << date.days << " at " << known.value;

        DailyBalance days(date, date + static_cast<std::int32_t>(maker.below(40)));
        history.add_days(known, days);
        days.visit([&](Date day, const Wide& balance) {
            Wide expected;
            for (const auto& [of, turnover] : by_date) {
                if (of <= day) expected += turnover.debits - turnover.credits;
            }
            ASSERT_EQ(balance, expected) << "account " << account.index << " day " << day.days;
        });
    }
    /// Page by page, each with a reader of its own.
    void check_date_lines(const HistorySources& sources, AccountHandle account) {
        const Date first{19'990 + static_cast<std::int32_t>(maker.below(40))};
        const Date last = first + static_cast<std::int32_t>(maker.below(30));
        const Position since = maker.chance(50) ? Position{} : any_position(sources.limit);
        std::vector<EntryView> wanted;
        for (const NaiveHistory::Fact& fact : naive.facts(account)) {
            const EntryView& view = fact.view;
            if (view.kind == EntryKind::line && view.position <= sources.limit &&
                since < view.position && first <= view.book_date && view.book_date <= last) {
                wanted.push_back(view);
            }
        }
        std::ranges::stable_sort(wanted, {}, &EntryView::book_date);
        std::vector<EntryView> got;
        const std::size_t page = 1 + maker.below(700);
        DateLines::Place after;
        for (std::size_t count = page; count == page;) {
            DateLines lines(sources, account, first, last, since, after);
            count = lines.next(page, got);
            if (!got.empty()) after = {got.back().book_date, EntryCursor::at(got.back())};
        }
        ASSERT_EQ(got, wanted) << "account " << account.index << " dates " << first.days << " to "
                               << last.days << " since " << since.value;
    }
    void check_instant(const HistorySources& sources) {
        const Instant asked =
            instants_.empty() || maker.chance(5)
                ? Instant{static_cast<std::int64_t>(maker.below(3))}
                : instants_[maker.below(instants_.size())].second +
                      std::chrono::nanoseconds(static_cast<std::int64_t>(maker.below(3)) - 1);
        Position expected;
        for (const auto& [last, instant] : instants_) {
            if (instant <= asked) expected = last;
        }
        ASSERT_EQ(sources.position_at(asked), std::min(expected, sources.limit))
            << asked.nanoseconds;
    }

    unsigned records_max_;
    std::deque<std::shared_ptr<TailGeneration>> generations_;  // oldest first
    std::shared_ptr<TailGeneration> open_;
    std::size_t sealed_ = 0;  // of generations_, not dropped yet
    std::vector<Pin> pins_;
    Generations list_;
    std::unique_ptr<storage::ReadTransaction> transaction_;
    Position last_;
    Instant instant_{1};
    std::vector<std::pair<Position, Instant>> instants_;  // of all batches
};

}  // namespace

TEST(SegmentHistory, ManySmallSegmentsAgreeWithTheNaiveHistory) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Story story(seed, 12);
        for (int i = 0; i < 700 && !testing::Test::HasFatalFailure(); ++i) story.step();
        story.finish();
        ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
}

TEST(SegmentHistory, LargeSegmentsWithAHotAccountAgreeWithTheNaiveHistory) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Story story(seed, 400);
        story.maker.hot_percent = 70;
        for (int i = 0; i < 120 && !testing::Test::HasFatalFailure(); ++i) story.step();
        story.finish();
        ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
}

TEST(SegmentHistory, ManyAccountsAgreeWithTheNaiveHistory) {
    Story story(77, 100);
    story.maker.hot_percent = 1;
    for (std::uint32_t i = 0; i < 5'000; ++i) story.maker.accounts.push_back(100 + i * 7);
    for (int i = 0; i < 400 && !testing::Test::HasFatalFailure(); ++i) story.step();
    story.finish();
}

}  // namespace ledger::history
