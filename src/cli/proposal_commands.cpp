// period-close, revalue: vouchers that a report proposes, printed as `post` takes them, or posted.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/report_arguments.hpp"

#include "ledger/reporting/period_close.hpp"
#include "ledger/reporting/revaluation.hpp"

#include <algorithm>

namespace ledger::cli {

namespace {

struct ProposalArguments {
    std::string book, date, book_date, at, summary, made_by;
    bool post = false;
    std::vector<std::string> equity;     // of a period close
    std::vector<std::string> positions;  // of a revaluation
    std::string result;
    MoneyArguments money;
};

/// Prints the vouchers, one line of JSON each, or posts them one after the other: what a failure
/// leaves out, the same command proposes again.
ExitCode give(Session& session, const std::vector<Voucher>& vouchers, const View& view, bool post) {
    if (vouchers.empty()) {
        std::cerr << "nothing to be posted\n";
        return ExitCode::ok;
    }
    const CurrencyTable currencies(view);
    if (!post) {
        for (const Voucher& voucher : vouchers) {
            print_json(std::cout, to_json(voucher, view, currencies));
        }
        return ExitCode::ok;
    }
    ExitCode code = ExitCode::ok;
    for (const Voucher& voucher : vouchers) {
        code = graver(code, report(session,
                                   {"voucher " + to_string(voucher.id), "posted", voucher.id,
                                    voucher.lines.size()},
                                   session.ledger().post(voucher)));
    }
    return code;
}

/// Of the ledger that is to be written, if the proposal is to be posted.
View view_of(Session& session, const ProposalArguments& arguments) {
    if (arguments.post) static_cast<void>(session.ledger());
    return session.view(arguments.at);
}

ExitCode run_period_close(Session& session, const ProposalArguments& arguments) {
    const View view = view_of(session, arguments);
    PeriodClose close;
    close.book = parse_book(arguments.book, "--book");
    close.last = parse_optional_date(arguments.date, "LAST_DATE");
    close.book_date = parse_optional_date(arguments.book_date, "--book-date");
    for (const std::string& text : arguments.equity) {
        close.equity.push_back(parse_id_as<AccountId>(text, "--to"));
    }
    close.summary = arguments.summary;
    close.made_by = arguments.made_by;
    return give(session, propose_period_close(view, close), view, arguments.post);
}

ExchangePosition parse_position(const std::string& text) {
    const auto [foreign, home] = split_pair(text, "--position");
    return {parse_id_as<AccountId>(foreign, "--position"),
            parse_id_as<AccountId>(home, "--position")};
}

/// What is behind the voucher, on stderr: stdout has nothing but records.
void explain(const RevaluationProposal& proposal, const Currency& home,
             const CurrencyTable& currencies) {
    Table positions({{"position"},
                     {"currency"},
                     {"balance", Align::right},
                     {"rate", Align::right},
                     {"value", Align::right}});
    for (const RevaluedPosition& one : proposal.positions) {
        positions.row({to_string(one.position.foreign), std::string(one.currency.text()),
                       print(one.balance, one.currency, currencies), to_string(one.rate),
                       print(one.value, home.code, currencies)});
    }
    positions.print(std::cerr);
    Table homes({{"home position"},
                 {"value of positions", Align::right},
                 {"balance", Align::right},
                 {"gain", Align::right}});
    for (const RevaluedHome& one : proposal.homes) {
        homes.row({to_string(one.account), print(one.value, home.code, currencies),
                   print(one.balance, home.code, currencies),
                   print(one.adjustment, home.code, currencies)});
    }
    homes.print(std::cerr);
}

ExitCode run_revalue(Session& session, const ProposalArguments& arguments) {
    const View view = view_of(session, arguments);
    CurrencyTable currencies(view);
    Rates rates = parse_rates(view, arguments.money, currencies);
    Revaluation revaluation{parse_book(arguments.book, "--book"),
                            parse_optional_date(arguments.date, "DATE"),
                            parse_optional_date(arguments.book_date, "--book-date"),
                            {},
                            std::move(rates),
                            parse_id_as<AccountId>(arguments.result, "--to"),
                            arguments.summary,
                            arguments.made_by};
    std::ranges::transform(arguments.positions, std::back_inserter(revaluation.positions),
                           parse_position);
    const RevaluationProposal proposal = propose_revaluation(view, revaluation);
    explain(proposal, revaluation.rates.reporting(), currencies);
    std::vector<Voucher> vouchers;
    if (proposal.voucher) vouchers.push_back(*proposal.voucher);
    return give(session, vouchers, view, arguments.post);
}

void add_common_options(Command command, ProposalArguments& arguments) {
    command.add_option("--book", arguments.book, "The book").required();
    command.add_option("--book-date", arguments.book_date,
                       "Of the vouchers (default: the date itself); later where that is closed");
    command.add_option("--at", arguments.at, "As known at this position or instant");
    command.add_option("--summary", arguments.summary, "Of the vouchers");
    command.add_option("--made-by", arguments.made_by, "Who made them");
    command.add_flag("--post", arguments.post, "Post them instead of printing them");
}

}  // namespace

void add_proposal_commands(Command app, Session& session) {
    auto [close, of_close] = add_command<ProposalArguments>(
        app, session, "period-close",
        "Propose the vouchers that take income and expenses to equity", run_period_close);
    close.add_option("LAST_DATE", of_close->date, "The period's last book date").required();
    add_common_options(close, *of_close);
    close
        .add_repeated("--to", of_close->equity,
                      "Account that takes the result; one for each currency")
        .required();

    auto [revalue, of_rates] = add_command<ProposalArguments>(
        app, session, "revalue",
        "Propose the voucher that brings exchange positions to given rates", run_revalue);
    revalue.add_option("DATE", of_rates->date, "Book date of the rates").required();
    add_common_options(revalue, *of_rates);
    revalue
        .add_repeated("--position", of_rates->positions,
                      "FOREIGN=HOME: two exchange position accounts; can be repeated")
        .required();
    revalue.add_option("--to", of_rates->result, "Account of exchange gains and losses").required();
    add_money_options(revalue, of_rates->money);
}

}  // namespace ledger::cli
