// item show, item list: open items of open-item accounts.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace ledger::cli {

namespace {

struct ShowArguments {
    std::string item;
};

ExitCode run_show(Session& session, const ShowArguments& arguments) {
    const View view = session.view();
    const CurrencyTable currencies(view);
    const auto item = view.item(parse_id_as<ItemId>(arguments.item, "ITEM"));
    if (!item) {
        throw NotFound("item " + arguments.item + " is not in the ledger; see: item list ACCOUNT");
    }
    const CurrencyCode code = currency_of(view, item->account);
    if (session.json) {
        print_json(std::cout, to_json(*item, code, currencies));
        return ExitCode::ok;
    }
    Card card;
    card.field("item", to_string(item->id))
        .field("account", to_string(item->account))
        .field("side", to_string(item->side))
        .field("position", std::to_string(item->position.value))
        .field("instant", to_string(item->instant))
        .field("currency", code.text());
    card.amount("opened", currencies.print(item->opened, code))
        .amount("remaining", currencies.print(item->remaining, code));
    card.print(std::cout);
    return ExitCode::ok;
}

struct ListArguments {
    std::string account, at;
    PageArguments page;
};

ExitCode run_list(Session& session, const ListArguments& arguments) {
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const auto account = parse_id_as<AccountId>(arguments.account, "ACCOUNT");
    const CurrencyCode code = currency_of(view, account, arguments.account);
    const Listing<ItemInfo> listing{
        {{"position", Align::right},
         {"instant"},
         {"item"},
         {"side"},
         {"opened", Align::right},
         {"remaining", Align::right}},
        [&](const ItemInfo& item) -> std::vector<std::string> {
            return {std::to_string(item.position.value),
                    to_string(item.instant),
                    to_string(item.id),
                    std::string(to_string(item.side)),
                    currencies.print(item.opened, code),
                    currencies.print(item.remaining, code)};
        },
        [&](const ItemInfo& item) { return to_json(item, code, currencies); }};
    return print_pages<ItemInfo>(session, arguments.page, listing, [&](const PageRequest& page) {
        return view.open_items(account, page);
    });
}

}  // namespace

void add_item_commands(Command app, Session& session) {
    Command family = app.add_family("item", "Open items of open-item accounts");
    auto [show, one] = add_command<ShowArguments>(family, session, "show", "An item", run_show);
    show.add_option("ITEM", one->item, "Its id").required();
    auto [list, many] = add_command<ListArguments>(family, session, "list",
                                                   "Items of an account that are open", run_list);
    list.add_option("ACCOUNT", many->account, "Id of the account").required();
    list.add_option("--at", many->at, "As they were at this position or instant");
    add_page_options(list, many->page);
}

}  // namespace ledger::cli
