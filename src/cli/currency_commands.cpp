// currency define, currency list.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace ledger::cli {

namespace {

struct DefineArguments {
    std::string code;
    bool iso = false;
    unsigned decimals = 0;
    unsigned numeric = 0;
    std::string name;
};

ExitCode run_define(Session& session, const DefineArguments& arguments) {
    DefineCurrency record;
    if (arguments.iso) {
        const Currency* entry = find_iso_currency(arguments.code);
        if (entry == nullptr) {
            throw InvalidArgument(
                "CODE: '" + arguments.code +
                "' is not in the ISO 4217 table; define your own with --decimals");
        }
        record.currency = *entry;
    } else {
        record.currency.code = naming("CODE", [&] { return CurrencyCode(arguments.code); });
        record.currency.decimals = static_cast<std::uint8_t>(arguments.decimals);
        record.currency.numeric = static_cast<std::uint16_t>(arguments.numeric);
        record.currency.name = arguments.name;
    }
    return report(session, {"currency " + arguments.code, "defined"},
                  session.ledger().post(record));
}

ExitCode run_list(Session& session, const NoArguments&) {
    return print_all<Currency>(
        session, session.view().currencies(),
        {{{"code"}, {"decimals", Align::right}, {"numeric", Align::right}, {"name"}},
         [](const Currency& currency) -> std::vector<std::string> {
             return {std::string(currency.code.text()), std::to_string(currency.decimals),
                     currency.numeric == 0 ? "" : std::to_string(currency.numeric), currency.name};
         },
         [](const Currency& currency) { return to_json(currency); }});
}

}  // namespace

void add_currency_commands(Command app, Session& session) {
    Command family = app.add_family("currency", "Currencies of the ledger");
    auto [define, arguments] = add_command<DefineArguments>(
        family, session, "define", "Define a currency, once and for ever", run_define);
    define.add_option("CODE", arguments->code, "1..12 characters, such as CNY or POINTS")
        .required();
    Option iso =
        define.add_flag("--iso", arguments->iso, "Take decimals, number and name from ISO 4217");
    Option decimals = define
                          .add_option("--decimals", arguments->decimals,
                                      "Digits after the point, 0..18 (needed without --iso)")
                          .between(0, currency_decimals_max)
                          .excludes(iso);
    define.add_option("--numeric", arguments->numeric, "Numeric code, 0..999")
        .between(0, bounds::currency_numeric_max)
        .excludes(iso);
    define.add_option("--name", arguments->name, "At most 64 bytes").excludes(iso);
    define.require_any(decimals, iso);
    add_command<NoArguments>(family, session, "list", "All currencies", run_list);
}

}  // namespace ledger::cli
