// The tamper-evident chain: sealed batches are digested off the commit path and the digest is
// journaled as an anchor record. Invariant: an anchor's digest covers every batch up to its
// position and the anchor before it, so one published anchor vouches for all history before it.
#pragma once

#include "engine/digest.hpp"
#include "engine/own_post.hpp"
#include "ledger/history/history.hpp"
#include "ledger/journal/store.hpp"

#include <optional>
#include <string>

namespace ledger::engine {

/// digest(n) = H(digest(n-1) || for each batch: first position, record count, instant
/// (little-endian 8, 4 and 8 bytes), payload). Source of the construction: hash chaining, Haber and
/// Stornetta 1991.
class DigestChain {
public:
    /// Throws InvalidArgument where OpenSSL lacks the algorithm.
    DigestChain(Digest algorithm, const std::string& previous);
    void add(const journal::BatchView& batch);
    /// The digest of everything added, raw bytes.
    std::string finish() { return hasher_.finish(); }

private:
    Hasher hasher_;
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
    void recover();
    bool is_waiting();

    Digest algorithm_;
    std::size_t interval_;
    const journal::Store& store_;
    const history::History& history_;
    Queue& queue_;
    Position through_;    // of the last anchor in the journal
    std::string digest_;  // of the same
    OwnPost post_;
    Position posted_through_;  // of the anchor under way
    std::string posted_digest_;
    bool is_broken_ = false;  // the journal, after the last anchor
};

/// Recomputes all anchors of a journal. Returns what does not hold, or nothing.
std::optional<std::string> verify_anchors(const journal::Store& store);

}  // namespace ledger::engine
