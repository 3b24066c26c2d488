// day cut, close, status, certificate, late, bridge: the days of books.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/voucher_listing.hpp"

#include "ledger/core/clock.hpp"
#include "ledger/day_keeper.hpp"
#include "ledger/intake/calendar_file.hpp"

#include <chrono>
#include <thread>

namespace ledger::cli {

namespace {

Deed deed_of(BookId book, Date date, const char* done) {
    return {"book " + std::to_string(book.number) + ", day " + to_string(date), done};
}

// ---- cut

struct CutArguments {
    std::string book, date, calendar, now;
};

ExitCode cut_by_calendar(Session& session, BookId book, const CutArguments& arguments) {
    const Instant given = parse_optional_instant(arguments.now, "--now");
    const Instant now = given ? given : SystemClock{}.now();
    DayKeeper keeper(session.ledger(), book, intake::load_calendar(arguments.calendar));
    ExitCode code = ExitCode::ok;
    bool is_cut = false;
    for (auto cuts = keeper.cut_due(now); !cuts.empty(); cuts = keeper.cut_due(now)) {
        is_cut = true;
        for (const DayKeeper::Cut& cut : cuts) {
            const Receipt receipt{cut.result, {}};
            code = graver(code, report(session, deed_of(book, cut.date, "cut"), receipt));
        }
        if (code != ExitCode::ok) return code;
    }
    if (!is_cut && !session.json) {
        std::cout << "nothing is due: the current day of book " << book.number << " is "
                  << to_string(session.view().days(book)->current) << "\n";
    }
    return code;
}

ExitCode run_cut(Session& session, const CutArguments& arguments) {
    const BookId book = parse_book(arguments.book, "BOOK");
    if (arguments.date.empty() == arguments.calendar.empty()) {
        throw InvalidArgument("day cut: give either DATE or --calendar FILE");
    }
    if (!arguments.calendar.empty()) return cut_by_calendar(session, book, arguments);
    if (!arguments.now.empty()) throw InvalidArgument("--now: goes with --calendar only");
    const CutDay record{book, parse_optional_date(arguments.date, "DATE")};
    return report(session, deed_of(book, record.date, "cut"), session.ledger().post(record));
}

void add_cut(Command family, Session& session) {
    auto [cut, arguments] = add_command<CutArguments>(
        family, session, "cut", "Cut a day: the book's current day becomes the one after it",
        run_cut);
    cut.add_option("BOOK", arguments->book, "1..65535").required();
    cut.add_option("DATE", arguments->date, "The book date, such as 2026-11-21");
    cut.add_option("--calendar", arguments->calendar,
                   "Instead of DATE: a file of the calendar by which days that are due are cut");
    cut.add_option("--now", arguments->now, "With --calendar: due at this instant (default: now)");
}

// ---- close

/// The engine makes it in the background: a command that ends at once would leave that to the next
/// program that opens the ledger.
void await_certificate(Session& session, const CloseDay& close) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!session.view().certificate(close.book, close.date) &&
           std::chrono::steady_clock::now() < until) {
        if (!session.ledger().step()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

struct CloseArguments {
    std::string book, date;
    std::vector<std::string> exceptions;
};

ExitCode run_close(Session& session, const CloseArguments& arguments) {
    CloseDay record{parse_book(arguments.book, "BOOK"),
                    parse_optional_date(arguments.date, "DATE")};
    for (const std::string& id : arguments.exceptions) {
        record.exceptions.push_back(parse_id_as<AccountId>(id, "--except"));
    }
    const Receipt receipt = session.ledger().post(record);
    if (receipt) await_certificate(session, record);
    return report(session, deed_of(record.book, record.date, "closed"), receipt);
}

void add_close(Command family, Session& session) {
    auto [close, arguments] = add_command<CloseArguments>(
        family, session, "close", "Close a day that was cut: nothing enters it any more",
        run_close);
    close.add_option("BOOK", arguments->book, "1..65535").required();
    close.add_option("DATE", arguments->date, "The book date, such as 2026-11-21").required();
    close.add_repeated("--except", arguments->exceptions,
                       "A transit account that is not zero on that day; can be repeated");
}

// ---- status

/// A book's days, with the open dates that have vouchers.
struct BookStatus {
    BookId book;
    BookDays days;
    std::vector<OpenDate> open;
};

BookStatus status_of(const View& view, BookId book) {
    BookStatus status{book, view.days(book).value_or(BookDays{}), {}};
    PageRequest page{10'000, false, {}};
    do {
        Page<OpenDate> some = view.open_dates(book, page);
        status.open.insert(status.open.end(), some.items.begin(), some.items.end());
        page.cursor = std::move(some.cursor);
    } while (!page.cursor.empty());
    return status;
}

Json to_json(const BookStatus& status) {
    Json out{{"book", status.book.number}};
    const auto put = [&](const char* key, Date date) {
        if (date) out[key] = to_string(date);
    };
    put("first_date", status.days.first_date);
    put("closed_through", status.days.closed_through);
    put("current", status.days.current);
    out["open_dates"] = Json::array();
    for (const OpenDate& one : status.open) {
        out["open_dates"].push_back({{"date", to_string(one.date)}, {"vouchers", one.vouchers}});
    }
    return out;
}

void add_rows(Table& table, const BookStatus& status) {
    const auto print = [](Date date) { return date ? to_string(date) : std::string{}; };
    const std::vector<std::string> first = {std::to_string(status.book.number),
                                            print(status.days.closed_through),
                                            print(status.days.current)};
    if (status.open.empty()) table.row({first[0], first[1], first[2], "", ""});
    bool is_first = true;
    for (const OpenDate& one : status.open) {
        const auto cell = [&](std::size_t i) { return is_first ? first[i] : std::string{}; };
        table.row({cell(0), cell(1), cell(2), to_string(one.date), std::to_string(one.vouchers)});
        is_first = false;
    }
}

struct StatusArguments {
    std::string book, at;
};

ExitCode run_status(Session& session, const StatusArguments& arguments) {
    const View view = session.view(arguments.at);
    std::vector<BookId> books;
    if (arguments.book.empty()) {
        for (const DefineBook& defined : view.books()) books.push_back(defined.book);
    } else {
        books.push_back(parse_book(arguments.book, "BOOK"));
        if (!view.days(books[0])) {
            throw NotFound("book " + arguments.book +
                           " is not defined; list what is there with: book list");
        }
    }
    Table table({{"book", Align::right},
                 {"closed through"},
                 {"current day"},
                 {"open date"},
                 {"vouchers", Align::right}});
    for (const BookId book : books) {
        const BookStatus status = status_of(view, book);
        if (session.json) {
            print_json(std::cout, to_json(status));
        } else {
            add_rows(table, status);
        }
    }
    if (!session.json) table.print(std::cout);
    return ExitCode::ok;
}

void add_status(Command family, Session& session) {
    auto [status, arguments] = add_command<StatusArguments>(
        family, session, "status",
        "How far the days of each book are, and the open dates that have vouchers", run_status);
    status.add_option("BOOK", arguments->book, "1..65535 (default: all)");
    status.add_option("--at", arguments->at, "As it was at this position or instant");
}

// ---- certificate

struct CertificateArguments {
    std::string book, date;
};

ExitCode run_certificate(Session& session, const CertificateArguments& arguments) {
    const View view = session.view();
    const BookId book = parse_book(arguments.book, "BOOK");
    const auto made = view.certificate(book, parse_optional_date(arguments.date, "DATE"));
    if (!made) {
        throw NotFound("book " + arguments.book + " has no certificate of " + arguments.date +
                       "; one is made some moments after a close of this very date");
    }
    if (session.json) {
        print_json(std::cout, cli::to_json(*made));
    } else {
        Card card;
        card.field("certificate", "book " + arguments.book + ", day " + to_string(made->date))
            .field("close", "position " + std::to_string(made->close.value))
            .field("accounts", std::to_string(made->accounts))
            .field("algorithm", made->algorithm)
            .field("digest", to_hex(made->digest));
        card.print(std::cout);
    }
    return ExitCode::ok;
}

void add_certificate(Command family, Session& session) {
    auto [certificate, arguments] = add_command<CertificateArguments>(
        family, session, "certificate",
        "The digest of a book's balances at the end of a closed day", run_certificate);
    certificate.add_option("BOOK", arguments->book, "1..65535").required();
    certificate.add_option("DATE", arguments->date, "The date that was closed").required();
}

// ---- late

struct LateArguments {
    std::string book, date, at;
    PageArguments page;
};

ExitCode run_late(Session& session, const LateArguments& arguments) {
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const BookId book = parse_book(arguments.book, "BOOK");
    const Date date = parse_optional_date(arguments.date, "DATE");
    return print_pages<PostedVoucher>(
        session, arguments.page, listing_of_vouchers(view, currencies),
        [&](const PageRequest& request) { return view.vouchers_concerning(book, date, request); });
}

void add_late(Command family, Session& session) {
    auto [late, arguments] = add_command<LateArguments>(
        family, session, "late", "The vouchers that name a day as the one they concern", run_late);
    late.add_option("BOOK", arguments->book, "1..65535").required();
    late.add_option("DATE", arguments->date, "The day concerned, such as 2026-11-21").required();
    late.add_option("--at", arguments->at, "As it was at this position or instant");
    add_page_options(late, arguments->page, true);
}

// ---- bridge

struct BridgeArguments {
    std::string book, date, at;
};

void print_head(const Session& session, const BridgeHead& head) {
    const DayClose& close = head.close;
    if (session.json) {
        Json out{{"book", head.book.number},
                 {"date", to_string(head.date)},
                 {"closed_with", to_string(close.close.date)},
                 {"close", close.position.value},
                 {"instant", to_string(close.instant)}};
        if (head.certificate) out["digest"] = to_hex(head.certificate->digest);
        out["position"] = head.known_at.value;
        print_json(std::cout, out);
        return;
    }
    Card card;
    card.field("bridge of",
               "book " + std::to_string(head.book.number) + ", day " + to_string(head.date));
    card.field("closed", "with " + to_string(close.close.date) + ", position " +
                             std::to_string(close.position.value) + ", " +
                             to_string(close.instant));
    if (head.certificate) card.field("certified", to_hex(head.certificate->digest));
    card.field("known at position", std::to_string(head.known_at.value));
    card.print(std::cout);
    std::cout << "\n";
}

Listing<BridgedAccount> listing_of_bridged(const CurrencyTable& currencies) {
    const auto print = [&](Amount amount, const BridgedAccount& of) {
        return currencies.print(amount, of.account.currency);
    };
    return {{{"account"},
             {"code"},
             {"name"},
             {"certified", Align::right},
             {"late debits", Align::right},
             {"late credits", Align::right},
             {"as seen", Align::right},
             {""}},
            [print](const BridgedAccount& one) -> std::vector<std::string> {
                return {to_string(one.account.id),
                        one.account.code,
                        one.account.name,
                        print(one.certified, one),
                        print(one.late.debits, one),
                        print(one.late.credits, one),
                        print(one.seen, one),
                        std::string(one.account.currency.text())};
            },
            [print](const BridgedAccount& one) {
                Json out{{"account", to_string(one.account.id)}};
                if (!one.account.code.empty()) out["code"] = one.account.code;
                out["currency"] = one.account.currency.text();
                out["normal_side"] = to_string(one.account.normal_side);
                out["certified"] = print(one.certified, one);
                out["late_debits"] = print(one.late.debits, one);
                out["late_credits"] = print(one.late.credits, one);
                out["seen"] = print(one.seen, one);
                return out;
            }};
}

ExitCode run_bridge(Session& session, const BridgeArguments& arguments) {
    const View view = session.view(arguments.at);
    const CurrencyTable currencies(view);
    const Bridge bridge(view, parse_book(arguments.book, "BOOK"),
                        parse_optional_date(arguments.date, "DATE"));
    const Format format = parse_format(session, "text");
    print_head(session, bridge.head());
    print_items<BridgedAccount>(format, listing_of_bridged(currencies),
                                [&](const PageRequest& page) { return bridge.accounts(page); });
    if (!session.json) std::cout << "\nby these vouchers:\n";
    print_items<PostedVoucher>(format, listing_of_vouchers(view, currencies),
                               [&](const PageRequest& page) { return bridge.vouchers(page); });
    return ExitCode::ok;
}

void add_bridge(Command family, Session& session) {
    auto [bridge, arguments] = add_command<BridgeArguments>(
        family, session, "bridge",
        "From the certified balances of a closed day to that day as seen today, by which vouchers",
        run_bridge);
    bridge.add_option("BOOK", arguments->book, "1..65535").required();
    bridge.add_option("DATE", arguments->date, "A closed day, such as 2026-11-21").required();
    bridge.add_option("--at", arguments->at, "As seen at this position or instant");
}

}  // namespace

void add_day_commands(Command app, Session& session) {
    Command family = app.add_family("day", "The days of books: cut, closed, what came late");
    add_cut(family, session);
    add_close(family, session);
    add_status(family, session);
    add_certificate(family, session);
    add_late(family, session);
    add_bridge(family, session);
}

}  // namespace ledger::cli
