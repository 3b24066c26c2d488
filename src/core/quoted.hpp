// How a message shows the text it refuses. Invariant: the result is printable, one line and short,
// whatever bytes came in; characters are counted from 1, in code points where the text is UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ledger::detail {

/// The text in double quotes; control and broken bytes as \xNN, all but the first 80 bytes as
/// "...".
std::string quoted(std::string_view text);

/// The number, counted from 1, of the character that contains or begins at this byte.
std::size_t character_number(std::string_view text, std::size_t byte) noexcept;

/// The whole character at this byte, quoted, or "the end of the text".
std::string character_at(std::string_view text, std::size_t byte);

/// Throws InvalidArgument: `<thing> "<text>": character <n> is <character>: <remedy>`.
[[noreturn]] void refuse_at(std::string_view thing, std::string_view text, std::size_t byte,
                            std::string_view remedy);

/// Throws InvalidArgument: `<thing> "<text>": <problem>: <remedy>`.
[[noreturn]] void refuse(std::string_view thing, std::string_view text, std::string_view problem,
                         std::string_view remedy);

}  // namespace ledger::detail
