// Hot accounts (缓冲记账): the buffer of an account and its fold into posted.
#include "machine_impl.hpp"

#include "ledger/model/bounds.hpp"

namespace ledger::posting {

void Machine::Impl::buffer_line(std::uint32_t handle, i128 amount, Date book_date) {
    Buffer& buffer = touch_buffer(state.accounts[handle].buffer - 1);
    if (buffer.count == 0) {
        buffer.first = position;
        buffer.opened = instant;
        buffer.book_date = book_date;
        state.buffer_due.push_back({instant + std::chrono::nanoseconds{buffer.window}, handle});
        std::push_heap(state.buffer_due.begin(), state.buffer_due.end(), std::greater<>{});
    }
    buffer.amount += amount;  // the caller knows that it fits
    ++buffer.count;
    buffer.last = position;
}

bool Machine::Impl::buffer_full(std::uint32_t handle) const noexcept {
    const Buffer& buffer = state.buffers[state.accounts[handle].buffer - 1];
    return buffer.count >= (buffer.lines_max == 0 ? bounds::buffer_lines_max : buffer.lines_max);
}

void Machine::Impl::fold(std::uint32_t handle) {
    Buffer& buffer = touch_buffer(state.accounts[handle].buffer - 1);
    const Date book_date = buffer.book_date;
    const Folded folded{static_cast<std::uint32_t>(buffer.count), buffer.first, buffer.last};
    buffer.amount = 0;
    buffer.count = 0;
    buffer.first = buffer.last = {};
    buffer.opened = {};
    buffer.book_date = Date::none();
    emit(EntryKind::fold, handle, 0, 0, book_date);
    Entry& entry = effects->entries.back();
    if (entry.reserved == 0) {
        effects->reserved.emplace_back();
        entry.reserved = static_cast<std::uint32_t>(effects->reserved.size());
    }
    effects->reserved[entry.reserved - 1] = stored_fold(state.accounts[handle].held, folded);
}

void Machine::Impl::set_buffering(std::uint32_t handle, const Buffering& buffering) {
    Account& of = touch(handle);
    if (of.buffer != 0 && state.buffers[of.buffer - 1].count != 0) fold(handle);
    if (of.buffer == 0) {
        if (!buffering) return;
        Buffer& made = state.buffers.emplace_back();
        made.account = {handle};
        of.buffer = static_cast<std::uint32_t>(state.buffers.size());
        on_undo([this] { state.buffers.pop_back(); });
    }
    Buffer& buffer = touch_buffer(of.buffer - 1);
    buffer.window = buffering.window.count();
    buffer.lines_max = buffering.lines_max;
    count_buffered(of.has(account_flag::buffered), static_cast<bool>(buffering));
    of.flags = static_cast<std::uint16_t>(buffering ? of.flags | account_flag::buffered
                                                    : of.flags & ~account_flag::buffered);
}

void Machine::Impl::count_buffered(bool before, bool after) {
    if (before == after) return;
    on_undo([this, old = state.buffered_accounts] { state.buffered_accounts = old; });
    state.buffered_accounts += after ? 1 : std::size_t{0} - 1;
}

}  // namespace ledger::posting
