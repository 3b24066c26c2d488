// The capabilities that ask and follow. Each query is one question to a view, on a worker, and one
// answer; what a limited principal may not see is as if it were not there.
#include "rpc/session.hpp"

#include "ledger/rpc/error.hpp"
#include "rpc/wire.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace ledger::rpc {

namespace {

/// So many items go into one answer, whatever was asked for; the cursor leads on.
constexpr std::size_t page_items_max = 1'000;
constexpr std::size_t feed_records_max = 2'000;
constexpr std::int64_t feed_wait_max = 30'000'000'000;
/// The engine commits records of its own (expiries, anchors), of which the server is not told.
constexpr kj::Duration feed_looks_again = 20 * kj::MILLISECONDS;

PageRequest page_from(wire::PageRequest::Reader from) {
    PageRequest page = value_from(from);
    check_page(page);
    page.size = std::min(page.size, page_items_max);
    return page;
}

/// Questions about one account wait for each other, and hold up no others.
std::uint64_t lane_of(wire::Id::Reader account) { return mix(id_from<AccountId>(account).value); }

/// A point in the past, or now.
struct Moment {
    Position position;
    Instant instant;
};
Moment moment_from(wire::Moment::Reader from) {
    return {{from.getPosition()}, {from.getInstant()}};
}

std::optional<Balance> balance_at(const View& view, AccountId account, const Moment& moment) {
    if (moment.position) return view.balance_at(account, moment.position);
    if (moment.instant) return view.balance_at(account, moment.instant);
    return view.balance(account);
}
std::optional<DatedBalance> balance_on(const View& view, AccountId account, Date date,
                                       const Moment& known_at) {
    if (known_at.position) return view.balance_on(account, date, known_at.position);
    if (known_at.instant) return view.balance_on(account, date, known_at.instant);
    return view.balance_on(account, date);
}

/// A limited principal may have this many items passed over in one call.
constexpr std::size_t passed_over_max = 100'000;

/// The next page that has an item which `sees` lets pass, without the others: so a page without any
/// is, but for very long lists, the end, and says nothing of what else there is.
template <class Fetch, class Sees>
auto visible_page(PageRequest page, const Fetch& fetch, const Sees& sees) {
    std::size_t left = passed_over_max;
    for (;;) {
        auto found = fetch(page);
        const std::size_t passed = std::max<std::size_t>(found.items.size(), 1);
        std::erase_if(found.items, [&](const auto& item) { return !sees(item); });
        if (!found.items.empty() || found.cursor.empty() || passed >= left) return found;
        left -= passed;
        page.cursor = std::move(found.cursor);
    }
}

template <class Results, class Item>
void write_page(Results results, const Page<Item>& page) {
    write_all(results.initItems(static_cast<unsigned>(page.items.size())), page.items);
    if (!page.cursor.empty()) results.setCursor(text_of(page.cursor));
}

class ReaderService final : public wire::Reader::Server {
public:
    explicit ReaderService(SessionPtr session) : session_(std::move(session)) {}

    kj::Promise<void> head(HeadContext context) override {
        return session_->query(
            context.getParams().getAt(),
            [](const View& view) {
                return Moment{view.position(), view.instant()};
            },
            [context](const Moment& head) mutable {
                context.getResults().setPosition(head.position.value);
                context.getResults().setInstant(head.instant.nanoseconds);
            });
    }

    kj::Promise<void> positionAt(PositionAtContext context) override {
        const auto params = context.getParams();
        return session_->query(
            params.getAt(),
            [instant = Instant{params.getInstant()}](const View& view) {
                return view.position_at(instant);
            },
            [context](Position position) mutable {
                context.getResults().setPosition(position.value);
            });
    }

    kj::Promise<void> account(AccountContext context) override {
        const auto params = context.getParams();
        return session_->query(
            params.getAt(),
            [who = who(), id = id_from<AccountId>(params.getAccount())](const View& view) {
                std::optional<AccountInfo> info = view.account(id);
                if (info && !who->has_book(info->book)) info.reset();
                return info;
            },
            [context](const std::optional<AccountInfo>& info) mutable {
                if (info) write(context.getResults().initAccount(), *info);
            },
            lane_of(params.getAccount()));
    }

    kj::Promise<void> accounts(AccountsContext context) override {
        const auto params = context.getParams();
        return speaking_kj([&] {
            return session_->query(
                params.getAt(),
                [who = who(), prefix = text_from(params.getPrefix()),
                 page = page_from(params.getPage())](const View& view) {
                    return visible_page(
                        page, [&](const PageRequest& some) { return view.accounts(prefix, some); },
                        [&](const AccountInfo& info) { return who->has_book(info.book); });
                },
                [context](const Page<AccountInfo>& page) mutable {
                    write_page(context.getResults(), page);
                });
        });
    }

    kj::Promise<void> balance(BalanceContext context) override {
        const auto params = context.getParams();
        return session_->query(
            params.getAt(),
            [who = who(), id = id_from<AccountId>(params.getAccount()),
             moment = moment_from(params.getMoment())](const View& view) {
                return who->sees(view, id) ? balance_at(view, id, moment) : std::nullopt;
            },
            [context](const std::optional<Balance>& balance) mutable {
                if (balance) write(context.getResults().initBalance(), *balance);
            },
            lane_of(params.getAccount()));
    }

    kj::Promise<void> balanceOn(BalanceOnContext context) override {
        const auto params = context.getParams();
        return session_->query(
            params.getAt(),
            [who = who(), id = id_from<AccountId>(params.getAccount()),
             date = Date{params.getDate()},
             known_at = moment_from(params.getKnownAt())](const View& view) {
                return who->sees(view, id) ? balance_on(view, id, date, known_at) : std::nullopt;
            },
            [context](const std::optional<DatedBalance>& balance) mutable {
                if (balance) write(context.getResults().initBalance(), *balance);
            },
            lane_of(params.getAccount()));
    }

    kj::Promise<void> entries(EntriesContext context) override {
        const auto params = context.getParams();
        return speaking_kj([&] {
            return session_->query(
                params.getAt(),
                [who = who(), id = id_from<AccountId>(params.getAccount()),
                 lines_only = params.getLinesOnly(), page = page_from(params.getPage()),
                 range = value_from(params.getRange())](const View& view) {
                    if (!who->sees(view, id)) return Page<AccountEntry>{};
                    return lines_only ? view.lines(id, page, range) : view.entries(id, page, range);
                },
                [context](const Page<AccountEntry>& page) mutable {
                    write_page(context.getResults(), page);
                },
                lane_of(params.getAccount()));
        });
    }

    kj::Promise<void> voucher(VoucherContext context) override {
        const auto params = context.getParams();
        return speaking_kj([&] {
            return session_->query(
                params.getAt(),
                [who = who(), find = finder_from(params.getKey())](const View& view) {
                    std::optional<PostedVoucher> found = find(view);
                    if (found && !who->has_book(found->voucher.book)) found.reset();
                    return found;
                },
                [context](const std::optional<PostedVoucher>& found) mutable {
                    if (found) write(context.getResults().initVoucher(), *found);
                });
        });
    }

    kj::Promise<void> record(RecordContext context) override {
        const auto params = context.getParams();
        return session_->query(
            params.getAt(),
            [who = who(), id = id_from<RecordId>(params.getId()),
             position = Position{params.getPosition()}](const View& view) {
                std::optional<PostedRecord> found =
                    position ? view.record(position) : view.record(id);
                if (found && !who->sees(view, *found)) found.reset();
                return found;
            },
            [context](const std::optional<PostedRecord>& found) mutable {
                if (found) write(context.getResults().initRecord(), *found);
            });
    }

    kj::Promise<void> recordsOf(RecordsOfContext context) override {
        const auto params = context.getParams();
        return speaking_kj([&] {
            return session_->query(
                params.getAt(),
                [who = who(), order = id_from<OrderId>(params.getOrder()),
                 page = page_from(params.getPage())](const View& view) {
                    return visible_page(
                        page, [&](const PageRequest& some) { return view.records_of(order, some); },
                        [&](const PostedRecord& record) { return who->sees(view, record); });
                },
                [context](const Page<PostedRecord>& page) mutable {
                    write_page(context.getResults(), page);
                });
        });
    }

    kj::Promise<void> trialSums(TrialSumsContext context) override {
        return session_->query(
            context.getParams().getAt(),
            [who = who()](const View& view) {
                std::vector<TrialSum> sums = view.trial_sums();
                std::erase_if(sums, [&](const TrialSum& sum) { return !who->has_book(sum.book); });
                return sums;
            },
            [context](const std::vector<TrialSum>& sums) mutable {
                write_all(context.getResults().initSums(static_cast<unsigned>(sums.size())), sums);
            });
    }

    kj::Promise<void> stats(StatsContext context) override {
        return session_->query(
            0, [session = session_](const View&) { return session->serving.ledger.stats(); },
            [context](const Stats& stats) mutable {
                write(context.getResults().initStats(), stats);
            });
    }

    kj::Promise<void> follow(FollowContext context) override {
        return session_->call([&] {
            const auto params = context.getParams();
            const auto content =
                params.getWithEntries() ? FeedContent::entries : FeedContent::records;
            return make_feed(session_, Position{params.getAfter()}, content)
                .then([context](wire::Feed::Client feed) mutable {
                    context.getResults().setFeed(kj::mv(feed));
                });
        });
    }

private:
    const Principal* who() const noexcept { return &session_->principal; }

    using Finder = std::function<std::optional<PostedVoucher>(const View&)>;
    static Finder finder_from(wire::VoucherKey::Reader key) {
        switch (key.which()) {
            case wire::VoucherKey::ID:
                return [id = id_from<VoucherId>(key.getId())](const View& view) {
                    return view.voucher(id);
                };
            case wire::VoucherKey::POSITION:
                return [position = Position{key.getPosition()}](const View& view) {
                    return view.voucher(position);
                };
            case wire::VoucherKey::NUMBERED: {
                const auto from = key.getNumbered();
                return [book = BookId{from.getBook()}, date = Date{from.getBookDate()},
                        number = from.getNumber()](const View& view) {
                    return view.voucher(book, date, number);
                };
            }
        }
        throw InvalidArgument(
            "a voucher is asked for by a key that this server does not know; use "
            "a newer server");
    }

    const SessionPtr session_;
};

/// What reads a feed is on a worker, and may be there still when the call was dropped, or the
/// capability.
struct SharedFeed {
    explicit SharedFeed(Feed followed) : feed(std::move(followed)) {}

    std::vector<FeedRecord> next(std::size_t records_max) {
        const std::lock_guard lock(mutex);
        std::vector<FeedRecord> records;
        feed.next(records, records_max);
        return records;
    }

    std::mutex mutex;
    Feed feed;
};

/// One of the feeds that the server may have, as long as it lives.
class FeedPlace {
public:
    explicit FeedPlace(SessionPtr session) : session_(std::move(session)) {
        ++session_->serving.feeds;
    }
    ~FeedPlace() { --session_->serving.feeds; }
    FeedPlace(const FeedPlace&) = delete;
    FeedPlace& operator=(const FeedPlace&) = delete;

private:
    const SessionPtr session_;
};

class FeedService final : public wire::Feed::Server {
public:
    FeedService(SessionPtr session, std::shared_ptr<SharedFeed> feed, kj::Own<FeedPlace> place)
        : session_(std::move(session)), feed_(std::move(feed)), place_(kj::mv(place)) {}

    kj::Promise<void> next(NextContext context) override {
        return session_->call([&] {
            const auto params = context.getParams();
            if (busy_) {
                throw UsageError(
                    "a feed is asked for its next records while it looks for some; "
                    "wait for the answer");
            }
            const std::size_t wanted = params.getRecordsMax();
            if (wanted < 1 || wanted > 10'000) {
                throw InvalidArgument("a feed is asked for " + std::to_string(wanted) +
                                      " records; ask for 1 to 10,000");
            }
            const std::int64_t wait = std::clamp<std::int64_t>(params.getWait(), 0, feed_wait_max);
            busy_ = true;
            return draw(context, std::min(wanted, feed_records_max),
                        session_->serving.timer.now() + wait * kj::NANOSECONDS)
                .attach(kj::defer([this] { busy_ = false; }));
        });
    }

private:
    /// What there is; where there is nothing, once more after the next commit.
    kj::Promise<void> draw(NextContext context, std::size_t wanted, kj::TimePoint until) {
        return session_->serving.workers
            .ask(session_->principal, [feed = feed_, wanted] { return feed->next(wanted); })
            .then([this, context, wanted,
                   until](std::vector<FeedRecord> records) mutable -> kj::Promise<void> {
                return speaking_kj([&]() -> kj::Promise<void> {
                    session_->check_open();
                    Serving& serving = session_->serving;
                    if (!records.empty() || serving.timer.now() >= until) {
                        write(context.getResults(), records);
                        return kj::READY_NOW;
                    }
                    return serving.next_commit()
                        .exclusiveJoin(serving.timer.afterDelay(feed_looks_again))
                        .then([this, context, wanted, until] {
                            return draw(context, wanted, until);
                        });
                });
            });
    }

    const SessionPtr session_;
    const std::shared_ptr<SharedFeed> feed_;
    const kj::Own<FeedPlace> place_;
    bool busy_ = false;
};

}  // namespace

wire::Reader::Client make_reader(SessionPtr session) {
    return kj::heap<ReaderService>(std::move(session));
}

kj::Promise<wire::Feed::Client> make_feed(SessionPtr session, Position after, FeedContent content) {
    if (session->principal.is_limited()) {
        throw AccessError("the principal " + session->principal.name() +
                          " is limited to books, and a feed tells of all of them");
    }
    const std::size_t feeds_max = session->serving.options.limits.feeds_max;
    if (session->serving.feeds >= feeds_max) {
        throw UnavailableError("the server has " + std::to_string(feeds_max) +
                               " feeds, as many as it may; close one, or raise the limit feeds");
    }
    return session->serving.workers
        .ask(
            session->principal,
            [session, after, content] {
                return std::make_shared<SharedFeed>(session->serving.ledger.follow(after, content));
            })
        .then([session, place = kj::heap<FeedPlace>(session)](
                  std::shared_ptr<SharedFeed> feed) mutable -> wire::Feed::Client {
            return kj::heap<FeedService>(session, std::move(feed), kj::mv(place));
        });
}

}  // namespace ledger::rpc
