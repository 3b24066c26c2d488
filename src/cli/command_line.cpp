// Outcomes and pages.
#include "cli/command_line.hpp"

#include "ledger/core/id_generator.hpp"

namespace ledger::cli {

namespace {

constexpr std::size_t page_size_max = 10'000;

Json balances_to_json(const Receipt& receipt, const View& view, const CurrencyTable& currencies) {
    Json out = Json::array();
    for (const Receipt::After& after : receipt.balances) {
        Json item{{"account", to_string(after.account)}};
        item["balance"] = to_json(after.balance, currency_of(view, after.account), currencies);
        out.push_back(std::move(item));
    }
    return out;
}

void print_balances(const Receipt& receipt, const View& view, const CurrencyTable& currencies) {
    Table table({{"account"},
                 {"total", Align::right},
                 {"held", Align::right},
                 {"available", Align::right},
                 {"currency"}});
    for (const Receipt::After& after : receipt.balances) {
        const CurrencyCode code = currency_of(view, after.account);
        table.row({to_string(after.account), currencies.print(after.balance.total(), code),
                   currencies.print(after.balance.held, code),
                   currencies.print(after.balance.available(), code), std::string(code.text())});
    }
    if (!table.empty()) table.print(std::cout);
}

}  // namespace

Command add_command(Command parent, Session& session, const std::string& name,
                    const std::string& description, std::function<ExitCode()> run) {
    return parent.add_command(name, description,
                              [&session, run = std::move(run)] { session.command = run; });
}

ExitCode exit_code_of(Outcome outcome) noexcept {
    if (is_success(outcome)) return ExitCode::ok;
    if (outcome == Outcome::outcome_unknown) return ExitCode::outcome_unknown;
    if (outcome == Outcome::storage_full) return ExitCode::storage;
    const bool later = outcome == Outcome::overloaded || outcome == Outcome::deadline_passed ||
                       outcome == Outcome::clock_out_of_range || outcome == Outcome::closed;
    return later ? ExitCode::unavailable : ExitCode::refused;
}

ExitCode graver(ExitCode a, ExitCode b) noexcept {
    for (const ExitCode code :
         {ExitCode::outcome_unknown, ExitCode::storage, ExitCode::unavailable, ExitCode::refused}) {
        if (a == code || b == code) return code;
    }
    return ExitCode::ok;
}

std::string describe_refusal(const Result& result, std::size_t line_count) {
    std::string text = "refused: " + std::string(to_string(result.outcome));
    if (result.names_line()) {
        const std::string number = std::to_string(result.line + 1);
        if (is_about_a_hold(result.outcome)) {
            text += ", capture " + number;
        } else if (line_count > 0) {
            text += ", line " + number + " of " + std::to_string(line_count);
        } else {
            text += ", part " + number;  // a term of a relation, a source, an exception
        }
    }
    if (result.culprit != 0) text += " by relation " + std::to_string(result.culprit);
    if (result.account) text += ", account " + to_string(result.account);
    if (result.position) {
        text += " (the first one is at position " + std::to_string(result.position.value) + ")";
    }
    return text + ": " + std::string(explain(result.outcome));
}

ExitCode report(Session& session, const Deed& deed, const Receipt& receipt) {
    const Result& result = receipt.result;
    const View view = session.view();
    const CurrencyTable currencies(view);
    if (session.json) {
        Json out = Json::object();
        if (deed.id) out["id"] = to_string(deed.id);
        out.update(to_json(result));
        if (!receipt.balances.empty())
            out["balances"] = balances_to_json(receipt, view, currencies);
        print_json(std::cout, out);
    }
    if (!result) {
        std::cerr << "ledgerctl: " << deed.subject << ": "
                  << describe_refusal(result, deed.line_count) << "\n";
        return exit_code_of(result.outcome);
    }
    if (!session.json) {
        Card card;
        card.field(std::string(to_string(result.outcome)), deed.subject + " " + deed.done);
        if (deed.id) card.field("id", to_string(deed.id));
        card.field("position", std::to_string(result.position.value));
        if (result.number != 0) card.field("number", std::to_string(result.number));
        card.field("instant", to_string(result.instant));
        if (result.book_date) card.field("book date", to_string(result.book_date));
        card.print(std::cout);
        print_balances(receipt, view, currencies);
    }
    return ExitCode::ok;
}

RecordId id_or_fresh(const std::string& text, std::string_view what) {
    if (!text.empty()) return parse_id_as<RecordId>(text, what);
    static IdGenerator generator;
    return generator.next<RecordId>();
}

void add_page_options(Command command, PageArguments& arguments, bool can_go_backward) {
    command.add_option("--limit", arguments.limit, "Items of a page")
        .between(1, page_size_max)
        .show_default();
    command.add_flag("--all", arguments.all, "All pages, one after the other");
    command.add_option("--cursor", arguments.cursor, "Go on where the page with this cursor ended");
    if (can_go_backward) {
        command.add_flag("--backward", arguments.backward, "The newest first");
    }
}

void announce_cursor(const std::string& cursor) {
    std::cerr << "more follow: --cursor " << cursor << " (or --all)\n";
}

}  // namespace ledger::cli
