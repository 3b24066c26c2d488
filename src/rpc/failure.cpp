// See failure.hpp. The names are part of the protocol: append only.
#include "rpc/failure.hpp"

#include "ledger/rpc/error.hpp"

#include <array>
#include <string>
#include <string_view>

namespace ledger::rpc {

namespace {

struct Kind {
    std::string_view name;
    bool (*is)(const std::exception& failure);
    std::exception_ptr (*make)(const std::string& message);
};

template <class T>
constexpr Kind kind_of(std::string_view name) {
    return {
        name,
        [](const std::exception& failure) { return dynamic_cast<const T*>(&failure) != nullptr; },
        [](const std::string& message) { return std::make_exception_ptr(T(message)); }};
}

/// Derived classes before their bases.
constexpr std::array kinds{
    kind_of<AccessError>("AccessError"),
    kind_of<InvalidArgument>("InvalidArgument"),
    kind_of<OverflowError>("OverflowError"),
    kind_of<UsageError>("UsageError"),
    kind_of<UnavailableError>("UnavailableError"),
    kind_of<StorageFull>("StorageFull"),
    kind_of<FormatError>("FormatError"),
    kind_of<CheckpointError>("CheckpointError"),
    kind_of<CorruptionError>("CorruptionError"),
    kind_of<LockedError>("LockedError"),
    kind_of<PoisonedError>("PoisonedError"),
    kind_of<StorageError>("StorageError"),
    kind_of<Error>("Error"),
};

/// What Cap'n Proto puts in front of what the other side said.
constexpr std::string_view remote_prefix = "remote exception: ";

}  // namespace

kj::Exception to_kj(const std::exception& failure) {
    std::string text = "Error: " + std::string(failure.what());
    for (const Kind& kind : kinds) {
        if (!kind.is(failure)) continue;
        text = std::string(kind.name) + ": " + failure.what();
        break;
    }
    return {kj::Exception::Type::FAILED, "ledger", 0, kj::heapString(text.data(), text.size())};
}

std::exception_ptr from_kj(const kj::Exception& exception) {
    std::string_view text(exception.getDescription().begin(), exception.getDescription().size());
    if (exception.getType() == kj::Exception::Type::DISCONNECTED) {
        return std::make_exception_ptr(ConnectionError(
            "the connection to the server was lost (" + std::string(text) +
            "); what was in flight may have been posted: connect again, and post it again with the "
            "same ids"));
    }
    if (text.starts_with(remote_prefix)) text.remove_prefix(remote_prefix.size());
    for (const Kind& kind : kinds) {
        if (!text.starts_with(kind.name) || !text.substr(kind.name.size()).starts_with(": ")) {
            continue;
        }
        return kind.make(std::string(text.substr(kind.name.size() + 2)));
    }
    return std::make_exception_ptr(Error(std::string(text)));
}

}  // namespace ledger::rpc
