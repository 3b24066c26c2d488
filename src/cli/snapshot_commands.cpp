// snapshot cut, list, export, verify, diff: the balances of all accounts at a named position or a
// closed day.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/voucher_listing.hpp"

#include <array>
#include <optional>

namespace ledger::cli {

namespace {

constexpr const char* digest_help = "The name of a snapshot, or a closed day as BOOK/DATE";
constexpr const char* point_help =
    "The name of a snapshot, a position or instant, or a day as BOOK/DATE";

/// What a person calls a snapshot: its name, a position or instant, or a day of a book.
struct Point {
    std::string text;
    Position position;                 ///< a day's: of its close; zero: it is not closed
    std::optional<Snapshot> snapshot;  ///< where it has a name
    BookId book;                       ///< of a day
    Date date = Date::none();
    std::optional<Certificate> certificate;

    bool is_day() const { return static_cast<bool>(book); }
};

Point parse_day(const View& view, const std::string& text, std::size_t slash) {
    Point point;
    point.text = text;
    point.book = parse_book(text.substr(0, slash), "BOOK of '" + text + "'");
    point.date = parse_optional_date(text.substr(slash + 1), "DATE of '" + text + "'");
    if (const auto close = view.closed_by(point.book, point.date)) point.position = close->position;
    point.certificate = view.certificate(point.book, point.date);
    return point;
}

Point parse_point(const View& view, const std::string& text) {
    Point point;
    point.text = text;
    if (const auto cut = view.snapshot(text)) {
        point.snapshot = cut->snapshot;
        point.position = cut->snapshot.position;
        return point;
    }
    if (const auto slash = text.find('/'); slash != std::string::npos) {
        return parse_day(view, text, slash);
    }
    if (text.find_first_not_of("0123456789-+:.TZ") != std::string::npos) {
        throw NotFound("there is no snapshot '" + text +
                       "'; list them with: snapshot list, or give a position, an instant, or a day "
                       "as BOOK/DATE");
    }
    const PastPoint past = parse_past_point(text, "SNAPSHOT");
    point.position = past.instant ? view.position_at(past.instant) : past.position;
    if (!point.position || point.position > view.position()) {
        throw InvalidArgument("SNAPSHOT " + text + ": the journal has the positions 1 to " +
                              std::to_string(view.position().value) + "; give one of them");
    }
    return point;
}

Json to_json(const Point& point) {
    Json out;
    if (point.snapshot) out["name"] = point.snapshot->name;
    if (point.is_day()) {
        out["book"] = point.book.number;
        out["date"] = to_string(point.date);
    }
    if (point.position) out[point.is_day() ? "close" : "position"] = point.position.value;
    if (point.snapshot) out["digest"] = to_hex(point.snapshot->digest);
    if (point.certificate) out["digest"] = to_hex(point.certificate->digest);
    return out;
}

// ---- cut

struct CutArguments {
    std::string name, at;
};

ExitCode run_cut(Session& session, const CutArguments& arguments) {
    Ledger& ledger = session.ledger();
    const Position at = session.view(arguments.at).position();
    const Result cut = ledger.cut_snapshot(arguments.name, at);
    return report(session, {"snapshot '" + arguments.name + "'", "cut"}, {cut, {}});
}

void add_cut(Command family, Session& session) {
    auto [cut, arguments] = add_command<CutArguments>(
        family, session, "cut", "Name a position, with a digest of all balances there", run_cut);
    cut.add_option("NAME", arguments->name, "At most 64 bytes").required();
    cut.add_option("--at", arguments->at, "An earlier position or instant (default: the newest)");
}

// ---- list

struct ListArguments {
    std::string book, at;
    PageArguments page;
};

std::string short_digest(const std::string& digest) { return to_hex(digest).substr(0, 16); }

ExitCode list_days(const Session& session, const View& view, BookId book,
                   const PageArguments& page) {
    const Listing<DayClose> listing{
        {{"snapshot"}, {"close", Align::right}, {"closed"}, {"digest"}},
        [&](const DayClose& close) -> std::vector<std::string> {
            const auto made = view.certificate(book, close.close.date);
            return {std::to_string(book.number) + "/" + to_string(close.close.date),
                    std::to_string(close.position.value), to_string(close.instant),
                    made ? short_digest(made->digest) : ""};
        },
        [&](const DayClose& close) {
            Json out{{"book", book.number},
                     {"date", to_string(close.close.date)},
                     {"close", close.position.value},
                     {"instant", to_string(close.instant)}};
            const auto made = view.certificate(book, close.close.date);
            if (made) out.update(cli::to_json(*made));
            return out;
        }};
    return print_pages<DayClose>(session, page, listing, [&](const PageRequest& request) {
        return view.day_closes(book, request);
    });
}

ExitCode run_list(Session& session, const ListArguments& arguments) {
    const View view = session.view(arguments.at);
    if (!arguments.book.empty()) {
        return list_days(session, view, parse_book(arguments.book, "--days"), arguments.page);
    }
    const Listing<SnapshotCut> listing{{{"snapshot"},
                                        {"position", Align::right},
                                        {"cut at", Align::right},
                                        {"instant"},
                                        {"accounts", Align::right},
                                        {"digest"}},
                                       [](const SnapshotCut& cut) -> std::vector<std::string> {
                                           return {cut.snapshot.name,
                                                   std::to_string(cut.snapshot.position.value),
                                                   std::to_string(cut.position.value),
                                                   to_string(cut.instant),
                                                   std::to_string(cut.snapshot.accounts),
                                                   short_digest(cut.snapshot.digest)};
                                       },
                                       [](const SnapshotCut& cut) {
                                           Json out = cli::to_json(cut.snapshot);
                                           out["position"] = cut.position.value;
                                           out["instant"] = to_string(cut.instant);
                                           return out;
                                       }};
    return print_pages<SnapshotCut>(
        session, arguments.page, listing,
        [&](const PageRequest& request) { return view.snapshots(request); });
}

void add_list(Command family, Session& session) {
    auto [list, arguments] = add_command<ListArguments>(
        family, session, "list", "Snapshots that were cut, or the closed days of a book", run_list);
    list.add_option("--days", arguments->book, "The closed days of this book instead");
    list.add_option("--at", arguments->at, "As it was at this position or instant");
    add_page_options(list, arguments->page, true);
}

// ---- export

struct ExportArguments {
    std::string snapshot, format = "text";
};

Listing<BookMovement> listing_of_balances(const View& view, const CurrencyTable& currencies) {
    const auto print = [&](Amount amount, const BookMovement& of) {
        return currencies.print(amount, of.movement.currency);
    };
    const auto balance = [](const BookMovement& of) {
        const Turnover& all = of.movement.through;
        return DatedBalance{of.movement.normal_side, all.debits, all.credits}.total();
    };
    return {{{"account"},
             {"book", Align::right},
             {"code"},
             {"currency"},
             {"debits", Align::right},
             {"credits", Align::right},
             {"side"},
             {"balance", Align::right}},
            [&view, print, balance](const BookMovement& one) -> std::vector<std::string> {
                return {to_string(one.movement.id),
                        std::to_string(one.book.number),
                        view.account(one.movement.id)->code,
                        std::string(one.movement.currency.text()),
                        print(one.movement.through.debits, one),
                        print(one.movement.through.credits, one),
                        std::string(to_string(one.movement.normal_side)),
                        print(balance(one), one)};
            },
            [&view, print, balance](const BookMovement& one) {
                return Json{{"account", to_string(one.movement.id)},
                            {"book", one.book.number},
                            {"code", view.account(one.movement.id)->code},
                            {"currency", one.movement.currency.text()},
                            {"debits", print(one.movement.through.debits, one)},
                            {"credits", print(one.movement.through.credits, one)},
                            {"normal_side", to_string(one.movement.normal_side)},
                            {"balance", print(balance(one), one)}};
            }};
}

void print_head(Format format, const Json& head) {
    if (format == Format::json) {
        print_json(std::cout, head);
        return;
    }
    Card card;
    for (const auto& [name, value] : head.items()) {
        card.field(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
    card.print(std::cout);
    std::cout << "\n";
}

ExitCode run_export(Session& session, const ExportArguments& arguments) {
    const View latest = session.view();
    const Point point = parse_point(latest, arguments.snapshot);
    // A closed day is read as known at its close, an open one as it is known now.
    const View view = latest.at(point.position ? point.position : latest.position());
    const CurrencyTable currencies(view);
    std::vector<BookId> books = books_of(view);
    MovementRange range = Range{};
    if (point.is_day()) {
        books = {point.book};
        range = DateRange{point.date, point.date};
    }
    const auto listing = listing_of_balances(view, currencies);
    const Format format = parse_format(session, arguments.format);
    Json head = to_json(point);
    head["known_at"] = view.position().value;
    if (format != Format::csv) print_head(format, head);
    print_items<BookMovement>(format, listing, [&](const PageRequest& page) {
        return movements(view, books, range, page);
    });
    return ExitCode::ok;
}

void add_export(Command family, Session& session) {
    auto [command, arguments] = add_command<ExportArguments>(
        family, session, "export", "The balances of all accounts at a snapshot", run_export);
    command.add_option("SNAPSHOT", arguments->snapshot, point_help).required();
    command.add_option("--format", arguments->format, "text, csv or json");
}

// ---- verify

struct VerifyArguments {
    std::string snapshot, digest;
};

/// What was recorded of the point, against this ledger.
VerifyReport verify(Ledger& ledger, const Point& point) {
    if (point.snapshot) return ledger.verify_balances(*point.snapshot);
    if (point.certificate) return ledger.verify_balances(*point.certificate);
    throw NotFound("there is no digest of '" + point.text +
                   "'; snapshots that were cut have one, and days with a close of their own, some "
                   "moments after it");
}

ExitCode run_verify(Session& session, const VerifyArguments& arguments) {
    Ledger& ledger = session.ledger();
    const Point point = parse_point(session.view(), arguments.snapshot);
    VerifyReport report = verify(ledger, point);
    const std::string digest =
        to_hex(point.snapshot ? point.snapshot->digest : point.certificate->digest);
    if (report.ok && !arguments.digest.empty() && arguments.digest != digest) {
        report = {false, report.verified_through,
                  "the digest of '" + point.text + "' is " + digest + ", not " + arguments.digest +
                      ": what is kept outside is of another ledger, or this one was replaced"};
    }
    Json out = to_json(point);
    out["ok"] = report.ok;
    if (!report.problem.empty()) out["problem"] = report.problem;
    if (session.json) {
        print_json(std::cout, out);
    } else if (report.ok) {
        std::cout << "'" << printable(point.text)
                  << "' holds: queries and the journal's lines have its digest " << digest << "\n";
    }
    if (report.ok) return ExitCode::ok;
    std::cerr << "ledgerctl: " << printable(report.problem) << "\n";
    return ExitCode::corruption;
}

void add_verify(Command family, Session& session) {
    auto [command, arguments] = add_command<VerifyArguments>(
        family, session, "verify",
        "Recompute a digest, of what queries answer and of the journal's lines", run_verify);
    command.add_option("SNAPSHOT", arguments->snapshot, digest_help).required();
    command.add_option("--digest", arguments->digest, "It must be this one, kept elsewhere");
}

// ---- diff

struct DiffArguments {
    std::string before, after, on;
    bool vouchers = false;
};

ComparedSpan span_of(const View& view, const DiffArguments& arguments) {
    const Point before = parse_point(view, arguments.before);
    const Point after = parse_point(view, arguments.after);
    if (before.is_day() != after.is_day() || before.book != after.book ||
        (before.is_day() && !arguments.on.empty())) {
        throw InvalidArgument(
            "snapshot diff: compare two positions, instants or names, with --on BOOK/DATE for the "
            "balances of one day as known at both; or two days of one book");
    }
    if (before.is_day()) return DaySpan{before.book, before.date, after.date};
    if (arguments.on.empty()) return PositionSpan{before.position, after.position};
    const Point day = parse_point(view, arguments.on);
    if (!day.is_day()) throw InvalidArgument("--on " + arguments.on + ": give a day as BOOK/DATE");
    return KnownSpan{day.book, day.date, before.position, after.position};
}

Json head_of(const ComparedSpan& span, Position known_at) {
    Json head;
    if (const auto* of = std::get_if<PositionSpan>(&span)) {
        head = {{"after", of->after.value}, {"through", of->through.value}};
    } else if (const auto* days = std::get_if<DaySpan>(&span)) {
        head = {{"book", days->book.number},
                {"after", to_string(days->after)},
                {"through", to_string(days->through)},
                {"known_at", known_at.value}};
    } else {
        const auto& known = std::get<KnownSpan>(span);
        head = {{"book", known.book.number},
                {"date", to_string(known.date)},
                {"after", known.after.value},
                {"through", known.through.value}};
    }
    return head;
}

Listing<BookMovement> listing_of_changes(const CurrencyTable& currencies) {
    const auto cells = [&](const BookMovement& one) {
        const AccountMovement& of = one.movement;
        const auto total = [&](const Turnover& all) {
            return DatedBalance{of.normal_side, all.debits, all.credits}.total();
        };
        const auto print = [&](Amount amount) { return currencies.print(amount, of.currency); };
        return std::array{print(total(of.before)), print(of.through.debits - of.before.debits),
                          print(of.through.credits - of.before.credits), print(total(of.through))};
    };
    return {{{"account"},
             {"book", Align::right},
             {"currency"},
             {"before", Align::right},
             {"debits", Align::right},
             {"credits", Align::right},
             {"after", Align::right}},
            [cells](const BookMovement& one) -> std::vector<std::string> {
                const auto [before, debits, credits, after] = cells(one);
                return {to_string(one.movement.id),
                        std::to_string(one.book.number),
                        std::string(one.movement.currency.text()),
                        before,
                        debits,
                        credits,
                        after};
            },
            [cells](const BookMovement& one) {
                const auto [before, debits, credits, after] = cells(one);
                return Json{{"account", to_string(one.movement.id)},
                            {"book", one.book.number},
                            {"currency", one.movement.currency.text()},
                            {"normal_side", to_string(one.movement.normal_side)},
                            {"before", before},
                            {"debits", debits},
                            {"credits", credits},
                            {"after", after}};
            }};
}

ExitCode run_diff(Session& session, const DiffArguments& arguments) {
    const View view = session.view();
    const CurrencyTable currencies(view);
    Comparison comparison(view, span_of(view, arguments));
    const Format format = parse_format(session, "text");
    print_head(format, head_of(comparison.span(), view.position()));
    print_items<BookMovement>(format, listing_of_changes(currencies),
                              [&](const PageRequest& page) { return comparison.accounts(page); });
    if (!arguments.vouchers) return ExitCode::ok;
    if (format == Format::text) std::cout << "\nby these vouchers:\n";
    print_items<PostedVoucher>(format, listing_of_vouchers(view, currencies),
                               [&](const PageRequest& page) {
                                   Page<PostedVoucher> some;
                                   if (comparison.next_vouchers(page.size, some.items))
                                       some.cursor = "more";
                                   return some;
                               });
    return ExitCode::ok;
}

void add_diff(Command family, Session& session) {
    auto [diff, arguments] = add_command<DiffArguments>(
        family, session, "diff", "What changed between two snapshots, and by which vouchers",
        run_diff);
    diff.add_option("BEFORE", arguments->before, point_help).required();
    diff.add_option("AFTER", arguments->after, "Likewise").required();
    diff.add_option("--on", arguments->on, "The balances of this day, BOOK/DATE, as known at both");
    diff.add_flag("--vouchers", arguments->vouchers, "Also the vouchers that did it");
}

}  // namespace

void add_snapshot_commands(Command app, Session& session) {
    Command family = app.add_family(
        "snapshot", "All balances at a named position or a closed day: cut, compared");
    add_cut(family, session);
    add_list(family, session);
    add_export(family, session);
    add_verify(family, session);
    add_diff(family, session);
}

}  // namespace ledger::cli
