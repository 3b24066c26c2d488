// Why a row of a file does not become a voucher. Invariant: thrown only while one row is looked at,
// and never ends an import: it becomes the row's reason in the rejects file, unless the row turns
// out not to need what was refused.
#pragma once

#include "ledger/core/error.hpp"

#include <cstddef>
#include <string>

namespace ledger::intake {

class Refusal : public InvalidArgument {
public:
    /// `column` counts from 1; 0: none in particular.
    Refusal(std::size_t column, const std::string& reason)
        : InvalidArgument(reason), column_(column) {}
    std::size_t column() const noexcept { return column_; }

private:
    std::size_t column_;
};

}  // namespace ledger::intake
