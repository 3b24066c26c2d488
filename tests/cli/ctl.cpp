// Running ledgerctl.
#include "ctl.hpp"

#include "ledger/core/id.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace ledger::cli {

namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

void redirect(const std::filesystem::path& path, int descriptor, int flags) {
    const int file = open(path.c_str(), flags, 0600);
    if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
}

}  // namespace

nlohmann::ordered_json Ran::json() const { return nlohmann::ordered_json::parse(out); }

std::vector<nlohmann::ordered_json> Ran::lines() const {
    std::vector<nlohmann::ordered_json> values;
    std::istringstream stream(out);
    for (std::string line; std::getline(stream, line);) {
        values.push_back(nlohmann::ordered_json::parse(line));
    }
    return values;
}

Ctl::Ctl() {
    std::string name = (std::filesystem::temp_directory_path() / "ledgerctl.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    directory_ = name;
}

Ctl::~Ctl() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

Ran Ctl::run_bare(const std::vector<std::string>& arguments, const std::string& input) const {
    write("stdin", input);
    std::vector<char*> words{const_cast<char*>(LEDGER_CTL)};
    for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        unsetenv("LEDGER_DIR");
        redirect(path("stdin"), STDIN_FILENO, O_RDONLY);
        redirect(path("stdout"), STDOUT_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        redirect(path("stderr"), STDERR_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        execv(LEDGER_CTL, words.data());
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    Ran ran;
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ran.out = read_file(path("stdout"));
    ran.err = read_file(path("stderr"));
    return ran;
}

Ran Ctl::run(const std::vector<std::string>& arguments, const std::string& input) const {
    std::vector<std::string> all{"--dir", ledger()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_bare(all, input);
}

Ran Ctl::ok(const std::vector<std::string>& arguments, const std::string& input) const {
    Ran ran = run(arguments, input);
    EXPECT_EQ(ran.code, 0) << arguments.at(0) << ": " << ran.err << ran.out;
    return ran;
}

Ran Ctl::json(std::vector<std::string> arguments, const std::string& input) const {
    arguments.push_back("--json");
    return ok(arguments, input);
}

void Ctl::make_small_ledger() const {
    ok({"init"});
    ok({"post"}, R"({"record": "define_currency", "code": "CNY", "decimals": 2}
{"record": "define_currency", "code": "JPY", "decimals": 0}
{"record": "define_book", "book": 1, "name": "Client money"}
{"record": "open_account", "id": "text:cash", "book": 1, "currency": "CNY", "code": "1001", "kind": "asset", "name": "Cash"}
{"record": "open_account", "id": "text:alice", "book": 1, "currency": "CNY", "code": "2001", "kind": "liability", "minimum": "0.00", "name": "Alice"}
{"record": "open_account", "id": "text:bob", "book": 1, "currency": "CNY", "code": "2002", "kind": "liability", "minimum": "0.00", "name": "Bob"}
{"record": "open_account", "id": "text:yen", "book": 1, "currency": "JPY", "code": "1002", "kind": "asset"}
)");
}

Ran Ctl::pay_in(const std::string& account, const std::string& amount,
                const std::string& id) const {
    return run({"post", "--book", "1", "--debit", "text:cash=" + amount, "--credit",
                account + "=" + amount, "--id", id});
}

std::string Ctl::write(const std::string& name, const std::string& text) const {
    std::ofstream stream(path(name), std::ios::binary | std::ios::trunc);
    stream << text;
    return path(name).string();
}

std::string id_of(const std::string& text) { return id_to_string(id_from_text(text)); }

}  // namespace ledger::cli
