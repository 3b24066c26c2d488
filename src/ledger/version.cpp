// The version comes from the build, which alone knows the project's number.
#include "ledger/version.hpp"

namespace ledger {

std::string_view version() noexcept { return LEDGER_VERSION; }

}  // namespace ledger
