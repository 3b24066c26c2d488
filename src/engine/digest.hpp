// Cryptographic digests, from OpenSSL. Invariant: what was added in pieces has the digest of the
// whole.
#pragma once

#include "ledger/engine/options.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

namespace ledger::engine {

const char* name_of(Digest algorithm) noexcept;
/// none where the name is no algorithm of ours.
Digest digest_named(const std::string& name) noexcept;

/// One thread at a time.
class Hasher {
public:
    /// Throws InvalidArgument where OpenSSL lacks the algorithm.
    explicit Hasher(Digest algorithm);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;

    void add(std::span<const std::byte> bytes);
    /// The object's bytes, which must be all value: an integer, little-endian.
    template <class T>
    void add(const T& value) {
        static_assert(std::has_unique_object_representations_v<T>);
        add(std::as_bytes(std::span{&value, 1}));
    }
    /// The digest of everything added, raw bytes; nothing is added any more.
    std::string finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace ledger::engine
