// Snapshots of the public face: cut, and verified, as certificates are.
#include "impl.hpp"

#include "ledger/core/error.hpp"

#include <future>

namespace ledger {

/// A record that callers may not post; waits for its result.
Result Ledger::Impl::post_own(Batch& batch) {
    const auto answer = std::make_shared<std::promise<Result>>();
    std::future<Result> result = answer->get_future();
    const engine::BatchDone done = [answer](std::span<const Result> results, Batch&&) {
        answer->set_value(results.front());
    };
    if (!writer->queue().submit_own(batch, done)) {
        check_usable();
        Result refused;
        refused.outcome = Outcome::overloaded;
        return refused;
    }
    const Result posted = result.get();
    if (posted.outcome == Outcome::outcome_unknown) writer->check_alive();
    return posted;
}

/// What the history answers.
engine::DigestedBalances Ledger::Impl::digest(Digest algorithm, const engine::BalancePoint& point) {
    engine::BalanceDigest balances(algorithm, point);
    balances.add_answered(*source, source->pins().pin(), 0, source->accounts().size());
    return balances.finish();
}

Result Ledger::cut_snapshot(std::string name, Position at) {
    impl_->check_usable();
    const Position newest = view().position();
    if (!at) at = newest;
    if (!at || at > newest) {
        throw InvalidArgument("a snapshot was asked for at position " + std::to_string(at.value) +
                              ", and the newest is " + std::to_string(newest.value) +
                              "; name a position that has a record");
    }
    const Digest chosen = impl_->options.digest;
    const auto balances = impl_->digest(chosen == Digest::none ? Digest::blake2b_512 : chosen,
                                        {BookId{}, Date::none(), at});
    Batch batch;
    batch.add(
        Snapshot{std::move(name), at, balances.accounts, balances.algorithm, balances.digest});
    return impl_->post_own(batch);
}

// ---- verifying

VerifyReport Ledger::Impl::verify_balances(const engine::KeptDigest& kept) {
    check_usable();
    VerifyReport report;
    report.verified_through = kept.point.position;
    const Digest algorithm = engine::digest_named(kept.balances.algorithm);
    if (auto broken = engine::verify_digest(*store, kept)) {
        report.problem = store->place() + ": " + *broken + "; restore a backup";
    } else if (digest(algorithm, kept.point) != kept.balances) {
        report.problem =
            directory.string() + ": " + kept.name +
            " matches the journal, but not what queries answer; rebuild the checkpoint";
    }
    report.ok = report.problem.empty();
    return report;
}

VerifyReport Ledger::verify_balances(const Snapshot& snapshot) const {
    return impl_->verify_balances(engine::kept(snapshot));
}

VerifyReport Ledger::verify_balances(const Certificate& certificate) const {
    return impl_->verify_balances(engine::kept(certificate));
}

}  // namespace ledger
