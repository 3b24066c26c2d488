// journal: the vouchers of a book with their lines, in order.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/report_arguments.hpp"

#include "ledger/reporting/voucher_journal.hpp"

#include <optional>
#include <utility>

namespace ledger::cli {

namespace {

constexpr std::size_t page_vouchers = 500;

struct JournalArguments {
    std::string book, format = "text";
    WhenArguments when;
};

/// One row a line; what the voucher says stands on its first one, and in CSV on each.
void put_rows(ReportTable& table, Format format, const PostedVoucher& posted, const View& view,
              const CurrencyTable& currencies) {
    const Voucher& voucher = posted.voucher;
    const std::vector<std::string> head{
        to_string(voucher.book_date), std::to_string(posted.number), to_string(posted.instant),
        std::to_string(posted.position.value), voucher.detail.summary};
    bool is_first = true;
    for (const VoucherLine& line : voucher.lines) {
        const AccountInfo account = info_of(view, line.account);
        const std::string amount = std::string(line.ink == Ink::red ? "-" : "") +
                                   currencies.print(line.amount, account.currency);
        std::vector<std::string> cells = head;
        if (format == Format::text && !std::exchange(is_first, false)) {
            cells.assign(head.size(), "");
        }
        cells.insert(cells.end(),
                     {account.code, account.name.empty() ? to_string(account.id) : account.name,
                      std::string(account.currency.text()), line.side == Side::debit ? amount : "",
                      line.side == Side::credit ? amount : ""});
        table.row(std::move(cells));
    }
}

ExitCode run_journal(Session& session, const JournalArguments& arguments) {
    const When when = parse_when(session, arguments.when);
    const BookId book = parse_book(arguments.book, "--book");
    const Format format = parse_format(session, arguments.format);
    const CurrencyTable currencies(when.view);
    std::optional<ReportTable> table;
    if (format != Format::json) {
        table.emplace(format, std::vector<Table::Column>{{"book date"},
                                                         {"number", Align::right},
                                                         {"posted"},
                                                         {"position", Align::right},
                                                         {"summary"},
                                                         {"code"},
                                                         {"account"},
                                                         {"currency"},
                                                         {"debit", Align::right},
                                                         {"credit", Align::right}});
    }
    VoucherJournal journal(when.view, book, when.range);
    std::vector<PostedVoucher> some;
    for (bool has_more = true; has_more;) {
        some.clear();
        while (has_more && some.size() < page_vouchers) {
            has_more = journal.next(page_vouchers - some.size(), some);
        }
        for (const PostedVoucher& posted : some) {
            if (table) {
                put_rows(*table, format, posted, when.view, currencies);
            } else {
                print_json(std::cout, to_json(posted, when.view, currencies));
            }
        }
        if (table && !some.empty()) table->print();
    }
    return ExitCode::ok;
}

}  // namespace

void add_journal_commands(Command app, Session& session) {
    auto [journal, arguments] = add_command<JournalArguments>(
        app, session, "journal",
        "The vouchers of a book: in the order of posting, or by book date and number", run_journal);
    journal.add_option("--book", arguments->book, "The book").required();
    add_when_options(journal, arguments->when, false);
    add_format_option(journal, arguments->format);
}

}  // namespace ledger::cli
