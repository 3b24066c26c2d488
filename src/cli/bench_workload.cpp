// The records of a bench run.
#include "cli/bench_workload.hpp"

#include <algorithm>
#include <cmath>

namespace ledger::cli::bench {

namespace {

constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ull;
constexpr std::uint64_t amount_max = 1'000'000;  // minor units
/// Of the holds, so many in a hundred are captured by a voucher; the others are released.
constexpr std::uint64_t captured_percent = 75;

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t stream) {
    return Random::finish(seed * golden + stream);
}

}  // namespace

Workload::Workload(const Plan& plan)
    : plan_(plan),
      fresh_(plan.fresh_per_batch()),
      account_seed_(seed_of(plan.seed, 1)),
      record_seed_(seed_of(plan.seed, 2)),
      id_seed_(seed_of(plan.seed, 3)),
      order_seed_(seed_of(plan.seed, 4)) {
    const double hot = plan.hot_share * static_cast<double>(plan.lines);
    hot_lines_ = static_cast<std::uint64_t>(hot);
    hot_extra_ = static_cast<std::uint64_t>(std::ldexp(hot - std::floor(hot), 63)) * 2;
    holds_of_period_ =
        static_cast<std::uint64_t>(std::lround(plan.hold_share * static_cast<double>(period)));
    hold_periods_ = std::max<std::uint64_t>(1, (plan.hold_delay + period / 2) / period);
}

RecordId Workload::id_of(std::uint64_t index) const noexcept {
    switch (plan_.id_order) {
        case IdOrder::sequential: return {id_high, index + 1};
        case IdOrder::reversed: return {id_high, ~index};
        case IdOrder::random: break;
    }
    return {Random::finish(id_seed_ + (2 * index) * golden),
            Random::finish(id_seed_ + (2 * index + 1) * golden)};
}

OrderId Workload::order_of(std::uint64_t index) const noexcept {
    if (!plan_.distinct_orders) return {};
    return {Random::finish(order_seed_ + (2 * index) * golden),
            Random::finish(order_seed_ + (2 * index + 1) * golden)};
}

Workload::Role Workload::role_of(std::uint64_t local) const noexcept {
    if (holds_of_period_ == 0) return Role::plain;
    const std::uint64_t turn = local % period * stride % period;
    if (turn < holds_of_period_) return Role::place_hold;
    const bool is_end = turn < 2 * holds_of_period_ && local / period >= hold_periods_;
    return is_end ? Role::end_hold : Role::plain;
}

bool Workload::places_hold(const Place& place) const noexcept {
    return role_of(local_of(place)) == Role::place_hold;
}

bool Workload::is_voucher(const Place& place) const noexcept {
    const Role role = role_of(local_of(place));
    if (role != Role::end_hold) return role == Role::plain;
    return Random(record_seed_ + index_of(place) * golden).below(100) < captured_percent;
}

std::uint64_t Workload::held_account(std::uint64_t index) const noexcept {
    const std::uint64_t others = plan_.accounts - plan_.hot_accounts;
    return plan_.hot_accounts + Random(record_seed_ ^ (index * golden)).below(others);
}

Amount Workload::held_amount(std::uint64_t index) const noexcept {
    Random random(record_seed_ + index * golden);
    return Amount{static_cast<i128>(1 + random.below(amount_max))};
}

std::uint64_t Workload::other_account(Random& random, std::uint64_t than) const noexcept {
    const std::uint64_t hot = plan_.hot_accounts;
    const std::uint64_t others = plan_.accounts - hot;
    if (than < hot) return hot + random.below(others);
    const std::uint64_t picked = than + 1 + random.below(others - 1);
    return picked < plan_.accounts ? picked : picked - others;
}

void Workload::add(Batch& batch, const Place& place) const {
    const std::uint64_t index = index_of(place);
    switch (role_of(local_of(place))) {
        case Role::plain: return add_plain(batch, index);
        case Role::place_hold: return add_hold(batch, index);
        case Role::end_hold: return add_end(batch, place, index);
    }
}

void Workload::add_plain(Batch& batch, std::uint64_t index) const {
    Random random(record_seed_ + index * golden);
    Batch::VoucherBuilder voucher = batch.add_voucher(id_of(index), book);
    if (plan_.distinct_orders) voucher.order(order_of(index));
    add_lines(voucher, random);
}

/// Pairs of a debit and a credit line of one amount; an odd number has its last credit in two
/// parts. Hot accounts stand on the credit lines: money that comes in.
void Workload::add_lines(Batch::VoucherBuilder& voucher, Random& random) const {
    std::uint64_t hot = hot_lines_;
    if (hot_extra_ != 0 && random.next() < hot_extra_) ++hot;
    std::uint64_t last = plan_.hot_accounts + random.below(plan_.accounts - plan_.hot_accounts);
    const auto credit = [&](Amount amount) {
        std::uint64_t credited = 0;
        if (hot != 0) {
            --hot;
            credited = plan_.hot_accounts == 1 ? 0 : random.below(plan_.hot_accounts);
        } else {
            credited = last = other_account(random, last);
        }
        voucher.credit(account(credited), amount);
    };
    const std::size_t pairs = plan_.lines / 2;
    for (std::size_t pair = 0; pair < pairs; ++pair) {
        const std::uint64_t minor = 2 + random.below(amount_max);
        const bool is_split = pair + 1 == pairs && plan_.lines % 2 != 0;
        const Amount amount{static_cast<i128>(minor)};
        voucher.debit(account(last), amount);
        if (is_split) {
            credit(Amount{static_cast<i128>(minor / 2)});
            credit(Amount{static_cast<i128>(minor - minor / 2)});
        } else {
            credit(amount);
        }
        if (pair + 1 < pairs) last = other_account(random, last);
    }
}

void Workload::add_hold(Batch& batch, std::uint64_t index) const {
    PlaceHold hold;
    hold.account = account(held_account(index));
    hold.amount = held_amount(index);
    batch.add(id_of(index), hold, order_of(index));
}

/// Ends the hold that stands `hold_periods_` earlier in the same client's records, in the turn that
/// answers to this one.
void Workload::add_end(Batch& batch, const Place& place, std::uint64_t index) const {
    const std::uint64_t local = local_of(place);
    const std::uint64_t turn = local % period * stride % period;
    const std::uint64_t begun = (local / period - hold_periods_) * period +
                                (turn - holds_of_period_) * stride_inverse % period;
    const std::uint64_t held =
        index_of({place.client, begun / fresh_, static_cast<std::size_t>(begun % fresh_)});
    Random random(record_seed_ + index * golden);
    if (random.below(100) >= captured_percent) {
        batch.add(id_of(index), ReleaseHold{id_of(held), {}, {}}, order_of(index));
        return;
    }
    const std::uint64_t payer = held_account(held);
    const Amount amount = held_amount(held);
    Batch::VoucherBuilder voucher = batch.add_voucher(id_of(index), book);
    if (plan_.distinct_orders) voucher.order(order_of(index));
    voucher.debit(account(payer), amount);
    voucher.credit(account(other_account(random, payer)), amount);
    voucher.detail().captures.push_back({id_of(held), amount, {}});
}

}  // namespace ledger::cli::bench
