// The tamper-evident chain: sealed batches are digested off the commit path and the digest is
// journaled as an anchor record. Invariant: an anchor's digest covers every batch up to its
// position and the anchor before it, so one published anchor vouches for all history before it.
#pragma once

#include "engine/queue.hpp"

#include "ledger/engine/options.hpp"
#include "ledger/history/history.hpp"
#include "ledger/journal/store.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace ledger::engine {

/// digest(n) = H(digest(n-1) || for each batch: first position, record count, instant
/// (little-endian 8, 4 and 8 bytes), payload). Source of the construction: hash chaining, Haber and
/// Stornetta 1991.
class DigestChain {
public:
    /// Throws InvalidArgument where OpenSSL lacks the algorithm.
    DigestChain(Digest algorithm, std::string previous);
    ~DigestChain();
    void add(const journal::BatchView& batch);
    /// The digest of everything added, raw bytes; the chain starts anew from it.
    std::string finish();
    static const char* name_of(Digest algorithm) noexcept;
    /// none where the name is no algorithm of ours.
    static Digest named(const std::string& name) noexcept;

private:
    void begin(const std::string& previous);
    struct Context;
    std::unique_ptr<Context> context_;
};

/// Sealing thread only.
class Anchoring {
public:
    /// Takes up from the last anchor in the journal.
    Anchoring(const Options& options, const journal::Store& store, const history::History& history,
              Queue& queue);

    /// Digests what was sealed since the last anchor, where it is a segment or more, and submits
    /// the anchor. Returns whether it did. Does nothing while an anchor is under way; one that was
    /// refused is made anew. Throws CorruptionError where a batch is not what was written, and
    /// anchors nothing from then on: a digest vouches for what it covers.
    bool step();

private:
    /// An anchor under way, shared with the callback that tells what became of it.
    struct Pending {
        enum class State : std::uint8_t { waiting, accepted, refused };
        std::atomic<State> state{State::waiting};
        Position through;
        std::string digest;
    };
    void recover();
    bool is_waiting();

    Digest algorithm_;
    std::size_t interval_;
    const journal::Store& store_;
    const history::History& history_;
    Queue& queue_;
    Position through_;    // of the last anchor in the journal
    std::string digest_;  // of the same
    std::shared_ptr<Pending> pending_;
    bool is_broken_ = false;  // the journal, after the last anchor
};

/// Recomputes all anchors of a journal. Returns what does not hold, or nothing.
std::optional<std::string> verify_anchors(const journal::Store& store);

}  // namespace ledger::engine
