// Where randomness comes from. Invariant: nothing in the library draws a random number but through
// this interface, so a seed reproduces a run.
#pragma once

#include <cstdint>

namespace ledger {

/// A source of 64 random bits a call. Thread rule: called by one thread at a time by each object
/// that it was given to; give one source to one object, or one that locks. Must outlive that
/// object.
class RandomSource {
public:
    virtual ~RandomSource() = default;

    /// 64 bits, each 0 or 1 with equal chance and independent of all others.
    virtual std::uint64_t next() = 0;

protected:
    RandomSource() = default;
    RandomSource(const RandomSource&) = default;
    RandomSource& operator=(const RandomSource&) = default;
};

/// The kernel's randomness (getrandom). Stateless, so any threads may share it and a fork can't
/// make it repeat. Throws StorageError where the kernel refuses.
class SystemRandom final : public RandomSource {
public:
    std::uint64_t next() override;
};

/// The same numbers for the same seed (SplitMix64, Steele, Lea, Flood 2014): for tests and
/// simulators, never for ids that leave them. One thread at a time.
class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept override {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

}  // namespace ledger
