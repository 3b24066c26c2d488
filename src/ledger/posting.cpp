// The posting calls of the public face: waiting, callbacks, receipts, dry runs.
#include "impl.hpp"

#include "ledger/core/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace ledger {

namespace {

/// One thread's wait for one answer. The notification comes under the mutex: the waiting thread destroys this as
/// soon as it has the value. (No std::atomic::notify_one: that of g++ 12 loses a wake-up when its look for
/// waiters overtakes the store.)
template <class T>
class Waiter {
public:
    void give(T value) {
        const std::lock_guard lock(mutex_);
        value_ = std::move(value);
        given_.notify_one();
    }
    T take() {
        std::unique_lock lock(mutex_);
        given_.wait(lock, [&] { return value_.has_value(); });
        return std::move(*value_);
    }

private:
    std::mutex mutex_;
    std::condition_variable given_;
    std::optional<T> value_;
};

std::vector<Result> all_with(std::size_t count, Outcome outcome) {
    Result result;
    result.outcome = outcome;
    return std::vector<Result>(count, result);
}

/// The accounts a record touches, each once, in the order of its parts.
std::vector<AccountId> touched_accounts(const Batch& batch, const View& view, Position position) {
    std::vector<AccountId> accounts;
    const auto add = [&](AccountId id) {
        if (id && std::find(accounts.begin(), accounts.end(), id) == accounts.end()) {
            accounts.push_back(id);
        }
    };
    const BatchRecord& record = batch.records[0];
    if (record.kind == RecordKind::voucher && record.line_count == 0) {
        const std::optional<PostedVoucher> posted = view.voucher(position);
        for (const VoucherLine& line : posted->voucher.lines) add(line.account);
    }
    for (const BatchLine& line : batch.lines_of(record)) add(line.account);
    if (record.detail == no_detail) return accounts;
    std::visit(
        [&](const auto& detail) {
            if constexpr (requires { AccountId{detail.account}; }) add(detail.account);
            if constexpr (requires { HoldId{detail.hold}; }) {
                if (const auto hold = view.hold(detail.hold)) add(hold->account);
            }
        },
        batch.details[record.detail]);
    if (const auto* open = batch.detail<OpenAccount>(record)) add(open->id);
    return accounts;
}

}  // namespace

std::vector<Result> Ledger::post(Batch batch, Deadline deadline) {
    impl_->check_usable();
    if (batch.empty()) return {};
    const std::size_t count = batch.size();
    Waiter<std::vector<Result>> waiter;
    engine::BatchDone done = [&](std::span<const Result> results, Batch&&) {
        waiter.give({results.begin(), results.end()});
    };
    if (!impl_->writer->queue().submit(batch, done, deadline, false)) {
        impl_->check_usable();
        return all_with(count, Outcome::overloaded);
    }
    std::vector<Result> results = waiter.take();
    if (impl_->writer->is_poisoned()) impl_->check_usable();
    return results;
}

Receipt Ledger::post(const Voucher& voucher, Deadline deadline) {
    Batch batch;
    batch.add(voucher);
    return post_one(std::move(batch), deadline);
}

Receipt Ledger::post_one(Batch batch, Deadline deadline) {
    impl_->check_usable();
    Receipt receipt;
    if (deadline) {
        receipt.result = post(batch, deadline).front();
    } else {
        Waiter<Result> waiter;
        engine::RecordDone done = [&](const Result& result) { waiter.give(result); };
        if (!impl_->writer->queue().submit_single(batch, done)) {
            impl_->check_usable();
            receipt.result.outcome = Outcome::overloaded;
            return receipt;
        }
        receipt.result = waiter.take();
        if (impl_->writer->is_poisoned()) impl_->check_usable();
    }
    if (receipt.result) add_balances(receipt, batch);
    return receipt;
}

/// What was posted is posted: that its balances can't be read now must not look like a failure.
void Ledger::add_balances(Receipt& receipt, const Batch& batch) const {
    try {
        const View then = view().at(receipt.result.position);
        for (const AccountId account : touched_accounts(batch, then, receipt.result.position)) {
            if (const auto balance = then.balance(account)) {
                receipt.balances.push_back({account, *balance});
            }
        }
    } catch (const Error& failure) {
        receipt.balances.clear();
        if (impl_->options.logger) {
            impl_->options.logger->warn(
                "ledger {}: the balances after position {} could not be read: {}",
                impl_->directory.string(), receipt.result.position.value, failure.what());
        }
    }
}

bool Ledger::post_async(Batch& batch, BatchDone done, Deadline deadline) {
    impl_->check_usable();
    if (batch.empty())
        throw InvalidArgument("post_async was given an empty batch; add records first");
    if (impl_->writer->queue().submit(batch, done, deadline, false)) return true;
    impl_->check_usable();
    return false;
}

bool Ledger::post_async(const Batch& single, RecordDone done) {
    impl_->check_usable();
    if (single.empty())
        throw InvalidArgument("post_async was given an empty batch; add a record first");
    if (impl_->writer->queue().submit_single(single, done)) return true;
    impl_->check_usable();
    return false;
}

std::vector<Result> Ledger::dry_run(Batch batch) {
    impl_->check_usable();
    if (batch.empty()) return {};
    const std::size_t count = batch.size();
    Waiter<std::vector<Result>> waiter;
    engine::BatchDone done = [&](std::span<const Result> results, Batch&&) {
        waiter.give({results.begin(), results.end()});
    };
    if (!impl_->writer->queue().submit(batch, done, {}, true)) {
        impl_->check_usable();
        return all_with(count, Outcome::overloaded);
    }
    return waiter.take();
}

}  // namespace ledger
