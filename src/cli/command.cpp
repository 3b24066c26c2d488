// The templates of CLI11, instantiated here once for all commands.
#include "cli/command.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <algorithm>
#include <utility>

namespace ledger::cli {

namespace {

template <class T>
Option add(CLI::App& app, std::string_view name, T& value, std::string_view description) {
    return Option(*app.add_option(std::string(name), value, std::string(description)));
}

}  // namespace

// ---- options

Option Option::required() {
    option_->required();
    return *this;
}

Option Option::show_default() {
    option_->capture_default_str();
    return *this;
}

Option Option::between(std::uint64_t least, std::uint64_t most) {
    option_->check(CLI::Range(least, most));
    return *this;
}

Option Option::positive() {
    option_->check(CLI::PositiveNumber);
    return *this;
}

Option Option::excludes(Option other) {
    option_->excludes(other.option_);
    return *this;
}

// ---- commands

Command Command::add_command(std::string_view name, std::string_view description,
                             std::function<void()> chosen) {
    CLI::App* command = app_->add_subcommand(std::string(name), std::string(description));
    command->callback(std::move(chosen));
    return Command(*command);
}

Command Command::add_family(std::string_view name, std::string_view description) {
    CLI::App* family = app_->add_subcommand(std::string(name), std::string(description));
    family->require_subcommand(1);
    return Command(*family);
}

Option Command::add_option(std::string_view name, std::string& value,
                           std::string_view description) {
    return add(*app_, name, value, description);
}

Option Command::add_option(std::string_view name, unsigned& value, std::string_view description) {
    return add(*app_, name, value, description);
}

Option Command::add_option(std::string_view name, std::uint64_t& value,
                           std::string_view description) {
    return add(*app_, name, value, description);
}

Option Command::add_option(std::string_view name, double& value, std::string_view description) {
    return add(*app_, name, value, description);
}

Option Command::add_option(std::string_view name, std::vector<std::string>& values,
                           std::string_view description) {
    return add(*app_, name, values, description);
}

Option Command::add_flag(std::string_view name, bool& value, std::string_view description) {
    return Option(*app_->add_flag(std::string(name), value, std::string(description)));
}

Option Command::add_repeated(std::string_view name, std::vector<std::string>& values,
                             std::string_view description) {
    return Option(*app_->add_option(std::string(name), values, std::string(description))
                       ->expected(1)
                       ->take_all()
                       ->allow_extra_args(false));  // the next word is not another value
}

Option Command::add_words(std::string_view name, std::string_view type, const Words& words,
                          std::int64_t present, std::function<void(std::int64_t)> set,
                          std::string_view description) {
    CLI::Option* option = app_->add_option_function<std::int64_t>(
        std::string(name), [set = std::move(set)](const std::int64_t& chosen) { set(chosen); },
        std::string(description));
    option->type_name(std::string(type));
    option->transform(CLI::CheckedTransformer(words).description(""));
    const auto shown = std::ranges::find(words, present, &Words::value_type::second);
    if (shown != words.end()) option->default_str(shown->first);
    return Option(*option);
}

void Command::require_any(Option one, Option other) {
    app_->parse_complete_callback([one = one.option_, other = other.option_] {
        if (one->count() == 0 && other->count() == 0) {
            throw CLI::RequiredError(one->get_name() + " or " + other->get_name());
        }
    });
}

}  // namespace ledger::cli
