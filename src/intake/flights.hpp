// Batches between being posted and being acknowledged, in order. Invariant: what is landed comes
// out in the order in which it was launched, with one result for each record; what the engine calls
// back for outlives the import that launched it.
#pragma once

#include "ledger/intake/delimited.hpp"
#include "ledger/ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace ledger::intake {

/// What became of one row before its batch was posted.
struct RowMark {
    static constexpr std::uint32_t none = UINT32_MAX;
    std::uint64_t line = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint32_t record = none;   ///< in the batch: the voucher it became
    std::uint32_t refusal = none;  ///< in Flight::refusals; neither: passed over
};

struct Flight {
    Batch batch;
    std::vector<RowMark> rows;
    std::vector<Row::Problem> refusals;
    Place end;                    ///< in the file, behind its last row
    std::vector<Result> results;  ///< once it has landed

    void clear() noexcept;
};

/// Used by one thread; the engine's thread only lands flights.
class Flights {
public:
    Flights(Ledger& ledger, std::size_t in_flight_max);

    /// The flight to fill next; valid until launch().
    Flight& current() noexcept;
    const Flight& current() const noexcept;
    bool has_room() const noexcept;
    /// Posts the current flight and turns to an empty one. There must be room. Throws as
    /// Ledger::post_async does, and Error where the ledger takes nothing for a minute.
    void launch();

    bool empty() const noexcept { return in_flight_ == 0; }
    /// Waits for the flight launched first that has not been retired.
    Flight& land();
    /// Whether land() would not wait.
    bool has_landed() const;
    /// Done with what land() gave.
    void retire();

private:
    struct Shared;
    Ledger& ledger_;
    std::shared_ptr<Shared> shared_;
    std::size_t first_ = 0;  // the oldest in flight, in a ring
    std::size_t in_flight_ = 0;
};

}  // namespace ledger::intake
