// See pin.hpp.
#include "ledger/history/pin.hpp"

#include "history/checkpoint.hpp"

#include <utility>

namespace ledger::history {

Pin::Pin(Position until, std::shared_ptr<const Generations> list, std::shared_ptr<Checkpoint> from)
    : limit(until),
      generations(std::move(list)),
      tails(tails_of(*generations)),
      checkpoint(std::move(from)),
      transaction(checkpoint->read()),
      keys(checkpoint->keys.snapshot(transaction)),
      segments(checkpoint->segments.get()) {}

}  // namespace ledger::history
