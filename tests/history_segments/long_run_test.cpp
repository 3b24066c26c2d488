// Runs of more than 512 entries against the naive history, at the edges of their inner summaries,
// and where positions are anything but evenly spread.
#include "fixture.hpp"

namespace ledger::history {

namespace {

constexpr TailCapacity capacity{.entries = 60'000, .reserved = 60'000, .batches = 4'000};

/// One account's history in one segment.
class LongRun {
public:
    explicit LongRun(std::uint32_t account) : account_{account} {
        maker_.accounts = {account};
        maker_.hot_percent = 100;
    }

    /// Records with entries, in batches of some.
    void entries(std::size_t at_least) {
        const std::size_t wanted = naive.facts(account_).size() + at_least;
        while (naive.facts(account_).size() < wanted) batch(1 + maker_.below(20));
    }
    /// Records without any.
    void nothing(std::size_t records) { append({}, records); }
    void seal() { file.seal(*tail_); }

    AccountHistory history() {
        transaction_ = std::make_unique<storage::ReadTransaction>(file.read());
        return {{{}, file.segments.get(), transaction_.get(), last_}, account_};
    }
    Summary expected(Position from, Position to) const { return naive.summary(account_, from, to); }
    Position position(std::size_t entry) const {
        return naive.facts(account_)[entry].view.position;
    }
    std::size_t size() const { return naive.facts(account_).size(); }
    AccountHandle account() const { return account_; }
    Position last() const { return last_; }

    NaiveHistory naive;
    SegmentFile file;

private:
    void batch(std::size_t records) {
        append(maker_.batch(last_ + 1, records, instant_, naive), records);
    }
    void append(const posting::Effects& effects, std::size_t records) {
        tail_->append(effects, {last_ + 1, last_ + records, instant_});
        last_ = last_ + records;
        instant_ = instant_ + std::chrono::seconds(1 + maker_.below(1'000));
    }

    EntryMaker maker_{7};
    AccountHandle account_;
    std::shared_ptr<TailGeneration> tail_ = std::make_shared<TailGeneration>(capacity);
    std::unique_ptr<storage::ReadTransaction> transaction_;
    Position last_;
    Instant instant_{1};
};

/// Entries at both sides of every multiple of 512, and at both ends.
std::vector<std::size_t> edges(std::size_t size) {
    std::vector<std::size_t> found;
    for (std::size_t multiple = 0; multiple <= size + 512; multiple += 512) {
        for (std::size_t at = multiple < 2 ? 0 : multiple - 2; at < multiple + 2; ++at) {
            if (at < size) found.push_back(at);
        }
    }
    found.push_back(size - 1);
    return found;
}

}  // namespace

// The fourth account's amounts take more than 64 bits.
TEST(LongRun, SummariesAddUpAtEveryEdge) {
    for (const std::uint32_t account : {0U, 3U}) {
        LongRun run(account);
        run.entries(2'600);
        run.seal();
        const AccountHistory history = run.history();
        for (const std::size_t from : edges(run.size())) {
            for (const std::size_t to : edges(run.size())) {
                if (to < from) continue;
                ASSERT_EQ(history.summary(run.position(from), run.position(to)),
                          run.expected(run.position(from), run.position(to)))
                    << "account " << account << ", entries " << from << " to " << to;
            }
        }
        run.file.segments->verify(run.file.read(), 1);
    }
}

TEST(LongRun, PositionsFarApartAreFound) {
    LongRun run(0);
    run.nothing(10);
    run.entries(700);
    run.nothing(3'000'000);
    run.entries(5);
    run.nothing(1'000'000'000);
    run.entries(600);
    run.seal();
    const AccountHistory history = run.history();
    const auto check = [&](Position position) {
        const Standing found = history.standing_at(position);
        const Standing expected = run.naive.standing_at(run.account(), position);
        ASSERT_EQ(found.as_of, expected.as_of) << "at " << position.value;
        ASSERT_EQ(found.totals, expected.totals) << "at " << position.value;
    };
    for (std::size_t entry = 0; entry < run.size(); ++entry) {
        check(run.position(entry));
        check({run.position(entry).value - 1});
        check(run.position(entry) + 1);
    }
    check({2'000'000});
    check({500'000'000});
}

}  // namespace ledger::history
