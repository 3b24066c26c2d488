// Cursors of listings that are made of others. Invariant: a number says which of them, the rest is
// that one's own cursor.
#pragma once

#include "ledger/core/error.hpp"

#include <charconv>
#include <cstdint>
#include <string>

namespace ledger {

struct NumberedCursor {
    std::int64_t number = 0;
    std::string cursor;

    std::string text() const { return std::to_string(number) + ":" + cursor; }
    /// Throws InvalidArgument where the text is none.
    static NumberedCursor parse(const std::string& text) {
        NumberedCursor parsed;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, parsed.number);
        if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ':') {
            throw InvalidArgument("'" + text +
                                  "' is no cursor of this listing; pass the cursor of the page "
                                  "before as it is");
        }
        parsed.cursor.assign(read.ptr + 1, end);
        return parsed;
    }
};

}  // namespace ledger
