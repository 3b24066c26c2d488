// The vouchers of the year, generated from a seed: as they are posted, and again to work out what
// every answer must be. Accounts by a Zipf law (exponent 1.06, so that with 100 M lines and 1 M
// accounts the first account has 10 M of them and a thousand about 2,000), 1 % dated up to 30 days
// back. Invariant: a batch is the same each time.
#pragma once

#include "plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ledger::past {

/// SplitMix64 (Steele, Lea, Flood 2014): a stream for each batch.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t operator()() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t bound) { return (*this)() % bound; }
    double unit() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

/// Ranks from 0 by a Zipf law: rejection-inversion (Hörmann and Derflinger 1996).
class Zipf {
public:
    explicit Zipf(std::uint64_t count)
        : count_(static_cast<double>(count)),
          from_(integral(1.5) - 1),
          to_(integral(count_ + 0.5)),
          accepted_(2 - inverse(integral(2.5) - power(2))) {}

    std::uint64_t operator()(Random& random) const {
        while (true) {
            const double u = to_ + random.unit() * (from_ - to_);
            const double x = inverse(u);
            const double k = std::clamp(std::floor(x + 0.5), 1.0, count_);
            if (k - x <= accepted_ || u >= integral(k + 0.5) - power(k)) {
                return static_cast<std::uint64_t>(k) - 1;
            }
        }
    }

private:
    static constexpr double exponent = 1.06;
    static double power(double x) { return std::pow(x, -exponent); }
    static double integral(double x) { return (std::pow(x, 1 - exponent) - 1) / (1 - exponent); }
    static double inverse(double y) { return std::pow(1 + y * (1 - exponent), 1 / (1 - exponent)); }
    double count_, from_, to_, accepted_;
};

/// A voucher of the year. Ranks are spread over the handles, so that neighbours differ.
struct Payment {
    std::uint64_t debit = 0;
    std::uint64_t credit = 0;
    std::int64_t amount = 0;
    Date date;
};

class Year {
public:
    explicit Year(const Plan& plan) : plan_(plan), zipf_(plan.accounts) {}

    std::uint64_t account_of_rank(std::uint64_t rank) const {
        return rank * 999'983 % plan_.accounts;  // a prime that divides no round number
    }
    /// Calls `visit(Payment)` for each voucher of a batch, in order.
    template <class Visit>
    void batch(std::uint64_t number, Visit&& visit) const {
        Random random(number * 0x1234567 + 1);
        const Date today = utc_date(plan_.instant_of(number));
        const std::uint64_t first = number * batch_vouchers;
        const std::uint64_t count =
            std::min<std::uint64_t>(batch_vouchers, plan_.vouchers() - first);
        for (std::uint64_t i = 0; i < count; ++i) {
            Payment payment;
            payment.debit = account_of_rank(zipf_(random));
            do payment.credit = account_of_rank(zipf_(random));
            while (payment.credit == payment.debit);
            payment.amount = static_cast<std::int64_t>(1 + random.below(100'000));
            payment.date = today;
            if (random.below(100) == 0) {
                payment.date = today + -static_cast<std::int32_t>(1 + random.below(30));
            }
            visit(payment);
        }
    }

private:
    const Plan& plan_;
    Zipf zipf_;
};

}  // namespace ledger::past
