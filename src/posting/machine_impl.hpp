// The inside of the state machine, shared by the sources of this room: tables, undo log, scratch
// memory. Invariant: every change to a table while `logging()` goes through a `touch` that can be
// undone.
#pragma once

#include "emitted_keys.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/wide.hpp"
#include "ledger/model/bounds.hpp"
#include "ledger/posting/machine.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ledger::posting {

/// What is natural to an account: the side it grows on counted positive.
inline i128 natural_unchecked(const Account& account, i128 debits, i128 credits) noexcept {
    return account.has(account_flag::credit_normal) ? credits - debits : debits - credits;
}
inline i128 natural(const Account& account) noexcept {
    return natural_unchecked(account, account.debits, account.credits);
}
/// Whether a line raises the natural balance.
inline bool is_inflow(const Account& account, Side side, Ink ink) noexcept {
    return (side == account.normal_side()) == (ink == Ink::black);
}

inline AccountFacts facts_of(const Account& account) noexcept {
    return {account.book, account.currency, account.kind, account.normal_side(),
            account.has(account_flag::open_items)};
}

/// One account touched by a voucher, with its standing before it.
struct Touched {
    std::uint32_t handle;
    std::uint16_t first_line;
    i128 natural_before;
    i128 available_before;
};

/// Which blocks of an array by handle have changed since they were saved.
class ChangedBlocks {
public:
    static constexpr std::size_t block_size = 2048;

    void mark(std::uint32_t handle) noexcept { blocks_[handle / block_size] = 1; }
    /// The same for a handle that may be beyond those before.
    void add(std::uint32_t handle) {
        if (handle / block_size >= blocks_.size()) blocks_.resize(handle / block_size + 1, 0);
        mark(handle);
    }
    bool has(std::size_t block) const noexcept { return blocks_[block] != 0; }
    /// Nothing has changed among so many handles.
    void reset(std::size_t handles) { blocks_.assign(handles / block_size + 1, 0); }

private:
    std::vector<std::uint8_t> blocks_;
};

struct Machine::Impl {
    Impl(Past& past_facts, const Capacity& holds_at_most)
        : past(past_facts), capacity(holds_at_most) {}

    // ---- what a post or apply works on
    Past& past;
    Capacity capacity;
    State state;
    AccountIndex index;
    bool replaying = false;

    // ---- machine.cpp: identity, groups, dispatch
    Result post(Batch& batch, std::size_t at, Position position, Instant instant, Effects& effects);
    Result judge(Batch& batch, std::size_t at);
    Result judge_new(Batch& batch, std::size_t at);
    Result repeated(Batch& batch, std::size_t at, Position first);
    Position find(KeyTable table, u128 key);
    /// The record at a position, as batch and index; valid until the next call.
    std::pair<const Batch*, std::size_t> read(Position position);
    std::uint64_t old_facts = 0;  // asked of the past
    AccountHandle find_account(AccountId id) const noexcept;
    /// Also of an account that an open group has opened.
    AccountId id_of(std::uint32_t handle) const noexcept;
    static std::span<BatchLine> lines_ahead(Batch& batch, std::size_t at) noexcept;
    void look_at_slots(Batch& batch, std::size_t at);
    void look_at_accounts(Batch& batch, std::size_t at) noexcept;
    void look_up_handles(Batch& batch, std::size_t at) noexcept;
    void resolve_lines(Batch& batch, const BatchRecord& record);
    Account& account(AccountHandle handle) noexcept { return state.accounts[handle.index]; }
    Account& account(std::uint32_t handle) noexcept { return state.accounts[handle]; }
    const AccountTerms& terms(AccountHandle handle) const noexcept {
        return state.terms[handle.index];
    }
    Book* find_book(BookId id) noexcept {
        const std::uint16_t slot = state.book_slots[id.number];
        return slot == 0 ? nullptr : &state.books[slot - 1];
    }
    static Result refuse(Outcome outcome, std::size_t line = Result::no_line,
                         std::uint32_t culprit = 0) noexcept {
        Result result;
        result.outcome = outcome;
        result.line = static_cast<std::uint16_t>(line);
        result.culprit = culprit;
        return result;
    }
    Result accept(const BatchRecord& record) const noexcept;

    // ---- the record being judged
    Position position;
    Instant instant;
    Effects* effects = nullptr;

    void emit(EntryKind kind, std::uint32_t handle, std::uint16_t line = 0, std::uint8_t flags = 0,
              Date book_date = Date::none());
    /// Unless the record has this key already.
    void emit_key_once(KeyTable table, u128 key);
    void emit_key(KeyTable table, u128 key) { effects->keys.push_back({key, position, table}); }
    EmittedKeys record_keys;  // of the record being judged, once one of them is looked for
    bool keys_looked_for = false;
    std::size_t first_key = 0;  // of the record being judged

    // ---- undo log
    struct Mark {
        std::size_t accounts, terms, buffers, holds, items, relations, rare;
    };
    bool trial = false;  // inside a voucher on the general path
    bool group_open() const noexcept { return !groups_open.empty(); }
    bool logging() const noexcept { return trial || group_open(); }
    std::vector<std::pair<std::uint32_t, Account>> undo_accounts;
    std::vector<std::pair<std::uint32_t, AccountTerms>> undo_terms;
    std::vector<std::pair<std::uint32_t, Buffer>> undo_buffers;
    std::vector<std::pair<Hold, bool>> undo_holds;  // old value, or (key only, false): was absent
    std::vector<std::pair<Item, bool>> undo_items;
    std::vector<std::pair<std::uint32_t, i128>> undo_relations;
    std::vector<std::function<void()>> undo_rare;
    Mark mark() const noexcept;
    void roll_back_to(const Mark& to) noexcept;
    void forget_undo() noexcept;
    Account& touch(std::uint32_t handle) {
        Account& found = state.accounts[handle];
        if (logging()) undo_accounts.emplace_back(handle, found);
        changed_accounts.mark(handle);
        return found;
    }
    AccountTerms& touch_terms(std::uint32_t handle) {
        AccountTerms& found = state.terms[handle];
        if (logging()) undo_terms.emplace_back(handle, found);
        changed_terms.mark(handle);
        return found;
    }
    Buffer& touch_buffer(std::uint32_t slot) {
        if (logging()) undo_buffers.emplace_back(slot, state.buffers[slot]);
        return state.buffers[slot];
    }
    void touch_hold(const Hold& hold) {
        if (logging()) undo_holds.emplace_back(hold, true);
    }
    void on_undo(std::function<void()> action) {
        if (logging()) undo_rare.push_back(std::move(action));
    }

    // ---- open groups, the outermost first
    struct OpenGroup {
        Mark mark;
        std::size_t entries, reserved, keys, accounts, members;
    };
    std::vector<OpenGroup> groups_open;
    EmittedKeys group_keys;  // of the outermost
    const Batch* group_batch = nullptr;
    Effects* group_effects = nullptr;
    Position group_first;
    std::vector<std::pair<Position, std::pair<const Batch*, std::size_t>>> group_members;
    std::vector<std::pair<AccountId, std::uint32_t>>
        group_accounts;                                          // opened, not in the index yet
    std::unordered_map<AccountId, std::uint32_t> group_handles;  // of the same

    // ---- image.cpp: what changed since the last save
    ChangedBlocks changed_accounts;
    ChangedBlocks changed_terms;

    // ---- voucher_fast.cpp
    bool post_plain(Batch& batch, BatchRecord& record);
    Date default_date(const Book& book) const noexcept;
    bool date_open(const Book& book, Date date) const noexcept;
    bool may_number(const Book& book, Date date) const noexcept;
    void give_number(Book& book, BatchRecord& record);

    // ---- vouchers.cpp: judging
    Result judge_voucher(Batch& batch, std::size_t at);
    Result judge_references(Batch& batch, BatchRecord& record, const VoucherDetail* detail);
    Result judge_named(Batch& batch, const BatchRecord& record, const VoucherDetail* detail);
    Result judge_new_items(const Batch& batch, const BatchRecord& record);
    std::unordered_set<ItemId> new_items;  // of the voucher being judged
    AccountHandle account_of_hold(HoldId id);
    AccountHandle account_of_closed_item(ItemId id);
    Result judge_capture_lines(const Batch& batch, const BatchRecord& record,
                               const VoucherDetail& detail);
    Result judge_parts(const Batch& batch, const BatchRecord& record, const VoucherDetail* detail);
    Result judge_status(Batch& batch, const BatchRecord& record, const VoucherDetail* detail,
                        const Book& book);
    Result judge_sums(Batch& batch, const BatchRecord& record) const;

    // ---- voucher_apply.cpp
    Result apply_voucher(Batch& batch, BatchRecord& record, VoucherDetail* detail);
    void emit_concerns(const BatchRecord& record, Date concerned);
    Result apply_captures(VoucherDetail& detail);
    Result apply_lines(const Batch& batch, const BatchRecord& record, bool reversal);
    Outcome apply_item(const Batch& batch, const BatchRecord& record, std::size_t number,
                       bool reversal);
    void note_given_back(const VoucherDetail& detail);
    std::vector<bool> gives_back;
    std::unordered_map<std::uint32_t, i128> captured;  // account -> by this voucher
    bool apply_line(const BatchRecord& record, const BatchLine& line, std::size_t number);
    Result judge_limits();
    Result judge_relations(const Batch& batch, const BatchRecord& record);
    std::vector<Touched> touched;
    std::unordered_map<std::uint32_t, std::uint32_t> touched_index;
    void note_touched(std::uint32_t handle, std::size_t line);

    // ---- reversals.cpp
    Result derive_reversal(Batch& batch, std::size_t at);
    Result judge_reversal(const Batch& batch, const BatchRecord& record,
                          const VoucherDetail& detail);
    Batch target;              // scratch: the record read from the past
    Position target_position;  // of that record; none: the scratch holds something else

    // ---- holds.cpp
    Result judge_place_hold(Batch& batch, std::size_t at);
    Result judge_release_hold(Batch& batch, std::size_t at);
    Totals totals_after(AccountHandle handle, Position at);
    /// What a precise freeze catches.
    struct Caught {
        std::vector<Position> sources;  // distinct vouchers that brought money
        std::vector<VoucherId> resolved;
        Wide left;
    };
    Result catch_sources(AccountHandle handle, const PlaceHold& hold, Caught& caught);
    Result catch_orders(AccountHandle handle, const PlaceHold& hold, Caught& caught);
    /// What the record at this position brought to the account; zero where it is no voucher.
    std::pair<VoucherId, Wide> brought_by(Position at, AccountHandle handle);
    Wide left_of(Position at, const Wide& brought, AccountHandle handle);
    /// The positions under an order, in order; false where they are too many.
    bool positions_of(OrderId order, std::vector<Position>& into);
    void place(const BatchRecord& record, const PlaceHold& hold, AccountHandle handle);
    /// Lowers a hold, closing it at zero, with its entry.
    void lower_hold(u128 key, i128 amount, EntryKind kind);
    void close_hold(const Hold& hold);
    /// What of the hold the balance covers by its rank, once `gone` has left the account.
    i128 cover(const Hold& hold, i128 gone);
    i128 available(const Account& account) const noexcept;
    i128 posted_natural(const Account& account) const noexcept;
    bool effective_minimum(std::uint32_t handle, i128& minimum) const noexcept;

    // ---- buffering.cpp
    void fold(std::uint32_t handle);
    void buffer_line(std::uint32_t handle, i128 amount, Date book_date);
    bool buffer_full(std::uint32_t handle) const noexcept;
    /// An open account's buffering, before and after a change.
    void count_buffered(bool before, bool after);
    bool may_buffer(const Account* account, const Buffering& buffering) const noexcept {
        return !buffering || (account != nullptr && account->has(account_flag::buffered)) ||
               state.buffered_accounts < bounds::buffered_accounts_max;
    }

    // ---- transit.cpp
    /// A line of this book date was added to the account.
    void note_dated(std::uint32_t handle, Date date, i128 debit_positive);
    void set_dated(std::uint32_t handle, Date date, const Wide& net);
    bool is_zero_on(std::uint32_t handle, Date date) const;
    Result judge_exceptions(const CloseDay& value) const;
    Result judge_transit(const CloseDay& value) const;
    void forget_dated(BookId book, Date through);

    // ---- relations.cpp
    Result judge_define_relation(Batch& batch, std::size_t at);
    bool add_to_relations(const Account& account, i128 natural_delta);
    void enrol(std::uint32_t handle, Membership membership);
    bool covers(const GroupTerm& term, std::uint32_t handle) const noexcept;
    std::uint32_t membership_list(const std::vector<Membership>& list);
    std::vector<std::uint32_t> changed_relations;

    // ---- accounts.cpp, definitions.cpp, time.cpp
    Result judge_open_account(Batch& batch, std::size_t at);
    void open(BatchRecord& record, const OpenAccount& value, std::uint16_t currency,
              std::uint32_t group, AccountHandle parent);
    void set_buffering(std::uint32_t handle, const Buffering& buffering);
    bool may_close(std::uint32_t handle) const noexcept;
    void close(std::uint32_t handle);
    Result judge_account_change(Batch& batch, std::size_t at);
    Result judge_define(Batch& batch, std::size_t at);
    Result judge_define_group(const DefineGroup& value);
    Result judge_cut_day(const CutDay& value);
    Result judge_close_day(const CloseDay& value);
    Result judge_day_relations(BookId book) const;
    void assert_trial_balance(BookId book) const;
    void close_day(Book& book, Date date);
    bool find_currency(const CurrencyCode& code, std::uint16_t& at) const noexcept;
    bool hold_is_due(const Due<u128>& due) const noexcept;
    bool buffer_is_due(const Due<std::uint32_t>& due) const noexcept;
    void pass_time();
    /// Rebuilds a queue that stale items have come to dominate. Not while a group is open: taking
    /// it back makes stale items due again.
    void tidy_queues() noexcept;
    std::optional<Instant> next_due() noexcept;

    // ---- image.cpp
    void save(StateSink& sink, bool only_changed);
    std::size_t saved_accounts = 0;  // whose ids the last save wrote
    void load(StateSource& source);
    void load_ids(StateSource& source, std::uint32_t count);
};

}  // namespace ledger::posting
