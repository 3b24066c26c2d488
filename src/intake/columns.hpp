// The columns of one file by name and number. Invariant: a name that a mapping uses means exactly
// one column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::intake {

class Columns {
public:
    Columns() = default;
    /// `names` as the header row or the mapping gives them; `file` for messages.
    Columns(std::vector<std::string> names, std::string file);
    /// Without names: only numbers.
    Columns(std::size_t count, std::string file);

    std::size_t size() const noexcept { return count_; }
    /// The index, from 0, of the column with this name or, where none has it, this number from 1.
    /// Throws InvalidArgument, saying `place` (of the mapping), where there is no such column or
    /// more than one.
    std::size_t index_of(std::string_view name, const std::string& place) const;
    /// The name, or "column <number>".
    std::string name(std::size_t index) const;

private:
    std::vector<std::string> names_;
    std::size_t count_ = 0;
    std::string file_;
};

}  // namespace ledger::intake
