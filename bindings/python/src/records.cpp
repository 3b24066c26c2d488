// Each kind of record, read field by field and made anew.
#include "records.hpp"

#include "ledger/core/error.hpp"
#include "record_fields.hpp"
#include "values.hpp"

#include <string>
#include <unordered_map>

namespace ledger::python {

namespace {

constexpr const char* records_module = "ledger._records";

const Imported decimal_class{"decimal", "Decimal"};
const Imported minor_units{"ledger._money", "minor_units"};
const Imported group_class{records_module, "Group"};

Amount minor_of(py::handle decimal, unsigned decimals) {
    const py::object minor = minor_units.handle()(decimal, decimals);
    Amount amount;
    if (!from_int(minor, amount.minor)) throw py::type_error("an amount must be int or Decimal");
    return amount;
}

bool is_decimal(py::handle object) {
    const int is = PyObject_IsInstance(object.ptr(), decimal_class.get());
    if (is < 0) throw py::error_already_set();
    return is != 0;
}

}  // namespace

// ---- decimals

HeldView& MinorUnits::view() {
    if (view_ == nullptr) {
        view_ = owner_->call([&] { return std::make_shared<HeldView>(owner_, owner_->view()); });
        for (const Currency& currency : view_->ask([](View& now) { return now.currencies(); })) {
            currencies_.emplace(currency.code, currency.decimals);
        }
    }
    return *view_;
}

unsigned MinorUnits::decimals_of(CurrencyCode code) {
    (void)view();
    const auto known = currencies_.find(code);
    if (known != currencies_.end()) return known->second;
    if (const auto defined = new_currencies_.find(code)) return *defined;
    throw InvalidArgument("the currency '" + std::string(code.text()) +
                          "' is unknown; give amounts in it as int, in minor units");
}

CurrencyCode MinorUnits::currency_of(AccountId account) {
    auto known = accounts_.find(account);
    if (known == accounts_.end()) {
        const auto info = view().ask([&](View& now) { return now.account(account); });
        const auto currency = info ? std::optional(info->currency) : std::nullopt;
        known = accounts_.emplace(account, currency).first;
    }
    if (known->second) return *known->second;
    if (const auto opened = new_accounts_.find(account)) return *opened;
    throw InvalidArgument("the account " + to_string(account) +
                          " is unknown; give its amounts as int, in minor units");
}

AccountId MinorUnits::account_of(HoldId hold) {
    auto known = holds_.find(hold);
    if (known == holds_.end()) {
        const auto info = view().ask([&](View& now) { return now.hold(hold); });
        const auto account = info ? std::optional(info->account) : std::nullopt;
        known = holds_.emplace(hold, account).first;
    }
    if (known->second) return *known->second;
    if (const auto placed = new_holds_.find(hold)) return *placed;
    throw InvalidArgument("the hold " + to_string(hold) +
                          " is unknown; give its amounts as int, in minor units");
}

bool MinorUnits::read(py::handle object, CurrencyCode currency, Amount& amount) {
    if (from_int(object, amount.minor)) return true;
    if (!is_decimal(object)) return false;
    amount = minor_of(object, decimals_of(currency));
    return true;
}

bool MinorUnits::read(py::handle object, AccountId account, Amount& amount) {
    if (from_int(object, amount.minor)) return true;
    if (!is_decimal(object)) return false;
    amount = minor_of(object, decimals_of(currency_of(account)));
    return true;
}

bool MinorUnits::read_of_hold(py::handle object, HoldId hold, Amount& amount) {
    if (from_int(object, amount.minor)) return true;
    if (!is_decimal(object)) return false;
    amount = minor_of(object, decimals_of(currency_of(account_of(hold))));
    return true;
}

// ---- from Python

namespace {

template <class Of>
Limits limits_from(py::handle object, MinorUnits& units, const Of& of) {
    const Fields from(object);
    Limits limits;
    if (!from.raw("minimum").is_none()) limits.minimum = from.amount("minimum", units, of);
    if (!from.raw("maximum").is_none()) limits.maximum = from.amount("maximum", units, of);
    return limits;
}

Buffering buffering_from(py::handle object) {
    if (object.is_none()) return {};
    const Fields from(object);
    return {from.need<std::chrono::nanoseconds>("window"), from.number<std::uint32_t>("lines_max")};
}

VoucherLine line_from(py::handle object, MinorUnits& units) {
    const Fields from(object);
    VoucherLine line;
    line.account = from.need<AccountId>("account");
    line.side = from.need<Side>("side");
    line.amount = from.amount("amount", units, line.account);
    line.ink = from.need<Ink>("ink");
    line.dimensions = from.attributes("dimensions");
    line.opens = from.optional<ItemId>("opens");
    line.clears = from.optional<ItemId>("clears");
    return line;
}

VoucherDetail detail_from(const Fields& from, MinorUnits& units) {
    VoucherDetail detail;
    detail.value_date = from.optional<Date>("value_date");
    detail.concerns = from.optional<Date>("concerns");
    detail.occurred_at = from.optional<Instant>("occurred_at");
    detail.summary = from.text("summary");
    detail.made_by = from.text("made_by");
    detail.checked_by = from.text("checked_by");
    detail.source_document = from.text("source_document");
    detail.reverses = from.optional<VoucherId>("reverses");
    detail.replaces = from.optional<VoucherId>("replaces");
    detail.attributes = from.attributes("attributes");
    from.each("captures", [&](py::handle item) {
        const Fields capture(item);
        const HoldId hold = capture.need<HoldId>("hold");
        detail.captures.push_back({hold, capture.amount_of_hold("amount", units, hold), {}});
    });
    return detail;
}

using Add = void (*)(Batch& batch, const Fields& from, MinorUnits& units);

void add_voucher(Batch& batch, const Fields& from, MinorUnits& units) {
    Voucher voucher;
    voucher.id = from.need<VoucherId>("id");
    voucher.order = from.optional<OrderId>("order");
    voucher.book = from.need<BookId>("book");
    voucher.book_date = from.optional<Date>("book_date");
    voucher.code = from.number<std::uint32_t>("code");
    voucher.manual = from.flag("manual");
    voucher.red = from.flag("red");
    from.each("lines", [&](py::handle line) { voucher.lines.push_back(line_from(line, units)); });
    voucher.detail = detail_from(from, units);
    batch.add(voucher);
}

void add_currency(Batch& batch, const Fields& from, MinorUnits& units) {
    Currency currency;
    currency.code = from.need<CurrencyCode>("code");
    if (from.raw("decimals").is_none()) {
        const Currency* const iso = find_iso_currency(currency.code.text());
        if (iso == nullptr) {
            throw InvalidArgument("'" + std::string(currency.code.text()) +
                                  "' is no currency of ISO 4217; one of your own needs decimals");
        }
        currency = *iso;
    } else {
        currency.decimals = from.number<std::uint8_t>("decimals");
        currency.numeric = from.number<std::uint16_t>("numeric");
        currency.name = from.text("name");
    }
    units.remember(currency);
    batch.add(DefineCurrency{currency});
}

void add_book(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(DefineBook{from.need<BookId>("book"), from.text("name"), from.flag("two_principals"),
                         from.number<std::int32_t>("utc_offset_seconds"),
                         from.optional<Date>("first_date")});
}

void add_group(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(DefineGroup{from.text("code"), from.need<AccountKind>("kind"), from.text("name")});
}

void add_account(Batch& batch, const Fields& from, MinorUnits& units) {
    OpenAccount opening;
    opening.id = from.need<AccountId>("id");
    opening.book = from.need<BookId>("book");
    opening.currency = from.need<CurrencyCode>("currency");
    opening.code = from.text("code");
    opening.kind = from.need<AccountKind>("kind");
    opening.normal_side = from.need<std::optional<Side>>("normal_side");
    opening.name = from.text("name");
    opening.limits = limits_from(from.raw("limits"), units, opening.currency);
    opening.buffering = buffering_from(from.raw("buffering"));
    opening.open_items = from.flag("open_items");
    opening.transit = from.flag("transit");
    opening.parent = from.optional<AccountId>("parent");
    opening.attributes = from.attributes("attributes");
    units.remember(opening);
    batch.add(opening);
}

void add_limits(Batch& batch, const Fields& from, MinorUnits& units) {
    const auto account = from.need<AccountId>("account");
    batch.add(from.need<RecordId>("id"),
              SetLimits{account, limits_from(from.raw("limits"), units, account)},
              from.optional<OrderId>("order"));
}

void add_freeze(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(from.need<RecordId>("id"),
              SetFreeze{from.need<AccountId>("account"), from.need<Freeze>("freeze"),
                        from.text("reference")},
              from.optional<OrderId>("order"));
}

void add_attributes(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(from.need<RecordId>("id"),
              SetAttributes{from.need<AccountId>("account"), from.text("name"),
                            from.attributes("attributes")},
              from.optional<OrderId>("order"));
}

void add_buffering(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(from.need<RecordId>("id"),
              SetBuffering{from.need<AccountId>("account"), buffering_from(from.raw("buffering"))},
              from.optional<OrderId>("order"));
}

void add_close_account(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(from.need<RecordId>("id"), CloseAccount{from.need<AccountId>("account")},
              from.optional<OrderId>("order"));
}

void add_hold(Batch& batch, const Fields& from, MinorUnits& units) {
    const auto id = from.need<HoldId>("id");
    PlaceHold hold;
    hold.account = from.need<AccountId>("account");
    hold.amount = from.amount("amount", units, hold.account);
    hold.kind = from.need<HoldKind>("kind");
    hold.expires_at = from.optional<Instant>("expires_at");
    hold.sources = from.list<VoucherId>("sources");
    hold.orders = from.list<OrderId>("orders");
    hold.reference = from.text("reference");
    units.remember(id, hold.account);
    batch.add(id, hold, from.optional<OrderId>("order"));
}

void add_release(Batch& batch, const Fields& from, MinorUnits& units) {
    const auto hold = from.need<HoldId>("hold");
    batch.add(from.need<RecordId>("id"),
              ReleaseHold{hold, from.amount_of_hold("amount", units, hold), {}},
              from.optional<OrderId>("order"));
}

void add_register(Batch& batch, const Fields& from, MinorUnits&) {
    const py::object payload = from.raw("payload");
    if (!PyBytes_Check(payload.ptr())) from.refuse("payload", payload);
    batch.add(from.need<RecordId>("id"),
              RegisterEntry{from.number<std::uint32_t>("type"), payload.cast<std::string>()},
              from.optional<OrderId>("order"));
}

void add_relation(Batch& batch, const Fields& from, MinorUnits&) {
    DefineRelation relation;
    relation.number = from.number<std::uint32_t>("number");
    relation.name = from.text("name");
    relation.at_day_close = from.flag("at_day_close");
    from.each("terms", [&](py::handle item) {
        const Fields term(item);
        relation.terms.push_back({term.number<std::int64_t>("coefficient"),
                                  term.optional<AccountId>("account"), term.text("group"),
                                  term.optional<BookId>("book"),
                                  term.optional<CurrencyCode>("currency")});
    });
    batch.add(relation);
}

void add_cut(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(CutDay{from.need<BookId>("book"), from.need<Date>("date")});
}

void add_close_day(Batch& batch, const Fields& from, MinorUnits&) {
    batch.add(CloseDay{from.need<BookId>("book"), from.need<Date>("date"),
                       from.list<AccountId>("exceptions")});
}

/// How a record of this class is added; null: it is no record.
Add adder_of(PyTypeObject* type) {
    static const auto* const adders = [] {
        const py::module_ module = py::module_::import(records_module);
        auto* made = new std::unordered_map<PyTypeObject*, Add>;
        const auto add = [&](const char* name, Add adder) {
            (*made)[reinterpret_cast<PyTypeObject*>(module.attr(name).ptr())] = adder;
        };
        add("Voucher", add_voucher);
        add("DefineCurrency", add_currency);
        add("DefineBook", add_book);
        add("DefineGroup", add_group);
        add("OpenAccount", add_account);
        add("SetLimits", add_limits);
        add("SetFreeze", add_freeze);
        add("SetAttributes", add_attributes);
        add("SetBuffering", add_buffering);
        add("CloseAccount", add_close_account);
        add("PlaceHold", add_hold);
        add("ReleaseHold", add_release);
        add("RegisterEntry", add_register);
        add("DefineRelation", add_relation);
        add("CutDay", add_cut);
        add("CloseDay", add_close_day);
        return made;
    }();
    const auto found = adders->find(type);
    return found == adders->end() ? nullptr : found->second;
}

void add_record(py::handle record, Batch& batch, MinorUnits& units) {
    const Add add = adder_of(Py_TYPE(record.ptr()));
    if (add == nullptr) {
        throw py::type_error(std::string("an object of the type ") +
                             Py_TYPE(record.ptr())->tp_name + " is no record that can be posted");
    }
    add(batch, Fields(record), units);
}

}  // namespace

Batch read_batch(py::handle records, const std::shared_ptr<Owner>& owner) {
    Batch batch;
    MinorUnits units(owner);
    for (const py::handle item : py::iter(records)) {
        if (!group_class.is_type_of(item)) {
            add_record(item, batch, units);
            continue;
        }
        const std::size_t first = batch.size();
        Fields(item).each("records", [&](py::handle one) { add_record(one, batch, units); });
        if (batch.size() > first) batch.link(first, batch.size());
    }
    return batch;
}

bool read_record(py::handle record, const std::shared_ptr<Owner>& owner, Batch& into) {
    if (adder_of(Py_TYPE(record.ptr())) == nullptr) return false;
    MinorUnits units(owner);
    add_record(record, into, units);
    return true;
}

}  // namespace ledger::python
