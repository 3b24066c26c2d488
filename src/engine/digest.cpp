// See digest.hpp.
#include "engine/digest.hpp"

#include "ledger/core/error.hpp"

#include <openssl/evp.h>

namespace ledger::engine {

namespace {

const EVP_MD* method_of(Digest algorithm) noexcept {
    switch (algorithm) {
        case Digest::blake2b_512: return EVP_blake2b512();
        case Digest::sha256: return EVP_sha256();
        case Digest::sm3: return EVP_sm3();
        case Digest::none: break;
    }
    return nullptr;
}

}  // namespace

const char* name_of(Digest algorithm) noexcept {
    switch (algorithm) {
        case Digest::blake2b_512: return "BLAKE2b-512";
        case Digest::sha256: return "SHA-256";
        case Digest::sm3: return "SM3";
        case Digest::none: break;
    }
    return "none";
}

Digest digest_named(const std::string& name) noexcept {
    for (const Digest one : {Digest::blake2b_512, Digest::sha256, Digest::sm3}) {
        if (name == name_of(one)) return one;
    }
    return Digest::none;
}

struct Hasher::Context {
    EVP_MD_CTX* state = EVP_MD_CTX_new();
    Context() = default;
    ~Context() { EVP_MD_CTX_free(state); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
};

Hasher::Hasher(Digest algorithm) : context_(std::make_unique<Context>()) {
    const EVP_MD* method = method_of(algorithm);
    if (method == nullptr || context_->state == nullptr ||
        EVP_DigestInit_ex(context_->state, method, nullptr) != 1) {
        throw InvalidArgument(
            "OpenSSL does not offer the digest that Options::digest names; choose another");
    }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(std::span<const std::byte> bytes) {
    EVP_DigestUpdate(context_->state, bytes.data(), bytes.size());
}

std::string Hasher::finish() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_->state, bytes, &size);
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace ledger::engine
