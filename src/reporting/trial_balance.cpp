// See trial_balance.hpp.
#include "ledger/reporting/trial_balance.hpp"

#include "ledger/core/error.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ledger {

namespace {

TrialFigures figures_of(const ChartSum& sum) {
    TrialFigures figures{sum.before.debits - sum.before.credits, sum.through};
    figures.turnover -= sum.before;
    return figures;
}

/// The code up to so many segments; 0: all of it.
std::string_view folded(std::string_view code, unsigned levels) {
    std::size_t end = 0;
    for (unsigned level = 1; levels != 0; ++level) {
        end = code.find('.', end);
        if (level == levels || end == std::string_view::npos) return code.substr(0, end);
        ++end;
    }
    return code;
}

/// Brings every sum into the money of the report.
class Valuer {
public:
    Valuer(const View& view, const Valuation& valuation) : valuation_(valuation) {
        if (const auto* rates = std::get_if<Rates>(&valuation)) {
            currency_ = rates->reporting();
            return;
        }
        const CurrencyCode code = std::get<CurrencyCode>(valuation);
        const std::vector<Currency> known = view.currencies();
        const auto found = std::ranges::find(known, code, &Currency::code);
        if (found == known.end()) {
            throw InvalidArgument("currency " + std::string(code.text()) +
                                  " is not in the ledger at position " +
                                  std::to_string(view.position().value));
        }
        currency_ = *found;
    }

    const Currency& currency() const noexcept { return currency_; }
    bool counts(const ChartSum& sum) const {
        return std::holds_alternative<Rates>(valuation_) || sum.currency == currency_.code;
    }
    TrialFigures value(const TrialFigures& figures, CurrencyCode currency) const {
        const auto* rates = std::get_if<Rates>(&valuation_);
        if (rates == nullptr) return figures;
        return {rates->convert(figures.opening, currency),
                {rates->convert(figures.turnover.debits, currency),
                 rates->convert(figures.turnover.credits, currency)}};
    }

private:
    const Valuation& valuation_;
    Currency currency_;
};

/// Rows by code, each adding up what is below it.
class Rows {
public:
    Rows(const View& view, unsigned levels) : levels_(levels) {
        for (DefineGroup& group : view.groups()) names_[group.code] = std::move(group.name);
    }

    void add(const ChartSum& sum, const TrialFigures& figures) {
        const std::string_view lowest = folded(sum.code, levels_);
        for (std::size_t end = lowest.find('.'); end != std::string_view::npos;
             end = lowest.find('.', end + 1)) {
            add(lowest.substr(0, end), sum, figures);
        }
        add(lowest, sum, figures);
    }

    std::vector<TrialRow> take() {
        std::vector<TrialRow> rows;
        for (auto& [code, of_code] : rows_) {
            for (auto& [kind, row] : of_code) rows.push_back(std::move(row));
        }
        return rows;
    }

private:
    void add(std::string_view code, const ChartSum& sum, const TrialFigures& figures) {
        TrialRow& row = rows_[std::string(code)][sum.kind];
        if (row.code.empty()) {
            row.code = code;
            row.kind = sum.kind;
            row.level = 1 + static_cast<unsigned>(std::ranges::count(code, '.'));
            const auto name = names_.find(row.code);
            row.is_group = name != names_.end();
            if (row.is_group) row.name = name->second;
        }
        row.account = row.accounts == 0 && !row.is_group ? sum.account : AccountId{};
        row.accounts += sum.accounts;
        row.figures += figures;
    }

    unsigned levels_;
    std::map<std::string, std::string, std::less<>> names_;  // of groups
    std::map<std::string, std::map<AccountKind, TrialRow>, CodeOrder> rows_;
};

}  // namespace

Columns in_columns(const Wide& balance) {
    return balance.is_negative() ? Columns{{}, -balance} : Columns{balance, {}};
}

TrialFigures& TrialFigures::operator+=(const TrialFigures& other) {
    opening += other.opening;
    turnover += other.turnover;
    return *this;
}

/// Each currency's turnover is the same on both sides, and its opening balances cancel out; so do
/// those of the report once the rounding is added.
TrialBalance trial_balance(const View& view, const ChartSums& sums, const Valuation& valuation,
                           unsigned levels) {
    const Valuer valuer(view, valuation);
    TrialBalance trial{sums.book, valuer.currency(), sums.range, sums.closes, sums.known_at, {}, {},
                       {}};
    Rows rows(view, levels);
    std::map<CurrencyCode, TrialFigures> exact;
    TrialFigures shown;
    for (const ChartSum& sum : sums.sums) {
        if (!valuer.counts(sum)) continue;
        const TrialFigures figures = figures_of(sum);
        const TrialFigures valued = valuer.value(figures, sum.currency);
        rows.add(sum, valued);
        exact[sum.currency] += figures;
        shown += valued;
    }
    for (const auto& [currency, figures] : exact) trial.rounding += valuer.value(figures, currency);
    trial.rounding.opening -= shown.opening;
    trial.rounding.turnover -= shown.turnover;
    trial.rows = rows.take();
    const auto total = [&](const TrialFigures& figures) {
        trial.totals.opening += in_columns(figures.opening);
        trial.totals.turnover += figures.turnover;
        trial.totals.closing += in_columns(figures.closing());
    };
    total(trial.rounding);
    for (const TrialRow& row : trial.rows) {
        if (!row.is_group || row.level == levels) total(row.figures);
    }
    return trial;
}

}  // namespace ledger
