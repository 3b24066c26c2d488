// The posting calls of the public face: waiting, callbacks, receipts, dry runs.
#include "impl.hpp"

#include "ledger/core/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

namespace ledger {

namespace {

void check_size(const char* call, const Batch& batch) {
    if (!batch.empty() && batch.size() <= bounds::batch_records_max) return;
    throw InvalidArgument(std::string(call) + " was given " + std::to_string(batch.size()) +
                          " records; it takes 1 to " + std::to_string(bounds::batch_records_max) +
                          ", post() takes any number");
}

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

/// Moves the records out of `batch` or copies them.
std::vector<Result> Ledger::Impl::post_and_wait(Batch& batch, Deadline deadline, bool dry_run) {
    const std::size_t count = batch.size();
    const auto ticket = writer->queue().enter(batch, deadline, dry_run);
    if (!ticket) {
        check_usable();
        return all_with(count, Outcome::overloaded);
    }
    std::vector<Result> results = ticket->wait();
    const auto is_unknown = [](const Result& result) {
        return result.outcome == Outcome::outcome_unknown;
    };
    if (std::ranges::any_of(results, is_unknown)) writer->check_alive();
    return results;
}

/// Parts of whole groups, between which other callers have their turn.
std::vector<Result> Ledger::Impl::post_in_parts(const Batch& batch, Deadline deadline) {
    std::vector<Result> results;
    results.reserve(batch.size());
    while (results.size() < batch.size()) {
        Batch part;
        std::size_t end = results.size();
        for (std::size_t next = batch.group_end(end);
             end < batch.size() &&
             (part.empty() || next - results.size() <= bounds::batch_records_max);
             next = batch.group_end(end)) {
            for (; end < next; ++end) part.add_copy(batch, end);
        }
        const std::vector<Result> answers = post_and_wait(part, deadline, false);
        results.insert(results.end(), answers.begin(), answers.end());
        // What comes later may build on what was not taken in.
        if (answers.back().outcome == Outcome::overloaded) break;
    }
    results.resize(batch.size(), results.back());
    return results;
}

std::vector<Result> Ledger::post(Batch batch, Deadline deadline) {
    impl_->check_usable();
    if (batch.empty()) return {};
    return batch.size() <= bounds::batch_records_max ? impl_->post_and_wait(batch, deadline, false)
                                                     : impl_->post_in_parts(batch, deadline);
}

Receipt Ledger::post_one(const Batch& batch, Deadline deadline) {
    impl_->check_usable();
    Batch given = batch;
    Receipt receipt;
    receipt.result = impl_->post_and_wait(given, deadline, false).front();
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
    check_size("post_async", batch);
    if (impl_->writer->queue().submit(batch, std::move(done), deadline)) return true;
    impl_->check_usable();
    return false;
}

bool Ledger::post_async(const Batch& single, RecordDone done) {
    impl_->check_usable();
    check_size("post_async", single);
    if (single.group_end(0) != single.size()) {
        throw InvalidArgument("post_async was given " + std::to_string(single.size()) +
                              " records that are no group, and one answer; link them, or post them "
                              "with the form that answers each");
    }
    if (impl_->writer->queue().submit_single(single, std::move(done))) return true;
    impl_->check_usable();
    return false;
}

std::vector<Result> Ledger::dry_run(Batch batch) {
    impl_->check_usable();
    if (batch.empty()) return {};
    check_size("dry_run", batch);
    return impl_->post_and_wait(batch, {}, true);
}

}  // namespace ledger
