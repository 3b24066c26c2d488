// See payment.hpp.
#include "simulator/payment.hpp"

namespace ledger::simulator {

using adapters::ChannelNotice;
using adapters::RefundReply;
using adapters::RefundStatus;
using adapters::ReversalAnswer;

namespace {

template <class T>
std::optional<T> take_any(std::vector<T>& from, RandomSource& random) {
    if (from.empty()) return std::nullopt;
    std::swap(from[random.next() % from.size()], from.back());
    T taken = std::move(from.back());
    from.pop_back();
    return taken;
}

}  // namespace

PaymentChannelSimulator::PaymentChannelSimulator(std::string name, std::uint64_t seed,
                                                 ChannelFaults faults)
    : name_(std::move(name)), random_(seed), faults_(faults) {}

void PaymentChannelSimulator::calm() {
    faults_ = {0, 0, 0, 0, 0, 0, 0, 0};
    outage_ = 0;
}

bool PaymentChannelSimulator::is_silent() {
    if (outage_ == 0) return happens(faults_.unanswered);
    --outage_;
    return true;
}

void PaymentChannelSimulator::pay(const std::string& order, std::uint32_t leg, Amount amount,
                                  Date date) {
    if (reversed_.contains({order, leg})) return;  // the channel takes nothing for it any more
    const std::string serial = name_ + "-" + std::to_string(payments_.size() + 1);
    payments_[serial] = {order, leg, amount, date, !happens(faults_.declined), false};
    if (!happens(faults_.lost)) tell(serial);
}

ChannelNotice PaymentChannelSimulator::notice_of(const std::string& serial) const {
    const ChannelPayment& payment = payments_.at(serial);
    ChannelNotice notice{name_, serial, payment.order, payment.leg, payment.success, {}, {}};
    if (!payment.success) return notice;
    notice.amount = payment.amount;
    notice.clearing_date = payment.clearing_date;
    return notice;
}

void PaymentChannelSimulator::tell(const std::string& serial) {
    const ChannelNotice notice = notice_of(serial);
    notices_.push_back(notice);
    if (happens(faults_.doubled)) notices_.push_back(notice);
    if (!happens(faults_.contradictory) || !notice.success) return;
    ChannelNotice other = notice;
    if (happens(50)) {
        other.amount += Amount{1};
    } else {
        other.success = false;
    }
    notices_.push_back(other);
}

std::optional<ChannelNotice> PaymentChannelSimulator::next_notice() {
    return take_any(notices_, random_);
}

std::optional<RefundReply> PaymentChannelSimulator::next_refund_reply() {
    return take_any(replies_, random_);
}

std::optional<std::vector<ChannelNotice>> PaymentChannelSimulator::query(const std::string& order,
                                                                         std::uint32_t leg) {
    if (is_silent()) return std::nullopt;
    std::vector<ChannelNotice> found;
    for (const auto& [serial, payment] : payments_) {
        if (payment.order != order || payment.leg != leg || payment.reversed) continue;
        found.push_back(notice_of(serial));
    }
    return found;
}

std::vector<ChannelNotice> PaymentChannelSimulator::file(Date date) const {
    std::vector<ChannelNotice> rows;
    for (const auto& [serial, payment] : payments_) {
        if (!payment.success || payment.reversed || payment.clearing_date != date) continue;
        rows.push_back(notice_of(serial));
    }
    return rows;
}

ReversalAnswer PaymentChannelSimulator::reverse(const std::string& order, std::uint32_t leg) {
    const std::pair key(order, leg);
    if (!reversed_.contains(key) && !not_reversible_.contains(key)) {
        if (outage_ != 0 && is_silent()) return ReversalAnswer::unknown;  // it was not heard
        (happens(faults_.reversal_late) ? not_reversible_ : reversed_).insert(key);
        for (auto& [serial, payment] : payments_) {
            if (payment.order == order && payment.leg == leg && reversed_.contains(key)) {
                payment.reversed = true;
            }
        }
    }
    if (is_silent()) return ReversalAnswer::unknown;
    return reversed_.contains(key) ? ReversalAnswer::reversed : ReversalAnswer::refused;
}

RefundStatus PaymentChannelSimulator::refund(const adapters::RefundInstruction& instruction) {
    const auto [refund, is_new] = refunds_.try_emplace(
        instruction.refund_number,
        ChannelRefund{instruction.part, instruction.attempt, instruction.amount, {}});
    RefundStatus& status = refund->second.status;
    const RefundReply truth{instruction.part, instruction.attempt, RefundStatus::success};
    if (is_new) {
        status = RefundStatus::success;
        if (happens(faults_.refund_fails)) {
            status = happens(50) ? RefundStatus::impossible : RefundStatus::failure;
        } else if (happens(faults_.refund_denied)) {
            replies_.push_back(truth);
            return RefundStatus::failure;
        }
        if (happens(faults_.doubled)) {
            replies_.push_back({instruction.part, instruction.attempt, status});
        }
    }
    return is_silent() ? RefundStatus::unknown : status;
}

Amount PaymentChannelSimulator::balance() const {
    Amount balance;
    for (const auto& [serial, payment] : payments_) {
        if (payment.success && !payment.reversed) balance += payment.amount;
    }
    for (const auto& [number, refund] : refunds_) {
        if (refund.status == RefundStatus::success) balance -= refund.amount;
    }
    return balance;
}

}  // namespace ledger::simulator
