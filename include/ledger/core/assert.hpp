// The assertion of broken invariants: always on, and it stops the process, because a ledger that
// goes on after an invariant broke can only make the damage durable.
#pragma once

namespace ledger::detail {

/// Prints the failed condition with its place to standard error and calls std::abort.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace ledger::detail

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): needs the text and the place of the condition.
#define LEDGER_ASSERT(condition)                       \
    (__builtin_expect(static_cast<bool>(condition), 1) \
         ? static_cast<void>(0)                        \
         : ::ledger::detail::assertion_failed(#condition, __FILE__, __LINE__))
