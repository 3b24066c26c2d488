// See columns.hpp.
#include "intake/columns.hpp"

#include "core/quoted.hpp"
#include "ledger/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ledger::intake {

Columns::Columns(std::vector<std::string> names, std::string file)
    : names_(std::move(names)), count_(names_.size()), file_(std::move(file)) {}

Columns::Columns(std::size_t count, std::string file) : count_(count), file_(std::move(file)) {}

std::size_t Columns::index_of(std::string_view name, const std::string& place) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found != names_.end()) {
        if (std::find(found + 1, names_.end(), name) != names_.end()) {
            throw InvalidArgument(place + ": " + file_ + " has several columns named " +
                                  detail::quoted(name) + "; name the column by its number, from 1");
        }
        return static_cast<std::size_t>(found - names_.begin());
    }
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_number = error == std::errc{} && end == name.data() + name.size();
    if (is_number && number >= 1 && number <= count_) return number - 1;
    std::string known;
    for (const std::string& column : names_)
        known += (known.empty() ? "" : ", ") + detail::quoted(column);
    throw InvalidArgument(place + ": " + file_ + " has no column " + detail::quoted(name) +
                          "; it has " +
                          (names_.empty() ? "the numbers 1 to " + std::to_string(count_) : known));
}

std::string Columns::name(std::size_t index) const {
    return index < names_.size() && !names_[index].empty() ? names_[index]
                                                           : "column " + std::to_string(index + 1);
}

}  // namespace ledger::intake
