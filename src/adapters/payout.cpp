// See payout.hpp: orders, and control of the banks' queues.
#include "ledger/adapters/payout.hpp"

#include "adapters/payout_booking.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace ledger::adapters {

namespace {

using payout::ControlAction;
using payout::ControlRecord;

constexpr std::size_t records_of_creation = 3;
constexpr std::size_t record_of_hold = 1;
constexpr Amount amount_max{1'000'000'000'000'000'000};

void add_counter(Batch& batch, const PayoutBooks& books, AccountId id, const std::string& code,
                 Side side, std::string_view name) {
    OpenAccount account;
    account.id = id;
    account.book = books.book;
    account.currency = books.currency;
    account.code = code;
    account.kind = AccountKind::memorandum;
    account.normal_side = side;
    account.name = name;
    batch.add(account);
}

void add_group(Batch& batch, const std::string& code, std::string name) {
    batch.add(DefineGroup{code, AccountKind::memorandum, std::move(name)});
}

void add_accounts(Batch& batch, const PayoutBooks& books, const std::string& bank,
                  const std::string& code) {
    const PayoutAccounts accounts = payout_accounts(bank);
    add_group(batch, code, "payouts through " + bank);
    accounts.work.define(batch, books.book, books.currency, code + ".1", "payouts, " + bank);
    accounts.unconfirmed.define(batch, books.book, books.currency, code + ".2",
                                "unconfirmed, " + bank);
    add_counter(batch, books, accounts.count, code + ".3", Side::debit, "attempts, " + bank);
    add_counter(batch, books, accounts.total, code + ".4", Side::debit, "attempted, " + bank);
    add_counter(batch, books, accounts.counterpart, code + ".5", Side::credit,
                "counterpart, " + bank);
}

bool is_digest(std::string_view text) {
    return text.size() >= 16 && text.size() <= 128 &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

PayoutCreated created_of(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::id_conflict: return PayoutCreated::conflict;
        case Outcome::below_minimum: return PayoutCreated::not_covered;
        case Outcome::account_unknown:
        case Outcome::account_closed: return PayoutCreated::payer_unknown;
        default: return PayoutCreated::refused;
    }
}

PayoutCreation creation_of(const Decision& decision) {
    PayoutCreation creation;
    const std::vector<Result>& results = decision.results;
    if (decision) {
        const bool all_known = std::all_of(results.begin(), results.end(), [](const auto& result) {
            return result.outcome == Outcome::already_posted;
        });
        creation.outcome = all_known ? PayoutCreated::repeated : PayoutCreated::created;
        return creation;
    }
    const auto at = static_cast<std::size_t>(&decision.refusal() - results.data());
    creation.index = at / records_of_creation;
    creation.refusal = results[at].outcome;
    creation.outcome = created_of(results[at].outcome);
    // What the hold was refused for is said of the payer; elsewhere it is an account of ours.
    if (creation.outcome == PayoutCreated::payer_unknown &&
        at % records_of_creation != record_of_hold) {
        creation.outcome = PayoutCreated::refused;
    }
    return creation;
}

PayeeOutcome told_of(const payout::OrderState& order) noexcept {
    for (const payout::AttemptState& attempt : order.attempts) {
        const bool is_with_payee =
            attempt.booked == payout::Booked::wrong && attempt.recall_outstanding > Amount{};
        if (is_with_payee) return PayeeOutcome::paid;
    }
    switch (order.phase) {
        case PayoutPhase::held:
        case PayoutPhase::sent: return PayeeOutcome::in_progress;
        case PayoutPhase::paid: return PayeeOutcome::paid;
        case PayoutPhase::returned: return PayeeOutcome::returned;
        case PayoutPhase::cancelled: break;
    }
    return order.is_disputed() ? PayeeOutcome::in_progress : PayeeOutcome::not_paid;
}

}  // namespace

Payouts::Payouts(Desk& desk, PayoutBooks books, std::vector<PayoutBank> banks, PayoutGuard guard)
    : desk_(desk), books_(books), banks_(std::move(banks)), guard_(std::move(guard)) {
    if (banks_.empty()) throw InvalidArgument("payouts: give at least one bank");
    std::set<std::string> names;
    for (const PayoutBank& bank : banks_) {
        bank.check();
        if (!names.insert(bank.name).second) {
            throw InvalidArgument("bank '" + bank.name + "' is given twice; give each once");
        }
    }
}

void Payouts::define(std::string_view code) {
    check_accounts();
    const std::string whole(code);
    Batch batch;
    add_group(batch, whole, "payouts");
    for (const PayoutBank& bank : banks_)
        add_accounts(batch, books_, bank.name, whole + "." + bank.name);
    desk_.define(std::move(batch));
}

const PayoutBank& Payouts::bank_of(std::string_view name) const {
    const auto found = std::find_if(banks_.begin(), banks_.end(),
                                    [&](const PayoutBank& bank) { return bank.name == name; });
    if (found == banks_.end()) {
        throw InvalidArgument("bank '" + std::string(name) +
                              "' is none that these payouts were set up with; check its name");
    }
    return *found;
}

payout::Booking Payouts::booking() const {
    return {books_, [this](std::string_view bank) { return bank_of(bank).account; }};
}

/// An order of other payouts in the same ledger, told by its bank, is none of these.
payout::OrderState Payouts::read(OrderId order) const {
    payout::OrderState state = payout::state_of(order, desk_.facts_of(order));
    const bool is_ours = std::any_of(banks_.begin(), banks_.end(), [&](const PayoutBank& bank) {
        return bank.name == state.bank;
    });
    return is_ours ? state : payout::OrderState{};
}

void Payouts::check_request(const PayoutRequest& request) const {
    payout::check_key("order", request.order);
    const std::string place = "order '" + request.order + "', ";
    payout::check_key(place + "payee.token", request.payee.token);
    if (!is_digest(request.payee.digest)) {
        throw InvalidArgument(place + "payee.digest: give 16..128 hexadecimal digits");
    }
    payout::check_key(place + "payee.bank", request.payee.bank);
    if (!request.payer) throw InvalidArgument(place + "payer: is missing");
    if (request.amount.minor <= 0 || request.amount > amount_max) {
        throw InvalidArgument(place + "amount " + to_string(request.amount) +
                              ": give more than zero, at most " + to_string(amount_max));
    }
    (void)bank_of(request.bank);
}

/// Whether it is an open account of what is owed to somebody, from which no more can be taken than
/// there is.
bool Payouts::can_hold(const View& view, AccountId liability) const {
    const std::optional<AccountInfo> info = view.account(liability);
    return info && !info->closed && info->book == books_.book &&
           info->currency == books_.currency && info->kind == AccountKind::liability &&
           info->normal_side == Side::credit && info->limits.minimum && !info->open_items;
}

/// What only shows when money has left must be right before.
void Payouts::check_accounts() const {
    const View view = desk_.view();
    const auto check = [&](const std::string& thing, AccountId id, bool open_items) {
        const std::optional<AccountInfo> info = view.account(id);
        if (info && !info->closed && info->book == books_.book &&
            info->currency == books_.currency && info->kind == AccountKind::asset &&
            info->open_items == open_items) {
            return;
        }
        throw UsageError("payouts: " + thing + " " + to_string(id) +
                         " is no open asset account of " + "their book and currency, " +
                         (open_items ? "with" : "without") + " open items; open it as one");
    };
    check("own_funds", books_.own_funds, false);
    check("recalls", books_.recalls, true);
    for (const PayoutBank& bank : banks_)
        check("the account of '" + bank.name + "'", bank.account, false);
}

/// What no ledger can say of the requests; none where it may be asked.
std::optional<PayoutCreation> Payouts::judge(std::span<const PayoutRequest> requests) const {
    const View view = desk_.view();
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const PayoutRequest& request = requests[i];
        const RecordId known =
            payout::order_fact("payout.order", payout::order_of(request.order), 0);
        if (view.record(known)) continue;
        const PayoutBank& bank = bank_of(request.bank);
        if (bank.single_max && *bank.single_max < request.amount) {
            return PayoutCreation{PayoutCreated::over_limit, i, Outcome::accepted};
        }
        if (!can_hold(view, request.payer)) {
            return PayoutCreation{PayoutCreated::payer_unknown, i, Outcome::accepted};
        }
    }
    return std::nullopt;
}

PayoutCreation Payouts::create(std::span<const PayoutRequest> requests) {
    if (requests.empty() || requests.size() > batch_max) {
        throw InvalidArgument("payouts: " + std::to_string(requests.size()) +
                              " requests; give 1.." + std::to_string(batch_max));
    }
    std::set<std::string_view> orders;
    Batch batch;
    for (const PayoutRequest& request : requests) {
        check_request(request);
        if (!orders.insert(request.order).second) {
            throw InvalidArgument("order '" + request.order + "' is given twice; give it once");
        }
        booking().create(batch, request);
    }
    if (const std::optional<PayoutCreation> judged = judge(requests)) return *judged;
    return creation_of(desk_.post(std::move(batch)));
}

std::optional<PayoutStatus> Payouts::status(std::string_view order) const {
    const payout::OrderState state = read(payout::order_of(order));
    if (!state) return std::nullopt;
    PayoutStatus status;
    status.phase = state.phase;
    status.told = told_of(state);
    status.bank = state.bank;
    if (!state.attempts.empty()) status.serial = state.attempts.back().record.serial;
    for (const payout::AttemptState& attempt : state.attempts) {
        status.unconfirmed = status.unconfirmed || attempt.unconfirmed;
        status.recall_outstanding += attempt.recall_outstanding;
    }
    return status;
}

PayoutDone Payouts::control(const PayoutBank& bank, const ControlRecord& record) {
    payout::check_key("reference", record.reference);
    Batch batch;
    payout::add_control(batch, bank.name, record);
    const Decision decision = desk_.post(std::move(batch));
    if (!decision) return PayoutDone::refused;
    return decision.results.front().outcome == Outcome::already_posted ? PayoutDone::repeated
                                                                       : PayoutDone::done;
}

PayoutDone Payouts::pause(std::string_view bank, std::string_view reference) {
    return control(bank_of(bank), {ControlAction::pause, std::string(reference), "", "", ""});
}

PayoutDone Payouts::resume(std::string_view bank, std::string_view reference) {
    return control(bank_of(bank), {ControlAction::resume, std::string(reference), "", "", ""});
}

PayoutDone Payouts::stop(std::string_view bank, std::string_view reference) {
    return control(bank_of(bank), {ControlAction::stop, std::string(reference), "", "", ""});
}

PayoutDone Payouts::lift(std::string_view bank, std::string_view reference,
                         std::string_view made_by, std::string_view checked_by) {
    payout::check_key("made_by", made_by);
    payout::check_key("checked_by", checked_by);
    if (made_by == checked_by) {
        throw InvalidArgument("lift of bank '" + std::string(bank) +
                              "': made_by and checked_by are '" + std::string(made_by) +
                              "'; two different principals lift a stop");
    }
    return control(bank_of(bank), {ControlAction::lift, std::string(reference), "",
                                   std::string(made_by), std::string(checked_by)});
}

}  // namespace ledger::adapters
