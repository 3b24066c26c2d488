// JSON objects to records of a batch. Invariant: an object is either understood wholly or refused
// with the place and the remedy: unknown fields, repeated keys and amounts that are no strings are
// errors, nothing is ignored. Every field is described in docs/ledgerctl.md.
#pragma once

#include "cli/json_output.hpp"

#include "ledger/ledger.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>

namespace ledger::cli {

/// Reads one JSON text; throws InvalidArgument for broken JSON and for a key that is repeated.
Json parse_json(std::string_view text);

/// Decimals of amounts come from accounts and holds: those in the ledger, and those that earlier
/// objects open or place. An account that is neither is left for the ledger to refuse.
class RecordInput {
public:
    /// The ledger must outlive this.
    explicit RecordInput(Ledger& ledger);

    /// Adds one record, or the records of {"group": [...]} linked, and returns how many. Throws
    /// InvalidArgument; the batch may then hold part of a group and must be cleared.
    std::size_t add(const Json& object, Batch& batch);
    /// Reads a voucher that is not added; for a correction.
    Voucher voucher(const Json& object);
    /// Forgets what earlier objects opened and looks at the ledger again: after they were posted.
    void refresh();

    class Fields;

private:
    std::size_t add_one(const Json& object, Batch& batch);
    bool add_definition(std::string_view kind, Fields& fields, Batch& batch);
    bool add_account_record(std::string_view kind, Fields& fields, Batch& batch);
    bool add_other(std::string_view kind, Fields& fields, Batch& batch);
    Voucher read_voucher(Fields& fields);
    VoucherDetail read_detail(Fields& fields);
    OpenAccount read_open_account(Fields& fields);
    static Buffering read_buffering(Fields& fields);
    PlaceHold read_hold(Fields& fields, HoldId id);
    DefineRelation read_relation(Fields& fields);
    Limits read_limits(Fields& fields, unsigned decimals);

    /// None where neither the ledger nor an earlier object has it: the ledger will refuse the
    /// record.
    std::optional<unsigned> decimals_of(CurrencyCode code) const;
    std::optional<unsigned> decimals_of(AccountId account);
    std::optional<unsigned> decimals_of(HoldId hold);

    /// What earlier objects would bring, until refresh(); `seen` of the accounts also what is
    /// there.
    struct Pending {
        std::map<CurrencyCode, unsigned> currencies;
        std::map<AccountId, unsigned> accounts;
        std::map<HoldId, unsigned> holds;
        std::map<AccountId, unsigned> seen;
    };

    Ledger& ledger_;
    View view_;
    CurrencyTable currencies_;
    Pending pending_;
};

}  // namespace ledger::cli
