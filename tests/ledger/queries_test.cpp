// Queries over checkpoint and tail, asked before sealing, after it and after reopening: the answers
// are the same.
#include "support/small_ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace ledger {
namespace {

using namespace test;

class Queries : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(all_accepted(ledger_.post(foundations(12)))); }

    /// Runs the check on the tail, on sealed segments, and after reopening.
    void everywhere(const std::function<void(const View&)>& check) {
        check(ledger_.view());
        if (HasFailure()) return;
        ledger_.seal();
        check(ledger_.view());
        if (HasFailure()) return;
        ledger_.close();
        { const Ledger gone = std::move(ledger_); }
        ledger_ = Ledger::open(temporary_ / "books", small_options(&clock_));
        check(ledger_.view());
    }

    TemporaryDirectory temporary_;
    ManualClock clock_{start_instant};
    Ledger ledger_ = Ledger::create(temporary_ / "books", small_options(&clock_));
};

/// All pages of a query, asked for `size` at a time. A page of what is filtered (open holds) can be
/// empty and yet have a cursor.
template <class Item, class Ask>
std::vector<Item> all_pages(std::size_t size, bool backward, Ask ask) {
    std::vector<Item> all;
    PageRequest request{size, backward, {}};
    do {
        Page<Item> page = ask(request);
        EXPECT_LE(page.items.size(), size);
        for (Item& item : page.items) all.push_back(std::move(item));
        request.cursor = page.cursor;
        if (all.size() > 100'000) {
            ADD_FAILURE() << "pages without end";
            break;
        }
    } while (!request.cursor.empty());
    return all;
}

bool same(const AccountEntry& a, const AccountEntry& b) {
    return a.position == b.position && a.instant == b.instant && a.kind == b.kind &&
           a.line == b.line && a.side == b.side && a.ink == b.ink && a.amount == b.amount &&
           a.book_date == b.book_date && a.balance == b.balance;
}

TEST_F(Queries, EntriesPageForwardAndBackwardTheSame) {
    for (std::uint64_t id = 1; id <= 4000; id += 200) {
        ASSERT_TRUE(all_accepted(ledger_.post(transfers(id, 200, 12))));
        clock_.advance(std::chrono::seconds{1});
    }
    // One voucher with many lines on the same account: pages end in the middle of a position.
    Voucher wide;
    wide.id = record_id(9999);
    wide.book = book;
    for (int i = 0; i < 40; ++i) {
        wide.lines.push_back(line(3, Side::debit, 2));
        wide.lines.push_back(line(4, Side::credit, 2));
    }
    ASSERT_TRUE(ledger_.post(wide));
    everywhere([](const View& view) {
        std::vector<AccountEntry> reference;
        for (const std::size_t size : {1000u, 1u, 7u, 64u}) {
            const auto ask = [&](const PageRequest& page) {
                return view.entries(account_id(3), page);
            };
            const auto forward = all_pages<AccountEntry>(size, false, ask);
            auto backward = all_pages<AccountEntry>(size, true, ask);
            std::reverse(backward.begin(), backward.end());
            if (reference.empty()) reference = forward;
            ASSERT_GT(forward.size(), 500u);
            ASSERT_TRUE(
                std::equal(forward.begin(), forward.end(), backward.begin(), backward.end(), same))
                << size;
            ASSERT_TRUE(std::equal(forward.begin(), forward.end(), reference.begin(),
                                   reference.end(), same));
        }
        EXPECT_EQ(reference.back().balance, *view.balance(account_id(3)));
        // Each entry's balance follows from the one before.
        for (std::size_t i = 1; i < reference.size(); ++i) {
            if (reference[i].kind != EntryKind::line) continue;
            Balance expected = reference[i - 1].balance;
            (reference[i].side == Side::debit ? expected.debits : expected.credits) +=
                reference[i].amount;
            ASSERT_EQ(reference[i].balance, expected) << i;
        }
    });
}

TEST_F(Queries, RangesByPositionAndInstantCutWhereTheySay) {
    std::vector<Result> posted;
    for (std::uint64_t id = 1; id <= 60; ++id) {
        clock_.advance(std::chrono::seconds{10});
        posted.push_back(ledger_.post(transfer(id, 1, 2, static_cast<std::int64_t>(id))).result);
    }
    everywhere([&](const View& view) {
        for (const bool backward : {false, true}) {
            Range range;
            range.from = posted[9].instant;
            range.to = posted[19].instant;
            const auto by_instant = all_pages<AccountEntry>(
                3, backward,
                [&](const PageRequest& page) { return view.lines(account_id(1), page, range); });
            ASSERT_EQ(by_instant.size(), 11u);
            EXPECT_EQ(by_instant.front().amount, minor(backward ? 20 : 10));
            EXPECT_EQ(by_instant.back().amount, minor(backward ? 10 : 20));
            Range positions;
            positions.from_position = posted[9].position;
            positions.to_position = posted[19].position;
            const auto by_position =
                all_pages<AccountEntry>(4, backward, [&](const PageRequest& page) {
                    return view.lines(account_id(1), page, positions);
                });
            EXPECT_TRUE(std::equal(by_instant.begin(), by_instant.end(), by_position.begin(),
                                   by_position.end(), same));
        }
        Range nothing;
        nothing.from = posted[59].instant + std::chrono::nanoseconds{1};
        EXPECT_TRUE(view.lines(account_id(1), {}, nothing).items.empty());
        nothing = {};
        nothing.to = parse_instant("2020-01-01T00:00:00Z");
        EXPECT_TRUE(view.lines(account_id(1), {}, nothing).items.empty());
        EXPECT_EQ(view.position_at(posted[30].instant), posted[30].position);
        EXPECT_EQ(view.position_at({posted[30].instant.nanoseconds - 1}), posted[29].position);
        EXPECT_EQ(view.position_at(parse_instant("2020-01-01T00:00:00Z")), Position{});
        EXPECT_EQ(view.position_at(parse_instant("2100-01-01T00:00:00Z")), view.position());
    });
}

TEST_F(Queries, AnEarlierPositionShowsWhatStoodThen) {
    std::vector<std::pair<Position, Amount>> history;
    Amount sum;
    for (std::uint64_t id = 1; id <= 3000; id += 100) {
        const std::vector<Result> results = ledger_.post(transfers(id, 100, 12));
        ASSERT_TRUE(all_accepted(results));
        history.emplace_back(results.back().position,
                             ledger_.view().balance(account_id(5))->total());
    }
    everywhere([&](const View& view) {
        for (const auto& [position, total] : history) {
            const View then = view.at(position);
            EXPECT_EQ(then.position(), position);
            EXPECT_EQ(then.balance(account_id(5))->total(), total);
            EXPECT_TRUE(is_balanced(then));
            EXPECT_FALSE(then.record(position + 1));
            const Page<AccountEntry> newest = then.entries(account_id(5), {1, true, {}});
            EXPECT_LE(newest.items.at(0).position, position);
            EXPECT_EQ(newest.items.at(0).balance.total(), total);
        }
        const View empty = view.at(Position{});
        EXPECT_FALSE(empty.account(account_id(5)));
        EXPECT_FALSE(empty.balance(account_id(5)));
        EXPECT_TRUE(empty.trial_sums().empty());
        EXPECT_FALSE(view.at(Position{4}).account(account_id(12)));
    });
}

TEST_F(Queries, RecordsOfAnOrderPageBothWays) {
    for (std::uint64_t i = 0; i < 30; ++i) {
        Batch batch;
        for (std::uint64_t j = 0; j < 100; ++j) {
            Voucher voucher = transfer(1000 + i * 100 + j, 1, 2, 1);
            if (j == 50) voucher.order = order_id(77);
            batch.add(voucher);
        }
        batch.add(record_id(500 + i), RegisterEntry{3, "reply"}, order_id(77));
        ASSERT_TRUE(all_accepted(ledger_.post(std::move(batch))));
    }
    everywhere([](const View& view) {
        for (const std::size_t size : {1u, 7u, 60u, 100u}) {
            const auto ask = [&](const PageRequest& page) {
                return view.records_of(order_id(77), page);
            };
            const auto forward = all_pages<PostedRecord>(size, false, ask);
            auto backward = all_pages<PostedRecord>(size, true, ask);
            std::reverse(backward.begin(), backward.end());
            ASSERT_EQ(forward.size(), 60u) << size;
            ASSERT_EQ(backward.size(), 60u) << size;
            for (std::size_t i = 0; i < forward.size(); ++i) {
                EXPECT_EQ(forward[i].position, backward[i].position);
                EXPECT_EQ(forward[i].kind,
                          i % 2 == 0 ? RecordKind::voucher : RecordKind::register_entry);
                EXPECT_EQ(forward[i].order, order_id(77));
            }
        }
    });
}

TEST_F(Queries, AccountsAreListedByPrefixInOrderOfCode) {
    ASSERT_TRUE(ledger_.post(DefineGroup{"100", AccountKind::liability, "clients"}));
    for (std::uint64_t number = 400; number > 100; --number) {
        OpenAccount open = plain_account(number, AccountKind::liability);
        open.code = "100." + std::to_string(number % 60 + 10);  // five share a code
        ASSERT_TRUE(ledger_.post(open));
    }
    ASSERT_TRUE(ledger_.post(transfer(1, 1, 101, 30)));
    everywhere([](const View& view) {
        for (const std::size_t size : {1u, 13u, 1000u}) {
            const auto all = all_pages<AccountInfo>(
                size, false, [&](const PageRequest& page) { return view.accounts("100.", page); });
            ASSERT_EQ(all.size(), 300u) << size;
            for (std::size_t i = 1; i < all.size(); ++i) {
                ASSERT_TRUE(all[i - 1].code < all[i].code ||
                            (all[i - 1].code == all[i].code && all[i - 1].opened < all[i].opened));
            }
        }
        EXPECT_EQ(view.accounts("100.1").items.size(), 50u);
        EXPECT_EQ(view.accounts("100.10").items.size(), 5u);
        EXPECT_EQ(view.accounts("", {1000, false, {}}).items.size(), 312u);
        EXPECT_EQ(view.balance_of_group("100", book, CurrencyCode("CNY"))->total(), minor(30));
        EXPECT_FALSE(view.balance_of_group("nothing", book, CurrencyCode("CNY")));
    });
}

TEST_F(Queries, AGroupsSumIsExactAndThrowsOnlyWhereItDoesNotFit) {
    ASSERT_TRUE(ledger_.post(DefineGroup{"big", AccountKind::asset, "sums"}));
    for (std::uint64_t number = 101; number <= 103; ++number) {
        OpenAccount open = plain_account(number);
        open.code = "big." + std::to_string(number);
        ASSERT_TRUE(ledger_.post(open));
    }
    const i128 unit = i128{1} << 124;
    const auto move = [&](std::uint64_t account, int units, Ink ink) {
        Voucher voucher;
        voucher.id = record_id(account);
        voucher.book = book;
        voucher.lines = {line(account, Side::debit, 1, ink),
                         line(account % 10, Side::credit, 1, ink)};
        for (VoucherLine& each : voucher.lines) each.amount = Amount{units * unit};
        ASSERT_TRUE(ledger_.post(voucher));
    };
    const auto sum = [](const View& view) {
        return view.balance_of_group("big", book, CurrencyCode("CNY")).value();
    };
    move(101, 6, Ink::black);
    move(102, 3, Ink::black);
    everywhere([&](const View& view) { EXPECT_THROW((void)sum(view), OverflowError); });
    move(103, 3, Ink::red);  // 6 + 3 do not fit, 6 + 3 - 3 do
    everywhere([&](const View& view) {
        EXPECT_EQ(sum(view).debits, Amount{6 * unit});
        EXPECT_EQ(sum(view).total(), Amount{6 * unit});
    });
}

/// Long stretches of what is left out end a page early, never the listing.
TEST_F(Queries, PagesExamineABoundedNumber) {
    constexpr std::uint64_t many = 5000;
    ASSERT_TRUE(ledger_.post(transfer(1, 3, 4, 10)));
    Batch holds, accounts;
    for (std::uint64_t i = 0; i < many; ++i) {
        PlaceHold hold;
        hold.account = account_id(3);
        hold.amount = minor(1);
        holds.add(record_id(10'000 + i), hold);
        OpenAccount open = plain_account(1000 + i);
        open.code = "sixteen-bytes-of-" + std::to_string(i);
        accounts.add(open);
    }
    ASSERT_TRUE(all_accepted(ledger_.post(std::move(holds))));
    ASSERT_TRUE(all_accepted(ledger_.post(std::move(accounts))));
    ASSERT_TRUE(ledger_.post(transfer(2, 3, 4, 20)));
    everywhere([&](const View& view) {
        for (const bool backward : {false, true}) {
            std::size_t pages = 0;
            const auto lines = all_pages<AccountEntry>(2, backward, [&](const PageRequest& page) {
                return ++pages, view.lines(account_id(3), page);
            });
            ASSERT_EQ(lines.size(), 2u);
            EXPECT_EQ(lines[backward ? 1 : 0].amount, minor(10));
            EXPECT_EQ(lines[backward ? 0 : 1].amount, minor(20));
            EXPECT_GE(pages, 2u);
        }
        std::size_t pages = 0;
        const auto found = all_pages<AccountInfo>(1, false, [&](const PageRequest& page) {
            return ++pages, view.accounts("sixteen-bytes-of-4999", page);
        });
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0].id, account_id(1000 + 4999));
        EXPECT_GE(pages, 2u);
    });
}

TEST_F(Queries, HoldsOfAnAccountAndAnOrder) {
    ASSERT_TRUE(ledger_.post(transfer(1, 1, 2, 100'000)));
    for (std::uint64_t i = 0; i < 50; ++i) {
        PlaceHold place;
        place.account = account_id(1);
        place.amount = minor(static_cast<std::int64_t>(10 + i));
        place.reference = "case " + std::to_string(i);
        ASSERT_TRUE(ledger_.post(record_id(100 + i), place, order_id(i % 5)));
    }
    for (std::uint64_t i = 0; i < 50; i += 2) {
        ASSERT_TRUE(ledger_.post(record_id(200 + i), ReleaseHold{record_id(100 + i), {}, {}},
                                 order_id(i % 5)));
    }
    Voucher capture = transfer(2, 2, 1, 8);
    capture.detail.captures = {{record_id(101), minor(5), {}}, {record_id(103), minor(3), {}}};
    ASSERT_TRUE(ledger_.post(capture));
    everywhere([](const View& view) {
        const auto open = all_pages<HoldInfo>(7, false, [&](const PageRequest& page) {
            return view.holds(account_id(1), true, page);
        });
        EXPECT_EQ(open.size(), 25u);
        const auto all = all_pages<HoldInfo>(7, false, [&](const PageRequest& page) {
            return view.holds(account_id(1), false, page);
        });
        EXPECT_EQ(all.size(), 50u);
        Amount remaining;
        for (const HoldInfo& one : open) remaining += one.remaining;
        EXPECT_EQ(view.balance(account_id(1))->held, remaining);
        EXPECT_EQ(view.hold(record_id(101))->remaining, minor(6));
        EXPECT_EQ(view.hold(record_id(101))->placed, minor(11));
        EXPECT_EQ(view.hold(record_id(101))->reference, "case 1");
        EXPECT_EQ(view.hold(record_id(100))->remaining, Amount{});
        const auto of_order = all_pages<HoldInfo>(
            3, false, [&](const PageRequest& page) { return view.holds_of(order_id(3), page); });
        EXPECT_EQ(of_order.size(), 10u);
    });
}

TEST_F(Queries, ItemsOpenAndClearPartlyAndComeBackByReversal) {
    OpenAccount open = plain_account(20);
    open.open_items = true;
    ASSERT_TRUE(ledger_.post(open));
    for (std::uint64_t i = 1; i <= 9; ++i) {
        Voucher voucher = transfer(i, 20, 1, 100);
        voucher.lines[0].opens = ItemId{i};
        ASSERT_TRUE(ledger_.post(voucher));
    }
    Voucher clearing = transfer(50, 1, 20, 30);
    clearing.lines[1].clears = ItemId{4};
    ASSERT_TRUE(ledger_.post(clearing));
    Voucher whole = transfer(51, 1, 20, 100);
    whole.lines[1].clears = ItemId{5};
    const Receipt cleared = ledger_.post(whole);
    ASSERT_TRUE(cleared);
    Voucher reversal;
    reversal.id = record_id(52);
    reversal.book = book;
    reversal.detail.reverses = record_id(51);
    ASSERT_TRUE(ledger_.post(reversal));
    everywhere([&](const View& view) {
        const auto items = all_pages<ItemInfo>(2, false, [&](const PageRequest& page) {
            return view.open_items(account_id(20), page);
        });
        EXPECT_EQ(items.size(), 9u);
        Amount sum;
        for (const ItemInfo& item : items) sum += item.remaining;
        EXPECT_EQ(sum, view.balance(account_id(20))->total());
        EXPECT_EQ(view.item(ItemId{4})->remaining, minor(70));
        EXPECT_EQ(view.item(ItemId{4})->opened, minor(100));
        EXPECT_EQ(view.item(ItemId{5})->remaining, minor(100));
        const View then = view.at(cleared.result.position);
        EXPECT_EQ(then.item(ItemId{5})->remaining, minor(0));
        EXPECT_EQ(then.open_items(account_id(20)).items.size(), 8u);
    });
}

TEST_F(Queries, APageOfItemsIsNeverLongerThanAskedThoughAVoucherOpensMany) {
    OpenAccount open = plain_account(20);
    open.open_items = true;
    ASSERT_TRUE(ledger_.post(open));
    for (std::uint64_t id = 1; id <= 3; ++id) {
        Voucher voucher;
        voucher.id = record_id(id);
        voucher.book = book;
        for (std::uint64_t i = 0; i < 7; ++i) {
            voucher.lines.push_back(line(20, Side::debit, 10));
            voucher.lines.back().opens = ItemId{id * 100 + i};
        }
        voucher.lines.push_back(line(1, Side::credit, 70));
        ASSERT_TRUE(ledger_.post(voucher));
    }
    everywhere([&](const View& view) {
        for (const bool backward : {false, true}) {
            for (const std::size_t size : {1u, 3u, 7u, 8u, 100u}) {
                std::vector<ItemId> seen;
                PageRequest page{size, backward, {}};
                do {
                    const Page<ItemInfo> some = view.open_items(account_id(20), page);
                    ASSERT_LE(some.items.size(), size);
                    for (const ItemInfo& item : some.items) seen.push_back(item.id);
                    page.cursor = some.cursor;
                } while (!page.cursor.empty());
                if (backward) std::reverse(seen.begin(), seen.end());
                ASSERT_EQ(seen.size(), 21u) << size;
                for (std::size_t i = 0; i < seen.size(); ++i) {
                    EXPECT_EQ(seen[i], ItemId{(i / 7 + 1) * 100 + i % 7}) << size;
                }
            }
        }
    });
}

TEST_F(Queries, AVoucherThatOpensOneItemAndClearsAnotherKeepsThemApart) {
    for (const std::uint64_t number : {20u, 21u}) {
        OpenAccount open = plain_account(number);
        open.open_items = true;
        ASSERT_TRUE(ledger_.post(open));
    }
    Voucher first = transfer(1, 21, 1, 100);
    first.lines[0].opens = ItemId{7};
    ASSERT_TRUE(ledger_.post(first));
    Voucher both =
        transfer(2, 20, 21, 60);  // opens an item under its own id, clears part of item 7
    both.lines[1].clears = ItemId{7};
    ASSERT_TRUE(ledger_.post(both));
    everywhere([](const View& view) {
        const ItemInfo opened = view.item(ItemId{record_id(2).value}).value();
        EXPECT_EQ(opened.account, account_id(20));
        EXPECT_EQ(opened.remaining, minor(60));
        EXPECT_EQ(view.item(ItemId{7})->account, account_id(21));
        EXPECT_EQ(view.item(ItemId{7})->remaining, minor(40));
        ASSERT_EQ(view.open_items(account_id(20)).items.size(), 1u);
        EXPECT_EQ(view.open_items(account_id(20)).items[0].account, account_id(20));
    });
}

TEST_F(Queries, ReversalsAndCorrectionsAreLinkedBothWays) {
    ASSERT_TRUE(ledger_.post(transfer(1, 1, 2, 10)));
    ASSERT_TRUE(ledger_.post(transfer(2, 3, 4, 20)));
    Voucher opposite;
    opposite.id = record_id(11);
    opposite.book = book;
    opposite.detail.reverses = record_id(1);
    ASSERT_TRUE(ledger_.post(opposite));
    Voucher red = opposite;
    red.id = record_id(12);
    red.red = true;
    red.detail.reverses = record_id(2);
    ASSERT_TRUE(ledger_.post(red));
    Voucher correction = transfer(13, 3, 5, 20);
    correction.detail.replaces = record_id(2);
    ASSERT_TRUE(ledger_.post(correction));
    everywhere([](const View& view) {
        EXPECT_EQ(view.voucher(record_id(1))->reversed_by, record_id(11));
        EXPECT_EQ(view.voucher(record_id(2))->reversed_by, record_id(12));
        EXPECT_EQ(view.voucher(record_id(2))->replaced_by, record_id(13));
        const Voucher reversed = view.voucher(record_id(11))->voucher;
        ASSERT_EQ(reversed.lines.size(), 2u);
        EXPECT_EQ(reversed.lines[0].side, Side::credit);
        EXPECT_EQ(reversed.lines[0].ink, Ink::black);
        EXPECT_EQ(view.voucher(record_id(12))->voucher.lines[0].side, Side::debit);
        EXPECT_EQ(view.voucher(record_id(12))->voucher.lines[0].ink, Ink::red);
        // Opposite sides raise both turnovers, red ink takes the turnover back.
        EXPECT_EQ(view.balance(account_id(1))->debits, minor(10));
        EXPECT_EQ(view.balance(account_id(1))->credits, minor(10));
        EXPECT_EQ(view.balance(account_id(4))->credits, minor(0));
        EXPECT_EQ(view.balance(account_id(3))->debits, minor(20));
        EXPECT_EQ(view.balance(account_id(3))->total(), minor(20));
        EXPECT_FALSE(
            view.at(view.voucher(record_id(2))->position).voucher(record_id(2))->reversed_by);
    });
}

TEST_F(Queries, VouchersAreFoundByNumberAndCarryEverythingBack) {
    const Date day = utc_date(start_instant);
    ASSERT_TRUE(all_accepted(ledger_.post(transfers(1, 2500, 12))));
    Voucher full = transfer(9000, 1, 2, 12);
    full.order = order_id(9);
    full.code = 4711;
    full.detail.summary = "货款 with ünïcode";
    full.detail.made_by = "a";
    full.detail.checked_by = "b";
    full.detail.source_document = "doc";
    full.detail.value_date = day + 3;
    full.detail.occurred_at = start_instant;
    full.detail.attributes = {{"channel", "7"}, {"shop", "八"}};
    full.lines[0].dimensions = {{"department", "x"}};
    full.book_date = day + 1;
    ASSERT_TRUE(ledger_.post(full));
    everywhere([&](const View& view) {
        for (const std::uint64_t number : {1u, 2u, 1024u, 2499u, 2500u}) {
            const auto found = view.voucher(book, day, number);
            ASSERT_TRUE(found) << number;
            EXPECT_EQ(found->number, number);
            EXPECT_EQ(found->voucher.id, record_id(number));
        }
        EXPECT_FALSE(view.voucher(book, day, 2501));
        EXPECT_FALSE(view.voucher(book, day, 0));
        const auto found = view.voucher(book, day + 1, 1);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->voucher, full);
    });
}

TEST_F(Queries, AccountsShowTheirNewestFacts) {
    ASSERT_TRUE(ledger_.post(record_id(1), SetLimits{account_id(1), {minor(-5), minor(500)}}));
    ASSERT_TRUE(
        ledger_.post(record_id(2), SetFreeze{account_id(1), Freeze::inflow_only, "court 1"}));
    ASSERT_TRUE(
        ledger_.post(record_id(3), SetFreeze{account_id(1), Freeze::outflow_only, "court 2"}));
    ASSERT_TRUE(ledger_.post(record_id(4), SetAttributes{account_id(1), "new name", {{"k", "v"}}}));
    const Receipt closed = ledger_.post(record_id(5), CloseAccount{account_id(2)});
    ASSERT_TRUE(closed);
    EXPECT_EQ(ledger_.post(transfer(50, 1, 3, 1)).result.outcome, Outcome::account_frozen);
    EXPECT_TRUE(ledger_.post(transfer(51, 3, 1, 1)));
    everywhere([&](const View& view) {
        const AccountInfo one = *view.account(account_id(1));
        EXPECT_EQ(one.limits, (Limits{minor(-5), minor(500)}));
        EXPECT_EQ(one.freeze, Freeze::outflow_only);
        EXPECT_EQ(one.freeze_reference, "court 2");
        EXPECT_EQ(one.name, "new name");
        EXPECT_EQ(one.attributes, (Attributes{{"k", "v"}}));
        EXPECT_TRUE(view.account(account_id(2))->closed);
        EXPECT_FALSE(view.at({closed.result.position.value - 1}).account(account_id(2))->closed);
        EXPECT_EQ(view.at(one.opened).account(account_id(1))->name, "account 1");
    });
}

TEST_F(Queries, RelationsAreKeptAtEveryCommit) {
    DefineRelation relation;
    relation.number = 5;
    relation.name = "reserve = clients";
    relation.terms = {{1, account_id(1), {}, {}, {}}, {-2, account_id(3), {}, {}, {}}};
    ASSERT_TRUE(ledger_.post(relation));
    const Receipt broken = ledger_.post(transfer(1, 1, 2, 10));
    EXPECT_EQ(broken.result.outcome, Outcome::relation_broken);
    EXPECT_EQ(broken.result.culprit, 5u);
    Voucher kept = transfer(1, 1, 2, 20);
    kept.lines.push_back(line(3, Side::debit, 10));
    kept.lines.push_back(line(4, Side::credit, 10));
    EXPECT_TRUE(ledger_.post(kept));
    everywhere([](const View& view) {
        ASSERT_EQ(view.relations().size(), 1u);
        EXPECT_EQ(view.relations()[0].name, "reserve = clients");
    });
    EXPECT_EQ(ledger_.post(transfer(2, 1, 2, 10)).result.outcome, Outcome::relation_broken);
}

}  // namespace
}  // namespace ledger
