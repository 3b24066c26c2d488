// See compare_feed.hpp.
#include "compare_feed.hpp"

#include "expected.hpp"
#include "texts.hpp"

#include "ledger/model/extract.hpp"

#include <map>

namespace ledger::oracle {

namespace {

/// The entries of each record, in the order in which a feed gives them.
std::map<Position, std::vector<std::string>> entries_by_record(const Expected& expected) {
    std::map<Position, std::vector<std::string>> found;
    for (const AccountFact* account : expected.accounts()) {  // in the order of opening
        const std::string whose = to_string(account->opened.id) + " of book " +
                                  std::to_string(account->opened.book.number) + " in " +
                                  std::string(account->opened.currency.text()) + ": ";
        for (const AccountEntry& entry : expected.entries(*account)) {
            found[entry.position].push_back(whose + text_of(entry));
        }
    }
    return found;
}

std::string feed_text_of(const FeedEntry& entry) {
    return to_string(entry.account) + " of book " + std::to_string(entry.book.number) + " in " +
           std::string(entry.currency.text()) + ": " + text_of(entry.entry);
}

/// The model does not know what is in an anchor of the engine's.
void compare_value(const RecordFact& fact, const FeedRecord& record,
                   const AccountIdOf& account_id_of) {
    if (record.kind == RecordKind::anchor) return;
    if (record.value == record_value_at(fact.stored, 0, account_id_of)) return;
    throw Disagreement("the value of the record at " + std::to_string(record.position.value) +
                       " in the feed is not what was posted");
}

}  // namespace

void compare_feed(const NaiveLedger& naive, const std::function<Feed(Position)>& follow,
                  std::mt19937_64& random) {
    const Expected expected(naive, naive.last_position());
    const auto entries = entries_by_record(expected);
    const auto account_id_of = [&](AccountHandle handle) {
        return naive.accounts().at(handle.index).opened.id;
    };
    Position at{random() % (naive.last_position().value + 1)};
    Feed feed = follow(at);
    std::vector<FeedRecord> records;
    while (feed.next(records, 1 + random() % 50) != 0) {
        for (const FeedRecord& record : records) {
            if (at == naive.last_position()) return;  // what follows is the background's
            at = at + 1;
            const RecordFact& fact = naive.record_at(at);
            expect_same("record in the feed", text_of(expected.record(fact)),
                        text_of(PostedRecord{record.position, record.instant, record.kind,
                                             record.id, record.order}));
            compare_value(fact, record, account_id_of);
            const auto made = entries.find(at);
            std::vector<std::string> told;
            for (const FeedEntry& entry : record.entries) told.push_back(feed_text_of(entry));
            const std::vector<std::string> none;
            const auto& wanted = made == entries.end() ? none : made->second;
            const std::string where = "entry of the feed at " + std::to_string(at.value);
            for (std::size_t i = 0; i < wanted.size() || i < told.size(); ++i) {
                expect_same(where, i < wanted.size() ? wanted[i] : "no more",
                            i < told.size() ? told[i] : "no more");
            }
        }
        if (random() % 8 == 0) feed = follow(at);
    }
    expect_same("end of the feed", std::to_string(naive.last_position().value),
                std::to_string(at.value));
}

}  // namespace ledger::oracle
