// What stops, slows and undoes payouts: the independent check, quotas, pauses, files, recalls.
#include "payout_fixture.hpp"

#include <gmock/gmock.h>

namespace ledger::adapters {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

using PayoutControl = PayoutTest;

std::string without_bank(const PayoutMessage& message) {
    PayoutMessage broken = message;
    broken.payee.bank = "";
    return simulator::write_instruction(broken);
}

TEST_F(PayoutControl, IncidentTwoHundredAndTwentyFiveWithdrawalsWithoutTheBanksName) {
    // A retry after an outage sent 225 withdrawals on without the bank's name, and told the payees.
    std::vector<PayoutRequest> requests;
    for (int i = 0; i < 225; ++i) requests.push_back(request("W" + std::to_string(i), 100));
    ASSERT_TRUE(payouts_->create(requests));
    EXPECT_EQ(payouts_->pause("ever", "outage"), PayoutDone::done);
    EXPECT_THAT(work().instructions, IsEmpty());
    banks_[2].write = without_bank;
    restart();
    EXPECT_EQ(payouts_->resume("ever", "outage-is-over"), PayoutDone::done);

    const PayoutWork stopped = payouts_->instructions("ever", now(), 1000);
    EXPECT_TRUE(stopped.stopped);
    EXPECT_THAT(stopped.instructions, IsEmpty());
    EXPECT_EQ(total(payout_accounts("ever").count), 0);
    EXPECT_EQ(held(payer), 22'500);
    for (const PayoutRequest& request : requests) {
        EXPECT_EQ(told(request.order), PayeeOutcome::in_progress);
    }
    // It stays stopped, whatever the host does, until two people lift it.
    banks_[2].write = simulator::write_instruction;
    restart();
    EXPECT_TRUE(work().stopped);
    EXPECT_THAT([&] { payouts_->lift("ever", "L1", "ann", "ann"); },
                ThrowsMessage<InvalidArgument>(HasSubstr("two different principals")));
    EXPECT_EQ(payouts_->lift("ever", "L1", "ann", "bob"), PayoutDone::done);
    EXPECT_EQ(payouts_->lift("ever", "L1", "ann", "bob"), PayoutDone::repeated);
    const PayoutWork sent = payouts_->instructions("ever", now(), 1000);
    EXPECT_EQ(sent.instructions.size(), 225u);
    for (const PayoutInstruction& instruction : sent.instructions) {
        EXPECT_EQ(simulator::read_instruction(instruction.bytes).payee.bank, "CMB");
    }
}

TEST_F(PayoutControl, TheGuardReadsWhatLeavesAndWhatWasOrdered) {
    ASSERT_TRUE(payouts_->create(request("A")));
    const PayoutGuard guard(
        {{"ever", bank_accounts[2], simulator::read_instruction, Amount{5000}, 0}});
    const PayoutMessage good{"P1", request("A").payee, Amount{1000}, yuan};
    const auto objection = [&](PayoutMessage message, const char* order = "A") {
        const std::string bytes = simulator::write_instruction(message);
        return guard
            .objection(desk_->view(), {order_id("payout", order), "ever", bytes, false, now()})
            .value_or("none");
    };
    EXPECT_EQ(objection(good), "none");
    EXPECT_EQ(objection(good, "B"), "an order that is not in the books");
    PayoutMessage bad = good;
    bad.payee.token = "payee-8";
    EXPECT_EQ(objection(bad), "another payee than ordered");
    bad = good;
    bad.payee.digest[0] = 'f';
    EXPECT_EQ(objection(bad), "another digest of the payee");
    bad = good;
    bad.amount = Amount{10'000};
    EXPECT_EQ(objection(bad), "amount 10000, ordered 1000");
    bad = good;
    bad.currency = CurrencyCode("USD");
    EXPECT_EQ(objection(bad), "another currency");
    EXPECT_THAT(
        guard.objection(desk_->view(), {order_id("payout", "A"), "ever", "nonsense", false, now()})
            .value_or("none"),
        HasSubstr("bytes that cannot be read"));
    // An attempt under way, and money that left for the order, count.
    const std::string serial = only().serial;
    EXPECT_EQ(objection(good), "the attempt P0000001 is under way for the order");
    (void)answer(serial, BankStatus::succeeded);
    EXPECT_EQ(objection(good),
              "1000 left for the order before, and this would be 1000 more; ordered 1000");
    (void)answer(serial, BankStatus::returned);
    EXPECT_EQ(objection(good), "none");
}

TEST_F(PayoutControl, TheGuardStopsAtItsOwnTotalOfTheDay) {
    guard_daily_max_ = Amount{2500};
    build();
    for (const char* order : {"A", "B", "C"}) ASSERT_TRUE(payouts_->create(request(order)));
    const PayoutWork due = work();
    EXPECT_EQ(due.instructions.size(), 2u);
    EXPECT_TRUE(due.stopped);
}

TEST_F(PayoutControl, AStopWithholdsResendsAndLetsQueriesPass) {
    const std::string serial = send("A");
    pass(1min);
    (void)answer(serial, BankStatus::not_found);
    EXPECT_EQ(payouts_->stop("ever", "S1"), PayoutDone::done);
    EXPECT_EQ(payouts_->stop("ever", "S1"), PayoutDone::repeated);
    EXPECT_EQ(only().kind, InstructionKind::query);
    ASSERT_TRUE(payouts_->create(request("B")));
    EXPECT_EQ(only().order, "A");
    EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::booked);
    EXPECT_EQ(payouts_->lift("ever", "L1", "ann", "bob"), PayoutDone::done);
    EXPECT_EQ(only().order, "B");
}

TEST_F(PayoutControl, QuotasOfABankFollowFromTheBooks) {
    banks_[2].daily_count_max = 2;
    banks_[1].daily_total_max = Amount{2500};
    banks_[0].single_max = Amount{999};
    build();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(payouts_->create(request("E" + std::to_string(i))));
        ASSERT_TRUE(payouts_->create(request("D" + std::to_string(i), 1000, "day")));
    }
    EXPECT_EQ(payouts_->create(request("N", 1000, "never")).outcome, PayoutCreated::over_limit);
    for (const char* bank : {"ever", "day"}) {
        restart();
        const PayoutWork due = work(bank);
        EXPECT_EQ(due.instructions.size(), 2u);
        EXPECT_TRUE(due.quota_reached);
        EXPECT_THAT(work(bank).instructions, IsEmpty());
    }
    EXPECT_EQ(held(payer), 6000);
    pass(24h);
    std::size_t sent = 0;
    for (const PayoutInstruction& due : work().instructions) {
        sent += due.kind == InstructionKind::send ? 1 : 0;
    }
    EXPECT_EQ(sent, 1u);
}

TEST_F(PayoutControl, ABankThatIsDownPausesItsQueueWithHoldsKept) {
    ASSERT_TRUE(payouts_->create(request("B")));
    const std::string serial = only().serial;
    ASSERT_TRUE(payouts_->create(request("C")));
    EXPECT_EQ(answer(serial, BankStatus::refused), PayoutAnswered::booked);
    restart();
    const PayoutWork due = work();
    EXPECT_TRUE(due.paused);
    EXPECT_THAT(due.instructions, IsEmpty());
    EXPECT_EQ(held(payer), 2000);
    EXPECT_FALSE(work("day").paused);
    EXPECT_EQ(told("B"), PayeeOutcome::in_progress);
    pass(5h);
    EXPECT_EQ(payouts_->resume("ever", "R1"), PayoutDone::done);
    const PayoutWork resumed = work();
    ASSERT_EQ(resumed.instructions.size(), 2u);
    EXPECT_NE(resumed.instructions[0].serial, serial);
}

TEST_F(PayoutControl, ARefusalOfAnAttemptThatWasSentAgainSaysNothing) {
    // The first sending may be on its way still, and be taken later.
    const std::string serial = send("A");
    pass(1min);
    (void)answer(serial, BankStatus::not_found);
    EXPECT_EQ(only().kind, InstructionKind::resend);
    EXPECT_EQ(answer(serial, BankStatus::refused), PayoutAnswered::unknown);
    EXPECT_EQ(phase("A"), PayoutPhase::sent);
    EXPECT_FALSE(work().paused);
    EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::booked);
}

TEST_F(PayoutControl, AnOrderThatNoBankTakesIsCancelledInTheEnd) {
    ASSERT_TRUE(payouts_->create(request("A")));
    for (std::size_t i = 0; i < Payouts::attempts_max; ++i) {
        const PayoutInstruction sent = only();
        EXPECT_EQ(sent.kind, InstructionKind::send);
        (void)answer(sent.serial, BankStatus::refused);
        (void)payouts_->resume("ever", "R" + std::to_string(i));
    }
    EXPECT_EQ(phase("A"), PayoutPhase::cancelled);
    EXPECT_EQ(held(payer), 0);
}

TEST_F(PayoutControl, AFileIsTakenWholeOrNotAtAll) {
    const std::string serial = send("A");
    const Date day = make_date(2026, 1, 5);
    PayoutFile partial = file(day, {says(serial, BankStatus::succeeded)});
    EXPECT_THAT([&] { (void)payouts_->file("ever", partial, now()); },
                ThrowsMessage<InvalidArgument>(HasSubstr("before that day has ended")));
    pass(24h);
    partial.count = 2;
    EXPECT_EQ(payouts_->file("ever", partial, now()).outcome, PayoutFileOutcome::partial);
    partial.count.reset();
    EXPECT_EQ(payouts_->file("ever", partial, now()).outcome, PayoutFileOutcome::partial);
    EXPECT_EQ(phase("A"), PayoutPhase::sent);

    PayoutFile whole = file(
        day, {says(serial, BankStatus::succeeded), says("P0000099", BankStatus::succeeded)}, 2);
    for (const bool has_others : {false, true, true}) {
        whole.has_others = has_others;
        const PayoutFiled filed = payouts_->file("ever", whole, now());
        EXPECT_EQ(filed.outcome, PayoutFileOutcome::taken);
        // The stranger may be a garbled serial of ours, unless the account pays in other ways.
        EXPECT_EQ(filed.closes_day, has_others);
        EXPECT_THAT(filed.strangers, ElementsAre("P0000099"));
    }
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
    EXPECT_EQ(unconfirmed("ever"), 0u);
    EXPECT_EQ(payouts_->file("ever", file(day, {}, 2), now()).outcome, PayoutFileOutcome::conflict);
}

TEST_F(PayoutControl, AFileLineThatCannotBeReadIsNotAnItemThatIsMissing) {
    const std::string serial = send("A", "never");
    const Date day = make_date(2026, 1, 5);
    pass(49h);
    const PayoutFiled filed =
        payouts_->file("never", file(day, {says(serial, BankStatus::succeeded, 999)}), now());
    EXPECT_THAT(filed.unreadable, ElementsAre(serial));
    files_lack("never", day + 1, day + 1);
    EXPECT_EQ(only("never").kind, InstructionKind::query);
    EXPECT_EQ(phase("A"), PayoutPhase::sent);
    (void)payouts_->file("never", file(day, {says(serial, BankStatus::succeeded)}, 2), now());
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
}

TEST_F(PayoutControl, AReissuedFileThatNamesACancelledPayoutBooksWhatLeft) {
    const std::string serial = send("A", "never");
    const Date day = make_date(2026, 1, 5);
    pass(49h);
    files_lack("never", day, day + 1);
    EXPECT_THAT(work("never").instructions, IsEmpty());
    EXPECT_EQ(told("A"), PayeeOutcome::not_paid);
    const PayoutFiled filed =
        payouts_->file("never", file(day, {says(serial, BankStatus::succeeded)}, 2), now());
    EXPECT_EQ(filed.outcome, PayoutFileOutcome::taken);
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(total(recalls), 1000);
    EXPECT_EQ(total(own_funds), 999'000);
}

TEST_F(PayoutControl, ARecallIsCoveredThatDayAndRecoveredInParts) {
    const std::string serial = send("A");
    EXPECT_EQ(payouts_->recall("A", "wrong payee"), PayoutDone::not_now);
    (void)answer(serial, BankStatus::succeeded);
    const std::int64_t bank = total(bank_accounts[2]);
    EXPECT_EQ(payouts_->recall("A", "wrong payee"), PayoutDone::done);
    EXPECT_EQ(payouts_->recall("A", "wrong payee"), PayoutDone::repeated);
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(total(own_funds), 999'000);
    EXPECT_EQ(total(bank_accounts[2]), bank + 1000);
    EXPECT_EQ(desk_->view().open_items(recalls).items.size(), 1u);

    const auto recover = [&](RecoveryKind kind, std::int64_t fen, std::string reference,
                             AccountId from = {}) {
        return payouts_->recover("A", {kind, Amount{fen}, from, std::move(reference)});
    };
    EXPECT_EQ(recover(RecoveryKind::repaid, 300, "T1"), PayoutDone::done);
    EXPECT_EQ(recover(RecoveryKind::repaid, 300, "T1"), PayoutDone::repeated);
    EXPECT_EQ(recover(RecoveryKind::returned, 200, "T2"), PayoutDone::done);
    EXPECT_EQ(recover(RecoveryKind::returned, 501, "T3"), PayoutDone::refused);
    fund(supplier, 400);
    EXPECT_EQ(recover(RecoveryKind::netted, 500, "T4", supplier), PayoutDone::refused);
    EXPECT_EQ(recover(RecoveryKind::netted, 400, "T4", supplier), PayoutDone::done);
    EXPECT_EQ(payouts_->status("A")->recall_outstanding, Amount{100});
    EXPECT_EQ(recover(RecoveryKind::repaid, 100, "T5"), PayoutDone::done);
    EXPECT_EQ(recover(RecoveryKind::repaid, 1, "T6"), PayoutDone::not_now);
    EXPECT_EQ(total(recalls), 0);
    EXPECT_EQ(total(own_funds), 1'000'000);
    EXPECT_EQ(total(supplier), 0);
    EXPECT_EQ(total(bank_accounts[2]), bank + 1000);  // the netted 400 went out, 400 had come in
}

TEST_F(PayoutControl, AReturnOfARecalledPayoutIsRecovered) {
    const std::string serial = send("A");
    (void)answer(serial, BankStatus::succeeded);
    EXPECT_EQ(payouts_->recall("A", "wrong payee"), PayoutDone::done);
    EXPECT_EQ(answer(serial, BankStatus::returned), PayoutAnswered::booked);
    EXPECT_EQ(total(payer), 100'000);
    EXPECT_EQ(held(payer), 0);
    EXPECT_EQ(total(recalls), 0);
    EXPECT_EQ(total(own_funds), 1'000'000);
    EXPECT_EQ(told("A"), PayeeOutcome::not_paid);
}

TEST_F(PayoutControl, AnOrderThatIsBrokenHoldsUpNoOther) {
    banks_[2].write = [](const PayoutMessage& message) {
        if (message.amount == Amount{13}) throw std::runtime_error("cannot write 13");
        return simulator::write_instruction(message);
    };
    restart();
    ASSERT_TRUE(payouts_->create(request("A")));
    ASSERT_TRUE(payouts_->create(request("B", 13)));
    ASSERT_TRUE(payouts_->create(request("C")));
    const PayoutWork due = work();
    ASSERT_EQ(due.instructions.size(), 2u);
    EXPECT_EQ(due.instructions[1].order, "C");
    ASSERT_EQ(due.broken.size(), 1u);
    EXPECT_EQ(due.broken[0].order, order_id("payout", "B"));
    EXPECT_EQ(due.broken[0].problem, "cannot write 13");
    EXPECT_EQ(payouts_->cancel("B"), PayoutDone::done);
    EXPECT_THAT(work().broken, IsEmpty());
}

TEST_F(PayoutControl, ALaterFinalFileIsAboveAnEarlierOne) {
    const std::string serial = send("A");
    const Date day = make_date(2026, 1, 5);
    pass(24h);
    const PayoutFile paid = file(day, {says(serial, BankStatus::succeeded)}, 1);
    const PayoutFile failed = file(day, {says(serial, BankStatus::failed)}, 2);
    (void)payouts_->file("ever", paid, now());
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
    (void)payouts_->file("ever", failed, now());
    EXPECT_EQ(phase("A"), PayoutPhase::cancelled);
    EXPECT_EQ(total(payer), 100'000);
    (void)payouts_->file("ever", paid, now());  // taken before: says nothing new
    EXPECT_EQ(phase("A"), PayoutPhase::cancelled);
    (void)payouts_->file("ever", file(day, {says(serial, BankStatus::succeeded)}, 3), now());
    EXPECT_EQ(payouts_->status("A")->recall_outstanding, Amount{1000});
}

TEST_F(PayoutControl, BanksAreCheckedAndDefinitionsRepeatable) {
    payouts_->define("90");
    PayoutBank bank = banks_[0];
    const auto refused = [&](const char* why) {
        EXPECT_THAT([&] { bank.check(); }, ThrowsMessage<InvalidArgument>(HasSubstr(why)));
        bank = banks_[0];
    };
    bank.name = "Bank";
    refused("name");
    bank.serials.alphabet = "00";
    refused("alphabet");
    bank.serials.length = 1;
    refused("length");
    bank.query_horizon = 0s;
    refused("query_horizon");
    bank.write = nullptr;
    refused("write");
    EXPECT_THAT([&] { (void)payouts_->instructions("other", now()); },
                ThrowsMessage<InvalidArgument>(HasSubstr("bank 'other'")));
    EXPECT_THAT([&] { (void)payouts_->instructions("ever", now(), 0); },
                ThrowsMessage<InvalidArgument>(HasSubstr("give 1..1000")));
}

TEST_F(PayoutControl, AnEarlierVersionOfAFileThatComesLateChangesNothing) {
    const std::string serial = send("A");
    const Date day = make_date(2026, 1, 5);
    pass(24h);
    (void)payouts_->file("ever", file(day, {says(serial, BankStatus::succeeded)}, 2), now());
    (void)payouts_->file("ever", file(day, {says(serial, BankStatus::failed)}, 1), now());
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
    EXPECT_EQ(total(payer), 99'000);
}

TEST_F(PayoutControl, LongerSerialsLeaveTheOldOnesKnown) {
    const std::string serial = send("A");
    banks_[2].serials.length = 12;
    restart();
    EXPECT_EQ(send("B"), "P00000000002");
    EXPECT_EQ(answer(serial, BankStatus::succeeded), PayoutAnswered::booked);
    EXPECT_EQ(phase("A"), PayoutPhase::paid);
    EXPECT_EQ(answer("P00000000001", BankStatus::succeeded), PayoutAnswered::serial_unknown);
}

TEST_F(PayoutControl, AReturnThatTheLedgerRefusesIsListedUntilItIsBooked) {
    const std::string serial = send("A");
    (void)answer(serial, BankStatus::succeeded);
    pass(24h);
    (void)payouts_->file("ever", file(make_date(2026, 1, 5), {says(serial, BankStatus::succeeded)}),
                         now());
    EXPECT_EQ(unconfirmed("ever"), 0u);
    SetFreeze freeze;
    freeze.account = payer;
    freeze.freeze = Freeze::all;
    ASSERT_TRUE(ledger_->post(RecordId{5, 1}, freeze));
    EXPECT_EQ(answer(serial, BankStatus::returned), PayoutAnswered::unbooked);
    EXPECT_EQ(unconfirmed("ever"), 1u);
    EXPECT_THAT(payouts_->confirm("ever", now()).unbooked, ElementsAre("A"));
    freeze.freeze = Freeze::none;
    ASSERT_TRUE(ledger_->post(RecordId{5, 2}, freeze));
    EXPECT_THAT(payouts_->confirm("ever", now()).unbooked, IsEmpty());
    EXPECT_EQ(phase("A"), PayoutPhase::returned);
    EXPECT_EQ(unconfirmed("ever"), 0u);
}

TEST_F(PayoutControl, NothingLeavesForAnAccountThatIsFrozen) {
    ASSERT_TRUE(payouts_->create(request("A")));
    SetFreeze freeze;
    freeze.account = payer;
    freeze.freeze = Freeze::inflow_only;
    ASSERT_TRUE(ledger_->post(RecordId{5, 1}, freeze));
    EXPECT_THAT(work().instructions, IsEmpty());
    EXPECT_THAT(work().unbooked, ElementsAre("A"));
    freeze.freeze = Freeze::none;
    ASSERT_TRUE(ledger_->post(RecordId{5, 2}, freeze));
    EXPECT_EQ(only().kind, InstructionKind::send);
}

TEST_F(PayoutControl, RecordsOfOthersUnderAnOrderAreNotItsFacts) {
    const std::string serial = send("A");
    RegisterEntry foreign;
    foreign.type = 2004;  // as a refusal would be, which would let another attempt go
    foreign.payload = R"({"at":1,"bank":"ever","day":0,"final":false,"number":1,"occasion":0,)"
                      R"("reference":"","status":3,"version":1})";
    ASSERT_TRUE(ledger_->post(RecordId{6, 1}, foreign, order_id("payout", "A")));
    foreign.type = 2005;
    ASSERT_TRUE(ledger_->post(RecordId{6, 2}, foreign, order_id("payout", "A")));
    EXPECT_EQ(phase("A"), PayoutPhase::sent);
    // What cannot be read at all is told, and holds up nobody else.
    foreign.type = 2004;
    foreign.payload = "junk";
    ASSERT_TRUE(ledger_->post(RecordId{6, 3}, foreign, order_id("payout", "A")));
    ASSERT_TRUE(payouts_->create(request("B")));
    const PayoutWork due = work();
    EXPECT_EQ(due.broken.size(), 1u);
    ASSERT_EQ(due.instructions.size(), 1u);
    EXPECT_EQ(due.instructions[0].order, "B");
}

}  // namespace
}  // namespace ledger::adapters
