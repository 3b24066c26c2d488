// See importer.hpp. One run reads rows into a flight, launches it when it is full, and settles
// flights in order: counts, rejects, progress.
#include "ledger/intake/importer.hpp"

#include "core/quoted.hpp"
#include "intake/flights.hpp"
#include "intake/mapping_data.hpp"
#include "intake/progress_file.hpp"
#include "intake/refusal.hpp"
#include "intake/rejects_file.hpp"
#include "intake/translator.hpp"
#include "ledger/core/error.hpp"
#include "ledger/storage/files.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ledger::intake {

namespace {

constexpr std::size_t flight_lines_max = bounds::batch_lines_max / 2;
constexpr std::uint64_t flight_bytes_max = std::uint64_t{4} << 20;  // of the data file
constexpr std::size_t first_rejected_max = 10;
constexpr std::size_t failed_openings_max = 1000;

/// Outcomes that say nothing of the record but that posting cannot go on.
bool stops_posting(Outcome outcome) noexcept {
    return outcome == Outcome::deadline_passed || outcome == Outcome::overloaded ||
           outcome == Outcome::clock_out_of_range || outcome == Outcome::storage_full ||
           outcome == Outcome::outcome_unknown || outcome == Outcome::closed;
}

[[noreturn]] void stop_posting(Outcome outcome) {
    const std::string why = "import: " + std::string(to_string(outcome)) + ": " +
                            std::string(explain(outcome)) +
                            "; what was acknowledged is safe: import again, resuming";
    if (outcome == Outcome::storage_full) throw StorageFull(why);
    if (outcome == Outcome::outcome_unknown) throw PoisonedError(why);
    throw UnavailableError(why);
}

std::string explained(Outcome outcome) {
    return std::string(to_string(outcome)) + ": " + std::string(explain(outcome));
}

DelimitedReader open_reader(const std::filesystem::path& file, const MappingData& mapping) {
    try {
        return {file, mapping.data.dialect};
    } catch (const InvalidArgument& failure) {
        throw InvalidArgument("mapping " + mapping.file + ": /file: " + failure.what());
    }
}

Columns read_columns(DelimitedReader& reader, const std::filesystem::path& file,
                     const FileRule& rule) {
    if (!rule.header) {
        return rule.columns.empty() ? Columns(rule.column_count, file.string())
                                    : Columns(rule.columns, file.string());
    }
    Row row;
    if (!reader.next(row)) {
        throw InvalidArgument(
            "file " + file.string() +
            " has no header row, it is empty; is it the right file, and was it saved whole?");
    }
    if (row.problem) {
        throw InvalidArgument("file " + file.string() + ", line " + std::to_string(row.line) +
                              ": the header row cannot be read: " + row.problem->reason);
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < row.size(); ++i) names.emplace_back(row[i]);
    return {std::move(names), file.string()};
}

/// One import of one file.
class Run {
public:
    Run(Ledger& ledger, const MappingData& mapping, const ImportOptions& options,
        const std::filesystem::path& file);
    ImportReport execute();

private:
    void check_output();
    void define();
    void begin_output();
    std::optional<AccountFacts> find_account(AccountId id);
    void take(const Row& row);
    void translate(const Row& row, RowMark& mark);
    bool is_full() const;
    void launch();
    void settle(Flight& flight);
    void settle_openings(const Flight& flight);
    void settle_row(const Flight& flight, const RowMark& mark);
    std::string reason_of(const Flight& flight, const RowMark& mark);
    std::string account_name(const RowMark& mark, AccountId account);
    void reject(const RowMark& mark, std::size_t column, const std::string& reason);
    void save(bool finished);

    Ledger& ledger_;
    const MappingData& mapping_;
    const ImportOptions& options_;
    std::filesystem::path file_;
    std::string file_name_;
    DelimitedReader reader_;
    Columns columns_;
    std::optional<DelimitedReader> rereader_;  // for rows that were refused after they were read
    std::optional<Translator> translator_;
    std::optional<RejectsFile> rejects_;
    std::optional<View> view_;  // of the flight being filled; taken when first needed
    Flights flights_;
    std::unordered_map<AccountId, std::string> failed_openings_;
    SavedProgress progress_;
    ContentDigest digest_;  // of what lies before the place of the last progress saved
    std::chrono::steady_clock::time_point saved_at_{};
    ImportReport report_;
    bool stopped_ = false;
};

Run::Run(Ledger& ledger, const MappingData& mapping, const ImportOptions& options,
         const std::filesystem::path& file)
    : ledger_(ledger),
      mapping_(mapping),
      options_(options),
      file_(file),
      file_name_(file.filename().string()),
      reader_(open_reader(file, mapping)),
      columns_(read_columns(reader_, file, mapping.data)),
      flights_(ledger, options.batches_in_flight) {
    report_.rejects = options.rejects;
    if (report_.rejects.empty()) {
        report_.rejects = file;
        report_.rejects += ".rejects.csv";
    }
    report_.progress = report_.rejects;
    report_.progress += ".progress";
}

/// Everything that can refuse the import without the ledger's definitions, before anything is
/// written to the ledger or to a file.
void Run::check_output() {
    std::error_code none;
    for (const std::filesystem::path& input : {file_, std::filesystem::path(mapping_.file)}) {
        if (std::filesystem::equivalent(report_.rejects, input, none)) {
            throw InvalidArgument("rejects file " + report_.rejects.string() +
                                  " is what is to be read; choose another name");
        }
    }
    std::optional<SavedProgress> saved;
    if (options_.resume) saved = load_progress(report_.progress);
    if (saved) {
        check_progress(report_.progress, *saved, reader_, digest_, mapping_.text, ledger_);
        progress_ = *saved;
        reader_.seek(saved->place);
        report_.resumed = true;
    } else {
        progress_.place = reader_.place();
    }
    rejects_.emplace(report_.rejects, progress_.rejects_bytes);
}

/// Currencies, books, groups and the accounts that need no row to be named.
void Run::define() {
    MappingData bound = mapping_;
    bound.bind(columns_, file_name_);
    Batch batch;
    for (const Currency& currency : bound.currencies) batch.add(DefineCurrency{currency});
    for (const DefineBook& book : bound.books) batch.add(book);
    for (const DefineGroup& group : bound.groups) batch.add(group);
    const auto check = [&](const std::vector<Result>& results, const std::string& place) {
        for (std::size_t i = 0; i < results.size(); ++i) {
            const Outcome outcome = results[i].outcome;
            if (is_success(outcome)) continue;
            if (stops_posting(outcome)) stop_posting(outcome);
            throw InvalidArgument(
                "mapping " + mapping_.file + ": " + place + " number " + std::to_string(i + 1) +
                " cannot be defined: " + explained(outcome) +
                "; what the ledger defines otherwise does not belong into the mapping");
        }
    };
    if (!batch.empty()) {
        check(ledger_.post(std::move(batch)),
              "the definition (currencies, books and groups counted through)");
    }
    const std::vector<Currency> currencies = ledger_.view().currencies();
    translator_.emplace(std::move(bound), columns_, currencies,
                        [this](AccountId id) { return find_account(id); });
    Batch openings;
    if (translator_->open_constant_accounts(openings) != 0) {
        const std::vector<Result> results = ledger_.post(std::move(openings));
        check(results, "the account (those without columns in their templates counted)");
        for (const Result& result : results) {
            if (result.outcome == Outcome::accepted) ++progress_.counts.accounts_opened;
        }
    }
    view_.reset();
}

void Run::begin_output() {
    // First: it may only tell of what the rejects file holds.
    if (!report_.resumed) storage::remove_tree(report_.progress);
    rejects_->begin();
}

std::optional<AccountFacts> Run::find_account(AccountId id) {
    if (!view_) view_.emplace(ledger_.view());
    const std::optional<AccountInfo> found = view_->account(id);
    if (!found) return std::nullopt;
    return AccountFacts{found->book, found->currency, found->normal_side};
}

ImportReport Run::execute() {
    check_output();
    define();
    begin_output();
    saved_at_ = std::chrono::steady_clock::now();
    Row row;
    while (!stopped_ && reader_.next(row)) {
        take(row);
        if (is_full()) launch();
        while (!stopped_ && flights_.has_landed()) settle(flights_.land());
    }
    if (!stopped_) launch();
    while (!flights_.empty()) settle(flights_.land());
    report_.finished = !stopped_;
    save(report_.finished);
    report_.counts = progress_.counts;
    return std::move(report_);
}

void Run::take(const Row& row) {
    Flight& flight = flights_.current();
    RowMark mark;
    mark.line = row.line;
    mark.begin = row.begin;
    mark.end = row.end;
    try {
        translate(row, mark);
    } catch (const Refusal& refusal) {
        mark.refusal = static_cast<std::uint32_t>(flight.refusals.size());
        const std::string name =
            refusal.column() == 0 ? "" : columns_.name(refusal.column() - 1) + ": ";
        flight.refusals.push_back({refusal.column(), name + refusal.what()});
    }
    flight.rows.push_back(mark);
    flight.end = reader_.place();
}

void Run::translate(const Row& row, RowMark& mark) {
    if (row.problem) throw Refusal(row.problem->column, row.problem->reason);
    if (row.size() < columns_.size()) {
        throw Refusal(row.size(), "the row ends after " + std::to_string(row.size()) + " of " +
                                      std::to_string(columns_.size()) + " columns; is it cut?");
    }
    if (row.size() > columns_.size() && !mapping_.data.extra_columns) {
        throw Refusal(
            columns_.size() + 1,
            "the row has " + std::to_string(row.size()) + " columns, not " +
                std::to_string(columns_.size()) +
                "; is a delimiter in an unquoted field? (\"extra_columns\": true ignores those too "
                "many)");
    }
    Batch& batch = flights_.current().batch;
    if (translator_->translate(row, batch))
        mark.record = static_cast<std::uint32_t>(batch.size() - 1);
}

bool Run::is_full() const {
    const Flight& flight = flights_.current();
    return flight.rows.size() >= options_.batch_rows ||
           flight.batch.size() >= bounds::batch_records_max / 2 ||
           flight.batch.lines.size() >= flight_lines_max ||
           flight.end.offset - flight.rows.front().begin >= flight_bytes_max;
}

void Run::launch() {
    view_.reset();
    if (flights_.current().rows.empty()) return;
    flights_.launch();
    while (!stopped_ && !flights_.has_room()) settle(flights_.land());
}

/// In the order of the file: what has been counted, rejected and saved is always a beginning of it.
void Run::settle(Flight& flight) {
    for (const Result& result : flight.results) {
        if (stops_posting(result.outcome)) stop_posting(result.outcome);
    }
    settle_openings(flight);
    for (const RowMark& mark : flight.rows) settle_row(flight, mark);
    progress_.place = flight.end;
    flights_.retire();
    if (std::chrono::steady_clock::now() - saved_at_ >= options_.progress_interval) save(false);
    if (options_.on_progress && !stopped_ &&
        !options_.on_progress({progress_.counts, progress_.place.offset, reader_.file_bytes()})) {
        stopped_ = true;
    }
}

void Run::settle_openings(const Flight& flight) {
    for (std::size_t i = 0; i < flight.results.size(); ++i) {
        if (flight.batch.records[i].kind != RecordKind::open_account) continue;
        const Outcome outcome = flight.results[i].outcome;
        if (outcome == Outcome::accepted) ++progress_.counts.accounts_opened;
        // account_exists: somebody else was faster; the vouchers will tell whether it fits.
        if (is_success(outcome) || outcome == Outcome::account_exists) continue;
        const AccountId id{flight.batch.records[i].id.value};
        translator_->forget(id);
        if (failed_openings_.size() >= failed_openings_max) failed_openings_.clear();
        failed_openings_[id] = explained(outcome);
    }
}

void Run::settle_row(const Flight& flight, const RowMark& mark) {
    ++progress_.counts.rows;
    if (mark.refusal != RowMark::none) {
        const Row::Problem& problem = flight.refusals[mark.refusal];
        reject(mark, problem.column, problem.reason);
        return;
    }
    if (mark.record == RowMark::none) {
        ++progress_.counts.skipped;
        return;
    }
    const Result& result = flight.results[mark.record];
    if (!result) {
        reject(mark, 0, reason_of(flight, mark));
        return;
    }
    ++(result.outcome == Outcome::accepted ? progress_.counts.posted
                                           : progress_.counts.already_posted);
    progress_.last_id = flight.batch.records[mark.record].id;
    progress_.last_position = result.position;
}

std::string Run::reason_of(const Flight& flight, const RowMark& mark) {
    const Result& result = flight.results[mark.record];
    std::string reason = explained(result.outcome);
    if (result.outcome == Outcome::id_conflict) {
        reason +=
            " (the ledger has this id at position " + std::to_string(result.position.value) + ")";
    }
    const auto lines = flight.batch.lines_of(flight.batch.records[mark.record]);
    if (!result.names_line()) return reason;
    const AccountId account = lines[result.line].account;
    reason += " (line " + std::to_string(result.line + 1) + " of the voucher, account " +
              account_name(mark, account) + ")";
    const auto failed = failed_openings_.find(account);
    if (result.outcome == Outcome::account_unknown && failed != failed_openings_.end()) {
        reason += "; its opening was refused: " + failed->second;
    }
    return reason;
}

/// As the mapping calls it, out of the row read again; where the file was changed meanwhile, its
/// id.
std::string Run::account_name(const RowMark& mark, AccountId account) {
    try {
        if (!rereader_) rereader_.emplace(open_reader(file_, mapping_));
        Row row;
        rereader_->seek({mark.begin, mark.line});
        const bool is_there = rereader_->next(row) && !row.problem && row.begin == mark.begin &&
                              row.end == mark.end && row.size() >= columns_.size();
        if (is_there) return translator_->account_name(row, account);
    } catch (const StorageError&) {  // the row is settled, with or without its file
        rereader_.reset();
    }
    return to_string(account);
}

void Run::reject(const RowMark& mark, std::size_t column, const std::string& reason) {
    ++progress_.counts.rejected;
    rejects_->add(file_name_, mark.line, column, reason, reader_.shown(mark.begin, mark.end));
    if (report_.first_rejected.size() < first_rejected_max) {
        report_.first_rejected.push_back({mark.line, column, reason});
    }
}

/// The rejects first: the progress file may only tell of what is durable. A rejects file without
/// rejects goes when the import is finished.
void Run::save(bool finished) {
    rejects_->sync();
    const bool is_clean = finished && progress_.counts.rejected == 0;
    progress_.rejects_bytes = is_clean ? 0 : rejects_->bytes();
    progress_.finished = finished;
    identify(progress_, reader_, digest_, mapping_.text);
    save_progress(report_.progress, progress_);
    if (is_clean) rejects_->remove();
    saved_at_ = std::chrono::steady_clock::now();
}

}  // namespace

Importer::Importer(Ledger& ledger, Mapping mapping, ImportOptions options)
    : ledger_(ledger), mapping_(std::move(mapping)), options_(std::move(options)) {
    const auto check = [](const char* name, std::size_t value, std::size_t most) {
        if (value >= 1 && value <= most) return;
        throw InvalidArgument(std::string("ImportOptions::") + name + " is " +
                              std::to_string(value) + "; it must be from 1 to " +
                              std::to_string(most));
    };
    check("batch_rows", options_.batch_rows, bounds::batch_records_max);
    check("batches_in_flight", options_.batches_in_flight, 16);
}

ImportReport Importer::run(const std::filesystem::path& file) {
    return Run(ledger_, mapping_.data(), options_, file).execute();
}

}  // namespace ledger::intake
