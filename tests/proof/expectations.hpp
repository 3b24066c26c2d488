// What a ledger must answer after a crash, worked out of the naive model once for each place at
// which a crash can leave the journal. Invariant: nothing here asks the engine.
#pragma once

#include "support/naive_ledger.hpp"

#include "ledger/ledger.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ledger::proof {

/// Another voucher that undid or replaced one.
struct Sequel {
    Position position;
    VoucherId by;
};

/// A record, with what is told of it.
struct ExpectedRecord {
    PostedRecord record;
    std::optional<PostedVoucher> voucher;  ///< without its sequels, which depend on the position
    std::optional<Sequel> reversal;
    std::vector<Sequel> replacements;
    Batch given;  ///< the record alone, as its caller posted it
};

struct Expectations {
    struct Account {
        AccountId id;
        Position opened;
    };
    std::vector<ExpectedRecord> records;  ///< by position, from 1
    std::vector<Account> accounts;        ///< by handle
    /// Of each batch of the journal: its last position and the balances of the accounts that were
    /// open then. Position 0 is the empty ledger.
    std::map<Position, std::vector<Balance>> ends;
};

Expectations expectations_of(const oracle::NaiveLedger& naive);

/// What a ledger was found to be; throws Disagreement where it is none of what it may be.
class RecoveryCheck {
public:
    explicit RecoveryCheck(const Expectations& expected) : expected_(expected) {}

    /// Opens the ledger in the directory, which recovers it; asks for every record, voucher and
    /// balance, and that nothing else is there; posts again what was posted last, and goes on
    /// posting. Returns the position up to which the ledger was there.
    Position recover(const std::filesystem::path& directory) const;
    /// The same where no ledger may be yet: one is made there.
    void make_anew(const std::filesystem::path& directory) const;

private:
    void compare_balances(const View& view) const;
    void compare_records(const View& view) const;
    void go_on(Ledger& ledger) const;

    const Expectations& expected_;
};

}  // namespace ledger::proof
