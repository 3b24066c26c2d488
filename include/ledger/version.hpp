// The version of the library that a program runs with. Invariant: it is the one that CMake's
// project command names, so the packages, the command line and the library never disagree.
#pragma once

#include <string_view>

namespace ledger {

/// "major.minor.patch" of the linked library (the shared one may be newer than the headers).
std::string_view version() noexcept;

}  // namespace ledger
