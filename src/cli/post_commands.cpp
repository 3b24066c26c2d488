// post: JSON lines of records of any kind, or one simple voucher by flags.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/line_reader.hpp"
#include "cli/progress.hpp"
#include "cli/record_input.hpp"

#include <unistd.h>

#include <algorithm>

namespace ledger::cli {

namespace {

struct PostArguments {
    std::string file;
    bool dry_run = false;
    std::vector<std::string> debits, credits, captures, attributes;
    std::string id, order, book, date, value_date, concerns, occurred_at, summary, made_by,
        checked_by, source_document;
    std::uint32_t code = 0;
    bool manual = false;
};

// ---- JSON lines

/// Posts lines of records in batches, and prints what became of each.
class LinePoster {
public:
    LinePoster(Session& session, const PostArguments& arguments)
        : session_(session),
          reader_(arguments.file),
          input_(session.ledger()),
          is_dry_(arguments.dry_run),
          table_({{"line", Align::right},
                  {"outcome"},
                  {"id"},
                  {"position", Align::right},
                  {"number", Align::right},
                  {"book date"},
                  {"why"}}) {}

    ExitCode run();

private:
    /// Records after which a batch is posted, where more input is at hand.
    static constexpr std::size_t flush_records = 1'000;
    static constexpr std::size_t flush_lines = 32'768;

    void add(std::string_view line);
    bool is_flush_due();
    void flush();
    void print(const Result& result, std::size_t index);
    void summarize() const;

    Session& session_;
    LineReader reader_;
    RecordInput input_;
    const bool is_dry_;
    Table table_;
    bool has_titles_ = false;
    Batch batch_;
    std::vector<RecordId> ids_;         // of the records of batch_
    std::vector<std::uint64_t> lines_;  // where they stand in the input
    std::uint64_t accepted_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t refused_ = 0;
    ExitCode code_ = ExitCode::ok;  // the gravest so far
};

ExitCode LinePoster::run() {
    Progress progress("posting", reader_.bytes_total(), "bytes");
    while (const auto line = reader_.next()) {
        if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
        add(*line);
        if (!is_flush_due()) continue;
        progress.clear();
        flush();
        progress.at(reader_.bytes_read());
    }
    progress.clear();
    flush();
    summarize();
    return code_;
}

void LinePoster::add(std::string_view line) {
    const std::size_t before = batch_.size();
    try {
        input_.add(parse_json(line), batch_);
    } catch (const InvalidArgument& error) {
        // What stands before this line is posted first, so that the message can say so.
        Batch whole;
        for (std::size_t i = 0; i < before; ++i) whole.add_copy(batch_, i);
        batch_ = std::move(whole);
        if (!is_dry_) flush();
        throw InvalidArgument(reader_.name() + ", line " + std::to_string(reader_.line_number()) +
                              ": " + error.what() +
                              (is_dry_ ? ". Nothing was posted"
                                       : ". The lines before it are posted; correct this one and "
                                         "run the same command again: what is posted already is "
                                         "recognised by its id"));
    }
    for (std::size_t i = before; i < batch_.size(); ++i) {
        ids_.push_back(batch_.records[i].id);
        lines_.push_back(reader_.line_number());
    }
    if (is_dry_ && batch_.size() > bounds::batch_records_max) {
        throw InvalidArgument(reader_.name() + ", line " + std::to_string(reader_.line_number()) +
                              ": a dry run takes " + std::to_string(bounds::batch_records_max) +
                              " records at most, since each is judged after those before it");
    }
}

bool LinePoster::is_flush_due() {
    if (is_dry_) return false;
    return batch_.size() >= flush_records || batch_.lines.size() >= flush_lines ||
           !reader_.is_ready();
}

void LinePoster::flush() {
    if (batch_.empty()) return;
    Batch batch = std::exchange(batch_, {});
    const std::vector<Result> results = is_dry_ ? session_.ledger().dry_run(std::move(batch))
                                                : session_.ledger().post(std::move(batch));
    for (std::size_t i = 0; i < results.size(); ++i) print(results[i], i);
    ids_.clear();
    lines_.clear();
    if (!session_.json) {
        table_.print(std::cout, !has_titles_);
        has_titles_ = true;
    }
    std::cout.flush();
    input_.refresh();
}

void LinePoster::print(const Result& result, std::size_t index) {
    code_ = graver(code_, exit_code_of(result.outcome));
    (result.outcome == Outcome::accepted ? accepted_ : result ? repeated_ : refused_) += 1;
    if (session_.json) {
        Json out{{"input_line", lines_[index]}, {"id", to_string(ids_[index])}};
        out.update(to_json(result));
        print_json(std::cout, out);
        return;
    }
    table_.row({std::to_string(lines_[index]), std::string(to_string(result.outcome)),
                to_string(ids_[index]),
                result.position ? std::to_string(result.position.value) : "",
                result.number == 0 ? "" : std::to_string(result.number),
                result.book_date ? to_string(result.book_date) : "",
                result ? "" : std::string(explain(result.outcome))});
}

void LinePoster::summarize() const {
    std::cerr << (is_dry_ ? "dry run, nothing posted: " : "") << accepted_ << " accepted, "
              << repeated_ << " posted already, " << refused_ << " refused\n";
}

// ---- one voucher by flags

VoucherLine parse_line(const View& view, const CurrencyTable& currencies, const std::string& text,
                       Side side) {
    const std::string_view what = side == Side::debit ? "--debit" : "--credit";
    const auto [account, amount] = split_pair(text, what);
    VoucherLine line;
    line.side = side;
    line.account = parse_id_as<AccountId>(account, what);
    line.amount = currencies.parse(amount, currency_of(view, line.account, account), what);
    return line;
}

Voucher parse_voucher(Session& session, const PostArguments& arguments) {
    Voucher voucher;
    voucher.id = id_or_fresh(arguments.id, "--id");
    voucher.order = parse_optional_id<OrderId>(arguments.order, "--order");
    voucher.book = parse_book(arguments.book, "--book");
    voucher.book_date = parse_optional_date(arguments.date, "--book-date");
    voucher.code = arguments.code;
    voucher.manual = arguments.manual;
    VoucherDetail& detail = voucher.detail;
    detail.value_date = parse_optional_date(arguments.value_date, "--value-date");
    detail.concerns = parse_optional_date(arguments.concerns, "--concerns");
    detail.occurred_at = parse_optional_instant(arguments.occurred_at, "--occurred-at");
    detail.summary = arguments.summary;
    detail.made_by = arguments.made_by;
    detail.checked_by = arguments.checked_by;
    detail.source_document = arguments.source_document;
    detail.attributes = parse_attributes(arguments.attributes, "--attribute");
    const View view = session.ledger().view();
    const CurrencyTable currencies(view);
    for (const std::string& text : arguments.debits) {
        voucher.lines.push_back(parse_line(view, currencies, text, Side::debit));
    }
    for (const std::string& text : arguments.credits) {
        voucher.lines.push_back(parse_line(view, currencies, text, Side::credit));
    }
    for (const std::string& text : arguments.captures) {
        const auto [id, amount] = split_pair(text, "--capture");
        const auto hold = view.hold(parse_id_as<HoldId>(id, "--capture"));
        if (!hold) throw NotFound("--capture: hold " + id + " is not in the ledger");
        detail.captures.push_back(
            {hold->id,
             currencies.parse(amount, currency_of(view, hold->account), "--capture"),
             {}});
    }
    return voucher;
}

ExitCode run_voucher(Session& session, const PostArguments& arguments) {
    if (arguments.book.empty()) {
        throw InvalidArgument("--book is missing; a voucher stands in one book");
    }
    const Voucher voucher = parse_voucher(session, arguments);
    const std::string subject = "voucher " + to_string(voucher.id);
    if (!arguments.dry_run) {
        return report(session, {subject, "posted", voucher.id, voucher.lines.size()},
                      session.ledger().post(voucher));
    }
    Batch batch;
    batch.add(voucher);
    Receipt receipt;
    receipt.result = session.ledger().dry_run(std::move(batch)).at(0);
    return report(session, {subject, "would be posted (dry run)", voucher.id, voucher.lines.size()},
                  receipt);
}

/// Refuses flags of a voucher without its lines, which would otherwise be ignored.
void check_no_voucher_flags(const PostArguments& a) {
    const std::pair<const char*, bool> flags[] = {{"--book", !a.book.empty()},
                                                  {"--id", !a.id.empty()},
                                                  {"--order", !a.order.empty()},
                                                  {"--book-date", !a.date.empty()},
                                                  {"--value-date", !a.value_date.empty()},
                                                  {"--concerns", !a.concerns.empty()},
                                                  {"--occurred-at", !a.occurred_at.empty()},
                                                  {"--code", a.code != 0},
                                                  {"--summary", !a.summary.empty()},
                                                  {"--made-by", !a.made_by.empty()},
                                                  {"--checked-by", !a.checked_by.empty()},
                                                  {"--source-document", !a.source_document.empty()},
                                                  {"--manual", a.manual},
                                                  {"--capture", !a.captures.empty()},
                                                  {"--attribute", !a.attributes.empty()}};
    for (const auto& [flag, is_given] : flags) {
        if (!is_given) continue;
        throw InvalidArgument(std::string("post: ") + flag +
                              " belongs to a voucher by flags; give its lines by --debit and "
                              "--credit, or write it into the records of the FILE");
    }
}

ExitCode run_post(Session& session, const PostArguments& arguments) {
    const bool by_flags = !arguments.debits.empty() || !arguments.credits.empty();
    if (by_flags && !arguments.file.empty()) {
        throw InvalidArgument("post: give a FILE of JSON lines, or --debit and --credit, not both");
    }
    if (by_flags) return run_voucher(session, arguments);
    check_no_voucher_flags(arguments);
    PostArguments lines = arguments;
    if (lines.file.empty()) {
        if (isatty(STDIN_FILENO) == 1) {
            throw InvalidArgument(
                "post: give a FILE of JSON lines (- is standard input), or one "
                "voucher by --book, --debit and --credit");
        }
        lines.file = "-";
    }
    return LinePoster(session, lines).run();
}

}  // namespace

void add_post_commands(Command app, Session& session) {
    auto [post, a] = add_command<PostArguments>(
        app, session, "post", "Post records: JSON lines, or one voucher by flags", run_post);
    post.add_option("FILE", a->file,
                    "One record, or {\"group\": [...]}, a line; - is standard input");
    post.add_flag("--dry-run", a->dry_run, "Say what would happen; nothing is posted");
    post.add_repeated("--debit", a->debits, "ACCOUNT=AMOUNT; can be repeated");
    post.add_repeated("--credit", a->credits, "ACCOUNT=AMOUNT; can be repeated");
    post.add_option("--book", a->book, "The voucher's book");
    post.add_option("--id", a->id,
                    "The voucher's id; the same id again changes nothing (default: fresh)");
    post.add_option("--order", a->order, "Id of the order it belongs to");
    post.add_option("--book-date", a->date, "Book date (default: the book's current day)");
    post.add_option("--value-date", a->value_date, "From when interest counts");
    post.add_option("--concerns", a->concerns, "The day, closed or not, that it concerns");
    post.add_option("--occurred-at", a->occurred_at, "When it happened outside");
    post.add_option("--code", a->code, "Business code");
    post.add_option("--summary", a->summary, "At most 512 bytes");
    post.add_option("--made-by", a->made_by, "Who made it");
    post.add_option("--checked-by", a->checked_by, "Who checked it");
    post.add_option("--source-document", a->source_document, "What it rests on");
    post.add_flag("--manual", a->manual, "Made by a person");
    post.add_repeated("--capture", a->captures, "HOLD=AMOUNT taken from a hold; can be repeated");
    post.add_repeated("--attribute", a->attributes, "KEY=VALUE; can be repeated");
}

}  // namespace ledger::cli
