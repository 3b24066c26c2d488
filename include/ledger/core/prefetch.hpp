// Loading memory ahead of its use. Invariant: the load is really started; the empty volatile
// statement keeps g++ 12 from taking a function that only prefetches for one without effects and
// leaving its calls out.
#pragma once

namespace ledger {

[[gnu::always_inline]] inline void prefetch_line(const void* address) noexcept {
    __builtin_prefetch(address);
    asm volatile("");
}

/// The same where the line will be written to.
[[gnu::always_inline]] inline void prefetch_line_to_write(const void* address) noexcept {
    __builtin_prefetch(address, 1);
    asm volatile("");
}

}  // namespace ledger
