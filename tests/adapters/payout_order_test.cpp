// The life of a payout: held, sent, unknown, paid or cancelled, returned.
#include "payout_fixture.hpp"

#include <gmock/gmock.h>

namespace ledger::adapters {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using PayoutOrder = PayoutTest;

TEST_F(PayoutOrder, AllIsCheckedBeforeAnythingIsPosted) {
    const Position before = desk_->view().position();
    const auto refused = [&](PayoutRequest request, const char* why) {
        EXPECT_THAT([&] { (void)payouts_->create(request); },
                    ThrowsMessage<InvalidArgument>(HasSubstr(why)));
    };
    PayoutRequest wrong = request("A");
    wrong.payee.bank = "";
    refused(wrong, "payee.bank");
    wrong = request("A");
    wrong.payee.digest = "xyz";
    refused(wrong, "payee.digest");
    wrong = request("A");
    wrong.payee.token = "two words";
    refused(wrong, "payee.token");
    refused(request("A", 0), "amount 0: give more than zero");
    refused(request("A", -5), "amount");
    refused(request(""), "order");
    refused(request("A", 1, "other"), "bank 'other'");
    wrong = request("A");
    wrong.payer = AccountId{};
    refused(wrong, "payer");
    wrong.payer = bank_accounts[0];  // an asset
    EXPECT_EQ(payouts_->create(wrong).outcome, PayoutCreated::payer_unknown);
    wrong.payer = AccountId{9, 9};
    EXPECT_EQ(payouts_->create(wrong).outcome, PayoutCreated::payer_unknown);
    EXPECT_EQ(payouts_->create(request("A", 100'001)).outcome, PayoutCreated::not_covered);
    EXPECT_EQ(desk_->view().position(), before);
}

TEST_F(PayoutOrder, FundsAreHeldBeforeAnAttemptExists) {
    EXPECT_EQ(payouts_->create(request("A")).outcome, PayoutCreated::created);
    EXPECT_EQ(payouts_->create(request("A")).outcome, PayoutCreated::repeated);
    EXPECT_EQ(payouts_->create(request("A", 999)).outcome, PayoutCreated::conflict);
    EXPECT_EQ(held(payer), 1000);
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(phase("A"), PayoutPhase::held);
    EXPECT_EQ(payouts_->status("A")->serial, "");
    EXPECT_EQ(open_work("ever"), 1u);
    EXPECT_FALSE(payouts_->status("B"));
}

TEST_F(PayoutOrder, ABatchIsTakenWholeOrNotAtAll) {
    std::vector<PayoutRequest> requests = {request("A", 60'000), request("B", 30'000),
                                           request("C", 10'001)};
    const PayoutCreation refused = payouts_->create(requests);
    EXPECT_EQ(refused.outcome, PayoutCreated::not_covered);
    EXPECT_EQ(refused.index, 2u);
    EXPECT_FALSE(payouts_->status("A"));
    EXPECT_EQ(held(payer), 0);
    requests[2].amount = Amount{10'000};
    EXPECT_TRUE(payouts_->create(requests));
    EXPECT_EQ(held(payer), 100'000);
    EXPECT_EQ(work().instructions.size(), 3u);
}

TEST_F(PayoutOrder, AnAttemptIsInTheBooksWholeBeforeItIsGivenOut) {
    ASSERT_TRUE(payouts_->create(request("A")));
    const PayoutInstruction sent = only();
    EXPECT_EQ(sent.kind, InstructionKind::send);
    EXPECT_EQ(sent.serial, "P0000001");
    EXPECT_EQ(sent.bytes, "P0000001|payee-7|00112233445566778899aabbccddeeff|CMB|1000|CNY");
    // Given out once: the host that died with it in its hands gets a query, not the bytes.
    restart();
    EXPECT_TRUE(work().instructions.empty());
    pass(1min);
    EXPECT_EQ(only(), (PayoutInstruction{InstructionKind::query, "A", "P0000001", ""}));
}

TEST_F(PayoutOrder, SerialsFollowFromTheBooksWithoutGapsOrHosts) {
    EXPECT_EQ(send("A"), "P0000001");
    // Another host with a desk and an adapter of its own.
    Desk desk(*ledger_);
    Payouts other(desk, {payout_book, yuan, own_funds, recalls}, banks_,
                  PayoutGuard({{"ever", bank_accounts[2], simulator::read_instruction,
                                Amount{1'000'000}, 0}}));
    ASSERT_TRUE(payouts_->create(request("B")));
    EXPECT_EQ(other.instructions("ever", now()).instructions.at(0).serial, "P0000002");
    restart();
    EXPECT_EQ(send("C"), "P0000003");
    EXPECT_EQ(send("D", "day"), "P0000001");
}

TEST_F(PayoutOrder, SerialsHaveTheBanksLengthAndAlphabet) {
    const PayoutSerials serials{"X-", 5, "ABC"};
    EXPECT_EQ(serials.serial_of(0), "X-AAA");
    EXPECT_EQ(serials.serial_of(26), "X-CCC");
    EXPECT_EQ(serials.serial_of(27), "");
    for (std::uint64_t number = 0; number < 27; ++number) {
        EXPECT_EQ(serials.number_of(serials.serial_of(number)), number);
    }
    EXPECT_FALSE(serials.number_of("X-AAD"));
    EXPECT_FALSE(serials.number_of("Y-AAA"));
    EXPECT_FALSE(serials.number_of("X-AAAA"));
    EXPECT_EQ(payouts_->answer("ever", says("P0000001", BankStatus::succeeded)),
              PayoutAnswered::serial_unknown);
}

TEST_F(PayoutOrder, SuccessCapturesTheHoldOnce) {
    const std::string serial = send("A");
    const std::int64_t bank = total(bank_accounts[2]);
    EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::booked);
    EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::repeated);
    EXPECT_EQ(total(payer), 99'000);
    EXPECT_EQ(held(payer), 0);
    EXPECT_EQ(total(bank_accounts[2]), bank - 1000);
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
    EXPECT_EQ(told("A"), PayeeOutcome::paid);
    EXPECT_EQ(open_work("ever"), 0u);
    // Until the bank's file has it, it is listed.
    EXPECT_EQ(unconfirmed("ever"), 1u);
    pass(24h);
    const auto filed = payouts_->file(
        "ever", file(make_date(2026, 1, 5), {says(serial, BankStatus::succeeded)}), now());
    EXPECT_EQ(filed.outcome, PayoutFileOutcome::taken);
    EXPECT_EQ(unconfirmed("ever"), 0u);
    EXPECT_EQ(total(payer), 99'000);
}

TEST_F(PayoutOrder, FailureCancelsAndReleases) {
    const std::string serial = send("A");
    EXPECT_EQ(answer(serial, BankStatus::failed), PayoutAnswered::booked);
    EXPECT_EQ(held(payer), 0);
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(phase("A"), PayoutPhase::cancelled);
    EXPECT_EQ(told("A"), PayeeOutcome::not_paid);
    EXPECT_EQ(open_work("ever"), 0u);
    EXPECT_TRUE(work().instructions.empty());
}

TEST_F(PayoutOrder, NotFoundStaysUnknownUntilHorizonAndFinalFiles) {
    const std::string serial = send("A", "never");
    const Date day = make_date(2026, 1, 5);
    pass(1min);
    EXPECT_EQ(answer(serial, BankStatus::not_found, "never"), PayoutAnswered::unknown);
    EXPECT_EQ(phase("A"), PayoutPhase::sent);
    pass(48h);  // the horizon is long past, but no file is there
    EXPECT_EQ(only("never").kind, InstructionKind::query);
    files_lack("never", day, day);
    EXPECT_EQ(only("never").kind, InstructionKind::query);  // the next day's may have it
    files_lack("never", day + 1, day + 1);
    EXPECT_TRUE(work("never").instructions.empty());
    EXPECT_EQ(phase("A"), PayoutPhase::cancelled);
    EXPECT_EQ(held(payer), 0);
}

TEST_F(PayoutOrder, FinalFilesSayNothingBeforeTheHorizon) {
    banks_[0].query_horizon = 72h;
    build();
    send("A", "never");
    pass(25h);
    files_lack("never", make_date(2026, 1, 5), make_date(2026, 1, 5));
    EXPECT_EQ(only("never").kind, InstructionKind::query);
    pass(71h);
    files_lack("never", make_date(2026, 1, 6), make_date(2026, 1, 8));
    EXPECT_TRUE(work("never").instructions.empty());
    EXPECT_EQ(phase("A"), PayoutPhase::cancelled);
}

TEST_F(PayoutOrder, NotFoundThenSuccess) {
    const std::string serial = send("A", "never");
    pass(1min);
    EXPECT_EQ(answer(serial, BankStatus::not_found, "never"), PayoutAnswered::unknown);
    EXPECT_EQ(answer(serial, BankStatus::unreadable, "never"), PayoutAnswered::unknown);
    EXPECT_EQ(answer(serial, BankStatus::succeeded, "never"), PayoutAnswered::booked);
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
}

TEST_F(PayoutOrder, WhileUnknownThereIsNoOtherAttemptAndNoOtherRoute) {
    const std::string serial = send("A");
    for (const BankStatus status :
         {BankStatus::processing, BankStatus::not_found, BankStatus::unreadable}) {
        (void)answer(serial, status);
        EXPECT_EQ(payouts_->route("A", "day"), PayoutDone::not_now);
        EXPECT_EQ(payouts_->cancel("A"), PayoutDone::not_now);
        EXPECT_EQ(told("A"), PayeeOutcome::in_progress);
        pass(1min);
        for (const PayoutInstruction& due : work().instructions) EXPECT_EQ(due.serial, serial);
    }
    EXPECT_EQ(held(payer), 1000);
    EXPECT_TRUE(work("day").instructions.empty());
}

TEST_F(PayoutOrder, AHeldOrderChangesItsRouteOrIsCancelled) {
    ASSERT_TRUE(payouts_->create(request("A")));
    ASSERT_TRUE(payouts_->create(request("B")));
    EXPECT_EQ(payouts_->route("A", "day"), PayoutDone::done);
    EXPECT_EQ(payouts_->cancel("B"), PayoutDone::done);
    EXPECT_EQ(payouts_->cancel("B"), PayoutDone::repeated);
    EXPECT_EQ(payouts_->cancel("C"), PayoutDone::order_unknown);
    EXPECT_TRUE(work().instructions.empty());
    EXPECT_EQ(only("day").order, "A");
    EXPECT_EQ(held(payer), 1000);
}

TEST_F(PayoutOrder, AResendGivesTheRecordedBytes) {
    ASSERT_TRUE(payouts_->create(request("A")));
    const PayoutInstruction sent = only();
    // What would be written now is another thing.
    banks_[2].write = [](const PayoutMessage&) { return std::string("without the bank"); };
    restart();
    for (unsigned i = 0; i < banks_[2].resends_max; ++i) {
        pass(1min);
        EXPECT_EQ(only().kind, InstructionKind::query);
        (void)answer(sent.serial, BankStatus::not_found);
        const PayoutInstruction again = only();
        EXPECT_EQ(again.kind, InstructionKind::resend);
        EXPECT_EQ(again.serial, sent.serial);
        EXPECT_EQ(again.bytes, sent.bytes);
    }
    pass(1min);
    (void)answer(sent.serial, BankStatus::not_found);
    EXPECT_EQ(only().kind, InstructionKind::query);
}

TEST_F(PayoutOrder, WithoutIdempotencyNothingIsSentAgain) {
    const std::string serial = send("A", "never");
    for (int hour = 0; hour < 50; ++hour) {
        pass(1h);
        (void)answer(serial, BankStatus::not_found, "never");
        EXPECT_EQ(only("never").kind, InstructionKind::query);
    }
}

TEST_F(PayoutOrder, SameDayIdempotencyEndsWithTheBanksDay) {
    banks_[1].utc_offset_seconds = 8 * 3600;
    build();
    pass(15h + 55min);  // 23:55 at the bank
    const std::string serial = send("A", "day");
    pass(3min);
    (void)answer(serial, BankStatus::not_found, "day");
    EXPECT_EQ(only("day").kind, InstructionKind::resend);
    pass(90s);  // 23:59:30: it would arrive on the next day
    (void)answer(serial, BankStatus::not_found, "day");
    EXPECT_EQ(only("day").kind, InstructionKind::query);
    pass(10min);
    EXPECT_EQ(only("day").kind, InstructionKind::query);
}

TEST_F(PayoutOrder, AReturnReopensTheOrderInOneGroup) {
    const std::string serial = send("A");
    (void)answer(serial, BankStatus::succeeded);
    pass(72h);
    EXPECT_EQ(answer(serial, BankStatus::returned), PayoutAnswered::booked);
    EXPECT_EQ(answer(serial, BankStatus::returned), PayoutAnswered::repeated);
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(held(payer), 1000);
    EXPECT_EQ(phase("A"), PayoutPhase::returned);
    EXPECT_EQ(told("A"), PayeeOutcome::returned);
    EXPECT_EQ(open_work("ever"), 1u);
    // It waits for a decision, and then goes out under a new serial.
    EXPECT_TRUE(work().instructions.empty());
    EXPECT_EQ(payouts_->route("A", "day"), PayoutDone::done);
    const PayoutInstruction second = only("day");
    EXPECT_EQ(second.kind, InstructionKind::send);
    EXPECT_EQ(answer(second.serial, BankStatus::succeeded, "day"), PayoutAnswered::booked);
    EXPECT_EQ(total(payer), 99'000);
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
}

TEST_F(PayoutOrder, AReturnBeforeItsSuccessBooksBoth) {
    const std::string serial = send("A");
    EXPECT_EQ(answer(serial, BankStatus::returned), PayoutAnswered::booked);
    EXPECT_EQ(phase("A"), PayoutPhase::returned);
    EXPECT_EQ(held(payer), 1000);
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::booked);
    EXPECT_EQ(phase("A"), PayoutPhase::returned);
}

TEST_F(PayoutOrder, IncidentThreePayoutsFailedOnAnIncompleteQuery) {
    // Three payouts were taken for failed because a query came back without its lines, cancelled
    // and given back; the bank had paid all three.
    std::vector<std::string> serials;
    for (const char* order : {"A", "B", "C"}) serials.push_back(send(order));
    for (const std::string& serial : serials) {
        BankAnswer incomplete = says(serial, BankStatus::failed);
        incomplete.amount.reset();
        EXPECT_EQ(payouts_->answer("ever", incomplete), PayoutAnswered::unknown);
        EXPECT_EQ(payouts_->answer("ever", says(serial, BankStatus::failed, 1)),
                  PayoutAnswered::unknown);
    }
    EXPECT_EQ(held(payer), 3000);
    for (const char* order : {"A", "B", "C"}) EXPECT_EQ(told(order), PayeeOutcome::in_progress);
    for (const std::string& serial : serials) {
        EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::booked);
    }
    EXPECT_EQ(total(payer), 97'000);
}

TEST_F(PayoutOrder, FailureAfterSuccessIsDecidedByTheFinalFile) {
    const std::string kept = send("A");
    const std::string undone = send("B");
    for (const std::string& serial : {kept, undone}) {
        EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::booked);
        EXPECT_EQ(answer(serial, BankStatus::failed), PayoutAnswered::disputed);
    }
    EXPECT_EQ(total(payer), 98'000);
    EXPECT_EQ(unconfirmed("ever"), 2u);
    const Date day = make_date(2026, 1, 5);
    pass(49h);
    (void)payouts_->file("ever", file(day, {says(kept, BankStatus::succeeded)}), now());
    files_lack("ever", day + 1, day + 1);
    EXPECT_EQ(payouts_->confirm("ever", now()).cursor, "");
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
    EXPECT_EQ(phase("B"), PayoutPhase::cancelled);
    EXPECT_EQ(total(payer), 99'000);
    EXPECT_EQ(held(payer), 0);
    EXPECT_EQ(unconfirmed("ever"), 0u);
}

TEST_F(PayoutOrder, SuccessAfterFailureIsDecidedByTheFinalFile) {
    const std::string paid = send("A");
    const std::string failed = send("B");
    for (const std::string& serial : {paid, failed}) {
        EXPECT_EQ(answer(serial, BankStatus::failed), PayoutAnswered::booked);
        EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::disputed);
    }
    EXPECT_EQ(told("A"), PayeeOutcome::in_progress);
    EXPECT_EQ(total(payer), 100'000);
    const Date day = make_date(2026, 1, 5);
    pass(49h);
    (void)payouts_->file("ever", file(day, {says(paid, BankStatus::succeeded)}), now());
    files_lack("ever", day + 1, day + 1);
    (void)payouts_->confirm("ever", now());
    // The money left: own money covers it, and it is to be recovered.
    EXPECT_EQ(payouts_->status("A")->recall_outstanding, Amount{1000});
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(total(recalls), 1000);
    EXPECT_EQ(total(own_funds), 999'000);
    EXPECT_EQ(payouts_->status("B")->recall_outstanding, Amount{0});
    EXPECT_EQ(told("B"), PayeeOutcome::not_paid);
    EXPECT_EQ(unconfirmed("ever"), 0u);
}

TEST_F(PayoutOrder, ARefusedAttemptThatWasTakenAllTheSamePaysTheOrder) {
    const std::string first = send("A");
    EXPECT_EQ(answer(first, BankStatus::refused), PayoutAnswered::booked);
    EXPECT_EQ(phase("A"), PayoutPhase::held);
    EXPECT_EQ(answer(first, BankStatus::succeeded), PayoutAnswered::disputed);
    // While that is open there is no other attempt, the bank may be up or not.
    EXPECT_EQ(payouts_->resume("ever", "up"), PayoutDone::done);
    EXPECT_TRUE(work().instructions.empty());
    EXPECT_EQ(payouts_->route("A", "day"), PayoutDone::not_now);
    pass(24h);
    (void)payouts_->file("ever", file(make_date(2026, 1, 5), {says(first, BankStatus::succeeded)}),
                         now());
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
    EXPECT_EQ(total(payer), 99'000);
    EXPECT_EQ(total(recalls), 0);
}

TEST_F(PayoutOrder, WhatTheLedgerRefusesIsKeptAndBookedLater) {
    const std::string serial = send("A");
    SetFreeze freeze;
    freeze.account = payer;
    freeze.freeze = Freeze::all;
    ASSERT_TRUE(ledger_->post(RecordId{5, 1}, freeze));
    EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::unbooked);
    EXPECT_EQ(work().unbooked, std::vector<std::string>{"A"});
    freeze.freeze = Freeze::none;
    ASSERT_TRUE(ledger_->post(RecordId{5, 2}, freeze));
    EXPECT_TRUE(work().unbooked.empty());
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
}

}  // namespace
}  // namespace ledger::adapters
