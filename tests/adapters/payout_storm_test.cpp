// A fortnight of payouts through three bad banks and many restarts, held against the banks' own
// records by a checker that reads nothing but the journal.
#include "payout_fixture.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace ledger::adapters {
namespace {

using namespace std::chrono_literals;
using simulator::PayoutBankSimulator;
using simulator::PayoutFaults;
using simulator::PayoutTruth;

constexpr std::uint32_t order_type = 2001;
constexpr std::uint32_t attempt_type = 2002;
constexpr std::uint32_t report_type = 2004;

/// What the journal says of one order, and of the rules while it is read.
struct JournalOrder {
    std::string name;
    Amount amount;
    Amount held;
    Amount from_payer;  ///< debits less credits of the payer
    Amount recall;      ///< what is to be recovered
    std::vector<std::string> serials;
    std::set<std::string> over;  ///< serials of which a failure, refusal or return is recorded
};

class JournalChecker {
public:
    void read(const FeedRecord& record) {
        JournalOrder& order = orders_[record.order];
        if (const auto* entry = std::get_if<RegisterEntry>(&record.value)) read(order, *entry);
        if (record.kind == RecordKind::release_hold) order.held = Amount{};
        if (const auto* hold = std::get_if<PlaceHold>(&record.value)) order.held += hold->amount;
        const auto* voucher = std::get_if<Voucher>(&record.value);
        if (voucher == nullptr || order.name.empty()) return;
        for (const Capture& capture : voucher->detail.captures) order.held -= capture.amount;
        for (const VoucherLine& line : voucher->lines) {
            const Amount change = line.side == Side::debit ? line.amount : -line.amount;
            if (line.account == payer) order.from_payer += change;
            if (line.account == recalls) order.recall += change;
        }
        EXPECT_TRUE(order.from_payer == Amount{0} || order.from_payer == order.amount)
            << order.name << ": paid twice, or given back twice";
        EXPECT_GE(order.recall, Amount{0}) << order.name;
    }
    const std::map<OrderId, JournalOrder>& orders() const { return orders_; }

private:
    static void read(JournalOrder& order, const RegisterEntry& entry) {
        const auto fields = nlohmann::json::parse(entry.payload);
        if (entry.type == order_type) {
            order.name = fields["order"];
            order.amount = Amount{std::stoll(fields["amount"].get<std::string>())};
        }
        const auto key = [&] {
            return fields["bank"].get<std::string>() + fields["number"].dump();
        };
        if (entry.type == attempt_type) {
            EXPECT_EQ(order.held, order.amount) << order.name << ": an attempt without a hold";
            for (const std::string& serial : order.serials) {
                EXPECT_TRUE(order.over.contains(serial))
                    << order.name << ": a second attempt while one is unknown";
            }
            order.serials.push_back(key());
        }
        const int status = entry.type == report_type ? fields["status"].get<int>() : 0;
        if (status >= 2 && status <= 4) order.over.insert(key());
    }

    std::map<OrderId, JournalOrder> orders_;
};

class PayoutStorm : public PayoutTest {
protected:
    void run(std::uint64_t seed) {
        random_.emplace(seed);
        prepare(seed);
        const char* wanted = std::getenv("LEDGER_STORM_ORDERS");
        const int orders = wanted == nullptr ? 160 : std::atoi(wanted);
        const int steps = 14 * 48;
        fund(payer, std::int64_t{orders} * 10'000);
        funding_ = 100'000 + std::int64_t{orders} * 10'000;
        for (int step = 0; step < steps + 12 * 48; ++step) {
            if (step < steps) create_until(orders * (step + 1) / steps);
            half_hour(step, step >= steps);
        }
        check_end();
    }

private:
    bool happens(unsigned of_thousand) { return random_->next() % 1000 < of_thousand; }

    void prepare(std::uint64_t seed) {
        PayoutFaults faults;
        faults.lost_instruction = 60;
        faults.late_instruction = 60;
        faults.lost_answer = 150;
        faults.late_answer = 100;
        faults.doubled_answer = 150;
        faults.broken_answer = 100;
        faults.false_answer = 40;
        faults.false_not_found = 300;
        faults.failing = 80;
        faults.returning = 80;
        faults.partial_file = 300;
        for (std::size_t i = 0; i < 3; ++i) {
            if (std::getenv("LEDGER_STORM_ORDERS") == nullptr) banks_[i].daily_count_max = 6;
            simulators_.emplace_back(banks_[i].idempotency, faults, seed * 3 + i);
            next_file_.push_back(make_date(2026, 1, 5));
        }
        guard_daily_max_ = Amount{1'000'000'000};
        build();
    }

    void create_until(int orders) {
        for (; created_ < orders; ++created_) {
            const std::size_t bank = random_->next() % 3;
            PayoutRequest wanted =
                request("S" + std::to_string(created_),
                        static_cast<std::int64_t>(random_->next() % 9'000) + 1, bank_names[bank]);
            wanted.payee.token = "payee-" + std::to_string(created_);
            ASSERT_TRUE(payouts_->create(wanted));
            if (happens(20)) restart();
            ASSERT_EQ(payouts_->create(wanted).outcome, PayoutCreated::repeated);
        }
    }

    void half_hour(int step, bool over) {
        pass(30min);
        if (happens(20)) restart();
        for (std::size_t i = 0; i < 3; ++i) {
            if (!over && happens(4)) simulators_[i].disable_until(now() + 5h);
            if (step % 480 == 100) simulators_[i].set_balance(Amount{i == 1 ? 0 : 1'000'000'000});
            if (step % 480 == 148) simulators_[i].set_balance(Amount{1'000'000'000});
            serve(i);
            listen(i);
            if (step % 48 == 13 && (over || !happens(200))) take_files(i);
        }
        if (step % 48 == 20) decide_returned();
    }

    void serve(std::size_t i) {
        std::string cursor;
        do {
            const PayoutWork due = payouts_->instructions(bank_names[i], now(), 20, cursor);
            EXPECT_FALSE(due.stopped);
            EXPECT_TRUE(due.unbooked.empty());
            EXPECT_TRUE(due.broken.empty());
            if (due.paused && !simulators_[i].is_disabled(now()) && happens(300)) {
                (void)payouts_->resume(bank_names[i], "R" + std::to_string(now().nanoseconds));
            }
            for (const PayoutInstruction& instruction : due.instructions) {
                if (happens(30)) {  // the host dies with the rest in its hands
                    restart();
                    break;
                }
                carry_out(i, instruction);
            }
            cursor = due.cursor;
        } while (!cursor.empty());
    }

    void carry_out(std::size_t i, const PayoutInstruction& instruction) {
        if (instruction.kind == InstructionKind::query) {
            if (happens(500)) tell(i, simulators_[i].query(instruction.serial, now()));
            return;
        }
        const auto [sent, is_first] =
            sent_.emplace(bank_names[i] + instruction.serial, instruction.bytes);
        EXPECT_EQ(sent->second, instruction.bytes);
        EXPECT_TRUE(is_first || banks_[i].idempotency != Idempotency::none);
        simulators_[i].send(instruction.bytes, now());
    }

    void listen(std::size_t i) {
        std::vector<BankAnswer> said = simulators_[i].run(now());
        for (std::size_t n = said.size(); n > 1; --n) {
            std::swap(said[n - 1], said[random_->next() % n]);
        }
        for (const BankAnswer& answer : said) tell(i, answer);
    }

    void tell(std::size_t i, const BankAnswer& answer) {
        const PayoutAnswered answered = payouts_->answer(bank_names[i], answer);
        EXPECT_NE(answered, PayoutAnswered::serial_unknown);
        EXPECT_NE(answered, PayoutAnswered::unbooked);
    }

    void take_files(std::size_t i) {
        for (; next_file_[i] < utc_date(now()); next_file_[i] = next_file_[i] + 1) {
            for (const PayoutFile& file : simulators_[i].files(next_file_[i])) {
                const PayoutFiled filed = payouts_->file(bank_names[i], file, now());
                EXPECT_EQ(filed.outcome, file.lines.size() == file.count
                                             ? PayoutFileOutcome::taken
                                             : PayoutFileOutcome::partial);
                EXPECT_TRUE(filed.strangers.empty());
                EXPECT_TRUE(filed.unreadable.empty());
                if (happens(200)) restart();
            }
        }
        std::string cursor;
        do {
            const PayoutConfirmed confirmed = payouts_->confirm(bank_names[i], now(), 50, cursor);
            EXPECT_TRUE(confirmed.unbooked.empty());
            EXPECT_TRUE(confirmed.broken.empty());
            cursor = confirmed.cursor;
        } while (!cursor.empty());
    }

    void decide_returned() {
        for (int i = 0; i < created_; ++i) {
            const std::string order = "S" + std::to_string(i);
            if (phase(order) != PayoutPhase::returned) continue;
            if (happens(500)) {
                (void)payouts_->cancel(order);
            } else {
                (void)payouts_->route(order, bank_names[random_->next() % 3]);
            }
        }
    }

    /// What the banks really did about an order, by what they were sent for it.
    std::int64_t left_for(const JournalOrder& order) {
        Amount left;
        for (const PayoutTruth& truth : truths_[order.name]) {
            EXPECT_LE(truth.executions, 1u) << order.name << ": the bank paid it twice";
            EXPECT_EQ(truth.amount, order.amount);
            if (truth.executions != 0 && !truth.returned) left += truth.amount;
        }
        return static_cast<std::int64_t>(left.minor);
    }

    void check_end() {
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_EQ(open_work(bank_names[i]), 0u);
            EXPECT_EQ(unconfirmed(bank_names[i]), 0u);
            for (const auto& [serial, truth] : simulators_[i].record()) {
                truths_["S" + truth.payee.token.substr(6)].push_back(truth);
            }
        }
        JournalChecker checker;
        Feed feed = ledger_->follow(Position{0}, FeedContent::records);
        std::vector<FeedRecord> records;
        while (feed.next(records, 1000) != 0) {
            for (const FeedRecord& record : records) checker.read(record);
        }
        check_orders(checker);
    }

    void check_orders(const JournalChecker& checker) {
        std::int64_t left = 0;
        std::int64_t to_recover = 0;
        int seen = 0;
        int paid = 0;
        for (const auto& [id, order] : checker.orders()) {
            if (order.name.empty()) continue;
            ++seen;
            const std::int64_t away = left_for(order);
            EXPECT_EQ(Amount{away}, order.from_payer + order.recall) << order.name;
            EXPECT_EQ(order.held, Amount{0}) << order.name;
            const PayeeOutcome expected = away == 0 ? PayeeOutcome::not_paid : PayeeOutcome::paid;
            EXPECT_EQ(told(order.name), expected) << order.name;
            left += away;
            to_recover += static_cast<std::int64_t>(order.recall.minor);
            paid += expected == PayeeOutcome::paid ? 1 : 0;
        }
        EXPECT_EQ(seen, created_);
        EXPECT_GT(paid, created_ / 2);
        // What is to be recovered is named, one open item for each; all other money agrees.
        std::int64_t items = 0;
        for (const ItemInfo& item : desk_->view().open_items(recalls, {10'000, false, ""}).items) {
            items += static_cast<std::int64_t>(item.remaining.minor);
        }
        EXPECT_EQ(items, to_recover);
        EXPECT_EQ(total(bank_accounts[0]) + total(bank_accounts[1]) + total(bank_accounts[2]) +
                      total(own_funds),
                  funding_ + 1'000'000 - left);
        EXPECT_EQ(held(payer), 0);
    }

    std::optional<SeededRandom> random_;
    std::vector<PayoutBankSimulator> simulators_;
    std::vector<Date> next_file_;
    std::map<std::string, std::string> sent_;
    std::map<std::string, std::vector<PayoutTruth>> truths_;
    std::int64_t funding_ = 0;
    int created_ = 0;
};

TEST_F(PayoutStorm, Seed1) { run(1); }
TEST_F(PayoutStorm, Seed2) { run(2); }

}  // namespace
}  // namespace ledger::adapters
