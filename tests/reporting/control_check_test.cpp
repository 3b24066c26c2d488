// Control checks: a control account kept at day close, parents, the reserve equation, at points of
// both axes.
#include "company.hpp"

#include <gmock/gmock.h>

namespace ledger {
namespace {

using test::account;
using test::Company;

class Controls : public Company {
protected:
    RelationTerm of_account(const std::string& code, std::int64_t coefficient) {
        RelationTerm term;
        term.account = account(code);
        term.coefficient = coefficient;
        return term;
    }
    RelationTerm of_group(const std::string& code, std::int64_t coefficient) {
        RelationTerm term;
        term.group = code;
        term.book = test::book;
        term.currency = CurrencyCode("CNY");
        term.coefficient = coefficient;
        return term;
    }
};

/// The vouchers of the control account come once a day, those of the details before.
TEST_F(Controls, AControlAccountDiffersUntilItsVoucherComes) {
    open("1", AccountKind::asset);
    open("20", AccountKind::liability);  // the control account
    group("22", AccountKind::liability);
    open("22.1", AccountKind::liability);
    open("22.2", AccountKind::liability);
    ASSERT_TRUE(ledger_.post(
        DefineRelation{7, "control of 22", true, {of_account("20", 1), of_group("22", -1)}}));
    post("2026-01-02", {{"1", "10.00"}}, {{"22.1", "10.00"}});
    const Position between = post("2026-01-02", {{"1", "5.00"}}, {{"22.2", "5.00"}});
    post("2026-01-03", {{"1", "15.00"}}, {{"20", "15.00"}});
    const View view = ledger_.view();
    EXPECT_TRUE(control_check(view, test::book, Range{}).holds());
    const ControlCheck then = control_check(view, test::book, Range{{}, between, {}, {}});
    EXPECT_FALSE(then.holds());
    EXPECT_EQ(then.relations.at(0).left, cents(0));
    EXPECT_EQ(then.relations.at(0).right, cents(15'00));
    EXPECT_EQ(then.relations.at(0).difference(), cents(-15'00));
    EXPECT_EQ(then.relations.at(0).terms.at(1).accounts, 2u);
    const DateRange first_days{date_min, parse_date("2026-01-02")};
    EXPECT_EQ(control_check(view, test::book, first_days).relations.at(0).right, cents(15'00));
    EXPECT_TRUE(control_check(view.at(Position{3}), test::book, Range{}).relations.empty());
}

TEST_F(Controls, AParentHasWhatItsChildrenAddUpTo) {
    open("1", AccountKind::asset);
    open("2", AccountKind::asset);               // a real account at a bank,
    open("2a", AccountKind::asset, "CNY", "2");  // and the virtual ones under it
    open("2b", AccountKind::asset, "CNY", "2");
    open("8", AccountKind::common);
    post("2026-01-02", {{"2", "9.00"}, {"2a", "4.00"}, {"2b", "5.00"}},
         {{"1", "9.00"}, {"8", "9.00"}});
    post("2026-01-03", {{"1", "1.00"}, {"8", "1.00"}}, {{"2", "1.00"}, {"2b", "1.00"}});
    for (const MovementRange& range : {MovementRange(Range{}), MovementRange(Company::january())}) {
        const ControlCheck check = control_check(ledger_.view(), test::book, range);
        EXPECT_TRUE(check.holds());
        ASSERT_EQ(check.parents.size(), 1u);
        EXPECT_EQ(check.parents[0].parent, account("2"));
        EXPECT_EQ(check.parents[0].children, 2u);
        EXPECT_EQ(check.parents[0].own, cents(8'00));
        EXPECT_EQ(check.parents[0].of_children, cents(8'00));
    }
}

/// Before it had children a parent need not have been empty.
TEST_F(Controls, ADifferenceOfAParentIsFound) {
    open("1", AccountKind::asset);
    open("2", AccountKind::asset);
    post("2026-01-02", {{"2", "9.00"}}, {{"1", "9.00"}});
    post("2026-01-03", {{"1", "9.00"}}, {{"2", "9.00"}});
    open("2a", AccountKind::asset, "CNY", "2");
    const DateRange second{date_min, parse_date("2026-01-02")};
    const ControlCheck check = control_check(ledger_.view(), test::book, second);
    EXPECT_FALSE(check.holds());
    EXPECT_EQ(check.parents.at(0).difference(), cents(9'00));
    EXPECT_TRUE(control_check(ledger_.view(), test::book, Range{}).holds());
}

TEST_F(Controls, TheReserveEquation) {
    group("10", AccountKind::asset, "reserve deposits");
    open("10.icbc", AccountKind::asset);
    open("10.ccb", AccountKind::asset);
    group("20", AccountKind::liability, "customers' money");
    open("20.alice", AccountKind::liability);
    open("20.bob", AccountKind::liability);
    ASSERT_TRUE(
        ledger_.post(DefineRelation{1, "reserve", false, {of_group("10", 1), of_group("20", -1)}}));
    post("2026-01-02", {{"10.icbc", "10.00"}}, {{"20.alice", "10.00"}});
    post("2026-01-03", {{"10.ccb", "4.00"}}, {{"20.bob", "4.00"}});
    post("2026-01-03", {{"20.alice", "3.00"}}, {{"10.icbc", "3.00"}});
    const View view = ledger_.view();
    const DefineRelation reserve = view.relations().at(0);
    const RelationValue now = relation_value(view, reserve, Range{});
    EXPECT_EQ(now.left, cents(11'00));
    EXPECT_TRUE(now.holds());
    const DateRange until{date_min, parse_date("2026-01-02")};
    EXPECT_EQ(relation_value(view, reserve, until).left, cents(10'00));
    const Page<AccountMovement> customers = accounts_of_term(view, reserve.terms[1], Range{});
    ASSERT_EQ(customers.items.size(), 2u);
    EXPECT_EQ(natural_balance(customers.items[0]), cents(7'00));
    EXPECT_EQ(natural_balance(customers.items[1]), cents(4'00));
}

}  // namespace
}  // namespace ledger
