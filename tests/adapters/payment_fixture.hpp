// A shop, four channels and a bank account to pay out from, over a ledger of its own.
#pragma once

#include "ledger/adapters/payment.hpp"
#include "ledger/testkit.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ledger::adapters {

inline const AccountId test_shop{2, 1};
inline const AccountId test_bank{2, 2};
inline const Date test_day = make_date(2026, 1, 5);

inline PaymentBooks test_books() {
    PaymentBooks books;
    books.book = BookId{1};
    books.currency = CurrencyCode("CNY");
    books.transit = AccountId{1, 1};
    books.refunds = AccountId{1, 2};
    books.fee_expense = AccountId{1, 3};
    books.differences = AccountId{1, 10};
    books.open_orders = {AccountId{1, 4}, AccountId{1, 5}};
    books.refundable = {AccountId{1, 6}, AccountId{1, 7}};
    books.contradictions = {AccountId{1, 8}, AccountId{1, 9}};
    books.channels = {{"card", LegKind::card, AccountId{1, 11}, AccountId{1, 21}},
                      {"wallet", LegKind::wallet, AccountId{1, 12}, AccountId{1, 22}},
                      {"fund", LegKind::provident_fund, AccountId{1, 13}, AccountId{1, 23}},
                      {"coins", LegKind::coins, AccountId{1, 14}, AccountId{1, 24}},
                      {"bank", LegKind::payout, AccountId{1, 15}, {}}};
    books.channels[0].settlement = {
        SettlementCycle::next_day, true, test_bank, {AccountId{1, 31}, AccountId{1, 32}}};
    books.channels[1].settlement = {
        SettlementCycle::same_day, false, test_bank, {AccountId{1, 33}, AccountId{1, 34}}};
    return books;
}

inline OpenAccount test_account(AccountId id, AccountKind kind, const char* code) {
    OpenAccount account;
    account.id = id;
    account.book = BookId{1};
    account.currency = CurrencyCode("CNY");
    account.code = code;
    account.kind = kind;
    return account;
}

inline void define_test_books(Desk& desk, const PaymentBooks& books) {
    Batch batch;
    batch.add(DefineCurrency{*find_iso_currency("CNY")});
    DefineBook book;
    book.book = BookId{1};
    batch.add(book);
    OpenAccount shop = test_account(test_shop, AccountKind::liability, "2202");
    shop.limits.minimum = Amount{};
    batch.add(shop);
    batch.add(test_account(test_bank, AccountKind::asset, "1002"));
    books.define(batch, "P");
    desk.define(std::move(batch));
}

/// All pages of what there is to do.
template <class T>
std::vector<T> all_of(const Payments& payments,
                      Page<T> (Payments::*query)(const PageRequest&) const) {
    std::vector<T> all;
    PageRequest request;
    do {
        Page<T> page = (payments.*query)(request);
        std::move(page.items.begin(), page.items.end(), std::back_inserter(all));
        request.cursor = page.cursor;
    } while (!request.cursor.empty());
    return all;
}

class PaymentTest : public ::testing::Test {
protected:
    explicit PaymentTest(PaymentBooks books = test_books()) : books_(std::move(books)) {
        rebuild();
        define_test_books(*desk_, books_);
    }

    /// The host starts again: nothing but the books is left.
    void restart() {
        payments_.reset();
        desk_.reset();
        ledger_.reopen();
        rebuild();
    }

    Payments& payments() { return *payments_; }

    CreateOutcome create(const std::string& order, std::int64_t payable,
                         std::initializer_list<PlannedLeg> legs) {
        return payments_->create({order, test_shop, Amount{payable}, legs, expires_});
    }
    static ChannelNotice success(const std::string& order, std::uint32_t leg,
                                 const std::string& channel, const std::string& serial,
                                 std::int64_t amount) {
        return {channel, serial, order, leg, true, Amount{amount}, test_day};
    }
    static ChannelNotice failure(const std::string& order, std::uint32_t leg,
                                 const std::string& channel, const std::string& serial) {
        return {channel, serial, order, leg, false, {}, Date::none()};
    }
    NoticeOutcome pay(const std::string& order, std::uint32_t leg, const std::string& channel,
                      const std::string& serial, std::int64_t amount) {
        return payments_->notify(success(order, leg, channel, serial, amount));
    }
    /// An order of one card leg that is paid.
    void make_paid(const std::string& order, std::int64_t amount) {
        ASSERT_EQ(create(order, amount, {{"card", Amount{amount}, ""}}), CreateOutcome::created);
        ASSERT_EQ(pay(order, 1, "card", "S-" + order, amount), NoticeOutcome::paid);
    }

    std::int64_t balance(AccountId account) const {
        return static_cast<std::int64_t>(desk_->view().balance(account)->total().minor);
    }
    std::int64_t funds(const char* channel) const {
        return balance(books_.channel(channel)->funds);
    }
    PaymentOrder order(const std::string& order) const { return *payments_->order(order); }
    void move(AccountId debit, AccountId credit, std::int64_t amount) {
        Batch batch;
        batch.add_voucher(VoucherId{3, ++moved_}, BookId{1})
            .debit(debit, Amount{amount})
            .credit(credit, Amount{amount});
        ASSERT_TRUE(desk_->post(std::move(batch)));
    }

    testkit::TemporaryLedger ledger_;
    PaymentBooks books_;
    std::optional<Desk> desk_;
    std::optional<Payments> payments_;
    Instant expires_ = start_of_utc_day(test_day) + std::chrono::minutes{30};

private:
    void rebuild() {
        desk_.emplace(*ledger_);
        payments_.emplace(*desk_, books_);
    }
    std::uint64_t moved_ = 0;
};

}  // namespace ledger::adapters
