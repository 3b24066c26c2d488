// Names of the small vocabulary, in both directions. Invariant: one table per enumeration serves
// printing and parsing, so that what is printed can always be read back.
#include "ledger/model/kinds.hpp"

#include "ledger/core/error.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace ledger {

namespace {

template <class Enum>
struct Name {
    Enum value;
    std::string_view text;
};
template <class Enum>
Name(Enum, const char*) -> Name<Enum>;  // clang 14 does not deduce aggregates itself

constexpr std::array sides{Name{Side::debit, "debit"}, Name{Side::credit, "credit"}};
constexpr std::array inks{Name{Ink::black, "black"}, Name{Ink::red, "red"}};
constexpr std::array account_kinds{
    Name{AccountKind::asset, "asset"},           Name{AccountKind::liability, "liability"},
    Name{AccountKind::equity, "equity"},         Name{AccountKind::income, "income"},
    Name{AccountKind::expense, "expense"},       Name{AccountKind::common, "common"},
    Name{AccountKind::memorandum, "memorandum"},
};
constexpr std::array freezes{
    Name{Freeze::none, "none"},
    Name{Freeze::inflow_only, "inflow_only"},
    Name{Freeze::outflow_only, "outflow_only"},
    Name{Freeze::all, "all"},
};
constexpr std::array hold_kinds{
    Name{HoldKind::ordinary, "ordinary"},
    Name{HoldKind::precise, "precise"},
    Name{HoldKind::judicial, "judicial"},
};
constexpr std::array record_kind_names{
    Name{RecordKind::none, "none"},
    Name{RecordKind::voucher, "voucher"},
    Name{RecordKind::define_currency, "define_currency"},
    Name{RecordKind::define_book, "define_book"},
    Name{RecordKind::define_group, "define_group"},
    Name{RecordKind::open_account, "open_account"},
    Name{RecordKind::set_limits, "set_limits"},
    Name{RecordKind::set_freeze, "set_freeze"},
    Name{RecordKind::set_attributes, "set_attributes"},
    Name{RecordKind::set_buffering, "set_buffering"},
    Name{RecordKind::close_account, "close_account"},
    Name{RecordKind::place_hold, "place_hold"},
    Name{RecordKind::release_hold, "release_hold"},
    Name{RecordKind::register_entry, "register_entry"},
    Name{RecordKind::define_relation, "define_relation"},
    Name{RecordKind::cut_day, "cut_day"},
    Name{RecordKind::close_day, "close_day"},
    Name{RecordKind::time_passed, "time_passed"},
    Name{RecordKind::anchor, "anchor"},
    Name{RecordKind::certificate, "certificate"},
    Name{RecordKind::snapshot, "snapshot"},
};
static_assert(record_kind_names.size() == record_kinds);
constexpr std::array entry_kinds{
    Name{EntryKind::line, "line"},
    Name{EntryKind::fold, "fold"},
    Name{EntryKind::hold_placed, "hold_placed"},
    Name{EntryKind::hold_captured, "hold_captured"},
    Name{EntryKind::hold_released, "hold_released"},
    Name{EntryKind::hold_expired, "hold_expired"},
    Name{EntryKind::opened, "opened"},
    Name{EntryKind::limits, "limits"},
    Name{EntryKind::freeze, "freeze"},
    Name{EntryKind::attributes, "attributes"},
    Name{EntryKind::buffering, "buffering"},
    Name{EntryKind::closed, "closed"},
};

template <class Enum, std::size_t count>
std::string_view name_of(const std::array<Name<Enum>, count>& names, Enum value) noexcept {
    for (const Name<Enum>& name : names) {
        if (name.value == value) return name.text;
    }
    return "unknown";
}

template <class Enum, std::size_t count>
Enum value_of(const std::array<Name<Enum>, count>& names, std::string_view what,
              std::string_view text) {
    std::string choices;
    for (const Name<Enum>& name : names) {
        if (name.text == text) return name.value;
        choices += choices.empty() ? "" : ", ";
        choices += name.text;
    }
    throw InvalidArgument("'" + std::string(text) + "' is no " + std::string(what) +
                          "; write one of " + choices);
}

}  // namespace

std::string_view to_string(Side value) noexcept { return name_of(sides, value); }
std::string_view to_string(Ink value) noexcept { return name_of(inks, value); }
std::string_view to_string(AccountKind value) noexcept { return name_of(account_kinds, value); }
std::string_view to_string(Freeze value) noexcept { return name_of(freezes, value); }
std::string_view to_string(HoldKind value) noexcept { return name_of(hold_kinds, value); }
std::string_view to_string(RecordKind value) noexcept { return name_of(record_kind_names, value); }
std::string_view to_string(EntryKind value) noexcept { return name_of(entry_kinds, value); }

Side parse_side(std::string_view text) { return value_of(sides, "side", text); }
Ink parse_ink(std::string_view text) { return value_of(inks, "ink", text); }
AccountKind parse_account_kind(std::string_view text) {
    return value_of(account_kinds, "account kind", text);
}
Freeze parse_freeze(std::string_view text) { return value_of(freezes, "freeze", text); }
HoldKind parse_hold_kind(std::string_view text) { return value_of(hold_kinds, "hold kind", text); }

}  // namespace ledger
