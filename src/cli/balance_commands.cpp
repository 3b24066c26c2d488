// balance, lines, entries, trial: what stands on the accounts.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/entry_columns.hpp"

#include <algorithm>

namespace ledger::cli {

namespace {

// ---- balance

struct BalanceArguments {
    std::string account, group, book, currency, at, on, known_at;
};

void print_balance(const Balance& balance, CurrencyCode code, const CurrencyTable& currencies) {
    const auto print = [&](Amount amount) { return currencies.print(amount, code); };
    Card card;
    card.field("currency", code.text());
    card.field("normal side", to_string(balance.normal_side));
    card.amount("debits", print(balance.debits)).amount("credits", print(balance.credits));
    if (balance.buffered_debits != Amount{} || balance.buffered_credits != Amount{}) {
        card.amount("buffered debits", print(balance.buffered_debits))
            .amount("buffered credits", print(balance.buffered_credits));
    }
    card.amount("posted", print(balance.posted()))
        .amount("total", print(balance.total()))
        .amount("held", print(balance.held))
        .amount("available", print(balance.available()));
    card.print(std::cout);
}

void print_subject(const Json& subject) {
    for (const auto& [name, value] : subject.items()) {
        std::cout << name << " "
                  << printable(value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    }
}

ExitCode show_balance(const Session& session, const Json& subject, Date date,
                      const DatedBalance& balance, CurrencyCode code, const View& view) {
    const CurrencyTable currencies(view);
    if (!session.json) {
        print_subject(subject);
        Card card;
        card.field("book date", to_string(date)).field("currency", code.text());
        card.field("normal side", to_string(balance.normal_side));
        card.amount("debits", currencies.print(balance.debits, code))
            .amount("credits", currencies.print(balance.credits, code))
            .amount("total", currencies.print(balance.total(), code));
        card.print(std::cout);
        return ExitCode::ok;
    }
    Json out = subject;
    out["book_date"] = to_string(date);
    out["position"] = view.position().value;
    out.update(to_json(balance, code, currencies));
    print_json(std::cout, out);
    return ExitCode::ok;
}

ExitCode show_balance(const Session& session, const Json& subject, const Balance& balance,
                      CurrencyCode code, const View& view) {
    const CurrencyTable currencies(view);
    if (!session.json) {
        print_subject(subject);
        print_balance(balance, code, currencies);
        return ExitCode::ok;
    }
    Json out = subject;
    out["position"] = view.position().value;
    out.update(to_json(balance, code, currencies));
    print_json(std::cout, out);
    return ExitCode::ok;
}

ExitCode run_balance(Session& session, const BalanceArguments& arguments) {
    if (arguments.account.empty() == arguments.group.empty()) {
        throw InvalidArgument("balance: give an ACCOUNT, or --group with --book and --currency");
    }
    const Date date = parse_optional_date(arguments.on, "--on");
    if (date ? !arguments.at.empty() : !arguments.known_at.empty()) {
        throw InvalidArgument(
            "balance: --at POINT asks what the ledger said then; --on DATE what belongs to a book "
            "date, and --known-at POINT as known when");
    }
    const View view = session.view(date ? arguments.known_at : arguments.at);
    if (!arguments.account.empty()) {
        const auto account = parse_id_as<AccountId>(arguments.account, "ACCOUNT");
        const CurrencyCode code = currency_of(view, account, arguments.account);
        const Json subject{{"account", to_string(account)}};
        if (date) {
            return show_balance(session, subject, date, view.balance_on(account, date).value(),
                                code, view);
        }
        return show_balance(session, subject, view.balance(account).value_or(Balance{}), code,
                            view);
    }
    if (arguments.book.empty() || arguments.currency.empty()) {
        throw InvalidArgument("--group: the sum needs --book and --currency as well");
    }
    const BookId book = parse_book(arguments.book, "--book");
    const CurrencyCode code =
        naming("--currency", [&] { return CurrencyCode(arguments.currency); });
    const std::vector<DefineBook> books = view.books();
    if (std::none_of(books.begin(), books.end(),
                     [book](const DefineBook& known) { return known.book == book; })) {
        throw NotFound("--book: book " + arguments.book + " is not in the ledger; see: book list");
    }
    if (!CurrencyTable(view).knows(code)) {
        throw NotFound("--currency: " + arguments.currency +
                       " is not in the ledger; see: currency list");
    }
    const auto found = [&](const auto& balance) {
        if (balance) return *balance;
        throw NotFound("--group: group '" + arguments.group +
                       "' is not in the chart; see: group list");
    };
    const Json subject{{"group", arguments.group}, {"book", book.number}};
    if (date) {
        const auto balance = view.balance_of_group_on(arguments.group, book, code, date);
        return show_balance(session, subject, date, found(balance), code, view);
    }
    return show_balance(session, subject, found(view.balance_of_group(arguments.group, book, code)),
                        code, view);
}

// ---- lines and entries

struct EntriesArguments {
    std::string account, from, to, at;
    PageArguments page;
};

/// What the balance of the account is, after the entry.
std::vector<std::string> entry_row(const AccountEntry& entry, CurrencyCode code,
                                   const CurrencyTable& currencies, bool with_kind) {
    const auto print = [&](Amount amount) { return currencies.print(amount, code); };
    const std::string amount = print(entry.amount);
    std::vector<std::string> row{std::to_string(entry.position.value), to_string(entry.instant),
                                 entry.book_date ? to_string(entry.book_date) : ""};
    if (with_kind) row.push_back(kind_of(entry));
    row.push_back(on_side(entry, Side::debit, amount));
    row.push_back(on_side(entry, Side::credit, amount));
    if (with_kind) row.push_back(set_aside(entry, amount));
    row.push_back(print(entry.balance.total()));
    row.push_back(print(entry.balance.available()));
    return row;
}

ExitCode run_entries(Session& session, const EntriesArguments& arguments, bool only_lines) {
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const auto account = parse_id_as<AccountId>(arguments.account, "ACCOUNT");
    const CurrencyCode code = currency_of(view, account, arguments.account);
    const Range range = parse_range(arguments.from, arguments.to);
    std::vector<Table::Column> columns{{"position", Align::right},
                                       {"instant"},
                                       {"book date"},
                                       {"entry"},
                                       {"debit", Align::right},
                                       {"credit", Align::right},
                                       {"set aside", Align::right},
                                       {"total", Align::right},
                                       {"available", Align::right}};
    if (only_lines) {
        columns.erase(columns.begin() + 6);
        columns.erase(columns.begin() + 3);
    }
    return print_pages<AccountEntry>(
        session, arguments.page,
        {columns,
         [&](const AccountEntry& entry) { return entry_row(entry, code, currencies, !only_lines); },
         [&](const AccountEntry& entry) { return to_json(entry, code, currencies); }},
        [&](const PageRequest& page) {
            return only_lines ? view.lines(account, page, range)
                              : view.entries(account, page, range);
        });
}

void add_entries_command(Command app, Session& session, const std::string& name,
                         const std::string& description,
                         ExitCode (*run)(Session&, const EntriesArguments&)) {
    auto [command, arguments] = add_command<EntriesArguments>(app, session, name, description, run);
    command.add_option("ACCOUNT", arguments->account, "Its id").required();
    command.add_option("--from", arguments->from, "From this position or instant on");
    command.add_option("--to", arguments->to, "Up to and with this position or instant");
    command.add_option("--at", arguments->at, "As the ledger was at this position or instant");
    add_page_options(command, arguments->page, true);
}

// ---- trial balance

struct TrialArguments {
    std::string at;
};

ExitCode run_trial(Session& session, const TrialArguments& arguments) {
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const std::vector<TrialSum> sums = view.trial_sums();
    const bool is_balanced =
        std::all_of(sums.begin(), sums.end(), [](const TrialSum& sum) { return sum.balanced; });
    print_all<TrialSum>(session, sums,
                        {{{"book", Align::right},
                          {"currency"},
                          {"debits", Align::right},
                          {"credits", Align::right},
                          {"accounts", Align::right},
                          {"balanced"}},
                         [&](const TrialSum& sum) -> std::vector<std::string> {
                             return {std::to_string(sum.book.number),
                                     std::string(sum.currency.text()),
                                     currencies.print_digits(sum.debits, sum.currency),
                                     currencies.print_digits(sum.credits, sum.currency),
                                     std::to_string(sum.accounts),
                                     sum.balanced ? "yes" : "NO"};
                         },
                         [&](const TrialSum& sum) { return to_json(sum, currencies); }});
    if (is_balanced) return ExitCode::ok;
    std::cerr << "ledgerctl: debits and credits differ, which no accepted voucher can cause; run "
                 "verify --deep and keep the files\n";
    return ExitCode::corruption;
}

}  // namespace

void add_balance_commands(Command app, Session& session) {
    auto [balance, arguments] = add_command<BalanceArguments>(
        app, session, "balance", "Balance of an account, or of a group of the chart", run_balance);
    balance.add_option("ACCOUNT", arguments->account, "Its id");
    balance.add_option("--group", arguments->group, "Code of a group");
    balance.add_option("--book", arguments->book, "Book of the group's accounts");
    balance.add_option("--currency", arguments->currency, "Currency of the group's accounts");
    balance.add_option("--at", arguments->at, "As it was at this position or instant");
    balance.add_option("--on", arguments->on, "At the end of this book date");
    balance.add_option("--known-at", arguments->known_at,
                       "With --on: as known at this position or instant");

    add_entries_command(
        app, session, "lines", "Lines of an account, with the balance after each",
        [](Session& s, const EntriesArguments& a) { return run_entries(s, a, true); });
    add_entries_command(
        app, session, "entries", "Everything that happened to an account: lines, holds, changes",
        [](Session& s, const EntriesArguments& a) { return run_entries(s, a, false); });
    auto [trial, when] = add_command<TrialArguments>(
        app, session, "trial", "Debits and credits per book and currency, over all accounts",
        run_trial);
    trial.add_option("--at", when->at, "As they were at this position or instant");
}

}  // namespace ledger::cli
