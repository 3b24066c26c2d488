// hold place, release, show, list.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace ledger::cli {

namespace {

// ---- place

struct PlaceArguments {
    std::string account, amount, id, order, kind = "ordinary", expires_at, expires_in, reference;
    std::vector<std::string> sources;
    std::vector<std::string> source_orders;
};

ExitCode run_place(Session& session, const PlaceArguments& arguments) {
    PlaceHold record;
    record.account = parse_id_as<AccountId>(arguments.account, "ACCOUNT");
    record.kind = naming("--kind", [&] { return parse_hold_kind(arguments.kind); });
    if (arguments.amount.empty() && record.kind != HoldKind::precise) {
        throw InvalidArgument("AMOUNT is missing; only a precise hold may leave it out");
    }
    record.expires_at = parse_optional_instant(arguments.expires_at, "--expires-at");
    if (!arguments.expires_in.empty()) {
        record.expires_at = SystemClock().now() + parse_span(arguments.expires_in, "--expires-in");
    }
    for (const std::string& source : arguments.sources) {
        record.sources.push_back(parse_id_as<VoucherId>(source, "--source"));
    }
    for (const std::string& order : arguments.source_orders) {
        record.orders.push_back(parse_id_as<OrderId>(order, "--source-order"));
    }
    record.reference = arguments.reference;
    const RecordId id = id_or_fresh(arguments.id, "--id");
    const auto order = parse_optional_id<OrderId>(arguments.order, "--order");
    if (!arguments.amount.empty()) {
        const View view = session.ledger().view();
        record.amount = CurrencyTable(view).parse(
            arguments.amount, currency_of(view, record.account, arguments.account), "AMOUNT");
    }
    return report(session, {"hold " + to_string(id), "placed", id},
                  session.ledger().post(id, record, order));
}

void add_place(Command family, Session& session) {
    auto [place, arguments] =
        add_command<PlaceArguments>(family, session, "place", "Place a hold", run_place);
    place.add_option("ACCOUNT", arguments->account, "Id of the account").required();
    place.add_option("AMOUNT", arguments->amount,
                     "In the account's currency; of a precise hold the most (default: all left)");
    place.add_option("--id", arguments->id,
                     "Id of the hold; the same id again changes nothing (default: fresh)");
    place.add_option("--order", arguments->order, "The order it belongs to");
    place.add_option("--kind", arguments->kind, "ordinary, precise or judicial").show_default();
    Option at = place.add_option("--expires-at", arguments->expires_at,
                                 "Such as 2026-11-21T18:00:00Z (default: never)");
    place.add_option("--expires-in", arguments->expires_in, "From now, such as 30m or 7d")
        .excludes(at);
    place.add_repeated(
        "--source-order", arguments->source_orders,
        "Of a precise hold: an order whose vouchers count as sources; can be repeated");
    place.add_repeated("--source", arguments->sources,
                       "Of a precise hold: a voucher whose money it catches; can be repeated");
    place.add_option("--reference", arguments->reference, "The document behind it");
}

// ---- release

struct ReleaseArguments {
    std::string hold, amount, id, order;
};

HoldInfo hold_of(const View& view, const std::string& text) {
    if (auto hold = view.hold(parse_id_as<HoldId>(text, "HOLD"))) return *std::move(hold);
    throw NotFound("hold " + text + " is not in the ledger; see: hold list --account ACCOUNT");
}

ExitCode run_release(Session& session, const ReleaseArguments& arguments) {
    ReleaseHold record;
    {
        const View view = session.ledger().view();
        const HoldInfo hold = hold_of(view, arguments.hold);
        record.hold = hold.id;
        if (!arguments.amount.empty()) {
            record.amount = CurrencyTable(view).parse(arguments.amount,
                                                      currency_of(view, hold.account), "--amount");
        }
    }
    const RecordId id = id_or_fresh(arguments.id, "--id");
    const auto order = parse_optional_id<OrderId>(arguments.order, "--order");
    return report(session, {"hold " + to_string(record.hold), "released", id},
                  session.ledger().post(id, record, order));
}

// ---- show and list

struct ShowArguments {
    std::string hold;
};

ExitCode run_show(Session& session, const ShowArguments& arguments) {
    const View view = session.view();
    const CurrencyTable currencies(view);
    const HoldInfo hold = hold_of(view, arguments.hold);
    const CurrencyCode code = currency_of(view, hold.account);
    if (session.json) {
        print_json(std::cout, to_json(hold, code, currencies));
        return ExitCode::ok;
    }
    Card card;
    card.field("hold", to_string(hold.id))
        .field("account", to_string(hold.account))
        .field("kind", to_string(hold.kind));
    if (hold.order) card.field("order", to_string(hold.order));
    if (hold.expires_at) card.field("expires at", to_string(hold.expires_at));
    for (const VoucherId source : hold.sources) card.field("source", to_string(source));
    for (const OrderId order : hold.orders) card.field("source order", to_string(order));
    for (const VoucherId one : hold.resolved) card.field("its voucher", to_string(one));
    card.field("reference", hold.reference)
        .field("position", std::to_string(hold.position.value))
        .field("currency", code.text());
    if (hold.requested != hold.placed) {
        card.amount("requested", currencies.print(hold.requested, code));
    }
    card.amount("placed", currencies.print(hold.placed, code))
        .amount("remaining", currencies.print(hold.remaining, code));
    card.print(std::cout);
    return ExitCode::ok;
}

struct ListArguments {
    std::string account, order, at;
    bool closed = false;
    PageArguments page;
};

ExitCode run_list(Session& session, const ListArguments& arguments) {
    if (arguments.account.empty() == arguments.order.empty()) {
        throw InvalidArgument("hold list: give --account or --order, one of them");
    }
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const Listing<HoldInfo> listing{{{"position", Align::right},
                                     {"hold"},
                                     {"account"},
                                     {"kind"},
                                     {"placed", Align::right},
                                     {"remaining", Align::right},
                                     {"currency"},
                                     {"expires at"},
                                     {"reference"}},
                                    [&](const HoldInfo& hold) -> std::vector<std::string> {
                                        const CurrencyCode code = currency_of(view, hold.account);
                                        return {std::to_string(hold.position.value),
                                                to_string(hold.id),
                                                to_string(hold.account),
                                                std::string(to_string(hold.kind)),
                                                currencies.print(hold.placed, code),
                                                currencies.print(hold.remaining, code),
                                                std::string(code.text()),
                                                hold.expires_at ? to_string(hold.expires_at) : "",
                                                hold.reference};
                                    },
                                    [&](const HoldInfo& hold) {
                                        return to_json(hold, currency_of(view, hold.account),
                                                       currencies);
                                    }};
    if (!arguments.order.empty()) {
        const auto order = parse_id_as<OrderId>(arguments.order, "--order");
        if (view.records_of(order, {1, false, {}}).items.empty()) {
            throw NotFound("order " + arguments.order + " has no record in the ledger");
        }
        return print_pages<HoldInfo>(
            session, arguments.page, listing,
            [&](const PageRequest& page) { return view.holds_of(order, page); });
    }
    const auto account = parse_id_as<AccountId>(arguments.account, "--account");
    currency_of(view, account, arguments.account);
    return print_pages<HoldInfo>(session, arguments.page, listing, [&](const PageRequest& page) {
        return view.holds(account, !arguments.closed, page);
    });
}

}  // namespace

void add_hold_commands(Command app, Session& session) {
    Command family = app.add_family("hold", "Holds: money set aside");
    add_place(family, session);
    auto [release, freed] = add_command<ReleaseArguments>(
        family, session, "release", "Release a hold, wholly or partly", run_release);
    release.add_option("HOLD", freed->hold, "Its id").required();
    release.add_option("--amount", freed->amount, "Part of it (default: all that remains)");
    release.add_option("--id", freed->id,
                       "Id of the record; the same id again changes nothing (default: fresh)");
    release.add_option("--order", freed->order, "The order it belongs to");
    auto [show, one] = add_command<ShowArguments>(family, session, "show", "A hold", run_show);
    show.add_option("HOLD", one->hold, "Its id").required();
    auto [list, many] = add_command<ListArguments>(family, session, "list",
                                                   "Holds of an account or an order", run_list);
    list.add_option("--account", many->account, "Id of the account: its open holds");
    list.add_flag("--closed", many->closed, "With --account: closed ones as well");
    list.add_option("--order", many->order, "Id of the order: all its holds");
    list.add_option("--at", many->at, "As they were at this position or instant");
    add_page_options(list, many->page);
}

}  // namespace ledger::cli
