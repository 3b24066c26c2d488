// control-check, reserve: do control accounts, reserves and parents have what their details add up
// to?
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/report_arguments.hpp"

#include "ledger/reporting/control_check.hpp"

#include <algorithm>

namespace ledger::cli {

namespace {

constexpr std::size_t page_accounts = 1000;

struct ControlArguments {
    std::string book, format = "text";
    WhenArguments when;
    bool all = false;
};

/// Sums of relations are minor units of several currencies; they are in the one that all terms are
/// in, where there is one.
std::string print_sum(const Wide& sum, CurrencyCode code, const CurrencyTable& currencies) {
    return code ? print(sum, code, currencies) : to_string(sum);
}

CurrencyCode currency_of(const View& view, const RelationTerm& term) {
    if (!term.group.empty()) return term.currency;
    const auto account = view.account(term.account);
    return account ? account->currency : CurrencyCode{};
}

/// That of all terms; none: they have several.
CurrencyCode currency_of(const View& view, const DefineRelation& relation) {
    const CurrencyCode first = currency_of(view, relation.terms.front());
    const bool is_one = std::ranges::all_of(
        relation.terms, [&](const RelationTerm& term) { return currency_of(view, term) == first; });
    return is_one ? first : CurrencyCode{};
}

std::string subject_of(const RelationTerm& term) {
    return term.group.empty() ? to_string(term.account)
                              : term.group + "/" + std::to_string(term.book.number) + "/" +
                                    std::string(term.currency.text());
}

// ---- control-check

/// What is compared: the relation's two sides, or a parent and its children.
struct Comparison {
    std::string kind;  ///< "relation", "parent"
    std::string subject;
    std::string name;
    CurrencyCode currency;
    Wide left;
    Wide right;
};

std::vector<Comparison> comparisons_of(const View& view, const ControlCheck& check) {
    std::vector<Comparison> found;
    for (const RelationValue& value : check.relations) {
        found.push_back({"relation", std::to_string(value.relation.number), value.relation.name,
                         currency_of(view, value.relation), value.left, value.right});
    }
    for (const ParentValue& value : check.parents) {
        const AccountInfo parent = info_of(view, value.parent);
        found.push_back({"parent", to_string(parent.id), parent.name, parent.currency, value.own,
                         value.of_children});
    }
    return found;
}

ExitCode run_control_check(Session& session, const ControlArguments& arguments) {
    const When when = parse_when(session, arguments.when);
    const BookId book = parse_book(arguments.book, "--book");
    const Format format = parse_format(session, arguments.format);
    const CurrencyTable currencies(when.view);
    const ControlCheck check = control_check(when.view, book, when.range);
    ReportTable table(format, {{"kind"},
                               {"subject"},
                               {"name"},
                               {"currency"},
                               {"left", Align::right},
                               {"right", Align::right},
                               {"difference", Align::right}});
    Json items = Json::array();
    for (const Comparison& one : comparisons_of(when.view, check)) {
        const bool holds = one.left == one.right;
        if (holds && !arguments.all && format != Format::json) continue;
        const auto money = [&](const Wide& sum) {
            return print_sum(sum, one.currency, currencies);
        };
        table.row({one.kind, one.subject, one.name, std::string(one.currency.text()),
                   money(one.left), money(one.right), holds ? "" : money(one.left - one.right)});
        Json item{{one.kind, one.subject}};
        if (!one.name.empty()) item["name"] = one.name;
        if (one.currency) item["currency"] = one.currency.text();
        item["left"] = money(one.left);
        item["right"] = money(one.right);
        item["difference"] = money(one.left - one.right);
        items.push_back(std::move(item));
    }
    if (format == Format::json) {
        Json out{{"book", book.number}};
        out.update(when.fields);
        out["holds"] = check.holds();
        out["items"] = std::move(items);
        print_json(std::cout, out);
    } else {
        if (format == Format::text) {
            std::cout << "control check of book " << book.number << ", " << when.text
                      << ": relations " << check.relations.size() << ", parents "
                      << check.parents.size() << ", "
                      << (check.holds() ? "no difference" : "DIFFERENCES") << "\n\n";
        }
        if (arguments.all || !check.holds()) table.print();
    }
    return check.holds() ? ExitCode::ok : ExitCode::refused;
}

// ---- reserve

struct ReserveArguments {
    std::uint32_t relation = 0;
    std::string format = "text";
    WhenArguments when;
    bool accounts = false;
};

DefineRelation relation_of(const View& view, std::uint32_t number) {
    const std::vector<DefineRelation> relations = view.relations();
    const auto found = std::ranges::find(relations, number, &DefineRelation::number);
    if (found != relations.end()) return *found;
    throw NotFound("relation " + std::to_string(number) +
                   " is not in the ledger; see: relation list");
}

/// The two sides of a relation, term by term.
class ReservePrinter {
public:
    ReservePrinter(const When& when, const RelationValue& value, Format format, bool accounts)
        : when_(when),
          value_(value),
          format_(format),
          accounts_(accounts),
          currencies_(when.view) {}

    void print_table() const {
        ReportTable table(format_, {{"side"},
                                    {"term"},
                                    {"name"},
                                    {"currency"},
                                    {"coefficient", Align::right},
                                    {"balance", Align::right}});
        for (const TermValue& term : value_.terms) {
            const CurrencyCode code = currency_of(when_.view, term.term);
            table.row({side_of(term), subject_of(term.term), "", std::string(code.text()),
                       std::to_string(term.term.coefficient),
                       print_sum(term.sum, code, currencies_)});
            if (!accounts_) continue;
            std::size_t waiting = 0;
            each_account(term, [&](const AccountMovement& movement) {
                table.row({"", to_string(movement.id), name_of(when_.view, {}, movement.id),
                           std::string(movement.currency.text()), "",
                           print_sum(natural_balance(movement), movement.currency, currencies_)});
                if (++waiting % page_accounts == 0) table.print();
            });
        }
        const CurrencyCode code = currency_of(when_.view, value_.relation);
        const auto sum = [&](const char* name, const Wide& amount) {
            table.row(
                {name, "", "", std::string(code.text()), "", print_sum(amount, code, currencies_)});
        };
        sum("left", value_.left);
        sum("right", value_.right);
        sum("difference", value_.difference());
        table.print();
    }

    Json to_json() const {
        const CurrencyCode code = currency_of(when_.view, value_.relation);
        Json out{{"relation", value_.relation.number}};
        if (!value_.relation.name.empty()) out["name"] = value_.relation.name;
        out.update(when_.fields);
        if (code) out["currency"] = code.text();
        out["left"] = print_sum(value_.left, code, currencies_);
        out["right"] = print_sum(value_.right, code, currencies_);
        out["difference"] = print_sum(value_.difference(), code, currencies_);
        out["holds"] = value_.holds();
        for (const TermValue& term : value_.terms) {
            const CurrencyCode of_term = currency_of(when_.view, term.term);
            out["terms"].push_back({{"side", side_of(term)},
                                    {"term", subject_of(term.term)},
                                    {"coefficient", term.term.coefficient},
                                    {"accounts", term.accounts},
                                    {"balance", print_sum(term.sum, of_term, currencies_)}});
        }
        return out;
    }

    /// One line of JSON an account, after the one of the relation.
    void print_json_accounts() const {
        for (const TermValue& term : value_.terms) {
            each_account(term, [&](const AccountMovement& movement) {
                print_json(std::cout, {{"term", subject_of(term.term)},
                                       {"account", to_string(movement.id)},
                                       {"balance", print_sum(natural_balance(movement),
                                                             movement.currency, currencies_)}});
            });
        }
    }

private:
    static const char* side_of(const TermValue& term) {
        return term.term.coefficient > 0 ? "left" : "right";
    }
    template <class Visit>
    void each_account(const TermValue& term, Visit visit) const {
        PageRequest page{page_accounts, false, {}};
        do {
            const Page<AccountMovement> some =
                accounts_of_term(when_.view, term.term, when_.range, page);
            for (const AccountMovement& movement : some.items) visit(movement);
            page.cursor = some.cursor;
        } while (!page.cursor.empty());
    }

    const When& when_;
    const RelationValue& value_;
    Format format_;
    bool accounts_;
    CurrencyTable currencies_;
};

ExitCode run_reserve(Session& session, const ReserveArguments& arguments) {
    const When when = parse_when(session, arguments.when);
    const Format format = parse_format(session, arguments.format);
    const RelationValue value =
        relation_value(when.view, relation_of(when.view, arguments.relation), when.range);
    const ReservePrinter printer(when, value, format, arguments.accounts);
    if (format == Format::json) {
        print_json(std::cout, printer.to_json());
        if (arguments.accounts) printer.print_json_accounts();
    } else {
        if (format == Format::text) {
            std::cout << "relation " << value.relation.number << " "
                      << printable(value.relation.name) << ", " << when.text << ": "
                      << (value.holds() ? "holds" : "DIFFERS") << "\n\n";
        }
        printer.print_table();
    }
    return value.holds() ? ExitCode::ok : ExitCode::refused;
}

}  // namespace

void add_control_commands(Command app, Session& session) {
    auto [check, arguments] = add_command<ControlArguments>(
        app, session, "control-check",
        "Do relations hold, and parents have what their children add up to?", run_control_check);
    check.add_option("--book", arguments->book, "The book").required();
    add_when_options(check, arguments->when, true);
    check.add_flag("--all", arguments->all, "Also what does not differ");
    add_format_option(check, arguments->format);

    auto [reserve, of_relation] = add_command<ReserveArguments>(
        app, session, "reserve", "Both sides of a relation, such as customers' money = reserves",
        run_reserve);
    reserve.add_option("RELATION", of_relation->relation, "Its number").required();
    add_when_options(reserve, of_relation->when, true);
    reserve.add_flag("--accounts", of_relation->accounts, "Each account of a group, too");
    add_format_option(reserve, of_relation->format);
}

}  // namespace ledger::cli
