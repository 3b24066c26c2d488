// account open, show, list, freeze, limits, buffering, attributes, close.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace ledger::cli {

namespace {

// ---- open

struct OpenArguments {
    std::string id, book, currency, code, kind, normal_side, name, minimum, maximum;
    std::string buffer_window, parent;
    std::uint32_t buffer_lines_max = 0;
    bool open_items = false;
    bool transit = false;
    std::vector<std::string> attributes;
};

Buffering parse_buffering(const std::string& window, std::uint32_t lines_max) {
    if (window.empty()) return {};
    return {parse_span(window, "--buffer-window"), lines_max};
}

ExitCode run_open(Session& session, const OpenArguments& arguments) {
    OpenAccount record;
    record.id = parse_id_as<AccountId>(arguments.id, "ID");
    record.book = parse_book(arguments.book, "--book");
    record.currency = naming("--currency", [&] { return CurrencyCode(arguments.currency); });
    record.code = arguments.code;
    record.kind = naming("--kind", [&] { return parse_account_kind(arguments.kind); });
    if (!arguments.normal_side.empty()) {
        record.normal_side =
            naming("--normal-side", [&] { return parse_side(arguments.normal_side); });
    }
    record.name = arguments.name;
    const bool has_limit = !arguments.minimum.empty() || !arguments.maximum.empty();
    if (has_limit) {
        const CurrencyTable currencies(session.ledger().view());
        const auto limit = [&](const std::string& text, std::string_view what) {
            return text.empty() ? std::nullopt
                                : std::optional(currencies.parse(text, record.currency, what));
        };
        record.limits.minimum = limit(arguments.minimum, "--minimum");
        record.limits.maximum = limit(arguments.maximum, "--maximum");
    }
    record.buffering = parse_buffering(arguments.buffer_window, arguments.buffer_lines_max);
    record.open_items = arguments.open_items;
    record.transit = arguments.transit;
    record.parent = parse_optional_id<AccountId>(arguments.parent, "--parent");
    record.attributes = parse_attributes(arguments.attributes, "--attribute");
    return report(session, {"account " + to_string(record.id), "opened"},
                  session.ledger().post(record));
}

void add_open(Command family, Session& session) {
    auto [open, arguments] =
        add_command<OpenArguments>(family, session, "open", "Open an account", run_open);
    open.add_option("ID", arguments->id, "Its id: hexadecimal, UUID, or text:ANYTHING").required();
    open.add_option("--book", arguments->book, "1..65535").required();
    open.add_option("--currency", arguments->currency, "A currency of the ledger").required();
    open.add_option("--code", arguments->code, "Its place in the chart, such as 1001.01")
        .required();
    open.add_option("--kind", arguments->kind,
                    "asset, liability, equity, income, expense, common or memorandum")
        .required();
    open.add_option("--normal-side", arguments->normal_side,
                    "debit or credit (default: that of the kind)");
    open.add_option("--name", arguments->name, "At most 64 bytes");
    open.add_option("--minimum", arguments->minimum, "Least available amount");
    open.add_option("--maximum", arguments->maximum, "Greatest balance");
    open.add_option("--buffer-window", arguments->buffer_window,
                    "Buffered posting: fold inflow once in this span, such as 500ms");
    open.add_option("--buffer-lines-max", arguments->buffer_lines_max,
                    "Fold at this many lines as well");
    open.add_flag("--open-items", arguments->open_items, "Every line opens or clears an item");
    open.add_flag("--transit", arguments->transit,
                  "Zero at each day close, or listed among its exceptions");
    open.add_option("--parent", arguments->parent,
                    "The account whose balance is the sum of its children");
    open.add_repeated("--attribute", arguments->attributes, "KEY=VALUE; can be repeated");
}

// ---- show and list

std::string status_of(const AccountInfo& account) {
    if (account.closed) return "closed";
    if (account.freeze != Freeze::none) return std::string(to_string(account.freeze));
    return "open";
}

struct ShowArguments {
    std::string id, at;
};

void print_account(const AccountInfo& info, const Balance& balance,
                   const CurrencyTable& currencies) {
    const auto print = [&](Amount amount) { return currencies.print(amount, info.currency); };
    Card card;
    card.field("account", to_string(info.id))
        .field("name", info.name)
        .field("code", info.code)
        .field("kind", to_string(info.kind))
        .field("normal side", to_string(info.normal_side))
        .field("book", std::to_string(info.book.number))
        .field("currency", info.currency.text())
        .field("status", status_of(info))
        .field("freeze reference", info.freeze_reference);
    if (info.parent) card.field("parent", to_string(info.parent));
    if (info.open_items) card.field("open items", "yes");
    if (info.transit) card.field("transit", "yes");
    if (info.buffering) {
        card.field("buffering", print_span(info.buffering.window) + ", " +
                                    std::to_string(info.buffering.lines_max) + " lines");
    }
    for (const Attribute& attribute : info.attributes) {
        card.field(printable(attribute.key), attribute.value);
    }
    if (info.limits.minimum) card.amount("minimum", print(*info.limits.minimum));
    if (info.limits.maximum) card.amount("maximum", print(*info.limits.maximum));
    card.amount("total", print(balance.total()))
        .amount("held", print(balance.held))
        .amount("available", print(balance.available()));
    card.print(std::cout);
}

ExitCode run_show(Session& session, const ShowArguments& arguments) {
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const AccountInfo info =
        info_of(view, parse_id_as<AccountId>(arguments.id, "ACCOUNT"), arguments.id);
    const Balance balance = view.balance(info.id).value_or(Balance{});
    if (session.json) {
        Json out = to_json(info, currencies);
        out["balance"] = to_json(balance, info.currency, currencies);
        print_json(std::cout, out);
    } else {
        print_account(info, balance, currencies);
    }
    return ExitCode::ok;
}

struct ListArguments {
    std::string prefix, at;
    PageArguments page;
};

ExitCode run_list(Session& session, const ListArguments& arguments) {
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const auto balance_of = [&](const AccountInfo& account) {
        return view.balance(account.id).value_or(Balance{});
    };
    const Listing<AccountInfo> listing{
        {{"code"},
         {"account"},
         {"book", Align::right},
         {"total", Align::right},
         {"currency"},
         {"kind"},
         {"status"},
         {"name"}},
        [&](const AccountInfo& account) -> std::vector<std::string> {
            return {account.code,
                    to_string(account.id),
                    std::to_string(account.book.number),
                    currencies.print(balance_of(account).total(), account.currency),
                    std::string(account.currency.text()),
                    std::string(to_string(account.kind)),
                    status_of(account),
                    account.name};
        },
        [&](const AccountInfo& account) {
            Json out = to_json(account, currencies);
            out["balance"] = to_json(balance_of(account), account.currency, currencies);
            return out;
        }};
    return print_pages<AccountInfo>(session, arguments.page, listing, [&](const PageRequest& page) {
        return view.accounts(arguments.prefix, page);
    });
}

void add_queries(Command family, Session& session) {
    auto [show, one] = add_command<ShowArguments>(family, session, "show",
                                                  "An account with its balance", run_show);
    show.add_option("ACCOUNT", one->id, "Its id").required();
    show.add_option("--at", one->at, "As it was at this position or instant");
    auto [list, many] = add_command<ListArguments>(
        family, session, "list",
        "Accounts in the order of their codes (first 16 bytes), then of opening", run_list);
    list.add_option("--prefix", many->prefix, "Only codes that begin so");
    list.add_option("--at", many->at, "As they were at this position or instant");
    add_page_options(list, many->page);
}

// ---- changes

struct ChangeArguments {
    std::string account, id, order;
    std::string freeze, reference;
    std::string minimum, maximum;
    std::string buffer_window;
    std::uint32_t buffer_lines_max = 0;
    std::string name;
    std::vector<std::string> attributes;
    bool clear = false;
};

template <class Record>
ExitCode post_change(Session& session, const ChangeArguments& arguments, const Record& record,
                     const std::string& done) {
    const RecordId id = id_or_fresh(arguments.id, "--id");
    const auto order = parse_optional_id<OrderId>(arguments.order, "--order");
    return report(session, {"account " + to_string(record.account), done, id},
                  session.ledger().post(id, record, order));
}

AccountId account_of(const ChangeArguments& arguments) {
    return parse_id_as<AccountId>(arguments.account, "ACCOUNT");
}

ExitCode run_freeze(Session& session, const ChangeArguments& arguments) {
    SetFreeze record{account_of(arguments), Freeze::none, arguments.reference};
    record.freeze = naming("--direction", [&] { return parse_freeze(arguments.freeze); });
    return post_change(session, arguments, record,
                       "set to freeze " + std::string(to_string(record.freeze)));
}

ExitCode run_limits(Session& session, const ChangeArguments& arguments) {
    SetLimits record{account_of(arguments), {}};
    {
        const View view = session.ledger().view();
        const AccountInfo info = info_of(view, record.account, arguments.account);
        const CurrencyTable currencies(view);
        const auto limit = [&](const std::string& text, const std::optional<Amount>& present,
                               std::string_view what) -> std::optional<Amount> {
            if (text.empty()) return present;
            if (text == "none") return std::nullopt;
            return currencies.parse(text, info.currency, what);
        };
        record.limits.minimum = limit(arguments.minimum, info.limits.minimum, "--minimum");
        record.limits.maximum = limit(arguments.maximum, info.limits.maximum, "--maximum");
    }
    return post_change(session, arguments, record, "limits set");
}

ExitCode run_buffering(Session& session, const ChangeArguments& arguments) {
    const SetBuffering record{account_of(arguments),
                              parse_buffering(arguments.buffer_window, arguments.buffer_lines_max)};
    return post_change(session, arguments, record,
                       record.buffering ? "buffered" : "not buffered any more");
}

ExitCode run_attributes(Session& session, const ChangeArguments& arguments) {
    SetAttributes record{account_of(arguments), arguments.name, {}};
    {
        const AccountInfo info =
            info_of(session.ledger().view(), record.account, arguments.account);
        if (arguments.name.empty()) record.name = info.name;
        if (!arguments.clear) record.attributes = info.attributes;
    }
    for (Attribute& given : parse_attributes(arguments.attributes, "--attribute")) {
        bool is_new = true;
        for (Attribute& present : record.attributes) {
            if (present.key != given.key) continue;
            present.value = given.value;
            is_new = false;
        }
        if (is_new) record.attributes.push_back(std::move(given));
    }
    return post_change(session, arguments, record, "name and attributes set");
}

ExitCode run_close(Session& session, const ChangeArguments& arguments) {
    return post_change(session, arguments, CloseAccount{account_of(arguments)}, "closed");
}

using ChangeRun = ExitCode (*)(Session&, const ChangeArguments&);

std::pair<Command, ChangeArguments*> add_change(Command family, Session& session,
                                                const std::string& name,
                                                const std::string& description, ChangeRun run) {
    auto [command, arguments] =
        add_command<ChangeArguments>(family, session, name, description, run);
    command.add_option("ACCOUNT", arguments->account, "Its id").required();
    command.add_option("--id", arguments->id,
                       "Id of the record; the same id again changes nothing (default: fresh)");
    command.add_option("--order", arguments->order, "The order it belongs to");
    return {command, arguments};
}

void add_changes(Command family, Session& session) {
    auto [freeze, f] =
        add_change(family, session, "freeze", "Freeze or unfreeze a direction", run_freeze);
    freeze.add_option("--direction", f->freeze, "none, inflow_only, outflow_only or all")
        .required();
    freeze.add_option("--reference", f->reference, "The order or court document behind it");

    auto [limits, l] = add_change(family, session, "limits",
                                  "Set limits; one that is not given stays as it is", run_limits);
    limits.add_option("--minimum", l->minimum, "Least available amount, or none");
    limits.add_option("--maximum", l->maximum, "Greatest balance, or none");

    auto [buffering, b] =
        add_change(family, session, "buffering", "Begin or end buffered posting", run_buffering);
    buffering.add_option("--buffer-window", b->buffer_window, "Such as 500ms; 0 ends it")
        .required();
    buffering.add_option("--buffer-lines-max", b->buffer_lines_max,
                         "Fold at this many lines as well");

    auto [attributes, a] =
        add_change(family, session, "attributes",
                   "Set the name and attributes; what is not given stays as it is", run_attributes);
    attributes.add_option("--name", a->name, "At most 64 bytes");
    attributes.add_repeated("--attribute", a->attributes, "KEY=VALUE; can be repeated");
    attributes.add_flag("--clear", a->clear, "Drop the present attributes first");

    add_change(family, session, "close", "Close an account whose balance is zero", run_close);
}

}  // namespace

void add_account_commands(Command app, Session& session) {
    Command family = app.add_family("account", "Accounts");
    add_open(family, session);
    add_queries(family, session);
    add_changes(family, session);
}

}  // namespace ledger::cli
