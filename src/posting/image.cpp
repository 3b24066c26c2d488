// The state as named blocks (checkpoint table `state`), and back. Invariant: the same state gives
// the same bytes, so hash-ordered tables are written in the order of their keys. Format:
// docs/format.md, "State image".
#include "machine_impl.hpp"

#include "ledger/core/bytes.hpp"

namespace ledger::posting {

namespace {

enum Table : std::uint32_t { accounts_table = 0, ids_table = 1, rest_table = 2, terms_table = 3 };

constexpr std::size_t ids_block = 8192;
constexpr std::size_t rest_block_bytes = std::size_t{256} << 10;
constexpr std::uint32_t image_version = 1;

template <class T>
void put_sorted(ByteWriter& out, const IdPool<T>& pool) {
    std::vector<T> values;
    values.reserve(pool.size());
    pool.for_each([&](const T& value) { values.push_back(value); });
    std::sort(values.begin(), values.end(), [](const T& a, const T& b) { return a.key < b.key; });
    out.put(static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) {
        out.put(value.key);
        out.put(value.remaining);
        out.put(value.account.index);
        if constexpr (std::is_same_v<T, Hold>) {
            out.put(value.kind);
            out.put(value.expires_at.nanoseconds);
            out.put(value.placed.value);
        } else {
            out.put(value.opened.value);
        }
    }
}

Hold take_hold(ByteReader& in) {
    Hold hold;
    hold.key = in.take<u128>();
    hold.remaining = in.take<i128>();
    hold.account.index = in.take<std::uint32_t>();
    hold.kind = in.take<HoldKind>();
    hold.expires_at.nanoseconds = in.take<std::int64_t>();
    hold.placed.value = in.take<std::uint64_t>();
    return hold;
}

Item take_item(ByteReader& in) {
    Item item;
    item.key = in.take<u128>();
    item.remaining = in.take<i128>();
    item.account.index = in.take<std::uint32_t>();
    item.opened.value = in.take<std::uint64_t>();
    return item;
}

void put_books(ByteWriter& out, const State& state) {
    out.put(static_cast<std::uint32_t>(state.books.size()));
    for (const Book& book : state.books) {
        out.put(book.id.number);
        out.put(book.two_principals);
        out.put(book.utc_offset_seconds);
        out.put(book.first_date.days);
        out.put(book.closed_through.days);
        out.put(book.current.days);
        out.put(static_cast<std::uint32_t>(book.numbers.size()));
        for (const auto& [date, next] : book.numbers) {
            out.put(date.days);
            out.put(next.next);
        }
    }
    out.put(static_cast<std::uint32_t>(state.currencies.size()));
    for (const Currency& currency : state.currencies) {
        out.put_text(currency.code.text());
        out.put(currency.decimals);
        out.put(currency.numeric);
        out.put_text(currency.name);
    }
    out.put(static_cast<std::uint32_t>(state.groups.size()));
    for (const Group& group : state.groups) {
        out.put_text(group.code);
        out.put(group.kind);
        out.put(group.parent);
    }
}

void take_books(ByteReader& in, State& state) {
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        Book& book = state.books.emplace_back();
        book.id.number = in.take<std::uint16_t>();
        book.two_principals = in.take<bool>();
        book.utc_offset_seconds = in.take<std::int32_t>();
        book.first_date.days = in.take<std::int32_t>();
        book.closed_through.days = in.take<std::int32_t>();
        book.current.days = in.take<std::int32_t>();
        for (auto dates = in.take<std::uint32_t>(); dates > 0; --dates) {
            const auto days = in.take<std::int32_t>();
            book.numbers[Date{days}].next = in.take<std::uint64_t>();
        }
        state.book_slots[book.id.number] = static_cast<std::uint16_t>(state.books.size());
    }
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        Currency& currency = state.currencies.emplace_back();
        currency.code = CurrencyCode{in.take_text()};
        currency.decimals = in.take<std::uint8_t>();
        currency.numeric = in.take<std::uint16_t>();
        currency.name = in.take_text();
    }
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        Group group;
        group.code = in.take_text();
        group.kind = in.take<AccountKind>();
        group.parent = in.take<std::uint32_t>();
        state.group_codes.emplace(group.code, static_cast<std::uint32_t>(state.groups.size()));
        state.groups.push_back(std::move(group));
    }
}

void put_relations(ByteWriter& out, const State& state) {
    out.put(static_cast<std::uint32_t>(state.relations.size()));
    for (const Relation& relation : state.relations) {
        out.put(relation.number);
        out.put(relation.at_day_close);
        out.put(relation.value);
        out.put(static_cast<std::uint32_t>(relation.group_terms.size()));
        for (const GroupTerm& term : relation.group_terms) {
            out.put(term.group);
            out.put(term.book.number);
            out.put(term.currency);
            out.put(term.coefficient);
        }
        out.put(static_cast<std::uint32_t>(relation.books.size()));
        for (const BookId book : relation.books) out.put(book.number);
    }
    out.put(static_cast<std::uint32_t>(state.membership_lists.size()));
    for (const auto& list : state.membership_lists) {
        out.put(static_cast<std::uint32_t>(list.size()));
        for (const Membership& membership : list) {
            out.put(membership.relation);
            out.put(membership.coefficient);
        }
    }
}

void take_relations(ByteReader& in, State& state) {
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        Relation& relation = state.relations.emplace_back();
        relation.number = in.take<std::uint32_t>();
        relation.at_day_close = in.take<bool>();
        relation.value = in.take<i128>();
        for (auto terms = in.take<std::uint32_t>(); terms > 0; --terms) {
            GroupTerm& term = relation.group_terms.emplace_back();
            term.group = in.take<std::uint32_t>();
            term.book.number = in.take<std::uint16_t>();
            term.currency = in.take<std::uint16_t>();
            term.coefficient = in.take<std::int64_t>();
        }
        for (auto books = in.take<std::uint32_t>(); books > 0; --books) {
            relation.books.push_back({in.take<std::uint16_t>()});
        }
    }
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        auto& list = state.membership_lists.emplace_back();
        for (auto members = in.take<std::uint32_t>(); members > 0; --members) {
            const auto relation = in.take<std::uint32_t>();
            list.push_back({relation, in.take<std::int64_t>()});
        }
        state.membership_index.emplace(list,
                                       static_cast<std::uint32_t>(state.membership_lists.size()));
    }
}

void put_buffers(ByteWriter& out, const State& state) {
    out.put(static_cast<std::uint32_t>(state.buffers.size()));
    for (const Buffer& buffer : state.buffers) {
        out.put(buffer.window);
        out.put(buffer.lines_max);
        out.put(buffer.account.index);
        out.put(buffer.amount);
        out.put(buffer.count);
        out.put(buffer.first.value);
        out.put(buffer.last.value);
        out.put(buffer.opened.nanoseconds);
        out.put(buffer.book_date.days);
    }
    out.put(static_cast<std::uint32_t>(state.judicial.size()));
    for (const auto& [handle, holds] : state.judicial) {
        out.put(handle);
        out.put(static_cast<std::uint32_t>(holds.size()));
        for (const u128 hold : holds) out.put(hold);
    }
}

void put_transit(ByteWriter& out, const State& state) {
    out.put(static_cast<std::uint32_t>(state.transit.size()));
    for (const auto& [handle, dated] : state.transit) {
        out.put(handle);
        out.put(static_cast<std::uint32_t>(dated.size()));
        for (const auto& [date, net] : dated) {
            out.put(date.days);
            out.put(net.low);
            out.put(net.high);
        }
    }
}

void take_transit(ByteReader& in, State& state) {
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        DatedNet& dated = state.transit[in.take<std::uint32_t>()];
        for (auto dates = in.take<std::uint32_t>(); dates > 0; --dates) {
            Wide& net = dated[Date{in.take<std::int32_t>()}];
            net.low = in.take<u128>();
            net.high = in.take<i128>();
        }
    }
}

void take_buffers(ByteReader& in, State& state) {
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        Buffer& buffer = state.buffers.emplace_back();
        buffer.window = in.take<std::int64_t>();
        buffer.lines_max = in.take<std::uint32_t>();
        buffer.account.index = in.take<std::uint32_t>();
        buffer.amount = in.take<i128>();
        buffer.count = in.take<std::uint64_t>();
        buffer.first.value = in.take<std::uint64_t>();
        buffer.last.value = in.take<std::uint64_t>();
        buffer.opened.nanoseconds = in.take<std::int64_t>();
        buffer.book_date.days = in.take<std::int32_t>();
    }
    for (auto left = in.take<std::uint32_t>(); left > 0; --left) {
        auto& holds = state.judicial[in.take<std::uint32_t>()];
        for (auto count = in.take<std::uint32_t>(); count > 0; --count) {
            holds.push_back(in.take<u128>());
        }
    }
}

/// The queues hold nothing that the tables do not: they are made anew.
void rebuild_queues(State& state) {
    state.holds.for_each([&](const Hold& hold) {
        if (hold.expires_at) state.hold_due.push_back({hold.expires_at, hold.key});
    });
    for (const Buffer& buffer : state.buffers) {
        if (buffer.count == 0) continue;
        state.buffer_due.push_back(
            {buffer.opened + std::chrono::nanoseconds{buffer.window}, buffer.account.index});
    }
    std::make_heap(state.hold_due.begin(), state.hold_due.end(), std::greater<>{});
    std::make_heap(state.buffer_due.begin(), state.buffer_due.end(), std::greater<>{});
}

/// The blocks of an array of cache lines that changed, or all.
template <class T, unsigned bits>
void save_lines(StateSink& sink, std::uint32_t table, const ChunkedArray<T, bits>& lines,
                ChangedBlocks& changed, bool only_changed) {
    static_assert(ChunkedArray<T, bits>::chunk_size % ChangedBlocks::block_size == 0);
    const std::size_t count = lines.size();
    std::uint32_t block = 0;
    for (std::size_t first = 0; first < count; first += ChangedBlocks::block_size, ++block) {
        if (only_changed && !changed.has(block)) continue;
        const std::span some{&lines[first], std::min(ChangedBlocks::block_size, count - first)};
        sink.block(table, block, std::as_bytes(some));
    }
    sink.end_table(table, block);
    changed.reset(count);
}

template <class T, unsigned bits>
void load_lines(StateSource& source, std::uint32_t table, ChunkedArray<T, bits>& lines) {
    for (std::uint32_t block = 0; block < source.blocks(table); ++block) {
        const auto part = source.block(table, block);
        for (std::size_t at = 0; at + sizeof(T) <= part.size(); at += sizeof(T)) {
            T value;
            std::memcpy(static_cast<void*>(&value), part.data() + at, sizeof value);
            lines.push_back(value);
        }
    }
}

}  // namespace

void Machine::Impl::save(StateSink& sink, bool only_changed) {
    const std::size_t count = state.accounts.size();
    save_lines(sink, accounts_table, state.accounts, changed_accounts, only_changed);
    save_lines(sink, terms_table, state.terms, changed_terms, only_changed);

    const auto id_blocks = static_cast<std::uint32_t>((count + ids_block - 1) / ids_block);
    const std::size_t first = only_changed ? saved_accounts / ids_block : 0;
    std::vector<AccountId> ids;
    for (auto block = static_cast<std::uint32_t>(first); block < id_blocks; ++block) {
        ids.clear();
        const std::size_t end = std::min(count, (block + std::size_t{1}) * ids_block);
        for (std::size_t i = block * ids_block; i < end; ++i) {
            ids.push_back(index.id_of({static_cast<std::uint32_t>(i)}));
        }
        sink.block(ids_table, block, std::as_bytes(std::span{ids}));
    }
    sink.end_table(ids_table, id_blocks);
    saved_accounts = count;

    ByteWriter rest;
    rest.put(image_version);
    rest.put(static_cast<std::uint32_t>(count));
    put_books(rest, state);
    put_relations(rest, state);
    put_buffers(rest, state);
    put_transit(rest, state);
    put_sorted(rest, state.holds);
    put_sorted(rest, state.items);
    std::uint32_t blocks = 0;
    for (std::size_t at = 0; at < rest.size(); at += rest_block_bytes) {
        const std::size_t size = std::min(rest_block_bytes, rest.size() - at);
        sink.block(rest_table, blocks++, rest.bytes().subspan(at, size));
    }
    sink.end_table(rest_table, blocks);
}

/// At most so many, of the accounts that are there.
void Machine::Impl::load_ids(StateSource& source, std::uint32_t count) {
    constexpr std::size_t ahead = 16;
    index.reserve(count);
    std::vector<AccountId> ids;
    for (std::uint32_t block = 0; block < source.blocks(ids_table); ++block) {
        const auto part = source.block(ids_table, block);
        ids.resize(part.size() / sizeof(AccountId));
        std::memcpy(static_cast<void*>(ids.data()), part.data(), ids.size() * sizeof(AccountId));
        for (std::size_t i = 0; i < ids.size() && index.size() < count; ++i) {
            if (i + ahead < ids.size()) index.prefetch(ids[i + ahead]);
            index.insert(ids[i], facts_of(state.accounts[index.size()]));
        }
    }
}

void Machine::Impl::load(StateSource& source) {
    std::vector<std::byte> bytes;
    for (std::uint32_t block = 0; block < source.blocks(rest_table); ++block) {
        const auto part = source.block(rest_table, block);
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    ByteReader in{bytes};
    if (const auto version = in.take<std::uint32_t>(); version != image_version) {
        throw FormatError("state image of version " + std::to_string(version) +
                          ", this library reads " + std::to_string(image_version) +
                          "; rebuild the checkpoint");
    }
    const auto count = in.take<std::uint32_t>();
    take_books(in, state);
    take_relations(in, state);
    take_buffers(in, state);
    take_transit(in, state);
    for (auto left = in.take<std::uint64_t>(); left > 0; --left) state.holds.insert(take_hold(in));
    for (auto left = in.take<std::uint64_t>(); left > 0; --left) state.items.insert(take_item(in));

    load_lines(source, accounts_table, state.accounts);
    load_lines(source, terms_table, state.terms);
    if (state.accounts.size() != count || state.terms.size() != count) {
        throw CorruptionError("a stored state image lacks accounts; rebuild the checkpoint");
    }
    load_ids(source, count);
    if (index.size() != count) {
        throw CorruptionError("a stored state image lacks account ids; rebuild the checkpoint");
    }
    for (const Buffer& buffer : state.buffers) {
        const Account& of = state.accounts[buffer.account.index];
        if (of.has(account_flag::buffered) && !of.has(account_flag::closed)) {
            ++state.buffered_accounts;
        }
    }
    changed_accounts.reset(count);
    changed_terms.reset(count);
    saved_accounts = count;
    rebuild_queues(state);
}

}  // namespace ledger::posting
