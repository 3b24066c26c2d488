// Every state in which a crash can leave the files of a recorded run. A crash keeps what was
// synced, and of what was not any part: each page or sector of a write, each change of a length or
// a name, for itself. Invariant: the same trace and seed give the same states in the same order.
#pragma once

#include "proof/trace.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace ledger::proof {

/// What is on the disk for certain.
struct Disk {
    std::map<Entry, Node> entries;
    std::vector<std::vector<std::byte>> files;  ///< by node
};

/// The hashes of a file's sectors, and their sum.
struct HashedFile {
    std::vector<std::uint64_t> sectors;
    std::uint64_t sum = 0;
};

/// What a crash keeps or loses as a whole: an event, or a piece of one that writes.
struct Unit {
    const Event* event = nullptr;
    std::uint64_t offset = 0;  ///< of a piece
    std::span<const std::byte> bytes;
};

/// Files by their paths, and directories, where the node is no_node.
using Listing = std::map<std::string, Node>;

/// A crash: the units that it kept, in the order of the trace.
struct CrashState {
    std::vector<const Unit*> kept;
    std::uint64_t content = 0;  ///< hash of all names, lengths and bytes that can be reached
    std::uint64_t backup = 0;   ///< of those below `backup` alone
};

/// How many of the states of a moment that has too many of them are tried.
struct Sampling {
    std::size_t whole_units_max = 7;   ///< all subsets of so many units are tried
    std::size_t random_subsets = 120;  ///< of more, beside the regular ones; the same of sectors
    std::size_t regular_max = 48;      ///< of prefixes, of single units, of all but one
};

/// One thread only. The trace must outlive it.
class CrashStates {
public:
    CrashStates(const Trace& trace, std::uint64_t seed, const Sampling& sampling);

    /// Goes on to the next moment at which a crash can find something not durable; false at the
    /// end.
    bool next();
    /// The states of this moment, some of which may be alike. Valid until next().
    std::vector<CrashState> states();

    const Disk& disk() const { return disk_; }
    /// The file has nothing but zeros from here on.
    std::uint64_t filled(Node file) const;
    /// What became durable by the last next(), for whoever keeps a copy of the disk.
    const std::vector<const Event*>& made_durable() const { return made_durable_; }
    /// The value of the last mark before this moment; `is_told` is false before the first.
    bool is_told() const { return is_told_; }
    std::uint64_t told() const { return told_; }

    /// The names that lead from the home to something where these units were kept.
    Listing listing(std::span<const Unit* const> kept) const;

private:
    bool is_moment(const Event& event) const;
    void pass();
    void settle(const Event& event);
    void rehash(Node file, std::uint64_t from, std::uint64_t to);
    std::vector<Unit> units_of(std::uint64_t piece_bytes) const;
    void choose(const std::vector<Unit>& units, std::vector<CrashState>& into);
    void add(const std::vector<Unit>& units, const std::vector<bool>& kept,
             std::vector<CrashState>& into) const;
    void hash(CrashState& state) const;

    const Trace& trace_;
    Sampling sampling_;
    std::mt19937_64 random_;
    std::size_t at_ = 0;  ///< the next event
    bool is_begun_ = false;
    bool is_at_end_ = false;
    Disk disk_;
    std::vector<HashedFile> hashed_;  ///< of the disk's files
    std::vector<const Event*> pending_;
    std::vector<const Event*> made_durable_;
    std::vector<Unit> pages_;
    std::vector<Unit> sectors_;
    Listing durable_listing_;
    bool is_told_ = false;
    std::uint64_t told_ = 0;
};

/// Applies to a file's bytes what one write or change of length does.
void apply_to(std::vector<std::byte>& file, const Event& event);

}  // namespace ledger::proof
