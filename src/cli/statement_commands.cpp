// statement: opening balance, lines, closing balance of an account, as text, CSV or JSON lines.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/past_range.hpp"
#include "cli/report_table.hpp"

#include "ledger/core/decimal.hpp"

namespace ledger::cli {

namespace {

constexpr std::size_t page_lines = 1000;

struct StatementArguments {
    std::string account, since, at, format = "text";
    PastRangeArguments range;
};

StatementPeriod period_of(const StatementArguments& arguments) {
    const auto range = parse_past_range(arguments.range);
    if (arguments.since.empty() ? !range : arguments.range.is_given()) {
        throw InvalidArgument(
            "statement: give --from and --to, two instants; or --first-date and --last-date, two "
            "book dates; or --since, the position of an earlier statement");
    }
    if (!range) return Since{{parse_number(arguments.since, UINT64_MAX, "--since")}};
    return std::visit([](const auto& given) -> StatementPeriod { return given; }, *range);
}

/// The period as names and texts.
Json period_fields(const StatementPeriod& period) {
    Json out;
    if (const auto* since = std::get_if<Since>(&period)) out["since"] = since->position.value;
    if (const auto* range = std::get_if<InstantRange>(&period)) put_past_range(out, *range);
    if (const auto* range = std::get_if<DateRange>(&period)) put_past_range(out, *range);
    return out;
}

/// A value as text. Neighbours in a statement often have the same one, which is printed once.
template <class Value>
class Printed {
public:
    const std::string& operator()(Value value) {
        if (text_.empty() || value != value_) text_ = to_string(value);
        value_ = value;
        return text_;
    }

private:
    Value value_;
    std::string text_;
};

/// One form of a statement; lines come page by page.
class Writer {
public:
    explicit Writer(const StatementHead& head) : head_(head) {}
    virtual ~Writer() = default;
    virtual void begin() = 0;
    virtual void lines(const std::vector<StatementLine>& lines) = 0;
    virtual void end() = 0;

protected:
    std::string print(Amount amount) const { return to_decimal(amount, head_.currency.decimals); }
    /// The amount where the line is on this side, "-" before it in red ink.
    std::string on(Side side, const AccountEntry& entry) const {
        if (entry.side != side) return {};
        return (entry.ink == Ink::red ? std::string("-") : std::string()) + print(entry.amount);
    }

    const StatementHead& head_;
    Printed<Date> date_;
    Printed<Instant> instant_;
};

class TextWriter final : public Writer {
public:
    using Writer::Writer;
    void begin() override {
        Card card;
        card.field("statement of",
                   head_.account.name.empty() ? to_string(head_.account.id) : head_.account.name);
        card.field("account", to_string(head_.account.id)).field("code", head_.account.code);
        card.field("currency", head_.currency.code.text());
        const Json period = period_fields(head_.period);
        for (const auto& [name, value] : period.items()) {
            card.field(name, value.is_string() ? value.get<std::string>() : value.dump());
        }
        card.field("known at position", std::to_string(head_.known_at.value));
        card.amount("opening", print(head_.opening));
        card.amount("debits", print(head_.turnover.debits));
        card.amount("credits", print(head_.turnover.credits));
        card.amount("closing", print(head_.closing));
        card.print(std::cout);
        std::cout << "\n";
    }
    void lines(const std::vector<StatementLine>& lines) override {
        if (lines.empty()) return;
        Table table({{"book date"},
                     {"posted"},
                     {"voucher", Align::right},
                     {"summary"},
                     {"debit", Align::right},
                     {"credit", Align::right},
                     {"balance", Align::right}});
        for (const StatementLine& line : lines) {
            table.row({date_(line.entry.book_date), instant_(line.entry.instant),
                       std::to_string(line.voucher.number), printable(line.voucher.summary),
                       on(Side::debit, line.entry), on(Side::credit, line.entry),
                       print(line.balance)});
        }
        table.print(std::cout, is_first_);
        is_first_ = false;
    }
    void end() override { std::cout << "\nclosing " << print(head_.closing) << "\n"; }

private:
    bool is_first_ = true;
};

/// RFC 4180.
class CsvWriter final : public Writer {
public:
    using Writer::Writer;
    void begin() override {
        std::cout << "book_date,instant,position,line,voucher,number,order,summary,debit,credit,"
                     "balance\r\n"
                  << ",,,,,,,opening,,," << print(head_.opening) << "\r\n";
    }
    void lines(const std::vector<StatementLine>& lines) override {
        for (const StatementLine& line : lines) row(line);
        std::cout << out_;
        out_.clear();
    }
    void end() override { std::cout << ",,,,,,,closing,,," << print(head_.closing) << "\r\n"; }

private:
    void row(const StatementLine& line) {
        const AccountEntry& entry = line.entry;
        field(date_(entry.book_date));
        field(instant_(entry.instant));
        field(std::to_string(entry.position.value));
        field(std::to_string(entry.line));
        field(to_string(line.voucher.id));
        field(std::to_string(line.voucher.number));
        field(line.voucher.order ? to_string(line.voucher.order) : "");
        field(csv_field(line.voucher.summary));
        field(on(Side::debit, entry));
        field(on(Side::credit, entry));
        out_ += print(line.balance);
        out_ += "\r\n";
    }
    void field(const std::string& text) {
        out_ += text;
        out_ += ',';
    }

    std::string out_;  // the lines of a page
};

/// One object a line: the head, each line, the end.
class JsonWriter final : public Writer {
public:
    using Writer::Writer;
    void begin() override {
        Json out{{"account", to_string(head_.account.id)},
                 {"currency", head_.currency.code.text()},
                 {"normal_side", to_string(head_.account.normal_side)}};
        out.update(period_fields(head_.period));
        out["position"] = head_.known_at.value;
        out["opening"] = print(head_.opening);
        out["debits"] = print(head_.turnover.debits);
        out["credits"] = print(head_.turnover.credits);
        out["closing"] = print(head_.closing);
        print_json(std::cout, out);
    }
    void lines(const std::vector<StatementLine>& lines) override {
        for (const StatementLine& line : lines) {
            Json out{{"book_date", date_(line.entry.book_date)},
                     {"instant", instant_(line.entry.instant)},
                     {"position", line.entry.position.value},
                     {"line", line.entry.line},
                     {"voucher", to_string(line.voucher.id)},
                     {"number", line.voucher.number}};
            if (line.voucher.order) out["order"] = to_string(line.voucher.order);
            if (!line.voucher.summary.empty()) out["summary"] = line.voucher.summary;
            out["side"] = to_string(line.entry.side);
            out["ink"] = to_string(line.entry.ink);
            out["amount"] = print(line.entry.amount);
            out["balance"] = print(line.balance);
            print_json(std::cout, out);
        }
    }
    void end() override {}
};

std::unique_ptr<Writer> writer_for(Format format, const StatementHead& head) {
    if (format == Format::text) return std::make_unique<TextWriter>(head);
    if (format == Format::csv) return std::make_unique<CsvWriter>(head);
    return std::make_unique<JsonWriter>(head);
}

ExitCode run_statement(Session& session, const StatementArguments& arguments) {
    const StatementPeriod period = period_of(arguments);
    const View view = session.view(arguments.at);
    const auto account = parse_id_as<AccountId>(arguments.account, "ACCOUNT");
    currency_of(view, account, arguments.account);  // throws where the account is unknown
    Statement statement(view, account, period);
    const auto writer = writer_for(parse_format(session, arguments.format), statement.head());
    writer->begin();
    std::vector<StatementLine> lines;
    for (bool has_more = true; has_more;) {
        lines.clear();
        has_more = statement.next(page_lines, lines);
        writer->lines(lines);
    }
    writer->end();
    return ExitCode::ok;
}

}  // namespace

void add_statement_commands(Command app, Session& session) {
    auto [command, arguments] = add_command<StatementArguments>(
        app, session, "statement", "Opening, lines and closing of an account", run_statement);
    command.add_option("ACCOUNT", arguments->account, "Its id").required();
    add_past_range_options(command, arguments->range);
    command.add_option("--since", arguments->since,
                       "Everything that came after the position of an earlier statement");
    command.add_option("--at", arguments->at, "As known at this position or instant");
    command.add_option("--format", arguments->format, "text, csv or json");
}

}  // namespace ledger::cli
