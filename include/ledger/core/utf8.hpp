// UTF-8 (RFC 3629): which bytes are text. Invariant: exact; surrogates, overlong forms and what
// lies beyond U+10FFFF are none.
#pragma once

#include <cstddef>
#include <string_view>

namespace ledger {

/// Bytes of the well-formed character at the front of a text that is not empty: 1 to 4, or 0 where
/// there is none.
std::size_t utf8_character_size(std::string_view text) noexcept;

/// Whether all of the text is well-formed. ASCII costs an eighth of a step a byte.
bool is_utf8(std::string_view text) noexcept;

}  // namespace ledger
