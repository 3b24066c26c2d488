// See verify_digests.hpp.
#include "engine/verify_digests.hpp"

#include "ledger/journal/scan.hpp"
#include "ledger/record/codec.hpp"

#include <map>

namespace ledger::engine {

namespace {

using ByPosition = std::multimap<Position, KeptDigest>;

/// Calls `look` with each record of the journal up to the batch of `through`, and its position.
template <class Look>
void for_each_record(const journal::Store& store, Position through, Look look) {
    Batch batch;
    journal::Scan records(store, 1, journal::Check::checksum, through.value);
    for (auto stored = records.next(); stored; stored = records.next()) {
        record::decode(stored->payload, batch);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            look(batch, batch.records[i], Position{stored->header.first_position + i});
        }
    }
}

/// Of a day, the point's record must be its close.
bool names_its_close(const BalancePoint& point, const Batch& batch, const BatchRecord& record) {
    if (!point.book) return true;
    const auto* close = batch.detail<CloseDay>(record);
    return close != nullptr && close->book == point.book && close->date == point.date;
}

/// What does not hold of the first that does not.
std::optional<std::string> verify(const journal::Store& store, ByPosition digests) {
    if (digests.empty()) return std::nullopt;
    std::optional<std::string> broken;
    LineBalances lines;
    const Position last = digests.rbegin()->first;
    for_each_record(store, last, [&](const Batch& batch, const BatchRecord& record, Position at) {
        if (at > last || broken) return;
        lines.add(batch, record);
        const auto [first, end] = digests.equal_range(at);
        for (auto one = first; one != end && !broken; ++one) {
            const auto& [name, point, balances] = one->second;
            const Digest algorithm = digest_named(balances.algorithm);
            const bool holds = algorithm != Digest::none && names_its_close(point, batch, record) &&
                               lines.digest(algorithm, point) == balances;
            if (holds) continue;
            broken = name + " does not match the lines of the vouchers up to position " +
                     std::to_string(at.value);
        }
        digests.erase(first, end);
    });
    if (!broken && !digests.empty()) {
        broken = digests.begin()->second.name + " names position " +
                 std::to_string(digests.begin()->first.value) + ", which the journal does not have";
    }
    return broken;
}

}  // namespace

KeptDigest kept(const Certificate& made) {
    return {"the certificate of book " + std::to_string(made.book.number) + " for " +
                to_string(made.date),
            {made.book, made.date, made.close},
            {made.accounts, made.algorithm, made.digest}};
}

KeptDigest kept(const Snapshot& made) {
    return {"the snapshot '" + made.name + "'",
            {{}, Date::none(), made.position},
            {made.accounts, made.algorithm, made.digest}};
}

std::optional<std::string> verify_digest(const journal::Store& store, const KeptDigest& digest) {
    return verify(store, {{digest.point.position, digest}});
}

std::optional<std::string> verify_digests(const journal::Store& store) {
    ByPosition digests;
    const Position all{store.head().position};
    for_each_record(store, all, [&](const Batch& batch, const BatchRecord& record, Position) {
        const auto keep = [&](const auto* made) {
            if (made == nullptr) return;
            const KeptDigest digest = kept(*made);
            digests.emplace(digest.point.position, digest);
        };
        keep(batch.detail<Certificate>(record));
        keep(batch.detail<Snapshot>(record));
    });
    return verify(store, std::move(digests));
}

}  // namespace ledger::engine
