// verify, rebuild, backup, restore, import, and what goes wrong around a ledger.
#include "ctl.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace ledger::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Care : public Ctl {};

TEST_F(Care, HelpNamesCommandsAndExitCodes) {
    const Ran help = run_bare({"--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, AllOf(HasSubstr("Exit codes"), HasSubstr("bench"), HasSubstr("reverse")));
    EXPECT_EQ(run_bare({"account", "open", "--help"}).code, 0);
    EXPECT_THAT(run_bare({"--version"}).out, HasSubstr("ledgerctl "));
    EXPECT_EQ(run_bare({}).code, 2);
    EXPECT_EQ(run_bare({"nonsense"}).code, 2);
    EXPECT_EQ(run_bare({"account"}).code, 2);
    const Ran nowhere = run_bare({"stats"});
    EXPECT_EQ(nowhere.code, 2);
    EXPECT_THAT(nowhere.err, HasSubstr("--dir"));
}

TEST_F(Care, DirectoriesThatAreNoLedger) {
    EXPECT_EQ(run({"stats"}).code, 4);
    std::filesystem::create_directory(ledger());
    const Ran empty = run({"stats"});
    EXPECT_EQ(empty.code, 4);
    EXPECT_THAT(empty.err, HasSubstr(ledger()));
    std::ofstream(path("ledger") / "journal.mdb") << "this is no ledger at all";
    EXPECT_EQ(run({"stats"}).code, 4);
}

TEST_F(Care, ASecondWriterIsToldWhoHoldsTheLedger) {
    make_small_ledger();
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t holder = fork();
    if (holder == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[1]);
        execl(LEDGER_CTL, LEDGER_CTL, "--dir", ledger().c_str(), "post",
              static_cast<char*>(nullptr));
        _exit(127);
    }
    close(ends[0]);
    const auto lock_text = [this] {
        std::ifstream file(path("ledger") / "writer.lock");
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string holder_name = "process " + std::to_string(holder) + " ";
    for (int i = 0; i < 1000 && lock_text().find(holder_name) == std::string::npos; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    const Ran second = pay_in("text:alice", "1.00", "text:r1");
    EXPECT_EQ(second.code, 4);
    EXPECT_THAT(second.err, HasSubstr(std::to_string(holder)));
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "0.00") << "who asks is let in";
    close(ends[1]);
    int status = 0;
    waitpid(holder, &status, 0);
    EXPECT_EQ(status, 0);
    ok({"stats"});
}

TEST_F(Care, VerifyAndRebuild) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    const auto report = json({"verify"}).json();
    EXPECT_EQ(report["ok"], true);
    EXPECT_THAT(ok({"verify", "--deep"}).out, HasSubstr("sound"));
    ok({"rebuild"});
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "10.00");
    ok({"verify", "--deep"});
}

TEST_F(Care, VerifyFindsADamagedJournal) {
    make_small_ledger();
    for (int i = 0; i < 20; ++i) pay_in("text:alice", "1.00", "text:r" + std::to_string(i));
    const std::string journal = (path("ledger") / "journal.mdb").string();
    std::fstream file(journal, std::ios::in | std::ios::out | std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    file.clear();
    const std::string needle = "Client money";
    const std::size_t at = bytes.find(needle);
    ASSERT_NE(at, std::string::npos);
    file.seekp(static_cast<std::streamoff>(at));
    file << "CLIENT";
    file.close();
    const Ran ran = run({"verify"});
    EXPECT_EQ(ran.code, 5) << ran.out << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("verify failed"));
}

TEST_F(Care, BackupAndRestore) {
    make_small_ledger();
    pay_in("text:alice", "10.00", "text:r1");
    const std::string copy = path("copy").string();
    ok({"backup", copy});
    EXPECT_NE(run({"backup", copy}).code, 0);
    pay_in("text:alice", "5.00", "text:r2");
    const std::string restored = path("restored").string();
    EXPECT_EQ(run_bare({"--dir", restored, "restore", copy}).code, 0);
    const Ran balance = run_bare({"--dir", restored, "balance", "text:alice", "--json"});
    EXPECT_EQ(balance.json()["total"], "10.00");
    EXPECT_NE(run_bare({"--dir", restored, "restore", copy}).code, 0);
    EXPECT_EQ(json({"balance", "text:alice"}).json()["total"], "15.00");
}

TEST_F(Care, OutputThatCannotBeWrittenIsAnError) {
    make_small_ledger();
    const pid_t child = fork();
    if (child == 0) {
        dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        execl(LEDGER_CTL, LEDGER_CTL, "--dir", ledger().c_str(), "trial",
              static_cast<char*>(nullptr));
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 4);
}

TEST_F(Care, ImportPostsRowsAndRejectsBadOnes) {
    ok({"init"});
    const std::string map = write("map.json", R"({
        "definitions": {
            "currencies": [{"code": "CNY"}],
            "books": [{"book": 1, "name": "Client money"}]
        },
        "accounts": {
            "merchant": {"id": "merchant:{merchant}",
                         "open": {"code": "22{merchant}", "kind": "liability"}},
            "channel": {"id": "channel", "open": {"code": "11", "kind": "asset"}}
        },
        "id": {"prefix": "pay:", "columns": ["no"]},
        "book": 1,
        "currency": "CNY",
        "book_date": {"value": "{day}"},
        "amount": {"value": "{amount}"},
        "rules": [{"lines": [{"debit": "channel"}, {"credit": "merchant"}]}]
    })");
    const std::string file =
        write("rows.csv",
              "no,merchant,day,amount\n1,7,2026-11-20,10.00\n2,8,2026-11-20,x\n"
              "3,7,2026-11-21,5.50\n");
    const Ran ran = run({"import", file, "--map", map, "--json"});
    EXPECT_EQ(ran.code, 1) << ran.err;
    EXPECT_EQ(ran.json()["rows"], 3);
    EXPECT_EQ(ran.json()["posted"], 2);
    EXPECT_EQ(ran.json()["rejected"], 1);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("line 3"), HasSubstr("rejects.csv")));
    EXPECT_EQ(json({"balance", "text:merchant:7"}).json()["total"], "15.50");
    const Ran again = run({"import", file, "--map", map});
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.out, HasSubstr("posted already"));
    EXPECT_EQ(json({"balance", "text:merchant:7"}).json()["total"], "15.50");
    EXPECT_EQ(run({"import", file, "--map", path("none.json").string()}).code, 2);
    EXPECT_EQ(run({"import", path("none.csv").string(), "--map", map}).code, 2);
    EXPECT_EQ(run({"import", file, "--map", write("bad.json", "{\"nonsense\": 1}")}).code, 2);
}

}  // namespace
}  // namespace ledger::cli
