// Records of the journal as the package's record classes.
#include "values.hpp"

namespace ledger::python {

namespace {

constexpr const char* module = "ledger._records";

const ValueClass currency_class{"Currency", "ledger._money"};
const ValueClass define_currency_class{"DefineCurrency", module};
const ValueClass book_class{"DefineBook", module};
const ValueClass group_class{"DefineGroup", module};
const ValueClass limits_class{"Limits", module};
const ValueClass buffering_class{"Buffering", module};
const ValueClass open_class{"OpenAccount", module};
const ValueClass set_limits_class{"SetLimits", module};
const ValueClass set_freeze_class{"SetFreeze", module};
const ValueClass set_attributes_class{"SetAttributes", module};
const ValueClass set_buffering_class{"SetBuffering", module};
const ValueClass close_account_class{"CloseAccount", module};
const ValueClass hold_class{"PlaceHold", module};
const ValueClass release_class{"ReleaseHold", module};
const ValueClass register_class{"RegisterEntry", module};
const ValueClass term_class{"RelationTerm", module};
const ValueClass relation_class{"DefineRelation", module};
const ValueClass cut_class{"CutDay", module};
const ValueClass close_class{"CloseDay", module};
const ValueClass line_class{"VoucherLine", module};
const ValueClass capture_class{"Capture", module};
const ValueClass voucher_class{"Voucher", module};
const ValueClass anchor_class{"Anchor", module};
const ValueClass certificate_class{"Certificate", module};
const ValueClass snapshot_class{"Snapshot", module};

py::object line_of(const VoucherLine& line) {
    return line_class(line.account, line.side, line.amount, line.ink, to_python(line.dimensions),
                      line.opens, line.clears);
}

py::object opening_of(const OpenAccount& value) {
    return open_class(value.id, value.book, value.currency, value.code, value.kind,
                      value.normal_side, value.name, to_python(value.limits),
                      to_python(value.buffering), value.open_items, value.transit, value.parent,
                      to_python(value.attributes));
}

py::object hold_of(const PlaceHold& value, RecordId id, OrderId order) {
    return hold_class(id, value.account, value.amount, value.kind, value.expires_at,
                      to_tuple(value.sources), to_tuple(value.orders), value.reference, order,
                      value.requested, to_tuple(value.resolved));
}

/// One overload for each alternative of RecordValue.
struct Maker {
    RecordId id;
    OrderId order;

    py::object operator()(std::monostate) const { return py::none(); }
    py::object operator()(const Voucher& value) const { return to_python(value); }
    py::object operator()(const DefineCurrency& value) const {
        const Currency& currency = value.currency;
        return define_currency_class(currency.code, currency.decimals, currency.numeric,
                                     currency.name);
    }
    py::object operator()(const DefineBook& value) const { return to_python(value); }
    py::object operator()(const DefineGroup& value) const { return to_python(value); }
    py::object operator()(const OpenAccount& value) const { return opening_of(value); }
    py::object operator()(const SetLimits& value) const {
        return set_limits_class(id, value.account, to_python(value.limits), order);
    }
    py::object operator()(const SetFreeze& value) const {
        return set_freeze_class(id, value.account, value.freeze, value.reference, order);
    }
    py::object operator()(const SetAttributes& value) const {
        return set_attributes_class(id, value.account, value.name, to_python(value.attributes),
                                    order);
    }
    py::object operator()(const SetBuffering& value) const {
        return set_buffering_class(id, value.account, to_python(value.buffering), order);
    }
    py::object operator()(const CloseAccount& value) const {
        return close_account_class(id, value.account, order);
    }
    py::object operator()(const PlaceHold& value) const { return hold_of(value, id, order); }
    py::object operator()(const ReleaseHold& value) const {
        return release_class(id, value.hold, value.amount, order, value.remaining);
    }
    py::object operator()(const RegisterEntry& value) const {
        return register_class(id, value.type, to_bytes(value.payload), order);
    }
    py::object operator()(const DefineRelation& value) const { return to_python(value); }
    py::object operator()(const CutDay& value) const { return cut_class(value.book, value.date); }
    py::object operator()(const CloseDay& value) const { return to_python(value); }
    py::object operator()(const Anchor& value) const {
        return anchor_class(value.through, value.algorithm, to_bytes(value.digest));
    }
    py::object operator()(const Certificate& value) const { return to_python(value); }
    py::object operator()(const Snapshot& value) const { return to_python(value); }
};

}  // namespace

py::object to_python(const Attributes& value) {
    py::dict made;
    for (const Attribute& attribute : value) {
        made[to_text(attribute.key)] = to_text(attribute.value);
    }
    return made;
}

py::object to_python(const Limits& value) { return limits_class(value.minimum, value.maximum); }

py::object to_python(const Buffering& value) {
    if (!value) return py::none();
    return buffering_class(value.window, value.lines_max);
}

py::object to_python(const Currency& value) {
    return currency_class(value.code, value.decimals, value.numeric, value.name);
}

py::object to_python(const Voucher& value) {
    py::tuple lines(value.lines.size());
    for (std::size_t i = 0; i < value.lines.size(); ++i) lines[i] = line_of(value.lines[i]);
    const VoucherDetail& detail = value.detail;
    py::tuple captures(detail.captures.size());
    for (std::size_t i = 0; i < detail.captures.size(); ++i) {
        const Capture& one = detail.captures[i];
        captures[i] = capture_class(one.hold, one.amount, one.remaining);
    }
    return voucher_class(value.id, value.book, lines, value.order, value.book_date, value.code,
                         value.manual, value.red, detail.value_date, detail.concerns,
                         detail.occurred_at, detail.summary, detail.made_by, detail.checked_by,
                         detail.source_document, detail.reverses, detail.replaces,
                         to_python(detail.attributes), captures);
}

py::object to_python(const DefineBook& value) {
    return book_class(value.book, value.name, value.two_principals, value.utc_offset_seconds,
                      value.first_date);
}

py::object to_python(const DefineGroup& value) {
    return group_class(value.code, value.kind, value.name);
}

py::object to_python(const RelationTerm& value) {
    return term_class(value.coefficient, value.account, value.group,
                      value.book ? py::cast(value.book) : py::none(),
                      value.currency ? py::cast(value.currency) : py::none());
}

py::object to_python(const DefineRelation& value) {
    return relation_class(value.number, value.name, to_tuple(value.terms), value.at_day_close);
}

py::object to_python(const CloseDay& value) {
    return close_class(value.book, value.date, to_tuple(value.exceptions));
}

py::object to_python(const Certificate& value) {
    return certificate_class(value.book, value.date, value.close, value.accounts, value.algorithm,
                             to_bytes(value.digest));
}

py::object to_python(const Snapshot& value) {
    return snapshot_class(value.name, value.position, value.accounts, value.algorithm,
                          to_bytes(value.digest));
}

py::object to_python(const RecordValue& value, RecordId id, OrderId order) {
    return std::visit(Maker{id, order}, value);
}

}  // namespace ledger::python
