// The records that payouts consist of: their ids, which follow from what they are about, and the
// registers among them. Invariant: types, codes, id prefixes and field names are stored, so they
// never change.
#pragma once

#include "adapters/payload.hpp"
#include "ledger/adapters/payout.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ledger::adapters::payout {

/// RegisterEntry::type.
enum RegisterType : std::uint32_t {
    order_register = 2001,
    attempt_register = 2002,
    resend_register = 2003,
    report_register = 2004,
    cancel_register = 2005,
    route_register = 2006,
    recall_register = 2007,
    control_register = 2008,
    file_register = 2009,
    final_register = 2010,
    serial_register = 2011,
};

/// Voucher::code.
enum VoucherCode : std::uint32_t {
    opened_code = 2101,
    counted_code = 2102,
    paid_code = 2103,
    returned_code = 2104,
    undone_code = 2105,
    wrong_code = 2106,
    disputed_code = 2107,
    confirmed_code = 2108,
    cancelled_code = 2109,
    routed_code = 2110,
    recalled_code = 2111,
    recovered_code = 2112,
    resent_code = 2113,
};

/// Stored.
enum class CancelReason : std::uint8_t { failed = 1, not_executed = 2, on_request = 3 };

/// An attempt as its register has it.
struct AttemptRecord {
    std::string bank;
    std::uint64_t number = 0;
    std::string serial;
    std::string bytes;
    unsigned round = 0;
    Instant at;
};

/// What a bank said. `final_word`: in its final file.
struct ReportRecord {
    std::string bank;
    std::uint64_t number = 0;
    BankStatus status = BankStatus::unreadable;
    bool final_word = false;
    std::string reference;
    Instant at;
    Date day = Date::none();  ///< of a final word: the file's
    /// Of a final word: the file's version; of what passes ("not found"): the resends there were.
    std::uint32_t occasion = 0;
};

enum class ControlAction : std::uint8_t { pause = 1, resume = 2, stop = 3, lift = 4 };

/// What happened to a bank's queue.
struct ControlRecord {
    ControlAction action = ControlAction::pause;
    std::string reference;
    std::string reason;
    std::string made_by;
    std::string checked_by;
};

OrderId order_of(std::string_view order);
/// The order under which a bank's control records are found, and one for each of its days.
OrderId control_order(std::string_view bank);
OrderId day_order(std::string_view bank, Date day);

RecordId attempt_id(std::string_view bank, std::uint64_t number);
RecordId hold_id(OrderId order, unsigned round);
ItemId work_item(OrderId order, unsigned opening);
/// An attempt can be listed again: the n-th time.
ItemId unconfirmed_item(std::string_view bank, std::uint64_t number, unsigned n);
ItemId recall_item(std::string_view bank, std::uint64_t number);
/// Of the register that keeps a serial for its attempt.
RecordId serial_id(std::string_view bank, std::string_view serial);
/// Of what happens to an attempt once.
RecordId attempt_fact(std::string_view what, std::string_view bank, std::uint64_t number);
/// Of what happens to an attempt for the n-th time.
RecordId attempt_fact(std::string_view what, std::string_view bank, std::uint64_t number,
                      unsigned n);
/// Of what happens to an order for the n-th time.
RecordId order_fact(std::string_view what, OrderId order, unsigned n);
RecordId report_id(const ReportRecord& report);
RecordId resend_id(std::string_view bank, std::uint64_t number, unsigned resend);
RecordId control_id(std::string_view bank, const ControlRecord& control);
RecordId file_id(std::string_view bank, Date day, std::uint32_t version);
RecordId final_id(std::string_view bank, Date day);

RegisterEntry to_register(const PayoutRequest& request);
RegisterEntry to_register(const AttemptRecord& attempt);
RegisterEntry to_register(const ReportRecord& report);
RegisterEntry to_register(std::string_view bank, const ControlRecord& control);
RegisterEntry cancel_entry(CancelReason reason);
RegisterEntry route_entry(std::string_view bank);
RegisterEntry resend_entry(const AttemptRecord& attempt, unsigned resend, Instant at);
RegisterEntry serial_entry(std::uint64_t number);
RegisterEntry recall_entry(std::string_view reason);

/// Each throws CorruptionError naming the record where it is none that an adapter wrote.
PayoutRequest read_request(RecordId id, const RegisterEntry& entry);
AttemptRecord read_attempt(RecordId id, const RegisterEntry& entry);
ReportRecord read_report(RecordId id, const RegisterEntry& entry);

/// Throws InvalidArgument naming the thing where the text is not 1..`most` printable ASCII
/// characters without space.
void check_key(std::string_view thing, std::string_view text, std::size_t most = 64);

/// Throws InvalidArgument naming the thing where the instant is not within 1970..2200.
void check_instant(std::string_view thing, Instant instant);
/// Throws InvalidArgument naming the thing where the text is empty, over 512 bytes or no UTF-8.
void check_text(std::string_view thing, std::string_view text);

}  // namespace ledger::adapters::payout
