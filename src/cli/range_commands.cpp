// lowest, highest, average, turnover, longest-run: what one account, or several together, held over
// a range of instants or of book dates.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/past_range.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace ledger::cli {

namespace {

struct RangeArguments {
    std::vector<std::string> accounts;
    PastRangeArguments range;
    std::string at, rounding = "half_even", threshold;
};

PastRange range_of(const RangeArguments& arguments) {
    if (const auto range = parse_past_range(arguments.range)) return *range;
    throw InvalidArgument(
        "give either --from and --to, two instants, or --first-date and --last-date, two book "
        "dates");
}

/// What all these commands ask about.
struct Question {
    View view;
    CurrencyTable currencies;
    std::vector<AccountId> accounts;
    CurrencyCode currency;
    PastRange range;

    Question(Session& session, const RangeArguments& arguments)
        : view(session.view(arguments.at)), currencies(view), range(range_of(arguments)) {
        for (const std::string& text : arguments.accounts) {
            const auto account = parse_id_as<AccountId>(text, "ACCOUNT");
            const CurrencyCode code = currency_of(view, account, text);
            if (accounts.empty()) currency = code;
            accounts.push_back(account);
        }
    }
    std::string print(Amount amount) const { return currencies.print(amount, currency); }
};

Json subject_of(const Question& question) {
    Json accounts = Json::array();
    for (const AccountId account : question.accounts) accounts.push_back(to_string(account));
    Json out{{"accounts", std::move(accounts)},
             {"currency", question.currency.text()},
             {"position", question.view.position().value}};
    std::visit([&](const auto& range) { put_past_range(out, range); }, question.range);
    return out;
}

ExitCode answer(const Session& session, const Question& question, const Json& fields) {
    if (session.json) {
        Json out = subject_of(question);
        out.update(fields);
        print_json(std::cout, out);
        return ExitCode::ok;
    }
    Card card;
    card.field("currency", question.currency.text());
    for (const auto& [name, value] : fields.items()) {
        std::string label = name;
        std::ranges::replace(label, '_', ' ');
        card.amount(label, value.is_string() ? value.get<std::string>() : value.dump());
    }
    card.print(std::cout);
    return ExitCode::ok;
}

template <class Query>
auto asked(const Question& question, Query query) {
    return std::visit([&](const auto& range) { return query(range).value(); }, question.range);
}

ExitCode run_lowest(Session& session, const RangeArguments& arguments) {
    const Question question(session, arguments);
    const Amount found = asked(question, [&](const auto& range) {
        return question.view.lowest(question.accounts, range);
    });
    return answer(session, question, {{"lowest", question.print(found)}});
}

ExitCode run_highest(Session& session, const RangeArguments& arguments) {
    const Question question(session, arguments);
    const Amount found = asked(question, [&](const auto& range) {
        return question.view.highest(question.accounts, range);
    });
    return answer(session, question, {{"highest", question.print(found)}});
}

ExitCode run_average(Session& session, const RangeArguments& arguments) {
    const Question question(session, arguments);
    const Rounding rounding =
        naming("--rounding", [&] { return parse_rounding(arguments.rounding); });
    const Amount found = asked(question, [&](const auto& range) {
        return question.view.average(question.accounts, range, rounding);
    });
    return answer(session, question,
                  {{"average", question.print(found)}, {"rounding", to_string(rounding)}});
}

ExitCode run_turnover(Session& session, const RangeArguments& arguments) {
    const Question question(session, arguments);
    const Turnover found = asked(question, [&](const auto& range) {
        return question.view.turnover(question.accounts, range);
    });
    return answer(
        session, question,
        {{"debits", question.print(found.debits)}, {"credits", question.print(found.credits)}});
}

Json fields_of(const InstantRange& run) {
    if (run.from == run.to) return {{"above_for", "0s"}};
    return {{"above_from", to_string(run.from)},
            {"above_to", to_string(run.to)},
            {"above_for", print_span(run.to - run.from)}};
}

Json fields_of(const DateRange& run) {
    if (run.days() == 0) return {{"days_above", 0}};
    return {{"above_first", to_string(run.first)},
            {"above_last", to_string(run.last)},
            {"days_above", run.days()}};
}

ExitCode run_longest(Session& session, const RangeArguments& arguments) {
    const Question question(session, arguments);
    const Amount threshold =
        question.currencies.parse(arguments.threshold, question.currency, "--above");
    const auto fields = asked(question, [&](const auto& range) {
        return std::optional(
            fields_of(*question.view.longest_run_above(question.accounts, range, threshold)));
    });
    return answer(session, question, fields);
}

void add_range_command(Command app, Session& session, const std::string& name,
                       const std::string& description,
                       ExitCode (*run)(Session&, const RangeArguments&)) {
    auto [command, arguments] = add_command<RangeArguments>(app, session, name, description, run);
    command.add_option("ACCOUNT", arguments->accounts, "Ids; several are added up").required();
    add_past_range_options(command, arguments->range);
    command.add_option("--at", arguments->at, "As known at this position or instant");
    if (name == "average") {
        command.add_option("--rounding", arguments->rounding, "half_even, half_up, ...");
    }
    if (name == "longest-run") {
        command.add_option("--above", arguments->threshold, "An amount").required();
    }
}

}  // namespace

void add_range_commands(Command app, Session& session) {
    add_range_command(app, session, "lowest", "The least balance of a range", run_lowest);
    add_range_command(app, session, "highest", "The greatest balance of a range", run_highest);
    add_range_command(app, session, "average",
                      "The balance weighted by time, or the mean of the days' ends", run_average);
    add_range_command(app, session, "turnover", "Debits and credits of a range", run_turnover);
    add_range_command(app, session, "longest-run",
                      "The longest time, or run of days, above an amount", run_longest);
}

}  // namespace ledger::cli
