// group define, group list; relation define, relation list.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

#include <charconv>

namespace ledger::cli {

namespace {

struct GroupArguments {
    std::string code;
    std::string kind;
    std::string name;
};

ExitCode run_define_group(Session& session, const GroupArguments& arguments) {
    DefineGroup record;
    record.code = arguments.code;
    record.kind = naming("--kind", [&] { return parse_account_kind(arguments.kind); });
    record.name = arguments.name;
    return report(session, {"group " + arguments.code, "defined"}, session.ledger().post(record));
}

ExitCode run_list_groups(Session& session, const NoArguments&) {
    return print_all<DefineGroup>(
        session, session.view().groups(),
        {{{"code"}, {"kind"}, {"name"}},
         [](const DefineGroup& group) -> std::vector<std::string> {
             return {group.code, std::string(to_string(group.kind)), group.name};
         },
         [](const DefineGroup& group) { return to_json(group); }});
}

struct RelationArguments {
    std::uint32_t number = 0;
    std::string name;
    bool at_day_close = false;
    std::vector<std::string> terms;
    std::vector<std::string> group_terms;
};

std::int64_t parse_coefficient(const std::string& text, std::string_view what) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw InvalidArgument(std::string(what) + ": '" + text + "' is no whole number");
    }
    return value;
}

RelationTerm parse_group_term(const std::string& text) {
    const auto [place, coefficient] = split_pair(text, "--group-term");
    const std::size_t last = place.rfind('/');
    const std::size_t middle =
        last == std::string::npos || last == 0 ? last : place.rfind('/', last - 1);
    if (last == std::string::npos || middle == std::string::npos || middle == last) {
        throw InvalidArgument("--group-term: '" + text +
                              "' is not of the form CODE/BOOK/CURRENCY=COEFFICIENT");
    }
    RelationTerm term;
    term.coefficient = parse_coefficient(coefficient, "--group-term");
    term.group = place.substr(0, middle);
    term.book = parse_book(place.substr(middle + 1, last - middle - 1), "--group-term");
    term.currency = naming("--group-term",
                           [&] { return CurrencyCode(std::string_view(place).substr(last + 1)); });
    return term;
}

ExitCode run_define_relation(Session& session, const RelationArguments& arguments) {
    DefineRelation record;
    record.number = arguments.number;
    record.name = arguments.name;
    record.at_day_close = arguments.at_day_close;
    for (const std::string& text : arguments.terms) {
        const auto [account, coefficient] = split_pair(text, "--term");
        RelationTerm& term = record.terms.emplace_back();
        term.account = parse_id_as<AccountId>(account, "--term");
        term.coefficient = parse_coefficient(coefficient, "--term");
    }
    for (const std::string& text : arguments.group_terms) {
        record.terms.push_back(parse_group_term(text));
    }
    return report(session, {"relation " + std::to_string(arguments.number), "defined"},
                  session.ledger().post(record));
}

std::string print_terms(const DefineRelation& relation) {
    std::string text;
    for (const RelationTerm& term : relation.terms) {
        if (!text.empty()) text += " ";
        if (term.coefficient >= 0) text += "+";
        text += std::to_string(term.coefficient) + "*";
        text += term.group.empty() ? to_string(term.account)
                                   : term.group + "/" + std::to_string(term.book.number) + "/" +
                                         std::string(term.currency.text());
    }
    return text + " = 0";
}

ExitCode run_list_relations(Session& session, const NoArguments&) {
    return print_all<DefineRelation>(
        session, session.view().relations(),
        {{{"number", Align::right}, {"kept at"}, {"name"}, {"terms"}},
         [](const DefineRelation& relation) -> std::vector<std::string> {
             return {std::to_string(relation.number),
                     relation.at_day_close ? "day close" : "commit", relation.name,
                     print_terms(relation)};
         },
         [](const DefineRelation& relation) { return to_json(relation); }});
}

void add_relations(Command app, Session& session) {
    Command family = app.add_family("relation", "Equations that balances must keep");
    auto [define, arguments] = add_command<RelationArguments>(
        family, session, "define", "Define a relation: the sum of its terms is zero",
        run_define_relation);
    define.add_option("NUMBER", arguments->number, "1..65535").required();
    define.add_option("--name", arguments->name, "At most 64 bytes");
    define.add_flag("--at-day-close", arguments->at_day_close,
                    "Kept when a day is closed (default: at every commit)");
    define.add_repeated("--term", arguments->terms, "ACCOUNT=COEFFICIENT; can be repeated");
    define.add_repeated(
        "--group-term", arguments->group_terms,
        "CODE/BOOK/CURRENCY=COEFFICIENT: all accounts under a group; can be repeated");
    add_command<NoArguments>(family, session, "list", "All relations", run_list_relations);
}

}  // namespace

void add_chart_commands(Command app, Session& session) {
    Command family = app.add_family("group", "Groups of the chart of accounts");
    auto [define, arguments] =
        add_command<GroupArguments>(family, session, "define", "Define a group", run_define_group);
    define
        .add_option("CODE", arguments->code,
                    "Its place in the chart, segments separated by '.', such as 1001.01")
        .required();
    define
        .add_option("--kind", arguments->kind,
                    "asset, liability, equity, income, expense, common or memorandum")
        .required();
    define.add_option("--name", arguments->name, "At most 64 bytes");
    add_command<NoArguments>(family, session, "list", "All groups", run_list_groups);
    add_relations(app, session);
}

}  // namespace ledger::cli
