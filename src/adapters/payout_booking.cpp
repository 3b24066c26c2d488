// See payout_booking.hpp. The accounts and sides of every voucher are in docs/adapters/payout.md.
#include "adapters/payout_booking.hpp"

namespace ledger::adapters::payout {

namespace {

constexpr Amount one_attempt{1};

void add_line(Voucher& voucher, AccountId account, Side side, Amount amount) {
    VoucherLine line;
    line.account = account;
    line.side = side;
    line.amount = amount;
    voucher.lines.push_back(std::move(line));
}

void debit(Voucher& voucher, AccountId account, Amount amount) {
    add_line(voucher, account, Side::debit, amount);
}
void credit(Voucher& voucher, AccountId account, Amount amount) {
    add_line(voucher, account, Side::credit, amount);
}

Voucher plain_voucher(BookId book, RecordId id, OrderId order, VoucherCode code) {
    Voucher voucher;
    voucher.id = id;
    voucher.order = order;
    voucher.book = book;
    voucher.code = code;
    return voucher;
}

void open_work(Voucher& voucher, OrderId order, std::string_view bank, unsigned opening,
               Amount amount) {
    payout_accounts(bank).work.open(voucher, work_item(order, opening), amount);
}

void clear_work(Voucher& voucher, const OrderState& order) {
    payout_accounts(order.bank)
        .work.clear(voucher, work_item(order.id, order.openings), order.request.amount);
}

void open_unconfirmed(Voucher& voucher, const AttemptState& attempt, Amount amount) {
    const AttemptRecord& record = attempt.record;
    payout_accounts(record.bank)
        .unconfirmed.open(
            voucher, unconfirmed_item(record.bank, record.number, attempt.listings + 1), amount);
}

void clear_unconfirmed(Voucher& voucher, const AttemptState& attempt, Amount amount) {
    const AttemptRecord& record = attempt.record;
    payout_accounts(record.bank)
        .unconfirmed.clear(voucher, unconfirmed_item(record.bank, record.number, attempt.listings),
                           amount);
}

void hold(Batch& batch, const PayoutRequest& request, OrderId order, unsigned round) {
    PlaceHold place;
    place.account = request.payer;
    place.amount = request.amount;
    place.reference = request.order;
    batch.add(hold_id(order, round), place, order);
}

}  // namespace

RecordId next_move(const OrderState& order) {
    return order_fact("payout.move", order.id, order.moves + 1);
}

RecordId recovery_id(OrderId order, std::string_view reference) {
    return fact_id("payout.recovered", {to_string(order), reference});
}

void add_control(Batch& batch, std::string_view bank, const ControlRecord& record) {
    const OrderId order = control_order(bank);
    const RecordId id = control_id(bank, record);
    const PayoutAccounts accounts = payout_accounts(bank);
    const bool of_stop =
        record.action == ControlAction::stop || record.action == ControlAction::lift;
    const bool closes =
        record.action == ControlAction::stop || record.action == ControlAction::pause;
    SetFreeze freeze;
    freeze.account = of_stop ? accounts.count : accounts.total;
    freeze.freeze = closes ? Freeze::all : Freeze::none;
    freeze.reference = record.reference;
    batch.add(id, to_register(bank, record), order);
    batch.add(fact_id("payout.freeze", {to_string(id)}), freeze, order);
}

Voucher Booking::voucher(const OrderState& order, VoucherCode code, const AttemptState& attempt,
                         std::string_view what) const {
    const AttemptRecord& record = attempt.record;
    Voucher voucher =
        plain_voucher(books_.book, attempt_fact(what, record.bank, record.number), order.id, code);
    voucher.detail.source_document = record.serial;
    voucher.detail.attributes = {{"attempt", std::to_string(record.number)}, {"bank", record.bank}};
    return voucher;
}

void Booking::create(Batch& batch, const PayoutRequest& request) const {
    const OrderId order = order_of(request.order);
    batch.add(order_fact("payout.order", order, 0), to_register(request), order);
    hold(batch, request, order, 1);
    Voucher opened =
        plain_voucher(books_.book, order_fact("payout.opened", order, 1), order, opened_code);
    open_work(opened, order, request.bank, 1, request.amount);
    batch.add(opened);
}

void Booking::attempt(Batch& batch, const OrderState& order, const AttemptRecord& record) const {
    batch.add(attempt_id(record.bank, record.number), to_register(record), order.id);
    const PayoutAccounts accounts = payout_accounts(record.bank);
    Voucher counted = plain_voucher(books_.book, next_move(order), order.id, counted_code);
    counted.detail.source_document = record.serial;
    debit(counted, accounts.count, one_attempt);
    debit(counted, accounts.total, order.request.amount);
    credit(counted, accounts.counterpart, order.request.amount + one_attempt);
    batch.add(counted);
    batch.add(serial_id(record.bank, record.serial), serial_entry(record.number), order.id);
}

void Booking::resend(Batch& batch, const OrderState& order, const AttemptState& attempt,
                     Instant at) const {
    const AttemptRecord& record = attempt.record;
    const unsigned n = attempt.resends + 1;
    batch.add(resend_id(record.bank, record.number, n), resend_entry(record, n, at), order.id);
    const PayoutAccounts accounts = payout_accounts(record.bank);
    Voucher checked =
        plain_voucher(books_.book, attempt_fact("payout.resent", record.bank, record.number, n),
                      order.id, resent_code);
    for (const AccountId account : {accounts.count, accounts.total}) {
        debit(checked, account, one_attempt);
        debit(checked, account, one_attempt);
        checked.lines.back().ink = Ink::red;
    }
    batch.add(checked);
}

void Booking::step(Batch& batch, const OrderState& order, const Step& step) const {
    if (step.kind == StepKind::none) return;
    const AttemptState& attempt = order.attempts[step.attempt];
    switch (step.kind) {
        case StepKind::none: break;
        case StepKind::pay: pay(batch, order, attempt); break;
        case StepKind::wrong: wrong(batch, order, attempt); break;
        case StepKind::give_back: give_back(batch, order, attempt); break;
        case StepKind::undo: undo(batch, order, attempt, step.reason); break;
        case StepKind::cancel: cancel(batch, order, step.reason); break;
        case StepKind::dispute: dispute(batch, order, attempt); break;
        case StepKind::confirm: confirm(batch, order, attempt); break;
    }
}

void Booking::pay(Batch& batch, const OrderState& order, const AttemptState& attempt) const {
    const Amount amount = order.request.amount;
    Voucher paid = voucher(order, paid_code, attempt, "payout.paid");
    debit(paid, order.request.payer, amount);
    credit(paid, account_of_bank_(attempt.record.bank), amount);
    paid.detail.captures.push_back({hold_id(order.id, order.round), amount, {}});
    clear_work(paid, order);
    if (attempt.file == Verdict::none && !attempt.unconfirmed) {
        open_unconfirmed(paid, attempt, amount);
    }
    // An earlier attempt turned out to have been taken: what becomes of the last one matters still.
    const AttemptState& last = order.attempts.back();
    if (&last != &attempt && !last.is_answered() && !last.unconfirmed) {
        open_unconfirmed(paid, last, amount);
    }
    batch.add(paid);
}

void Booking::wrong(Batch& batch, const OrderState& order, const AttemptState& attempt) const {
    const Amount amount = order.request.amount;
    const AccountId bank = account_of_bank_(attempt.record.bank);
    Voucher wrong = voucher(order, wrong_code, attempt, "payout.wrong");
    debit(wrong, books_.recalls, amount);
    wrong.lines.back().opens = recall_item(attempt.record.bank, attempt.record.number);
    credit(wrong, bank, amount);
    debit(wrong, bank, amount);
    credit(wrong, books_.own_funds, amount);
    batch.add(wrong);
}

void Booking::give_back(Batch& batch, const OrderState& order, const AttemptState& attempt) const {
    const Amount amount = order.request.amount;
    Voucher returned = voucher(order, returned_code, attempt, "payout.returned");
    if (attempt.recalled) {
        add_recovered(returned, attempt, amount);
        batch.add(returned);
        return;
    }
    debit(returned, account_of_bank_(attempt.record.bank), amount);
    credit(returned, order.request.payer, amount);
    open_work(returned, order.id, order.bank, order.openings + 1, amount);
    batch.add(returned);
    hold(batch, order.request, order.id, order.round + 1);
}

void Booking::undo(Batch& batch, const OrderState& order, const AttemptState& attempt,
                   CancelReason reason) const {
    Voucher undone = voucher(order, undone_code, attempt, "payout.undone");
    if (attempt.recalled) {
        add_recovered(undone, attempt, order.request.amount);
        batch.add(undone);
        return;
    }
    debit(undone, account_of_bank_(attempt.record.bank), order.request.amount);
    credit(undone, order.request.payer, order.request.amount);
    batch.add(undone);
    batch.add(next_move(order), cancel_entry(reason), order.id);
}

void Booking::cancel(Batch& batch, const OrderState& order, CancelReason reason) const {
    batch.add(next_move(order), cancel_entry(reason), order.id);
    ReleaseHold release;
    release.hold = hold_id(order.id, order.round);
    batch.add(order_fact("payout.release", order.id, order.round), release, order.id);
    Voucher cancelled =
        plain_voucher(books_.book, order_fact("payout.cancelled", order.id, order.openings),
                      order.id, cancelled_code);
    clear_work(cancelled, order);
    batch.add(cancelled);
}

void Booking::dispute(Batch& batch, const OrderState& order, const AttemptState& attempt) const {
    Voucher disputed = voucher(order, disputed_code, attempt, "payout.disputed");
    disputed.id = attempt_fact("payout.disputed", attempt.record.bank, attempt.record.number,
                               attempt.listings + 1);
    open_unconfirmed(disputed, attempt, order.request.amount);
    batch.add(disputed);
}

void Booking::confirm(Batch& batch, const OrderState& order, const AttemptState& attempt) const {
    Voucher confirmed = voucher(order, confirmed_code, attempt, "payout.confirmed");
    confirmed.id = attempt_fact("payout.confirmed", attempt.record.bank, attempt.record.number,
                                attempt.listings);
    clear_unconfirmed(confirmed, attempt, order.request.amount);
    batch.add(confirmed);
}

void Booking::route(Batch& batch, const OrderState& order, std::string_view bank) const {
    batch.add(next_move(order), route_entry(bank), order.id);
    Voucher routed = plain_voucher(
        books_.book, order_fact("payout.routed", order.id, order.openings), order.id, routed_code);
    clear_work(routed, order);
    open_work(routed, order.id, bank, order.openings + 1, order.request.amount);
    batch.add(routed);
}

void Booking::recall(Batch& batch, const OrderState& order, const AttemptState& attempt,
                     std::string_view reason) const {
    const Amount amount = order.request.amount;
    const AttemptRecord& record = attempt.record;
    batch.add(attempt_fact("payout.recall", record.bank, record.number), recall_entry(reason),
              order.id);
    Voucher recalled = voucher(order, recalled_code, attempt, "payout.recalled");
    debit(recalled, books_.recalls, amount);
    recalled.lines.back().opens = recall_item(record.bank, record.number);
    credit(recalled, order.request.payer, amount);
    debit(recalled, account_of_bank_(record.bank), amount);
    credit(recalled, books_.own_funds, amount);
    batch.add(recalled);
}

void Booking::recover(Batch& batch, const OrderState& order, const AttemptState& attempt,
                      const Recovery& recovery) const {
    Voucher recovered = voucher(order, recovered_code, attempt, "payout.recovered");
    recovered.id = recovery_id(order.id, recovery.reference);
    recovered.detail.summary = recovery.reference;
    if (recovery.kind == RecoveryKind::returned) {
        add_recovered(recovered, attempt, recovery.amount);
    } else {
        const bool netted = recovery.kind == RecoveryKind::netted;
        debit(recovered, netted ? recovery.from : books_.own_funds, recovery.amount);
        credit(recovered, books_.recalls, recovery.amount);
        recovered.lines.back().clears = recall_item(attempt.record.bank, attempt.record.number);
        if (netted) {  // what the company owes less of, it may take out of the others' money
            debit(recovered, books_.own_funds, recovery.amount);
            credit(recovered, account_of_bank_(attempt.record.bank), recovery.amount);
        }
    }
    batch.add(recovered);
}

/// The money came into the account at the bank, and goes on to the own funds that had covered it.
void Booking::add_recovered(Voucher& voucher, const AttemptState& attempt, Amount amount) const {
    const AttemptRecord& record = attempt.record;
    debit(voucher, account_of_bank_(record.bank), amount);
    credit(voucher, books_.recalls, amount);
    voucher.lines.back().clears = recall_item(record.bank, record.number);
    debit(voucher, books_.own_funds, amount);
    credit(voucher, account_of_bank_(record.bank), amount);
}

}  // namespace ledger::adapters::payout
