// The import of real transactions of a Czech bank, against the bank's own balances. What is
// expected is worked out here from the files by code of its own; what is there is read back from
// the ledger's lines.
#include "fixture.hpp"
#include "ledger/core/decimal.hpp"
#include "ledger/intake/importer.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace ledger::intake {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path source_directory = LEDGER_SOURCE_DIR;
const std::filesystem::path berka_directory = source_directory / ".." / "shared" / "data" / "berka";

constexpr std::int64_t rounding_of_a_row =
    10;  // haléř: the bank exported amounts and balances to 0.10 CZK

/// A row of trans.asc, read by nothing but splitting.
struct BankRow {
    std::string id;
    int account = 0;
    Date date;
    std::int64_t signed_amount = 0;  // haléř
    std::int64_t balance = 0;        // as the bank printed it
};

std::int64_t halere(const std::string& text) {
    const std::size_t point = text.find('.');
    const std::int64_t sign = text.front() == '-' ? -1 : 1;
    return sign *
           (std::abs(std::stoll(text.substr(0, point))) * 100 + std::stoll(text.substr(point + 1)));
}

std::vector<std::string> split(const std::string& line, char delimiter) {
    std::vector<std::string> out(1);
    for (const char c : line) {
        if (c == delimiter) {
            out.emplace_back();
        } else if (c != '"' && c != '\r') {
            out.back() += c;
        }
    }
    return out;
}

std::vector<BankRow> read_bank_rows() {
    std::ifstream file(berka_directory / "trans.asc");
    std::vector<BankRow> out;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        const auto fields = split(line, ';');
        if (fields.size() != 10) continue;  // the cut one
        const std::string& date = fields[2];
        BankRow& row = out.emplace_back();
        row.id = fields[0];
        row.account = std::stoi(fields[1]);
        row.date = parse_date("19" + date.substr(0, 2) + "-" + date.substr(2, 2) + "-" +
                              date.substr(4, 2));
        row.signed_amount = (fields[3] == "PRIJEM" ? 1 : -1) * halere(fields[5]);
        row.balance = halere(fields[6]);
    }
    return out;
}

using Days = std::map<Date, std::vector<BankRow>>;

std::map<int, Days> by_account_and_day(const std::vector<BankRow>& rows) {
    std::map<int, Days> out;
    for (const BankRow& row : rows) out[row.account][row.date].push_back(row);
    return out;
}

/// Whether the rows of a day can be put in an order in which each printed balance is the one before
/// it plus the row's amount; `balance` then is the last one.
bool chains(std::vector<BankRow> rows, std::int64_t& balance) {
    if (rows.empty()) return true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (balance + rows[i].signed_amount != rows[i].balance) continue;
        std::vector<BankRow> rest = rows;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        std::int64_t after = rows[i].balance;
        if (!chains(rest, after)) continue;
        balance = after;
        return true;
    }
    return false;
}

bool is_exactly_consistent(const Days& days) {
    std::int64_t balance = 0;
    return std::all_of(days.begin(), days.end(),
                       [&](const auto& day) { return chains(day.second, balance); });
}

/// (account, date) to haléř.
std::map<std::pair<int, Date>, std::int64_t> read_end_of_day() {
    std::ifstream file(berka_directory / "end_of_day.csv");
    std::map<std::pair<int, Date>, std::int64_t> out;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        const auto fields = split(line, ',');
        out[{std::stoi(fields[0]), parse_date(fields[1])}] = std::stoll(fields[2]);
    }
    return out;
}

AccountId customer(int account) {
    return AccountId{id_from_text("berka:account:" + std::to_string(account))};
}

std::int64_t small(Amount amount) { return static_cast<std::int64_t>(amount.minor); }

/// What the customer has at the end of each book date, from the ledger's lines.
std::map<Date, std::int64_t> end_of_day_in_ledger(const View& view, int account) {
    std::map<Date, std::int64_t> turnover;
    PageRequest request;
    request.size = 1000;
    do {
        const Page<AccountEntry> page = view.lines(customer(account), request);
        for (const AccountEntry& entry : page.items) {
            turnover[entry.book_date] +=
                (entry.side == Side::credit ? 1 : -1) * small(entry.amount);
        }
        request.cursor = page.cursor;
    } while (!request.cursor.empty());
    std::int64_t balance = 0;
    for (auto& [date, amount] : turnover) amount = balance += amount;
    return turnover;
}

class Berka : public ::testing::Test {
protected:
    void SetUp() override {
        if (std::filesystem::exists(berka_directory / "trans.asc")) return;
        const std::string reason = "SKIPPED, NOT TESTED: the bank's transactions are not at " +
                                   berka_directory.string() +
                                   "; they are not part of this repository";
        std::cerr << reason << '\n';
        GTEST_SKIP() << reason;
    }

    static Mapping mapping() {
        return Mapping::load(source_directory / "tests" / "intake" / "berka.map.json");
    }
    static std::filesystem::path data() { return berka_directory / "trans.asc"; }
    ImportOptions options() const {
        ImportOptions made;
        made.rejects = directory_ / "rejects.csv";
        return made;
    }
    Ledger create(const std::string& name = "ledger") const {
        return Ledger::create(directory_ / name, small_options());
    }

    TemporaryDirectory directory_;
};

constexpr std::uint64_t sound_rows = 49'102;
constexpr std::uint64_t accounts_opened = 1'229 + 6;  // the rows' and the bank's own

void expect_only_the_cut_line_rejected(const std::filesystem::path& rejects) {
    EXPECT_EQ(read_file(rejects),
              "file,line,column,reason,text\n"
              "trans.asc,49104,4,type: the file ends inside this quoted field: the row is cut,"
              "\"3526882;11021;940331;\"\"PRIJE\"\n");
}

TEST_F(Berka, EveryEndOfDayBalanceIsTheBanks) {
    Ledger ledger = create();
    const ImportReport report = Importer(ledger, mapping(), options()).run(data());
    EXPECT_TRUE(report.finished);
    EXPECT_EQ(report.counts, (ImportCounts{sound_rows + 1, sound_rows, 0, 0, 1, accounts_opened}));
    expect_only_the_cut_line_rejected(report.rejects);

    const View view = ledger.view();
    const auto rows = by_account_and_day(read_bank_rows());
    const auto expected = read_end_of_day();
    ASSERT_EQ(expected.size(), 38'821u);
    std::size_t compared = 0;
    std::size_t consistent = 0;
    std::size_t exact_accounts = 0;
    for (const auto& [account, days] : rows) {
        const auto actual = end_of_day_in_ledger(view, account);
        ASSERT_EQ(actual.size(), days.size()) << "account " << account;
        bool exact = true;
        std::int64_t drift_before = 0;
        for (const auto& [date, of_day] : days) {
            const auto wanted = expected.find({account, date});
            if (wanted == expected.end()) continue;  // 1994-03-31, which the file has in part only
            ++compared;
            EXPECT_EQ(small(view.balance_on(customer(account), date)->total()), actual.at(date))
                << "account " << account << ", " << to_string(date);
            const std::int64_t drift = actual.at(date) - wanted->second;
            exact = exact && drift == 0;
            // Each row may add its rounding to what was adrift the day before, and no more.
            EXPECT_LE(std::abs(drift - drift_before),
                      rounding_of_a_row * static_cast<std::int64_t>(of_day.size()))
                << "account " << account << ", " << to_string(date);
            drift_before = drift;
        }
        exact_accounts += exact ? 1 : 0;
        if (is_exactly_consistent(days)) {
            ++consistent;
            EXPECT_TRUE(exact) << "account " << account
                               << ", whose rows the bank printed without rounding";
        }
    }
    EXPECT_EQ(compared, expected.size());
    EXPECT_EQ(consistent, 342u);
    EXPECT_EQ(exact_accounts, 416u);  // in others the rounding cancels out by every evening
}

/// What the bank's printed balances differ by from the sums of its rows, on the day it came in.
struct Rounding {
    int account = 0;
    Date date;
    std::int64_t halere = 0;  ///< the customer has so much more
};

std::vector<Rounding> roundings_of(const View& view,
                                   const std::map<std::pair<int, Date>, std::int64_t>& printed) {
    std::vector<Rounding> found;
    int account = 0;
    std::int64_t drift = 0;
    for (const auto& [day, balance] : printed) {
        if (std::exchange(account, day.first) != day.first) drift = 0;
        const std::int64_t now =
            balance - small(view.balance_on(customer(day.first), day.second)->total());
        if (now != drift) found.push_back({day.first, day.second, now - drift});
        drift = now;
    }
    return found;
}

Batch vouchers_of(const std::vector<Rounding>& roundings) {
    Batch batch;
    OpenAccount rounding;
    rounding.id = AccountId{id_from_text("berka:rounding")};
    rounding.book = BookId{1};
    rounding.currency = CurrencyCode("CZK");
    rounding.code = "51.2";
    rounding.kind = AccountKind::expense;
    batch.add(rounding);
    for (const Rounding& one : roundings) {
        const std::string id =
            "berka:rounding:" + std::to_string(one.account) + ":" + to_string(one.date);
        const AccountId more = one.halere > 0 ? customer(one.account) : rounding.id;
        const AccountId less = one.halere > 0 ? rounding.id : customer(one.account);
        batch.add_voucher(VoucherId{id_from_text(id)}, rounding.book)
            .debit(less, Amount{std::abs(one.halere)})
            .credit(more, Amount{std::abs(one.halere)})
            .book_date(one.date);
    }
    return batch;
}

// Booked years late, in no order, each on its day: by book date every balance is the printed one.
TEST_F(Berka, WithItsRoundingBookedEveryEndOfDayBalanceIsExact) {
    Ledger ledger = create();
    Importer(ledger, mapping(), options()).run(data());
    const auto printed = read_end_of_day();
    ASSERT_EQ(printed.size(), 38'821u);
    const View before = ledger.view();
    std::vector<Rounding> roundings = roundings_of(before, printed);
    ASSERT_GT(roundings.size(), 1'000u);
    std::ranges::shuffle(roundings, std::mt19937_64(3));
    for (const Result& result : ledger.post(vouchers_of(roundings))) ASSERT_TRUE(result);
    for (const bool is_sealed : {false, true}) {
        if (is_sealed) ledger.seal();
        const View view = ledger.view();
        for (const auto& [day, balance] : printed) {
            const AccountId account = customer(day.first);
            ASSERT_EQ(small(view.balance_on(account, day.second)->total()), balance)
                << "account " << day.first << ", " << to_string(day.second);
            ASSERT_EQ(view.balance_on(account, day.second, before.position()),
                      before.balance_on(account, day.second));
        }
    }
}

TEST_F(Berka, TheBooksBalanceAndHoldEveryCrown) {
    Ledger ledger = create();
    Importer(ledger, mapping(), options()).run(data());
    std::int64_t turnover = 0;
    std::int64_t owed = 0;
    for (const BankRow& row : read_bank_rows()) {
        turnover += std::abs(row.signed_amount);
        owed += row.signed_amount;
    }
    const View view = ledger.view();
    const std::vector<TrialSum> sums = view.trial_sums();
    ASSERT_EQ(sums.size(), 1u);
    EXPECT_TRUE(sums[0].balanced);
    EXPECT_EQ(sums[0].debits, sums[0].credits);
    EXPECT_EQ(sums[0].debits, std::to_string(turnover));
    EXPECT_EQ(sums[0].accounts, accounts_opened);
    const auto customers = view.balance_of_group("221", BookId{1}, CurrencyCode("CZK"));
    ASSERT_TRUE(customers);
    EXPECT_EQ(small(customers->total()), owed);
    const TrialBalance trial =
        trial_balance(view, chart_sums(view, BookId{1}, Range{}), CurrencyCode("CZK"), 1);
    const auto row = std::ranges::find(trial.rows, "221", &TrialRow::code);
    ASSERT_NE(row, trial.rows.end());
    EXPECT_EQ(row->figures.closing(), Wide(i128{-owed}));
    EXPECT_EQ(trial.totals.turnover.debits, Wide(i128{turnover}));
    EXPECT_EQ(trial.totals.closing.debits, trial.totals.closing.credits);
}

TEST_F(Berka, ImportingAgainPostsNothing) {
    Ledger ledger = create();
    Importer(ledger, mapping(), options()).run(data());
    const Position position = ledger.view().position();
    const ImportReport again = Importer(ledger, mapping(), options()).run(data());
    EXPECT_EQ(again.counts, (ImportCounts{sound_rows + 1, 0, sound_rows, 0, 1, 0}));
    EXPECT_EQ(ledger.view().position(), position);
    expect_only_the_cut_line_rejected(again.rejects);
}

/// Total of every account by id, and what each row's voucher is.
std::map<std::string, std::string> contents(const Ledger& ledger) {
    std::map<std::string, std::string> out;
    const View view = ledger.view();
    PageRequest request;
    request.size = 1000;
    do {
        const Page<AccountInfo> page = view.accounts("", request);
        for (const AccountInfo& account : page.items) {
            const auto balance = view.balance(account.id);
            out["account " + to_string(account.id)] =
                account.code + " " + to_string(balance->debits) + " " + to_string(balance->credits);
        }
        request.cursor = page.cursor;
    } while (!request.cursor.empty());
    for (const BankRow& row : read_bank_rows()) {
        const auto posted = view.voucher(VoucherId{id_from_text("berka:trans:" + row.id)});
        out["voucher " + row.id] = posted ? to_string(posted->voucher.book_date) + " " +
                                                std::to_string(posted->number) + " " +
                                                posted->voucher.detail.summary
                                          : "none";
    }
    return out;
}

/// Imports in a process of its own that is killed by SIGKILL after `batches` acknowledged batches.
void import_and_be_killed(const std::function<void(const ImportOptions&)>& import,
                          ImportOptions options, int batches) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        options.on_progress = [&](const ImportProgress&) {
            if (--batches == 0) ::kill(::getpid(), SIGKILL);
            return true;
        };
        import(options);
        ::_exit(0);  // not reached
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the import was not killed";
}

TEST_F(Berka, KilledInTheMiddleAndResumedItIsTheSame) {
    ImportOptions small_steps = options();
    small_steps.batch_rows = 500;
    small_steps.progress_interval = std::chrono::milliseconds{0};
    std::map<std::string, std::string> expected;
    Position end;
    {
        Ledger ledger = create("whole");
        Importer(ledger, mapping(), small_steps).run(data());
        expected = contents(ledger);
        end = ledger.view().position();
    }
    const auto import = [&](const ImportOptions& how) {
        Ledger ledger = Ledger::open_or_create(directory_ / "killed", small_options());
        Importer(ledger, mapping(), how).run(data());
    };
    import_and_be_killed(import, small_steps, 40);
    small_steps.resume = true;
    import_and_be_killed(import, small_steps, 25);
    // And once with a progress file that lies far behind what was posted.
    small_steps.progress_interval = std::chrono::hours{1};
    import_and_be_killed(import, small_steps, 15);

    Ledger ledger = Ledger::open(directory_ / "killed", small_options());
    const ImportReport report = Importer(ledger, mapping(), small_steps).run(data());
    EXPECT_TRUE(report.resumed);
    EXPECT_TRUE(report.finished);
    EXPECT_EQ(report.counts.rows, sound_rows + 1);
    EXPECT_EQ(report.counts.posted + report.counts.already_posted, sound_rows);
    EXPECT_GE(report.counts.already_posted, 14 * 500u);  // of the last killed run
    EXPECT_EQ(report.counts.rejected, 1u);
    expect_only_the_cut_line_rejected(report.rejects);
    EXPECT_EQ(ledger.view().position(), end);
    EXPECT_EQ(contents(ledger), expected);
    const auto sums = ledger.view().trial_sums();
    EXPECT_TRUE(sums.size() == 1 && sums[0].balanced);
}

}  // namespace
}  // namespace ledger::intake
