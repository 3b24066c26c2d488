// What every adapter stands on: an order is read whole from the books, decided about by one caller
// at a time, and what was decided is posted as one group. Invariant: an adapter keeps no state of
// its own; what it knows of an order follows from the order's records alone, so a restart loses
// nothing.
#pragma once

#include "ledger/ledger.hpp"

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ledger::adapters {

/// One record of an order, with what it holds; none for kinds that adapters do not post under
/// orders.
struct Fact {
    Position position;
    Instant instant;
    RecordId id;
    RecordKind kind = RecordKind::none;
    std::variant<std::monostate, RegisterEntry, PostedVoucher, HoldInfo> value;

    template <class T>
    const T* as() const noexcept {
        return std::get_if<T>(&value);
    }
};

/// What the group that was decided came to: all of it was posted, now or before, or nothing was.
struct [[nodiscard]] Decision {
    std::vector<Result> results;  ///< of the group's records, in order

    explicit operator bool() const noexcept;
    /// Of the first record that was refused for a reason of its own; undefined where all were
    /// posted.
    const Result& refusal() const noexcept;
};

/// Open work (在途): a memorandum account whose open items are the orders that are not final, each
/// with its amount, and the account that stands against it. What is left to do, and how old it is,
/// follows from the open items, at any past instant too.
struct WorkQueue {
    AccountId items;
    AccountId counterpart;

    /// Adds the two lines that open an item of this amount, or clear so much of it, to a voucher.
    void open(Voucher& voucher, ItemId item, Amount amount) const;
    void clear(Voucher& voucher, ItemId item, Amount amount) const;
    /// Adds the group `code` of the chart and the two accounts in it, `code` + ".1" and ".2", to a
    /// batch of definitions.
    void define(Batch& batch, BookId book, CurrencyCode currency, std::string_view code,
                std::string_view name) const;
};

/// The adapters' access to one ledger. Thread-safe. Must go before its ledger does.
class Desk {
public:
    /// An order has at most so many records that an adapter reads: more is UsageError.
    static constexpr std::size_t order_records_max = 4096;

    explicit Desk(Ledger& ledger) noexcept : ledger_(ledger) {}

    /// The order's turn: while it lasts no other caller of this desk decides about the order. Keep
    /// it from reading the order until what was decided is posted; take one at a time.
    std::unique_lock<std::mutex> turn(OrderId order);
    /// All records of the order up to now, oldest first. Costs a query for each. Throws UsageError
    /// for more than order_records_max.
    std::vector<Fact> facts_of(OrderId order) const;
    /// Posts the records as one group, durable when it answers. Throws UnavailableError where the
    /// ledger takes no posts at the moment (nothing was posted: ask again), PoisonedError.
    Decision post(Batch batch);
    /// Posts definitions and openings of accounts; those that are there already are left. Throws
    /// UsageError that names the first one which another definition contradicts.
    void define(Batch batch);

    View view() const { return ledger_.view(); }

private:
    Ledger& ledger_;
    std::array<std::mutex, 64> stripes_;
};

/// The id of a fact that follows from what it is about, so that whoever posts it again meets the
/// first: id_from_text of the parts, each with its length, as "payment.leg;5:P-001;3:7f3".
RecordId fact_id(std::string_view kind, std::initializer_list<std::string_view> parts);
OrderId order_id(std::string_view adapter, std::string_view order);

}  // namespace ledger::adapters
