// Values of the ledger as JSON. Invariant: names are those of the C++ fields and of the input
// format (docs/ledgerctl.md); ids are 32 hexadecimal digits, amounts decimal strings in the
// currency's units, dates and instants ISO 8601; what is not there is left out, never null.
#pragma once

#include "cli/arguments.hpp"

#include "ledger/history/feed.hpp"
#include "ledger/history/view.hpp"
#include "ledger/model/outcome.hpp"

#include <nlohmann/json.hpp>

#include <iosfwd>
#include <string>

namespace ledger::cli {

/// Keeps the order of its keys, for people who read it.
using Json = nlohmann::ordered_json;

Json to_json(const Currency& currency);
Json to_json(const DefineBook& book);
Json to_json(const DefineGroup& group);
Json to_json(const DefineRelation& relation);
Json to_json(const Certificate& certificate);
Json to_json(const Attributes& attributes);
Json to_json(const Balance& balance, CurrencyCode currency, const CurrencyTable& currencies);
Json to_json(const DatedBalance& balance, CurrencyCode currency, const CurrencyTable& currencies);
Json to_json(const AccountInfo& account, const CurrencyTable& currencies);
Json to_json(const AccountEntry& entry, CurrencyCode currency, const CurrencyTable& currencies);
/// The amounts of its lines are in the currencies of their accounts, which the view gives.
Json to_json(const PostedVoucher& voucher, const View& view, const CurrencyTable& currencies);
/// A voucher as `post` takes it.
Json to_json(const Voucher& voucher, const View& view, const CurrencyTable& currencies);
Json to_json(const PostedRecord& record);
/// A record of a feed with its entries. The view, which must not be before the record, gives the
/// currencies of captured holds.
Json to_json(const FeedRecord& record, const View& view, const CurrencyTable& currencies);
Json to_json(const HoldInfo& hold, CurrencyCode currency, const CurrencyTable& currencies);
Json to_json(const ItemInfo& item, CurrencyCode currency, const CurrencyTable& currencies);
Json to_json(const TrialSum& sum, const CurrencyTable& currencies);
/// outcome, position, number, instant, book_date; of a refusal also the explanation, and the line
/// or the relation at fault.
Json to_json(const Result& result);
/// Whether the line of such a result of a voucher is the index of a capture.
bool is_about_a_hold(Outcome outcome) noexcept;

/// Lower-case hexadecimal digits of the bytes.
std::string to_hex(std::string_view bytes);
/// One line. Bytes that are no UTF-8 are printed as U+FFFD.
void print_json(std::ostream& out, const Json& value);

/// The currency of an account in this view; throws NotFound naming the account as it was typed, or
/// by its id.
CurrencyCode currency_of(const View& view, AccountId account, std::string_view typed = {});
/// The account itself, likewise.
AccountInfo info_of(const View& view, AccountId account, std::string_view typed = {});

}  // namespace ledger::cli
