// What a command takes from the command line: CLI11, of which command.cpp and application.cpp alone
// see more than the names. Invariant: a Command and an Option are handles on what the parser owns;
// they are copied freely and die with it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace ledger::cli {

class Option {
public:
    explicit Option(CLI::Option& option) : option_(&option) {}

    Option required();
    /// The help names the variable's value at this moment.
    Option show_default();
    /// The value must be least..most; the help says so.
    Option between(std::uint64_t least, std::uint64_t most);
    /// The value must be above zero.
    Option positive();
    /// Not together with `other`.
    Option excludes(Option other);

private:
    friend class Command;

    CLI::Option* option_;
};

/// Names are given as "--name", or "NAME" where only the place tells what is meant; the variables
/// must outlive the parsing, which fills them where the option is given.
class Command {
public:
    explicit Command(CLI::App& app) : app_(&app) {}

    /// A subcommand; `chosen` is called after parsing where it was given.
    Command add_command(std::string_view name, std::string_view description,
                        std::function<void()> chosen);
    /// A subcommand that only holds others, one of which must be given.
    Command add_family(std::string_view name, std::string_view description);

    Option add_option(std::string_view name, std::string& value, std::string_view description);
    Option add_option(std::string_view name, unsigned& value, std::string_view description);
    Option add_option(std::string_view name, std::uint64_t& value, std::string_view description);
    Option add_option(std::string_view name, double& value, std::string_view description);
    /// Takes all the words that follow.
    Option add_option(std::string_view name, std::vector<std::string>& values,
                      std::string_view description);
    Option add_flag(std::string_view name, bool& value, std::string_view description);
    /// Takes one value each time it is given, and can be given often.
    Option add_repeated(std::string_view name, std::vector<std::string>& values,
                        std::string_view description);
    /// Takes one of these words; the help names that of the present value.
    template <class T>
    Option add_choice(std::string_view name, T& value, const std::map<std::string, T>& words,
                      std::string_view description);

    /// At least one of the two must be given.
    void require_any(Option one, Option other);

private:
    /// The words with what they mean, as a number.
    using Words = std::map<std::string, std::int64_t>;

    Option add_words(std::string_view name, std::string_view type, const Words& words,
                     std::int64_t present, std::function<void(std::int64_t)> set,
                     std::string_view description);

    CLI::App* app_;
};

template <class T>
Option Command::add_choice(std::string_view name, T& value, const std::map<std::string, T>& words,
                           std::string_view description) {
    Words numbers;
    for (const auto& [word, meaning] : words) numbers[word] = static_cast<std::int64_t>(meaning);
    return add_words(
        name, std::is_same_v<T, bool> ? "BOOLEAN" : "ENUM", numbers,
        static_cast<std::int64_t>(value),
        [&value](std::int64_t chosen) { value = static_cast<T>(chosen); }, description);
}

}  // namespace ledger::cli
