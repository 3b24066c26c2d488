// Seeded random records of every kind, of good shape but otherwise arbitrary: what a codec must
// carry. (Histories that make sense to a ledger are made by the posting tests' own generator.)
// Invariant: the same seed gives the same records on every machine, so no std distribution is used.
#pragma once

#include "ledger/model/batch.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace ledger::test {

class RandomRecords {
public:
    explicit RandomRecords(std::uint64_t seed) : random_(seed) {}

    /// 0..bound-1.
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }

    template <class Id>
    Id id() {
        return Id{random_() | 1, random_()};
    }
    template <class Id>
    Id maybe_id() {
        return one_in(2) ? id<Id>() : Id{};
    }

    /// Positive; often small, sometimes around 2^64 or up to 2^127 - 1.
    Amount amount() {
        switch (below(8)) {
            case 0: return Amount{static_cast<i128>(from_words(0, UINT64_MAX)) + 1};
            case 1: return Amount{static_cast<i128>(from_words(0, UINT64_MAX))};
            case 2: return Amount{i128_max - static_cast<i128>(below(3))};
            case 3: return Amount{static_cast<i128>(from_words(random_() >> 1, random_()) | 1)};
            default: return Amount{static_cast<i128>(below(1'000'000) + 1)};
        }
    }
    Amount any_amount() {
        return one_in(3) ? Amount{} : one_in(2) ? Amount{-amount().minor} : amount();
    }

    /// Empty, short, of any ASCII, or as long as allowed.
    std::string text(std::size_t bytes_max) {
        switch (below(5)) {
            case 0: return {};
            case 1: return std::string("结算 №").substr(0, bytes_max);
            case 2: return ascii(bytes_max);
            default: return ascii(below(std::min<std::uint64_t>(bytes_max, 24) + 1));
        }
    }
    std::string ascii(std::size_t count) {
        std::string made = bytes(count);
        for (char& c : made) c = static_cast<char>(c & 0x7F);
        return made;
    }
    std::string bytes(std::size_t count) {
        std::string made(count, '\0');
        for (char& c : made) c = static_cast<char>(below(256));
        return made;
    }
    std::string code() {
        std::string made = std::to_string(1000 + below(9000));
        for (std::uint64_t i = below(4); i > 0; --i) made += "." + std::to_string(below(100));
        return made;
    }
    CurrencyCode currency() {
        static constexpr const char* codes[] = {"CNY", "USD", "POINTS", "X-GOLD.999_0"};
        return CurrencyCode{codes[below(4)]};
    }
    Date date() {
        return one_in(4) ? Date::none() : Date{static_cast<std::int32_t>(below(40'000))};
    }
    Instant instant() { return {static_cast<std::int64_t>(random_() >> 1)}; }

    Attributes attributes(std::size_t count_max) {
        Attributes made;
        if (one_in(2)) return made;
        const std::uint64_t count =
            one_in(8) ? count_max : below(std::min<std::size_t>(count_max, 3) + 1);
        for (std::uint64_t i = 0; i < count; ++i) {
            made.push_back({"key" + std::to_string(i), text(bounds::attribute_value_bytes_max)});
        }
        return made;
    }
    Limits limits() {
        Limits made;
        if (one_in(2)) made.minimum = any_amount();
        if (one_in(2)) made.maximum = any_amount();
        return made;
    }
    Buffering buffering() {
        if (one_in(2)) return {};
        return {std::chrono::nanoseconds(static_cast<std::int64_t>(below(86'400'000'000'000))),
                static_cast<std::uint32_t>(below(bounds::buffer_lines_max + 1))};
    }
    AccountKind account_kind() { return static_cast<AccountKind>(1 + below(7)); }
    BookId book() { return {static_cast<std::uint16_t>(1 + below(65535))}; }

    VoucherLine line() {
        VoucherLine made;
        made.account = id<AccountId>();
        made.side = static_cast<Side>(below(2));
        made.amount = amount();
        made.ink = static_cast<Ink>(below(2));
        if (one_in(3)) made.dimensions = attributes(bounds::dimensions_max);
        if (one_in(5)) made.opens = id<ItemId>();
        if (one_in(5)) made.clears = id<ItemId>();
        return made;
    }
    VoucherDetail voucher_detail() {
        VoucherDetail made;
        made.value_date = date();
        made.concerns = date();
        if (one_in(2)) made.occurred_at = instant();
        made.summary = text(bounds::text_bytes_max);
        made.made_by = text(bounds::principal_bytes_max);
        made.checked_by = text(bounds::principal_bytes_max);
        made.source_document = text(bounds::text_bytes_max);
        made.reverses = maybe_id<VoucherId>();
        made.replaces = maybe_id<VoucherId>();
        made.attributes = attributes(bounds::attributes_max);
        for (std::uint64_t i = one_in(3) ? below(4) : 0; i > 0; --i) {
            made.captures.push_back({id<HoldId>(), amount(), any_amount()});
        }
        return made;
    }
    Voucher voucher() {
        Voucher made;
        made.id = id<VoucherId>();
        made.order = maybe_id<OrderId>();
        made.book = book();
        made.book_date = date();
        made.code = static_cast<std::uint32_t>(random_());
        made.manual = one_in(3);
        made.red = one_in(3);
        const std::uint64_t count = one_in(40) ? 200 + below(300) : 2 + below(5);
        for (std::uint64_t i = 0; i < count; ++i) made.lines.push_back(line());
        if (one_in(2)) made.detail = voucher_detail();
        return made;
    }
    DefineCurrency define_currency() {
        return {{currency(), static_cast<std::uint8_t>(below(19)),
                 static_cast<std::uint16_t>(below(1000)), text(bounds::name_bytes_max)}};
    }
    DefineBook define_book() {
        return {book(), text(bounds::name_bytes_max), one_in(2),
                static_cast<std::int32_t>(below(100'801)) - 50'400, date()};
    }
    DefineGroup define_group() { return {code(), account_kind(), text(bounds::name_bytes_max)}; }
    OpenAccount open_account() {
        OpenAccount made;
        made.id = id<AccountId>();
        made.book = book();
        made.currency = currency();
        made.code = code();
        made.kind = account_kind();
        if (one_in(2)) made.normal_side = static_cast<Side>(below(2));
        made.name = text(bounds::name_bytes_max);
        made.limits = limits();
        made.buffering = buffering();
        made.open_items = one_in(2);
        made.transit = one_in(2);
        made.parent = maybe_id<AccountId>();
        made.attributes = attributes(bounds::attributes_max);
        return made;
    }
    PlaceHold place_hold() {
        PlaceHold made;
        made.account = id<AccountId>();
        made.amount = amount();
        made.kind = static_cast<HoldKind>(below(3));
        if (one_in(2)) made.expires_at = instant();
        for (std::uint64_t i = one_in(3) ? 1 + below(5) : 0; i > 0; --i) {
            made.sources.push_back(id<VoucherId>());
        }
        for (std::uint64_t i = one_in(3) ? 1 + below(4) : 0; i > 0; --i) {
            made.orders.push_back(id<OrderId>());
            if (one_in(2)) made.resolved.push_back(id<VoucherId>());
        }
        made.reference = text(bounds::text_bytes_max);
        if (one_in(4)) made.requested = amount();
        return made;
    }
    DefineRelation define_relation() {
        DefineRelation made;
        made.number = static_cast<std::uint32_t>(1 + below(bounds::relations_max));
        made.name = text(bounds::name_bytes_max);
        made.at_day_close = one_in(2);
        for (std::uint64_t i = 1 + below(6); i > 0; --i) {
            RelationTerm& term = made.terms.emplace_back();
            term.coefficient = one_in(2) ? 1 + static_cast<std::int64_t>(below(1000))
                                         : -1 - static_cast<std::int64_t>(below(1000));
            if (one_in(2)) {
                term.account = id<AccountId>();
            } else {
                term.group = code();
                term.book = book();
                term.currency = currency();
            }
        }
        return made;
    }
    CloseDay close_day() {
        CloseDay made{book(), date()};
        for (std::uint64_t i = one_in(2) ? 0 : 1 + below(5); i > 0; --i) {
            made.exceptions.push_back(id<AccountId>());
        }
        return made;
    }
    RegisterEntry register_entry() {
        return {static_cast<std::uint32_t>(random_()),
                one_in(30) ? bytes(bounds::register_bytes_max) : bytes(below(300))};
    }

    /// Adds one record of the kind, which is not `none`; returns its index.
    std::uint32_t add(Batch& batch, RecordKind kind) {
        const auto record_id = id<RecordId>();
        const auto order = maybe_id<OrderId>();
        const auto account = id<AccountId>();
        switch (kind) {
            case RecordKind::none:
            case RecordKind::voucher: return batch.add(voucher());
            case RecordKind::define_currency: return batch.add(define_currency());
            case RecordKind::define_book: return batch.add(define_book());
            case RecordKind::define_group: return batch.add(define_group());
            case RecordKind::open_account: return batch.add(open_account());
            case RecordKind::set_limits:
                return batch.add(record_id, SetLimits{account, limits()}, order);
            case RecordKind::set_freeze:
                return batch.add(
                    record_id,
                    SetFreeze{account, static_cast<Freeze>(below(4)), text(bounds::text_bytes_max)},
                    order);
            case RecordKind::set_attributes:
                return batch.add(record_id,
                                 SetAttributes{account, text(bounds::name_bytes_max),
                                               attributes(bounds::attributes_max)},
                                 order);
            case RecordKind::set_buffering:
                return batch.add(record_id, SetBuffering{account, buffering()}, order);
            case RecordKind::close_account:
                return batch.add(record_id, CloseAccount{account}, order);
            case RecordKind::place_hold: return batch.add(record_id, place_hold(), order);
            case RecordKind::release_hold:
                return batch.add(record_id, ReleaseHold{id<HoldId>(), amount(), any_amount()},
                                 order);
            case RecordKind::register_entry: return batch.add(record_id, register_entry(), order);
            case RecordKind::define_relation: return batch.add(define_relation());
            case RecordKind::cut_day: return batch.add(CutDay{book(), date()});
            case RecordKind::close_day: return batch.add(close_day());
            case RecordKind::time_passed: return batch.add_time_passed();
            case RecordKind::anchor:
                return batch.add(Anchor{Position{random_()}, "BLAKE2b-256", bytes(32)});
            case RecordKind::certificate:
                return batch.add(Certificate{book(), date(), Position{random_()}, random_(),
                                             "BLAKE2b-512", bytes(64)});
            case RecordKind::snapshot:
                return batch.add(Snapshot{"s" + text(bounds::name_bytes_max - 1),
                                          Position{random_()}, random_(), "BLAKE2b-512",
                                          bytes(64)});
        }
        return 0;
    }

    /// Adds one record of any kind, vouchers most often.
    std::uint32_t add_any(Batch& batch) {
        const auto other = static_cast<RecordKind>(1 + below(record_kinds - 1));
        return add(batch, one_in(2) ? RecordKind::voucher : other);
    }

    /// Gives the batch what the engine gives: handles, numbers, dates, flags.
    void resolve(Batch& batch) {
        for (BatchLine& line : batch.lines) {
            line.handle.index = static_cast<std::uint32_t>(line.account.low() >> 33);
        }
        for (BatchRecord& record : batch.records) {
            record.number = one_in(3) ? random_() : below(1000);
            if (!record.book_date)
                record.book_date = Date{static_cast<std::int32_t>(below(40'000))};
            record.set(record_flag::lines_derived, one_in(8));
            record.set(record_flag::amount_derived, one_in(8));
        }
    }

private:
    std::mt19937_64 random_;
};

}  // namespace ledger::test
