// Time-ordered 128-bit ids that need no host name, address or number of a machine. Invariant: the
// ids of one generator strictly increase, whatever its clock does; those of different generators,
// in threads, processes or forked children, differ with all but certainty.
#pragma once

#include "ledger/core/clock.hpp"
#include "ledger/core/id.hpp"
#include "ledger/core/int128.hpp"
#include "ledger/core/random.hpp"

#include <atomic>
#include <cstdint>

namespace ledger {

/// Makes ids in the layout of UUID version 7 (RFC 9562), readable by any tool that knows those:
///
///     48 bits  milliseconds since 1970
///      4 bits  version, 7
///     12 bits  counter, high part
///      2 bits  variant, binary 10
///     62 bits  counter, low part
///
/// The 74-bit counter starts anew from random bits below 2^73 in each millisecond and grows by one
/// with each further id of it. Two generators collide only where their runs of one millisecond
/// overlap: with m ids each, with a chance of about 2m / 2^73. Where the clock goes back, ids stay
/// in the last millisecond until the clock has caught up; a clock before 1970 counts as 1970.
///
/// Any threads may call `next` at once. After fork(2) the child starts from fresh random bits in a
/// later millisecond than the parent's last, even if the parent was inside `next`; a child of a
/// bare clone(2) or vfork(2), which run no fork handlers, must make a generator of its own.
class IdGenerator {
public:
    /// The machine's clock and randomness.
    IdGenerator();
    /// Both must outlive the generator. `next` calls them under its lock, one thread at a time.
    IdGenerator(Clock& clock, RandomSource& random);

    IdGenerator(const IdGenerator&) = delete;
    IdGenerator& operator=(const IdGenerator&) = delete;

    /// The next id; greater than all before it and never zero. Throws only what the random source
    /// throws, and then no id is lost or repeated.
    u128 next();

    /// The same as a strong id: `generator.next<VoucherId>()`.
    template <class Id>
    Id next() {
        return Id{next()};
    }

private:
    class Turn;

    /// Begins a millisecond with a fresh counter.
    void begin_millisecond(std::int64_t milliseconds);

    Clock& clock_;
    RandomSource& random_;
    /// 0: free. Otherwise the fork generation of the holder, so a child knows a lock that no thread
    /// of its own can ever release.
    std::atomic<std::uint32_t> holder_{0};
    std::uint32_t generation_ = 0;    ///< fork generation of the values below; 0: none yet
    std::int64_t milliseconds_ = -1;  ///< of the last id
    u128 counter_ = 0;                ///< of the last id, 74 bits
};

/// The moment, to the millisecond, at which a generator made the id. Of any other id it says
/// nothing; one beyond the range of Instant gives its end.
Instant instant_of_generated_id(u128 id) noexcept;

}  // namespace ledger
