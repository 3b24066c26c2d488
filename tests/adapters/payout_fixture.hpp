// Payouts over three banks that differ in their idempotency, in a ledger that goes away.
#pragma once

#include "ledger/adapters/payout.hpp"

#include "ledger/testkit.hpp"
#include "simulator/payout.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledger::adapters {

inline constexpr BookId payout_book{1};
inline const CurrencyCode yuan("CNY");
inline const AccountId own_funds{1, 1};
inline const AccountId recalls{1, 2};
inline const AccountId capital{1, 3};
inline const AccountId payer{1, 4};
inline const AccountId supplier{1, 5};
inline const AccountId bank_accounts[3] = {{2, 1}, {2, 2}, {2, 3}};
inline const char* const bank_names[3] = {"never", "day", "ever"};

class PayoutTest : public ::testing::Test {
protected:
    PayoutTest() {
        for (int i = 0; i < 3; ++i) {
            PayoutBank bank;
            bank.name = bank_names[i];
            bank.account = bank_accounts[i];
            bank.serials = {"P", 8, "0123456789"};
            bank.idempotency = static_cast<Idempotency>(i);
            bank.write = simulator::write_instruction;
            banks_.push_back(std::move(bank));
        }
        build();
        Batch batch;
        batch.add(DefineCurrency{*find_iso_currency("CNY")});
        batch.add(DefineBook{payout_book, "client money"});
        open(batch, own_funds, AccountKind::asset, "1001");
        open(batch, recalls, AccountKind::asset, "1221");
        open(batch, capital, AccountKind::equity, "4001");
        open(batch, payer, AccountKind::liability, "2202");
        open(batch, supplier, AccountKind::liability, "2203");
        for (const AccountId bank : bank_accounts) open(batch, bank, AccountKind::asset, "1002");
        batch.add_voucher({3, 1}, payout_book)
            .debit(own_funds, Amount{1'000'000})
            .credit(capital, Amount{1'000'000});
        desk_->define(std::move(batch));
        payouts_->define("90");
        fund(payer, 100'000);
    }

    /// The adapter anew, as after a restart.
    void build() {
        std::vector<GuardedBank> guarded;
        for (const PayoutBank& bank : banks_) {
            guarded.push_back({bank.name, bank.account, simulator::read_instruction,
                               guard_daily_max_, bank.utc_offset_seconds});
        }
        desk_ = std::make_unique<Desk>(*ledger_);
        payouts_ =
            std::make_unique<Payouts>(*desk_, PayoutBooks{payout_book, yuan, own_funds, recalls},
                                      banks_, PayoutGuard(std::move(guarded)));
    }
    void restart() {
        payouts_.reset();
        desk_.reset();
        ledger_.reopen();
        build();
    }

    static void open(Batch& batch, AccountId id, AccountKind kind, const char* code) {
        OpenAccount account;
        account.id = id;
        account.book = payout_book;
        account.currency = yuan;
        account.code = code;
        account.kind = kind;
        account.open_items = id == recalls;
        if (kind == AccountKind::liability) account.limits.minimum = Amount{0};
        batch.add(account);
    }
    void fund(AccountId account, std::int64_t fen) {
        Batch batch;
        batch.add_voucher({4, ++funded_}, payout_book)
            .debit(bank_accounts[2], Amount{fen})
            .credit(account, Amount{fen});
        ASSERT_TRUE(desk_->post(std::move(batch)));
    }

    static PayoutRequest request(std::string order, std::int64_t fen = 1000,
                                 std::string bank = "ever") {
        return {std::move(order),
                payer,
                Amount{fen},
                {"payee-7", "00112233445566778899aabbccddeeff", "CMB"},
                std::move(bank)};
    }
    Instant now() { return ledger_.clock().now(); }
    void pass(std::chrono::nanoseconds span) { ledger_.clock().advance(span); }

    PayoutWork work(std::string_view bank = "ever") { return payouts_->instructions(bank, now()); }
    /// The only instruction that there is.
    PayoutInstruction only(std::string_view bank = "ever") {
        const PayoutWork due = work(bank);
        EXPECT_EQ(due.instructions.size(), 1u);
        return due.instructions.empty() ? PayoutInstruction{} : due.instructions.front();
    }
    /// Takes an order and gives the serial under which it was sent.
    std::string send(const std::string& order, std::string bank = "ever", std::int64_t fen = 1000) {
        EXPECT_TRUE(payouts_->create(request(order, fen, bank)));
        const PayoutInstruction sent = only(bank);
        EXPECT_EQ(sent.kind, InstructionKind::send);
        return sent.serial;
    }
    BankAnswer says(std::string serial, BankStatus status, std::int64_t fen = 1000) {
        return {std::move(serial), status, Amount{fen}, "R-1", now()};
    }
    PayoutAnswered answer(const std::string& serial, BankStatus status,
                          std::string_view bank = "ever") {
        return payouts_->answer(bank, says(serial, status));
    }
    PayoutFile file(Date day, std::vector<BankAnswer> lines, std::uint32_t version = 1) {
        PayoutFile file;
        file.day = day;
        file.version = version;
        file.final = true;
        file.total = Amount{};
        for (const BankAnswer& line : lines) *file.total += *line.amount;
        file.count = lines.size();
        file.lines = std::move(lines);
        return file;
    }
    /// Empty final files of these days, taken.
    void files_lack(std::string_view bank, Date first, Date last) {
        for (Date day = first; day <= last; day = day + 1) {
            EXPECT_EQ(payouts_->file(bank, file(day, {}), now()).outcome, PayoutFileOutcome::taken);
        }
    }

    PayoutPhase phase(std::string_view order) { return payouts_->status(order)->phase; }
    PayeeOutcome told(std::string_view order) { return payouts_->status(order)->told; }
    std::int64_t total(AccountId account) {
        return static_cast<std::int64_t>(desk_->view().balance(account)->total().minor);
    }
    std::int64_t held(AccountId account) {
        return static_cast<std::int64_t>(desk_->view().balance(account)->held.minor);
    }
    std::size_t open_work(std::string_view bank) {
        return desk_->view().open_items(payout_accounts(bank).work.items).items.size();
    }
    std::size_t unconfirmed(std::string_view bank) {
        return desk_->view().open_items(payout_accounts(bank).unconfirmed.items).items.size();
    }

    testkit::TemporaryLedger ledger_;
    std::vector<PayoutBank> banks_;
    Amount guard_daily_max_{1'000'000};
    std::unique_ptr<Desk> desk_;
    std::unique_ptr<Payouts> payouts_;
    std::uint64_t funded_ = 0;
};

}  // namespace ledger::adapters
