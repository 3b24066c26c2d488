// Runs ledgerctl as a shell would, in a directory of its own. Invariant: what a test made is gone
// with it.
#pragma once

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ledger::cli {

struct Ran {
    int code = -1;  ///< exit code; 128 + signal where it was killed
    std::string out;
    std::string err;

    nlohmann::ordered_json json() const;
    /// Each line of the output as JSON.
    std::vector<nlohmann::ordered_json> lines() const;
};

/// A temporary directory with `ledger` in it, which does not exist at first.
class Ctl : public ::testing::Test {
protected:
    Ctl();
    ~Ctl() override;

    /// Runs ledgerctl --dir <ledger> with these arguments and this standard input.
    Ran run(const std::vector<std::string>& arguments, const std::string& input = {}) const;
    /// The same with --json; fails the test where the exit code is not 0.
    Ran json(std::vector<std::string> arguments, const std::string& input = {}) const;
    /// The same without; fails the test where the exit code is not 0.
    Ran ok(const std::vector<std::string>& arguments, const std::string& input = {}) const;
    /// Without --dir.
    Ran run_bare(const std::vector<std::string>& arguments, const std::string& input = {}) const;

    /// A ledger with CNY, JPY, book 1, and the accounts text:cash (asset), text:alice and text:bob
    /// (liabilities, minimum 0), text:yen (asset, JPY).
    void make_small_ledger() const;
    /// text:cash pays in to an account.
    Ran pay_in(const std::string& account, const std::string& amount, const std::string& id) const;
    std::string write(const std::string& name, const std::string& text) const;
    std::filesystem::path path(const std::string& name) const { return directory_ / name; }
    std::string ledger() const { return path("ledger").string(); }

private:
    std::filesystem::path directory_;
};

/// The id that ledgerctl prints for text:ANYTHING.
std::string id_of(const std::string& text);

}  // namespace ledger::cli
