// voucher, order, reverse: records one by one.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/record_input.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace ledger::cli {

namespace {

// ---- voucher

struct VoucherArguments {
    std::string id, position, number, book, date;
};

PostedVoucher find_voucher(const View& view, const VoucherArguments& arguments) {
    const int ways = (arguments.id.empty() ? 0 : 1) + (arguments.position.empty() ? 0 : 1) +
                     (arguments.number.empty() ? 0 : 1);
    if (ways != 1) {
        throw InvalidArgument(
            "voucher: give one of ID, --position, or --number with --book and --book-date");
    }
    if (!arguments.id.empty()) {
        if (auto found = view.voucher(parse_id_as<VoucherId>(arguments.id, "ID"))) return *found;
        throw NotFound("voucher " + arguments.id +
                       " is not in the ledger; nothing was posted "
                       "under this id up to position " +
                       std::to_string(view.position().value));
    }
    if (!arguments.position.empty()) {
        const Position position{parse_number(arguments.position, UINT64_MAX, "--position")};
        if (auto found = view.voucher(position)) return *found;
        const auto record = position ? view.record(position) : std::nullopt;
        throw NotFound("position " + arguments.position +
                       (record ? " is a record of the kind " + std::string(to_string(record->kind))
                               : " is not in the journal, which ends at position " +
                                     std::to_string(view.position().value)));
    }
    if (arguments.book.empty() || arguments.date.empty()) {
        throw InvalidArgument(
            "--number: numbers count within a book and a day; give --book and "
            "--book-date as well");
    }
    const BookId book = parse_book(arguments.book, "--book");
    const Date date = parse_optional_date(arguments.date, "--book-date");
    const std::uint64_t number = parse_number(arguments.number, UINT64_MAX, "--number");
    if (auto found = view.voucher(book, date, number)) return *found;
    throw NotFound("book " + arguments.book + " has no voucher " + arguments.number + " on " +
                   arguments.date);
}

void print_details(Card& card, const PostedVoucher& posted) {
    const VoucherDetail& detail = posted.voucher.detail;
    if (detail.value_date) card.field("value date", to_string(detail.value_date));
    if (detail.concerns) card.field("concerns", to_string(detail.concerns));
    if (detail.occurred_at) card.field("occurred at", to_string(detail.occurred_at));
    card.field("summary", detail.summary)
        .field("made by", detail.made_by)
        .field("checked by", detail.checked_by)
        .field("source document", detail.source_document);
    if (detail.reverses) card.field("reverses", to_string(detail.reverses));
    if (detail.replaces) card.field("replaces", to_string(detail.replaces));
    if (posted.reversed_by) card.field("reversed by", to_string(posted.reversed_by));
    if (posted.replaced_by) card.field("replaced by", to_string(posted.replaced_by));
    for (const Attribute& attribute : detail.attributes) {
        card.field(printable(attribute.key), attribute.value);
    }
}

std::string describe_line(const VoucherLine& line) {
    std::string text;
    const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
    if (line.opens) add("opens " + to_string(line.opens));
    if (line.clears) add("clears " + to_string(line.clears));
    for (const Attribute& dimension : line.dimensions) add(dimension.key + "=" + dimension.value);
    return text;
}

void print_voucher(const PostedVoucher& posted, const View& view, const CurrencyTable& currencies) {
    const Voucher& voucher = posted.voucher;
    Card card;
    card.field("voucher", to_string(voucher.id))
        .field("number", std::to_string(voucher.book.number) + " / " +
                             to_string(voucher.book_date) + " / " + std::to_string(posted.number))
        .field("position", std::to_string(posted.position.value))
        .field("instant", to_string(posted.instant));
    if (voucher.order) card.field("order", to_string(voucher.order));
    if (voucher.code != 0) card.field("code", std::to_string(voucher.code));
    if (voucher.manual) card.field("made", "by a person");
    print_details(card, posted);
    for (const Capture& capture : voucher.detail.captures) {
        const auto hold = view.hold(capture.hold);
        std::string text = to_string(capture.hold);
        if (hold) {
            text += " " + currencies.print(capture.amount, currency_of(view, hold->account));
        }
        card.field("captures", text);
    }
    card.print(std::cout);

    Table table({{"account"},
                 {"name"},
                 {"debit", Align::right},
                 {"credit", Align::right},
                 {"currency"},
                 {""}});
    for (const VoucherLine& line : voucher.lines) {
        const auto info = view.account(line.account);
        const CurrencyCode code = currency_of(view, line.account);
        const std::string amount =
            (line.ink == Ink::red ? "red " : "") + currencies.print(line.amount, code);
        table.row({to_string(line.account), info->name, line.side == Side::debit ? amount : "",
                   line.side == Side::credit ? amount : "", std::string(code.text()),
                   describe_line(line)});
    }
    table.print(std::cout);
}

ExitCode run_voucher(Session& session, const VoucherArguments& arguments) {
    const View view = session.view();
    const CurrencyTable currencies(view);
    const PostedVoucher posted = find_voucher(view, arguments);
    if (session.json) {
        print_json(std::cout, to_json(posted, view, currencies));
    } else {
        print_voucher(posted, view, currencies);
    }
    return ExitCode::ok;
}

// ---- order

struct OrderArguments {
    std::string order;
    PageArguments page;
    std::string at;
};

ExitCode run_order(Session& session, const OrderArguments& arguments) {
    const View view = session.view(arguments.at);
    const auto order = parse_id_as<OrderId>(arguments.order, "ORDER");
    bool is_found = !arguments.page.cursor.empty();
    const Listing<PostedRecord> listing{
        {{"position", Align::right}, {"instant"}, {"kind"}, {"id"}},
        [](const PostedRecord& record) -> std::vector<std::string> {
            return {std::to_string(record.position.value), to_string(record.instant),
                    std::string(to_string(record.kind)), to_string(record.id)};
        },
        [](const PostedRecord& record) { return to_json(record); }};
    return print_pages<PostedRecord>(
        session, arguments.page, listing, [&](const PageRequest& request) {
            Page<PostedRecord> page = view.records_of(order, request);
            is_found = is_found || !page.items.empty();
            if (!is_found) {
                throw NotFound("order " + arguments.order + " has no record in the ledger");
            }
            return page;
        });
}

// ---- reverse

struct ReverseArguments {
    std::string voucher, id, order, date, concerns, summary, made_by, checked_by, replace;
    bool red = false;
    bool manual = false;
};

/// The same for every run, so that a repeated command finds the first one's reversal.
VoucherId default_reversal_id(VoucherId target) {
    return VoucherId{id_from_text("reversal:" + to_string(target))};
}

Voucher make_reversal(const ReverseArguments& arguments, const PostedVoucher& target) {
    Voucher reversal;
    const VoucherId target_id = target.voucher.id;
    reversal.id = arguments.id.empty() ? default_reversal_id(target_id)
                                       : parse_id_as<VoucherId>(arguments.id, "--id");
    reversal.order = arguments.order.empty() ? target.voucher.order
                                             : parse_id_as<OrderId>(arguments.order, "--order");
    reversal.book = target.voucher.book;
    reversal.book_date = parse_optional_date(arguments.date, "--book-date");
    reversal.red = arguments.red;
    reversal.manual = arguments.manual;
    reversal.detail.reverses = target_id;
    reversal.detail.concerns = parse_optional_date(arguments.concerns, "--concerns");
    reversal.detail.summary = arguments.summary;
    reversal.detail.made_by = arguments.made_by;
    reversal.detail.checked_by = arguments.checked_by;
    return reversal;
}

Voucher read_correction(Session& session, const std::string& file, VoucherId replaced) {
    std::ifstream stream(file);
    if (!stream) {
        throw InvalidArgument("--replace: cannot read '" + file +
                              "'; give a file with one voucher");
    }
    std::ostringstream text;
    text << stream.rdbuf();
    return naming("--replace " + file, [&] {
        RecordInput input(session.ledger());
        Voucher correction = input.voucher(parse_json(text.str()));
        if (!correction.detail.replaces) correction.detail.replaces = replaced;
        if (correction.detail.replaces != replaced) {
            throw InvalidArgument("field \"replaces\" names voucher " +
                                  to_string(correction.detail.replaces) + ", but " +
                                  to_string(replaced) + " is reversed; leave the field out");
        }
        return correction;
    });
}

ExitCode report_group(const Session& session, const std::vector<Result>& results,
                      const std::vector<Voucher>& vouchers) {
    static constexpr const char* names[] = {"reversal", "correction"};
    ExitCode code = ExitCode::ok;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const Result& result = results[i];
        if (!result) {
            code = graver(code, exit_code_of(result.outcome));
            std::cerr << "ledgerctl: " << names[i] << ": "
                      << describe_refusal(result, vouchers[i].lines.size()) << "\n";
        }
        if (session.json) {
            Json out{{"part", names[i]}, {"id", to_string(vouchers[i].id)}};
            out.update(to_json(result));
            print_json(std::cout, out);
        } else if (result) {
            std::cout << names[i] << " " << to_string(vouchers[i].id) << " "
                      << to_string(result.outcome) << ": position " << result.position.value
                      << ", number " << result.number << " of " << to_string(result.book_date)
                      << "\n";
        }
    }
    return code;
}

ExitCode run_reverse(Session& session, const ReverseArguments& arguments) {
    const auto id = parse_id_as<VoucherId>(arguments.voucher, "VOUCHER");
    std::optional<PostedVoucher> target = session.ledger().view().voucher(id);
    if (!target) throw NotFound("voucher " + arguments.voucher + " is not in the ledger");
    const Voucher reversal = make_reversal(arguments, *target);
    if (arguments.replace.empty()) {
        return report(session,
                      {"voucher " + to_string(id), "reversed by " + to_string(reversal.id),
                       reversal.id, target->voucher.lines.size()},
                      session.ledger().post(reversal));
    }
    const Voucher correction = read_correction(session, arguments.replace, id);
    Batch batch;
    batch.add(reversal);
    batch.add(correction);
    batch.link(0, 2);
    return report_group(session, session.ledger().post(std::move(batch)), {reversal, correction});
}

void add_reverse(Command app, Session& session) {
    auto [reverse, arguments] = add_command<ReverseArguments>(
        app, session, "reverse", "Undo a voucher, once, by a voucher that stands against it",
        run_reverse);
    reverse.add_option("VOUCHER", arguments->voucher, "Id of the voucher to undo").required();
    reverse.add_option("--id", arguments->id,
                       "Id of the reversal (default: derived from VOUCHER, so that a repeated "
                       "command changes nothing)");
    reverse.add_flag("--red", arguments->red, "By red ink (default: on the opposite sides)");
    reverse.add_option("--replace", arguments->replace,
                       "A file with one voucher in JSON: the correction, posted in one group");
    reverse.add_option("--order", arguments->order, "Its order (default: the voucher's)");
    reverse.add_option("--book-date", arguments->date, "Its book date (default: the current day)");
    reverse.add_option("--concerns", arguments->concerns,
                       "The day, closed or not, that it concerns");
    reverse.add_option("--summary", arguments->summary, "At most 512 bytes");
    reverse.add_option("--made-by", arguments->made_by, "Who made it");
    reverse.add_option("--checked-by", arguments->checked_by, "Who checked it");
    reverse.add_flag("--manual", arguments->manual, "Made by a person");
}

}  // namespace

void add_voucher_commands(Command app, Session& session) {
    auto [voucher, how] = add_command<VoucherArguments>(app, session, "voucher",
                                                        "A voucher with its lines", run_voucher);
    voucher.add_option("ID", how->id, "Its id");
    voucher.add_option("--position", how->position, "Its position in the journal");
    voucher.add_option("--number", how->number, "Its number in a book and day");
    voucher.add_option("--book", how->book, "The book, with --number");
    voucher.add_option("--book-date", how->date, "The book date, with --number");

    auto [order, which] = add_command<OrderArguments>(
        app, session, "order", "All records of an order, of whatever kind", run_order);
    order.add_option("ORDER", which->order, "Id of the order").required();
    order.add_option("--at", which->at, "As it was at this position or instant");
    add_page_options(order, which->page);
    add_reverse(app, session);
}

}  // namespace ledger::cli
