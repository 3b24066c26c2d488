// See translator.hpp.
#include "intake/translator.hpp"

#include "core/quoted.hpp"
#include "intake/refusal.hpp"
#include "ledger/core/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ledger::intake {

namespace {

constexpr std::size_t known_accounts_max = std::size_t{1} << 16;

/// A whole number up to `most` out of the template's text.
std::uint32_t number_of(const TextTemplate& from, const Row& row, std::uint32_t most,
                        const char* what) {
    const std::string text = from.expand(row);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty() || value > most) {
        throw Refusal(from.column(), std::string(what) + " " + detail::quoted(text) +
                                         " is no whole number from 0 to " + std::to_string(most));
    }
    return value;
}

Attributes expand_all(const NamedTemplates& named, const Row& row) {
    Attributes out;
    for (const auto& [key, text] : named) {
        std::string value = text.expand_or_nothing(row);
        if (!value.empty()) out.push_back({key, std::move(value)});
    }
    return out;
}

Amount absolute(Amount amount) { return amount < Amount{} ? -amount : amount; }

bool is_constant(const OpenRule& open, const MappingData& mapping) {
    const auto constant = [](const TextTemplate& text) { return text.constant(); };
    return constant(open.code) && constant(open.name) && constant(open.minimum) &&
           constant(open.maximum) && constant(open.book.empty() ? mapping.book : open.book) &&
           constant(open.currency.empty() ? mapping.currency : open.currency) &&
           std::all_of(open.attributes.begin(), open.attributes.end(),
                       [&](const auto& named) { return constant(named.second); });
}

/// Whether the account can be named and opened without a row.
bool is_constant(const AccountRule& rule, const MappingData& mapping) {
    if (!rule.id.text().constant() || !rule.open || !is_constant(*rule.open, mapping)) return false;
    return !rule.open->parent || is_constant(mapping.accounts[*rule.open->parent], mapping);
}

}  // namespace

Translator::Translator(MappingData mapping, Columns columns, std::span<const Currency> currencies,
                       FindAccount find)
    : mapping_(std::move(mapping)), columns_(std::move(columns)), find_(std::move(find)) {
    for (const Currency& currency : currencies) decimals_[currency.code] = currency.decimals;
    if (!mapping_.currency.constant()) return;
    try {
        const Row none;
        decimals_of(currency_of(mapping_.currency, none), mapping_.currency);
    } catch (const Refusal& refusal) {
        throw InvalidArgument(mapping_.currency.place() + ": " + refusal.what());
    }
}

std::size_t Translator::open_constant_accounts(Batch& batch) {
    const Row none;
    const std::size_t before = batch.size();
    for (const AccountRule& rule : mapping_.accounts) {
        if (!is_constant(rule, mapping_)) continue;
        const TextTemplate& book = rule.open->book.empty() ? mapping_.book : rule.open->book;
        const TextTemplate& currency =
            rule.open->currency.empty() ? mapping_.currency : rule.open->currency;
        try {
            Context context;
            context.book = {static_cast<std::uint16_t>(number_of(book, none, UINT16_MAX, "book"))};
            context.currency = currency_of(currency, none);
            context.decimals = decimals_of(context.currency, currency);
            openings_.clear();
            find_or_open(rule, none, context);
        } catch (const Refusal& refusal) {
            throw InvalidArgument(rule.id.text().place() + ": the account " +
                                  detail::quoted(rule.name) +
                                  " cannot be opened: " + refusal.what());
        }
        commit(batch);
    }
    return batch.size() - before;
}

bool Translator::translate(const Row& row, Batch& batch) {
    openings_.clear();
    Context context;
    std::optional<Amount> amount;
    std::optional<Refusal> refused;  // thrown once no rule says to pass the row over
    try {
        context = context_of(row);
        amount = mapping_.amounts.front().read(row, context.decimals);
    } catch (const Refusal& refusal) {
        refused = refusal;
    }
    const VoucherRule* rule = mapping_.opening ? nullptr : rule_for(row, amount);
    if (rule != nullptr && rule->skip) return false;
    if (refused) throw Refusal(*refused);
    if (*amount == Amount{}) {
        const AmountRule& main = mapping_.amounts.front();
        if (main.skip_zero) return false;
        throw Refusal((main.has_two_columns() ? main.plus : main.value).column(),
                      "the amount is zero; where such rows mean nothing, set \"zero\": \"skip\"");
    }
    if (!mapping_.opening && rule == nullptr) refuse_without_rule(row, *amount);
    voucher_ = {};
    voucher_.id = mapping_.id.make(row);
    voucher_.order =
        OrderId{mapping_.order.text().empty() ? 0 : mapping_.order.expand_or_zero(row)};
    voucher_.book = context.book;
    voucher_.manual = mapping_.manual;
    if (mapping_.date) voucher_.book_date = mapping_.date->read_date(row, false);
    fill_texts(row, rule);
    if (rule != nullptr) {
        add_lines(*rule, row, context, *amount);
    } else {
        add_opening_lines(*mapping_.opening, row, context, *amount);
    }
    commit(batch);
    batch.add(voucher_);
    return true;
}

Translator::Context Translator::context_of(const Row& row) const {
    Context context;
    context.book = {static_cast<std::uint16_t>(number_of(mapping_.book, row, UINT16_MAX, "book"))};
    context.currency = currency_of(mapping_.currency, row);
    context.decimals = decimals_of(context.currency, mapping_.currency);
    return context;
}

CurrencyCode Translator::currency_of(const TextTemplate& text, const Row& row) const {
    try {
        return CurrencyCode(text.expand(row));
    } catch (const InvalidArgument& failure) {
        throw Refusal(text.column(), failure.what());
    }
}

unsigned Translator::decimals_of(CurrencyCode currency, const TextTemplate& text) const {
    const auto found = decimals_.find(currency);
    if (found != decimals_.end()) return found->second;
    throw Refusal(text.column(),
                  "the ledger has no currency " + detail::quoted(currency.text()) +
                      "; define it, here in the mapping under /definitions/currencies");
}

bool Translator::holds(const Condition& condition, const Row& row,
                       std::optional<Amount> amount) const {
    if (condition.of_sign()) {
        if (!amount || *amount == Amount{}) return false;
        return (*amount < Amount{}) == (condition.values.front() == "minus");
    }
    const std::string field = condition.value.expand(row);
    const auto any = [&](auto test) {
        return std::any_of(condition.values.begin(), condition.values.end(), test);
    };
    switch (condition.test) {
        case Condition::Test::equals: return any([&](const std::string& v) { return field == v; });
        case Condition::Test::differs:
            return !any([&](const std::string& v) { return field == v; });
        case Condition::Test::begins:
            return any([&](const std::string& v) { return field.starts_with(v); });
        case Condition::Test::contains:
            return any([&](const std::string& v) { return field.find(v) != std::string::npos; });
        case Condition::Test::is_empty: return field.empty();
        case Condition::Test::is_filled: return !field.empty();
    }
    return false;
}

const VoucherRule* Translator::rule_for(const Row& row, std::optional<Amount> amount) const {
    for (const VoucherRule& rule : mapping_.rules) {
        const bool all =
            std::all_of(rule.when.begin(), rule.when.end(),
                        [&](const Condition& condition) { return holds(condition, row, amount); });
        if (all) return &rule;
    }
    return nullptr;
}

void Translator::refuse_without_rule(const Row& row, Amount amount) const {
    std::vector<std::size_t> asked;  // columns, each once
    bool asked_sign = false;
    for (const VoucherRule& rule : mapping_.rules) {
        for (const Condition& condition : rule.when) {
            const std::size_t column = condition.value.column();
            asked_sign = asked_sign || condition.of_sign();
            if (column != 0 && std::find(asked.begin(), asked.end(), column) == asked.end()) {
                asked.push_back(column);
            }
        }
    }
    std::string values;
    for (const std::size_t column : asked) {
        values += (values.empty() ? "" : ", ") + columns_.name(column - 1) + " " +
                  detail::quoted(row[column - 1]);
    }
    if (asked_sign)
        values += std::string(values.empty() ? "" : ", ") + "amount " + to_string(amount);
    throw Refusal(asked.empty() ? 0 : asked.front(), "no rule of the mapping holds for " + values);
}

OpenAccount Translator::opening(const AccountRule& rule, const Row& row, const Context& context) {
    const OpenRule& open = *rule.open;
    OpenAccount made;
    made.book =
        open.book.empty()
            ? context.book
            : BookId{static_cast<std::uint16_t>(number_of(open.book, row, UINT16_MAX, "book"))};
    made.currency = open.currency.empty() ? context.currency : currency_of(open.currency, row);
    const unsigned decimals =
        open.currency.empty() ? context.decimals : decimals_of(made.currency, open.currency);
    const auto limit = [&](const TextTemplate& text) -> std::optional<Amount> {
        const std::string amount = text.expand_or_nothing(row);
        if (amount.empty()) return std::nullopt;
        try {
            return parse_amount(amount, decimals);
        } catch (const Error& failure) {
            throw Refusal(text.column(), failure.what());
        }
    };
    made.code = open.code.expand(row);
    made.kind = open.kind;
    made.normal_side = open.normal_side;
    made.name = open.name.expand(row);
    made.limits = {limit(open.minimum), limit(open.maximum)};
    made.buffering = open.buffering;
    made.open_items = open.open_items;
    made.transit = open.transit;
    made.attributes = expand_all(open.attributes, row);
    return made;
}

Translator::Found Translator::find_or_open(const AccountRule& rule, const Row& row,
                                           const Context& context) {
    const AccountId id{rule.id.expand(row)};
    if (const auto known = known_.find(id); known != known_.end()) return {id, known->second};
    for (const OpenAccount& made : openings_) {
        if (made.id == id) {
            return {
                id,
                {made.book, made.currency, made.normal_side.value_or(normal_side_of(made.kind))}};
        }
    }
    if (const auto found = find_(id)) {
        if (known_.size() >= known_accounts_max) known_.clear();
        known_.emplace(id, *found);
        return {id, *found};
    }
    if (!rule.open) {
        throw Refusal(rule.id.text().column(),
                      "the ledger has no account " + rule.id.shown(row) + " (" + rule.name +
                          "); open it first, or say under \"open\" in the mapping how to");
    }
    OpenAccount made = opening(rule, row, context);
    made.id = id;
    if (rule.open->parent) {
        made.parent = find_or_open(mapping_.accounts[*rule.open->parent], row, context).id;
    }
    openings_.push_back(made);
    return {id, {made.book, made.currency, made.normal_side.value_or(normal_side_of(made.kind))}};
}

void Translator::add_line(const LineRule& rule, const Row& row, const Context& context,
                          Amount amount) {
    const AccountRule& account = mapping_.accounts[rule.account];
    const Found found = find_or_open(account, row, context);
    const auto refuse = [&](const std::string& has, const std::string& wants) {
        throw Refusal(account.id.text().column(), "the account " + account.id.shown(row) + " (" +
                                                      account.name + ") is in " + has +
                                                      ", the row in " + wants);
    };
    if (found.facts.book != context.book) {
        refuse("book " + std::to_string(found.facts.book.number),
               "book " + std::to_string(context.book.number));
    }
    if (found.facts.currency != context.currency) {
        refuse(std::string(found.facts.currency.text()), std::string(context.currency.text()));
    }
    VoucherLine& line = voucher_.lines.emplace_back();
    line.account = found.id;
    line.side = amount < Amount{} ? opposite(rule.side) : rule.side;
    line.amount = absolute(amount);
    line.dimensions = expand_all(mapping_.dimensions, row);
    Attributes own = expand_all(rule.dimensions, row);
    line.dimensions.insert(line.dimensions.end(), own.begin(), own.end());
    if (!rule.opens.text().empty()) line.opens = ItemId{rule.opens.expand_or_zero(row)};
    // Not "or zero" here: the line would open an item.
    if (!rule.clears.text().empty()) line.clears = ItemId{rule.clears.expand(row)};
}

/// A rule that names the sign states its sides for that sign; any other states them for plus, and
/// what is negative stands on the opposite side.
void Translator::add_lines(const VoucherRule& rule, const Row& row, const Context& context,
                           Amount main) {
    const bool names_sign = rule.names_sign();
    for (const LineRule& line : rule.lines) {
        Amount amount = names_sign ? absolute(main) : main;
        if (line.amount != 0) amount = mapping_.amounts[line.amount].read(row, context.decimals);
        if (amount != Amount{}) add_line(line, row, context, amount);
    }
}

void Translator::add_opening_lines(const OpeningRule& rule, const Row& row, const Context& context,
                                   Amount amount) {
    LineRule line;
    line.account = rule.account;
    const Found found = find_or_open(mapping_.accounts[rule.account], row, context);
    line.side = rule.plus == OpeningRule::Plus::debit    ? Side::debit
                : rule.plus == OpeningRule::Plus::credit ? Side::credit
                                                         : found.facts.normal_side;
    add_line(line, row, context, amount);
    line.account = rule.against;
    line.side = opposite(line.side);
    add_line(line, row, context, amount);
}

void Translator::fill_texts(const Row& row, const VoucherRule* rule) {
    const bool own_code = rule != nullptr && !rule->code.empty();
    const TextTemplate& code = own_code ? rule->code : mapping_.code;
    if (!code.empty()) voucher_.code = number_of(code, row, UINT32_MAX, "code");
    const bool own_summary = rule != nullptr && !rule->summary.empty();
    VoucherDetail& detail = voucher_.detail;
    detail.summary = (own_summary ? rule->summary : mapping_.summary).expand(row);
    detail.made_by = mapping_.made_by.expand(row);
    detail.checked_by = mapping_.checked_by.expand(row);
    detail.source_document = mapping_.source_document.expand(row);
    detail.attributes = expand_all(mapping_.attributes, row);
    if (mapping_.value_date) detail.value_date = mapping_.value_date->read_date(row, true);
    if (mapping_.concerns) detail.concerns = mapping_.concerns->read_date(row, true);
    if (mapping_.occurred_at) detail.occurred_at = mapping_.occurred_at->read_instant(row);
}

void Translator::commit(Batch& batch) {
    for (const OpenAccount& made : openings_) {
        batch.add(made);
        if (known_.size() >= known_accounts_max) known_.clear();
        known_.emplace(made.id, AccountFacts{made.book, made.currency,
                                             made.normal_side.value_or(normal_side_of(made.kind))});
    }
    openings_.clear();
}

std::string Translator::account_name(const Row& row, AccountId account) const {
    for (const AccountRule& rule : mapping_.accounts) {
        try {
            if (AccountId{rule.id.expand(row)} != account) continue;
        } catch (const Refusal&) {
            continue;  // the row has nothing that this account could be named by
        }
        return rule.id.shown(row) + " (" + rule.name + ")";
    }
    return to_string(account);
}

}  // namespace ledger::intake
