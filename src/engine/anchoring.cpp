// See anchoring.hpp.
#include "engine/anchoring.hpp"

#include "ledger/core/error.hpp"
#include "ledger/journal/scan.hpp"
#include "ledger/record/codec.hpp"

#include <openssl/evp.h>

#include <vector>

namespace ledger::engine {

struct DigestChain::Context {
    const EVP_MD* algorithm = nullptr;
    EVP_MD_CTX* state = nullptr;
    ~Context() { EVP_MD_CTX_free(state); }
};

const char* DigestChain::name_of(Digest algorithm) noexcept {
    switch (algorithm) {
        case Digest::blake2b_512: return "BLAKE2b-512";
        case Digest::sha256: return "SHA-256";
        case Digest::sm3: return "SM3";
        case Digest::none: break;
    }
    return "none";
}

Digest DigestChain::named(const std::string& name) noexcept {
    for (const Digest one : {Digest::blake2b_512, Digest::sha256, Digest::sm3}) {
        if (name == name_of(one)) return one;
    }
    return Digest::none;
}

DigestChain::DigestChain(Digest algorithm, std::string previous)
    : context_(std::make_unique<Context>()) {
    switch (algorithm) {
        case Digest::blake2b_512: context_->algorithm = EVP_blake2b512(); break;
        case Digest::sha256: context_->algorithm = EVP_sha256(); break;
        case Digest::sm3: context_->algorithm = EVP_sm3(); break;
        case Digest::none: break;
    }
    context_->state = EVP_MD_CTX_new();
    begin(previous);
}

DigestChain::~DigestChain() = default;

void DigestChain::begin(const std::string& previous) {
    if (context_->algorithm == nullptr || context_->state == nullptr ||
        EVP_DigestInit_ex(context_->state, context_->algorithm, nullptr) != 1) {
        throw InvalidArgument(
            "OpenSSL does not offer the digest that Options::digest names; choose another");
    }
    EVP_DigestUpdate(context_->state, previous.data(), previous.size());
}

void DigestChain::add(const journal::BatchView& batch) {
    const journal::BatchHeader& header = batch.header;
    EVP_DigestUpdate(context_->state, &header.first_position, sizeof header.first_position);
    EVP_DigestUpdate(context_->state, &header.record_count, sizeof header.record_count);
    EVP_DigestUpdate(context_->state, &header.instant.nanoseconds,
                     sizeof header.instant.nanoseconds);
    EVP_DigestUpdate(context_->state, batch.payload.data(), batch.payload.size());
}

std::string DigestChain::finish() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_->state, bytes, &size);
    std::string digest(reinterpret_cast<const char*>(bytes), size);
    begin(digest);
    return digest;
}

// ---- anchoring

Anchoring::Anchoring(const Options& options, const journal::Store& store,
                     const history::History& history, Queue& queue)
    : algorithm_(options.digest),
      interval_(options.segment_records),
      store_(store),
      history_(history),
      queue_(queue) {
    if (algorithm_ != Digest::none) recover();
}

void Anchoring::recover() {
    const history::Pin pin = history_.pin();
    const auto key = static_cast<u128>(static_cast<std::uint8_t>(RecordKind::anchor));
    Position at;
    for (const auto& generation : *pin.generations) {
        if (!at) at = generation->table(posting::KeyTable::definition).find(key, pin.limit);
    }
    if (!at) at = pin.keys->find(posting::KeyTable::definition, key);
    if (!at) return;
    const auto reader = store_.reader();
    const auto batch = reader->find(at.value, journal::Check::checksum);
    Batch record;
    record::PayloadView{batch->payload}.read(at.value - batch->header.first_position, record);
    const auto* anchor = record.detail<Anchor>(record.records[0]);
    through_ = anchor->through;
    digest_ = anchor->digest;
}

/// Whether an anchor is under way. The chain goes on from it only when it is in the journal.
bool Anchoring::is_waiting() {
    if (pending_ == nullptr) return false;
    const Pending::State state = pending_->state.load(std::memory_order_acquire);
    if (state == Pending::State::waiting) return true;
    if (state == Pending::State::accepted) {
        through_ = pending_->through;
        digest_ = pending_->digest;
    }
    pending_.reset();
    return false;
}

bool Anchoring::step() {
    if (algorithm_ == Digest::none || is_waiting() || is_broken_) return false;
    const Position sealed = history_.sealed_through();
    if (sealed.value < through_.value + interval_) return false;
    DigestChain chain(algorithm_, digest_);
    journal::Scan scan(store_, through_.value + 1, journal::Check::checksum, sealed.value);
    try {
        for (auto batch = scan.next(); batch; batch = scan.next()) chain.add(*batch);
    } catch (const CorruptionError&) {
        is_broken_ = true;
        throw;
    }
    auto pending = std::make_shared<Pending>();
    pending->through = sealed;
    pending->digest = chain.finish();
    Batch anchor;
    anchor.add(Anchor{sealed, DigestChain::name_of(algorithm_), pending->digest});
    const BatchDone done = [pending](std::span<const Result> results, Batch&&) {
        const bool accepted = results.front().outcome == Outcome::accepted;
        pending->state.store(accepted ? Pending::State::accepted : Pending::State::refused,
                             std::memory_order_release);
    };
    if (!queue_.submit_own(anchor, done)) return false;
    pending_ = std::move(pending);
    return true;
}

std::optional<std::string> verify_anchors(const journal::Store& store) {
    // Digests of what lies between anchors depend on where the next anchor ends, which is read
    // ahead.
    std::vector<Anchor> anchors;
    Batch batch;
    journal::Scan records(store, 1, journal::Check::checksum);
    for (auto stored = records.next(); stored; stored = records.next()) {
        record::decode(stored->payload, batch);
        for (const BatchRecord& record : batch.records) {
            if (const auto* anchor = batch.detail<Anchor>(record)) anchors.push_back(*anchor);
        }
    }
    std::string previous;
    Position from{1};
    for (const Anchor& anchor : anchors) {
        const Digest algorithm = DigestChain::named(anchor.algorithm);
        if (algorithm == Digest::none)
            return "an anchor names the unknown digest " + anchor.algorithm;
        DigestChain chain(algorithm, previous);
        journal::Scan scan(store, from.value, journal::Check::header, anchor.through.value);
        for (auto stored = scan.next(); stored; stored = scan.next()) {
            chain.add(*stored);
            if (stored->header.last_position() >= anchor.through.value) break;
        }
        previous = chain.finish();
        if (previous != anchor.digest) {
            return "the anchor through position " + std::to_string(anchor.through.value) +
                   " does not match the journal's batches from position " +
                   std::to_string(from.value);
        }
        from = anchor.through + 1;
    }
    return std::nullopt;
}

}  // namespace ledger::engine
