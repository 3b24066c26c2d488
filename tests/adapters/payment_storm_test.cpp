// A storm: channels with every fault, a host that is restarted at any moment, and a checker that
// reads nothing but the journal. At the end every order is final and agrees with the channels' own
// records, or an open item names what does not.
#include "ledger/adapters/payment_settlement.hpp"
#include "payment_fixture.hpp"
#include "simulator/payment.hpp"

#include <cstdlib>
#include <map>
#include <memory>
#include <typeinfo>

namespace ledger::adapters {
namespace {

using simulator::PaymentChannelSimulator;

long orders_of_storm() {
    const char* text = std::getenv("LEDGER_STORM_ORDERS");
    return text == nullptr ? 120 : std::atol(text);
}

/// What must hold at every position, whoever posted.
class JournalChecker {
public:
    JournalChecker(const PaymentBooks& books, const Ledger& ledger) {
        Feed feed = ledger.follow(Position{0});
        std::vector<FeedRecord> page;
        while (feed.next(page, 1000, std::chrono::nanoseconds{0}) != 0) {
            for (const FeedRecord& record : page) check(books, record);
        }
    }

    std::map<std::string, Amount> received;  ///< by the channel's serial
    std::map<AccountId, Amount> moved;       ///< on the channels, by orders alone

private:
    void check(const PaymentBooks& books, const FeedRecord& record) {
        const auto* voucher = std::get_if<Voucher>(&record.value);
        if (voucher == nullptr) return;
        Amount& refundable = refundable_[record.order];
        for (const VoucherLine& line : voucher->lines) {
            const Amount signed_amount = line.side == Side::debit ? line.amount : -line.amount;
            if (line.account == books.refundable.items) refundable += signed_amount;
            for (const PaymentChannel& channel : books.channels) {
                if (line.account != channel.funds || !record.order) continue;
                moved[channel.funds] += signed_amount;
                if (line.side == Side::debit) receive(*voucher, line.amount);
            }
        }
        EXPECT_GE(refundable, Amount{}) << "refunded beyond what was paid";
        const bool pays = voucher->detail.summary.starts_with("paid: ");
        EXPECT_LE(paid_[record.order] += pays ? 1 : 0, 1) << "an order paid twice";
    }
    void receive(const Voucher& voucher, Amount amount) {
        const std::string& serial = voucher.detail.source_document;
        EXPECT_TRUE(received.emplace(serial, amount).second) << serial << " was booked twice";
    }

    std::map<OrderId, Amount> refundable_;
    std::map<OrderId, int> paid_;
};

class PaymentStormTest : public PaymentTest, public ::testing::WithParamInterface<std::uint64_t> {
protected:
    PaymentStormTest() : random_(GetParam()) {
        for (const PaymentChannel& channel : books_.channels) {
            channels_.emplace(channel.name, std::make_unique<PaymentChannelSimulator>(
                                                channel.name, random_.next()));
        }
        Batch batch;
        for (const AccountId id : {driver_, agent_}) {
            OpenAccount receiver = test_account(id, AccountKind::liability, "2203");
            receiver.limits.minimum = Amount{};
            batch.add(receiver);
        }
        desk_->define(std::move(batch));
    }

    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
    bool happens(unsigned percent) { return below(100) < percent; }
    PaymentChannelSimulator& channel(const std::string& name) { return *channels_.at(name); }
    static std::string key(long number) { return "P-" + std::to_string(number); }

    std::vector<OpenPayment> open_orders() { return all_of(payments(), &Payments::open_orders); }
    std::vector<RefundPart> open_refunds() { return all_of(payments(), &Payments::open_refunds); }

    void begin_order(long number) {
        static constexpr const char* names[] = {"card", "wallet", "fund", "coins"};
        PaymentRequest request{key(number), test_shop, {}, {}, ledger_.clock().now()};
        request.expires_at = request.expires_at + std::chrono::minutes{30};
        for (std::uint64_t legs = 1 + below(3); legs > 0; --legs) {
            const Amount amount{static_cast<std::int64_t>(below(500))};
            request.legs.push_back({names[below(4)], amount, ""});
            request.payable += amount;
        }
        if (request.payable == Amount{}) return;
        ASSERT_EQ(payments().create(request), CreateOutcome::created);
        for (std::uint32_t leg = 1; leg <= request.legs.size(); ++leg) pay_leg(request, leg);
    }

    /// Payers leave, pay twice, pay something else, or by another channel.
    void pay_leg(const PaymentRequest& request, std::uint32_t leg) {
        const PlannedLeg& planned = request.legs[leg - 1];
        if (planned.amount == Amount{} || happens(10)) return;
        const Amount wrong = happens(5) ? Amount{1} : Amount{};
        channel(planned.channel).pay(request.order, leg, planned.amount + wrong, test_day);
        if (happens(10)) channel(planned.channel).pay(request.order, leg, planned.amount, test_day);
        if (happens(8)) (void)payments().reverse(request.order, leg, planned.channel);
        if (!happens(10) || !payments().offer(request.order, leg, "wallet")) return;
        channel("wallet").pay(request.order, leg, planned.amount, test_day);
    }

    void deliver(PaymentChannelSimulator& from) {
        if (const auto notice = from.next_notice()) note(payments().notify(*notice));
        if (const auto reply = from.next_refund_reply()) note(payments().refund_answered(*reply));
    }

    void query(const PaymentOrder& order) {
        for (const auto& [name, simulated] : channels_) {
            for (std::uint32_t leg = 1; leg <= order.request.legs.size(); ++leg) {
                const auto notices = simulated->query(order.request.order, leg);
                if (!notices) continue;
                for (const ChannelNotice& notice : *notices) note(payments().notify(notice));
            }
        }
    }

    void tend_orders(bool calm) {
        for (const OpenPayment& open : open_orders()) {
            const PaymentOrder seen = order(open.order);
            if (calm || happens(30)) query(seen);
            const std::uint32_t leg =
                1 + static_cast<std::uint32_t>(below(seen.request.legs.size()));
            const PlannedLeg& planned = seen.request.legs[leg - 1];
            if (!calm && happens(10) && planned.amount != Amount{}) {
                (void)payments().reverse(open.order, leg, planned.channel);
            }
            for (const OpenPayment::Reversal& asked : open.reversals) {
                (void)payments().reversal_answered(
                    open.order, asked.leg, asked.channel,
                    channel(asked.channel).reverse(open.order, asked.leg));
            }
            if (!calm && happens(3)) {
                (void)payments().close(open.order, CloseReason::voided, {});
            }
            (void)payments().close(open.order, CloseReason::timeout, ledger_.clock().now());
        }
    }

    void send(const RefundPart& part) {
        const SendResult result = payments().send_refund(part.id);
        note(result.outcome);
        if (result.outcome != SendOutcome::sent && result.outcome != SendOutcome::in_flight) {
            return;
        }
        if (happens(5)) restart();  // recorded, and whether it was sent nobody knows
        note(payments().refund_answered(
            {part.id, result.instruction.attempt,
             channel(result.instruction.channel).refund(result.instruction)}));
    }

    /// The merchant's and the channels' money goes to the bank and comes back.
    void move_funds(bool calm) {
        for (const PaymentChannel& of : books_.channels) {
            const std::int64_t amount = 1 + static_cast<std::int64_t>(below(300));
            const std::int64_t available =
                static_cast<std::int64_t>(desk_->view().balance(of.funds)->available().minor);
            if (calm) {
                move(of.funds, test_bank, 20'000);
            } else if (happens(50)) {
                move(of.funds, test_bank, amount);
            } else if (available >= amount) {
                move(test_bank, of.funds, amount);
            }
        }
    }

    void step(long number) {
        begin_order(number);
        for (int i = 0; i < 4; ++i) {
            for (const auto& [name, simulated] : channels_) {
                if (happens(50)) deliver(*simulated);
            }
        }
        if (happens(10)) restart();
        if (happens(3)) channel("card").fail_for(20);
        if (happens(10)) move_funds(false);
        const std::string any = key(static_cast<long>(below(static_cast<std::uint64_t>(number))));
        if (happens(30)) {
            (void)payments().refund(any, "R-" + std::to_string(below(3)),
                                    Amount{1 + static_cast<std::int64_t>(below(400))},
                                    happens(20) ? RefundRoute::payout : RefundRoute::original);
        }
        if (happens(5)) (void)payments().close(any, CloseReason::voided, {});
        if (happens(10)) {
            (void)payments().split(any, "S-" + std::to_string(below(2)), Amount{100},
                                   {{driver_, {}, 2}, {agent_, {}, 1}});
        }
        if (happens(20)) tend_orders(false);
        if (happens(20)) {
            for (const RefundPart& part : open_refunds()) send(part);
        }
        ledger_.clock().advance(std::chrono::minutes{1});
    }

    /// A success whose notice was lost, of an order that is final, is found in the file alone.
    void read_files() {
        for (const auto& [name, simulated] : channels_) {
            for (const ChannelNotice& row : simulated->file(test_day)) {
                note(payments().notify(row));
            }
        }
    }

    /// The faults end; what is under way is brought to its end.
    void settle() {
        ledger_.clock().advance(std::chrono::hours{1});
        move_funds(true);
        for (const auto& [name, simulated] : channels_) simulated->calm();
        for (int round = 0; round < 20; ++round) {
            for (const auto& [name, simulated] : channels_) {
                for (int i = 0; i < 100; ++i) deliver(*simulated);
            }
            tend_orders(true);
            if (round == 10) read_files();
            for (const RefundPart& part : open_refunds()) send(part);
        }
    }

    std::string all_named();
    SettlementFile file_of(const std::string& name);
    void expect_files_agree();
    void expect_agreement();
    void expect_all_was_met() const;

    template <class Outcome>
    void note(Outcome outcome) {
        ++met_[{typeid(Outcome).name(), static_cast<int>(outcome)}];
    }
    template <class Outcome>
    bool was_met(Outcome outcome) const {
        return met_.contains({typeid(Outcome).name(), static_cast<int>(outcome)});
    }

    const AccountId driver_{2, 11};
    const AccountId agent_{2, 12};
    SeededRandom random_;
    std::map<std::string, std::unique_ptr<PaymentChannelSimulator>> channels_;
    std::map<std::pair<std::string, int>, int> met_;  ///< outcomes, by their type and value
};

/// All that an open item names.
std::string PaymentStormTest::all_named() {
    std::string named;
    for (const OpenContradiction& open : all_of(payments(), &Payments::open_contradictions)) {
        EXPECT_NE(open.since, Instant{});
        named += open.claim + "\n";
    }
    return named;
}

/// The channel's file of the day: its payments and refunds, and what they come to.
SettlementFile PaymentStormTest::file_of(const std::string& name) {
    SettlementFile file{name, test_day, {}, {}};
    for (const ChannelNotice& row : channel(name).file(test_day)) {
        file.rows.push_back({false, row.serial, row.amount, {}});
    }
    for (const auto& [number, refund] : channel(name).refunds()) {
        if (refund.status != RefundStatus::success) continue;
        file.rows.push_back({true, number, refund.amount, {}});
    }
    file.paid = channel(name).balance();
    return file;
}

/// The third side: orders and books agree with what the channel pays, but for what is named.
void PaymentStormTest::expect_files_agree() {
    const std::string named = all_named();
    for (const std::string name : {"card", "wallet"}) {
        const SettlementResult result =
            Settlements(*desk_, books_).settle(file_of(name), test_day, Calendar());
        EXPECT_EQ(result.outcome, SettlementOutcome::settled);
        EXPECT_GT(result.matched, 0u);
        for (const SettlementDiscrepancy& one : result.discrepancies) {
            const auto refund = channel(name).refunds().find(one.serial);
            const std::string about = refund == channel(name).refunds().end()
                                          ? one.serial
                                          : to_string(refund->second.part);
            EXPECT_NE(named.find(about), std::string::npos)
                << to_string(one.difference) << " " << one.serial;
        }
    }
}

void PaymentStormTest::expect_agreement() {
    const std::string named = all_named();
    const JournalChecker books(books_, *ledger_);
    for (const PaymentChannel& of : books_.channels) {
        Amount difference;  // what the named contradictions explain
        for (const auto& [serial, payment] : channel(of.name).payments()) {
            const auto booked = books.received.find(serial);
            const Amount truth = payment.success && !payment.reversed ? payment.amount : Amount{};
            const Amount in_books = booked == books.received.end() ? Amount{} : booked->second;
            if (payment.reversed || in_books == truth) continue;
            EXPECT_NE(named.find(serial), std::string::npos)
                << serial << ": " << to_string(truth) << ", in the books " << to_string(in_books);
            difference += in_books - truth;
        }
        std::map<RecordId, int> paid_back;
        for (const auto& [number, refund] : channel(of.name).refunds()) {
            if (refund.status != RefundStatus::success || ++paid_back[refund.part] == 1) continue;
            EXPECT_NE(named.find(to_string(refund.part)), std::string::npos);
            difference += refund.amount;
        }
        const auto moved = books.moved.find(of.funds);
        const Amount in_books = moved == books.moved.end() ? Amount{} : moved->second;
        EXPECT_EQ(in_books, channel(of.name).balance() + difference) << of.name;
    }
}

/// A storm in which nothing happens proves nothing.
void PaymentStormTest::expect_all_was_met() const {
    for (const auto outcome :
         {NoticeOutcome::repeated, NoticeOutcome::contradiction, NoticeOutcome::failure_recorded,
          NoticeOutcome::waits_for_reversal, NoticeOutcome::refunding, NoticeOutcome::booked,
          NoticeOutcome::paid}) {
        EXPECT_TRUE(was_met(outcome)) << static_cast<int>(outcome);
    }
    for (const auto outcome :
         {SendOutcome::in_flight, SendOutcome::short_of_funds, SendOutcome::sent}) {
        EXPECT_TRUE(was_met(outcome)) << static_cast<int>(outcome);
    }
    for (const auto outcome : {RefundReplyOutcome::still_unknown, RefundReplyOutcome::repeated,
                               RefundReplyOutcome::contradiction, RefundReplyOutcome::booked,
                               RefundReplyOutcome::requeued}) {
        EXPECT_TRUE(was_met(outcome)) << static_cast<int>(outcome);
    }
}

TEST_P(PaymentStormTest, EndsWithEveryOrderFinalAndAgreedOrNamed) {
    const long orders = orders_of_storm();
    move(test_bank, test_shop, 100'000);  // the merchant can bear every refund
    for (long number = 1; number <= orders; ++number) step(number);
    settle();
    EXPECT_TRUE(open_orders().empty());
    EXPECT_TRUE(open_refunds().empty());
    EXPECT_EQ(balance(books_.transit), 0);
    EXPECT_EQ(balance(books_.refunds), 0);
    expect_agreement();
    expect_files_agree();
    expect_all_was_met();
    restart();
    EXPECT_TRUE(open_orders().empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, PaymentStormTest, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace ledger::adapters
