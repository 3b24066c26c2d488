// Records to bytes. Invariant: footprint_bound() never underestimates, so that a batch is always
// one segment in memory that was sized before; this is asserted with every batch.
#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"
#include "ledger/record/codec.hpp"
#include "record/journal.capnp.h"

#include <capnp/message.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ledger::record {

static_assert(std::endian::native == std::endian::little,
              "Cap'n Proto messages are little-endian and are written by plain stores");
static_assert(capnp::sizeInWords<wire::Record>() == 8 && capnp::sizeInWords<wire::Line>() == 2,
              "a plain voucher of two lines takes 96 bytes");
static_assert(bounds::batch_lines_max <= 65536, "Record.linesBegin has 16 bits");

namespace {

// --- Sizes, in words -----------------------------------------------------------------------------

constexpr std::size_t list_tag = 1;

template <class T>
constexpr std::size_t size_of() {
    return capnp::sizeInWords<T>();
}

/// With its final NUL.
std::size_t words_of(std::string_view text) { return text.size() / 8 + 1; }

/// A list of structs without what they point to.
template <class T>
constexpr std::size_t words_of_list(std::size_t count) {
    return list_tag + count * size_of<T>();
}

std::size_t words_of(const Attributes& attributes) {
    std::size_t words = words_of_list<wire::Attribute>(attributes.size());
    for (const Attribute& attribute : attributes) {
        words += words_of(attribute.key) + words_of(attribute.value);
    }
    return words;
}

std::size_t words_of(const LineDetail& detail) {
    return size_of<wire::LineDetail>() + words_of(detail.dimensions);
}

std::size_t words_of(std::monostate) { return 0; }
std::size_t words_of(const VoucherDetail& value) {
    return size_of<wire::Voucher>() + words_of(value.summary) + words_of(value.made_by) +
           words_of(value.checked_by) + words_of(value.source_document) +
           words_of(value.attributes) + words_of_list<wire::Capture>(value.captures.size());
}
std::size_t words_of(const DefineCurrency& value) {
    return size_of<wire::DefineCurrency>() + words_of(value.currency.code.text()) +
           words_of(value.currency.name);
}
std::size_t words_of(const DefineBook& value) {
    return size_of<wire::DefineBook>() + words_of(value.name);
}
std::size_t words_of(const DefineGroup& value) {
    return size_of<wire::DefineGroup>() + words_of(value.code) + words_of(value.name);
}
std::size_t words_of(const OpenAccount& value) {
    return size_of<wire::OpenAccount>() + words_of(value.currency.text()) + words_of(value.code) +
           words_of(value.name) + size_of<wire::Limits>() + words_of(value.attributes);
}
std::size_t words_of(const SetLimits&) {
    return size_of<wire::SetLimits>() + size_of<wire::Limits>();
}
std::size_t words_of(const SetFreeze& value) {
    return size_of<wire::SetFreeze>() + words_of(value.reference);
}
std::size_t words_of(const SetAttributes& value) {
    return size_of<wire::SetAttributes>() + words_of(value.name) + words_of(value.attributes);
}
std::size_t words_of(const SetBuffering&) { return size_of<wire::SetBuffering>(); }
std::size_t words_of(const CloseAccount&) { return size_of<wire::CloseAccount>(); }
/// The engine resolves the orders after the hold was measured.
std::size_t resolved_max(const PlaceHold& value) {
    return std::max(value.resolved.size(), bounds::precise_sources_max);
}
std::size_t words_of(const PlaceHold& value) {
    return size_of<wire::PlaceHold>() + words_of(value.reference) + size_of<wire::Precise>() +
           words_of_list<wire::Id>(value.sources.size()) +
           words_of_list<wire::Id>(value.orders.size()) +
           words_of_list<wire::Id>(value.orders.empty() ? value.resolved.size()
                                                        : resolved_max(value));
}
std::size_t words_of(const ReleaseHold&) { return size_of<wire::ReleaseHold>(); }
std::size_t words_of(const RegisterEntry& value) {
    return size_of<wire::RegisterEntry>() + words_of(value.payload);
}
std::size_t words_of(const DefineRelation& value) {
    std::size_t words = size_of<wire::DefineRelation>() + words_of(value.name) +
                        words_of_list<wire::RelationTerm>(value.terms.size());
    for (const RelationTerm& term : value.terms) {
        words += words_of(term.group) + words_of(term.currency.text());
    }
    return words;
}
std::size_t words_of(const CutDay&) { return size_of<wire::DayMark>(); }
std::size_t words_of(const CloseDay& value) {
    return value.exceptions.empty()
               ? size_of<wire::DayMark>()
               : size_of<wire::CloseDay>() + words_of_list<wire::Id>(value.exceptions.size());
}
std::size_t words_of(const Anchor& value) {
    return size_of<wire::Anchor>() + words_of(value.algorithm) + words_of(value.digest);
}

std::size_t words_of(const Certificate& value) {
    return size_of<wire::Certificate>() + words_of(value.algorithm) + words_of(value.digest);
}

std::size_t words_of(const Snapshot& value) {
    return size_of<wire::Snapshot>() + words_of(value.name) + words_of(value.algorithm) +
           words_of(value.digest);
}

/// Of the empty batch, travelling: segment table, root pointer, roots, the tags of its lists.
constexpr std::size_t words_of_empty_batch =
    2 + size_of<wire::TravellingBatch>() + size_of<wire::Batch>() + 5 * list_tag;
static_assert(words_of_empty_batch * 8 <= footprint_of_empty_batch.bytes);

/// Lines that the engine will write undo those of another voucher: as many and as detailed as a
/// voucher's can be.
constexpr std::size_t words_of_longest_derived_lines =
    bounds::voucher_lines_max *
        (size_of<wire::Line>() + size_of<wire::WideAmount>() + size_of<wire::LineDetail>() +
         words_of_list<wire::Attribute>(bounds::dimensions_max) + 2 * bounds::dimensions_max) +
    bounds::record_text_bytes_max / 8;

bool awaits_lines(const Batch& batch, const BatchRecord& record) {
    if (record.line_count != 0 || record.kind != RecordKind::voucher) return false;
    const auto* detail = batch.detail<VoucherDetail>(record);
    return detail != nullptr && detail->reverses;
}

std::size_t words_of_lines(const Batch& batch, std::span<const BatchLine> lines) {
    std::size_t words = lines.size() * size_of<wire::Line>();
    for (const BatchLine& line : lines) {
        if (high_word(static_cast<u128>(line.amount.minor)) != 0)
            words += size_of<wire::WideAmount>();
        if (line.detail != no_detail) words += words_of(batch.line_details[line.detail]);
    }
    return words;
}

// --- Fields --------------------------------------------------------------------------------------

/// Sets a 128-bit group.
template <class Group>
void put(Group group, u128 value) {
    group.setLow(low_word(value));
    group.setHigh(high_word(value));
}
template <class Group, class Tag>
void put(Group group, BasicId<Tag> id) {
    put(group, id.value);
}
template <class Group>
void put(Group group, Amount amount) {
    put(group, static_cast<u128>(amount.minor));
}

capnp::Text::Reader text_of(std::string_view from) { return {from.data(), from.size()}; }
capnp::Data::Reader bytes_of(std::string_view from) {
    return {reinterpret_cast<const kj::byte*>(from.data()), from.size()};
}
unsigned count(std::size_t size) { return static_cast<unsigned>(size); }

void write(capnp::List<wire::Attribute>::Builder to, const Attributes& from) {
    for (unsigned i = 0; i < to.size(); ++i) {
        if (!from[i].key.empty()) to[i].setKey(text_of(from[i].key));
        if (!from[i].value.empty()) to[i].setValue(text_of(from[i].value));
    }
}

// --- Bodies --------------------------------------------------------------------------------------

void write(wire::Voucher::Builder to, const VoucherDetail& from) {
    to.setValueDate(from.value_date.days);
    to.setConcerns(from.concerns.days);
    to.setOccurredAt(from.occurred_at.nanoseconds);
    put(to.getReverses(), from.reverses);
    put(to.getReplaces(), from.replaces);
    if (!from.summary.empty()) to.setSummary(text_of(from.summary));
    if (!from.made_by.empty()) to.setMadeBy(text_of(from.made_by));
    if (!from.checked_by.empty()) to.setCheckedBy(text_of(from.checked_by));
    if (!from.source_document.empty()) to.setSourceDocument(text_of(from.source_document));
    if (!from.attributes.empty()) {
        write(to.initAttributes(count(from.attributes.size())), from.attributes);
    }
    if (from.captures.empty()) return;
    auto captures = to.initCaptures(count(from.captures.size()));
    for (unsigned i = 0; i < captures.size(); ++i) {
        put(captures[i].getHold(), from.captures[i].hold);
        put(captures[i].getAmount(), from.captures[i].amount);
        put(captures[i].getRemaining(), from.captures[i].remaining);
    }
}

void write(wire::DefineCurrency::Builder to, const DefineCurrency& from) {
    to.setCode(text_of(from.currency.code.text()));
    to.setDecimals(from.currency.decimals);
    to.setNumeric(from.currency.numeric);
    if (!from.currency.name.empty()) to.setName(text_of(from.currency.name));
}

void write(wire::DefineBook::Builder to, const DefineBook& from) {
    to.setBook(from.book.number);
    to.setTwoPrincipals(from.two_principals);
    to.setUtcOffsetSeconds(from.utc_offset_seconds);
    to.setFirstDate(from.first_date.days);
    if (!from.name.empty()) to.setName(text_of(from.name));
}

void write(wire::DefineGroup::Builder to, const DefineGroup& from) {
    to.setKind(static_cast<std::uint8_t>(from.kind));
    to.setCode(text_of(from.code));
    if (!from.name.empty()) to.setName(text_of(from.name));
}

void write(wire::Limits::Builder to, const Limits& from) {
    to.setMinimumGiven(from.minimum.has_value());
    to.setMaximumGiven(from.maximum.has_value());
    if (from.minimum) put(to.getMinimum(), *from.minimum);
    if (from.maximum) put(to.getMaximum(), *from.maximum);
}

void write(wire::OpenAccount::Builder to, const OpenAccount& from) {
    put(to.getId(), from.id);
    put(to.getParent(), from.parent);
    to.setBufferWindow(from.buffering.window.count());
    to.setBufferLines(from.buffering.lines_max);
    to.setBook(from.book.number);
    to.setKind(static_cast<std::uint8_t>(from.kind));
    to.setOpenItems(from.open_items);
    to.setTransit(from.transit);
    to.setNormalSideGiven(from.normal_side.has_value());
    to.setNormalSideIsCredit(from.normal_side == Side::credit);
    if (from.currency) to.setCurrency(text_of(from.currency.text()));
    to.setCode(text_of(from.code));
    if (!from.name.empty()) to.setName(text_of(from.name));
    if (from.limits != Limits{}) write(to.initLimits(), from.limits);
    if (!from.attributes.empty()) {
        write(to.initAttributes(count(from.attributes.size())), from.attributes);
    }
}

void write(wire::SetLimits::Builder to, const SetLimits& from) {
    put(to.getAccount(), from.account);
    if (from.limits != Limits{}) write(to.initLimits(), from.limits);
}

void write(wire::SetFreeze::Builder to, const SetFreeze& from) {
    put(to.getAccount(), from.account);
    to.setFreeze(static_cast<std::uint8_t>(from.freeze));
    if (!from.reference.empty()) to.setReference(text_of(from.reference));
}

void write(wire::SetAttributes::Builder to, const SetAttributes& from) {
    put(to.getAccount(), from.account);
    if (!from.name.empty()) to.setName(text_of(from.name));
    if (!from.attributes.empty()) {
        write(to.initAttributes(count(from.attributes.size())), from.attributes);
    }
}

void write(wire::SetBuffering::Builder to, const SetBuffering& from) {
    put(to.getAccount(), from.account);
    to.setBufferWindow(from.buffering.window.count());
    to.setBufferLines(from.buffering.lines_max);
}

void write(wire::CloseAccount::Builder to, const CloseAccount& from) {
    put(to.getAccount(), from.account);
}

void write(wire::PlaceHold::Builder to, const PlaceHold& from) {
    put(to.getAccount(), from.account);
    put(to.getAmount(), from.amount);
    to.setExpiresAt(from.expires_at.nanoseconds);
    to.setKind(static_cast<std::uint8_t>(from.kind));
    if (!from.reference.empty()) to.setReference(text_of(from.reference));
    const bool plain = from.sources.empty() && from.orders.empty() && from.resolved.empty();
    if (plain && from.requested == Amount{}) return;
    auto precise = to.initPrecise();
    put(precise.getRequested(), from.requested);
    const auto put_ids = [](auto to_list, const auto& ids) {
        for (unsigned i = 0; i < to_list.size(); ++i) put(to_list[i], ids[i]);
    };
    const auto size = [](const auto& ids) { return count(ids.size()); };
    if (!from.sources.empty()) put_ids(precise.initSources(size(from.sources)), from.sources);
    if (!from.orders.empty()) put_ids(precise.initOrders(size(from.orders)), from.orders);
    if (!from.resolved.empty()) put_ids(precise.initResolved(size(from.resolved)), from.resolved);
}

void write(wire::ReleaseHold::Builder to, const ReleaseHold& from) {
    put(to.getHold(), from.hold);
    put(to.getAmount(), from.amount);
    put(to.getRemaining(), from.remaining);
}

void write(wire::RegisterEntry::Builder to, const RegisterEntry& from) {
    to.setType(from.type);
    if (!from.payload.empty()) to.setPayload(bytes_of(from.payload));
}

void write(wire::DefineRelation::Builder to, const DefineRelation& from) {
    to.setNumber(from.number);
    to.setAtDayClose(from.at_day_close);
    if (!from.name.empty()) to.setName(text_of(from.name));
    auto terms = to.initTerms(count(from.terms.size()));
    for (unsigned i = 0; i < terms.size(); ++i) {
        const RelationTerm& term = from.terms[i];
        put(terms[i].getAccount(), term.account);
        terms[i].setCoefficient(term.coefficient);
        terms[i].setBook(term.book.number);
        if (!term.group.empty()) terms[i].setGroup(text_of(term.group));
        if (term.currency) terms[i].setCurrency(text_of(term.currency.text()));
    }
}

template <class DayMark>
void write(wire::DayMark::Builder to, const DayMark& from) {
    to.setBook(from.book.number);
    to.setDate(from.date.days);
}

void write(wire::CloseDay::Builder to, const CloseDay& from) {
    to.setBook(from.book.number);
    to.setDate(from.date.days);
    auto exceptions = to.initExceptions(count(from.exceptions.size()));
    for (unsigned i = 0; i < exceptions.size(); ++i) put(exceptions[i], from.exceptions[i]);
}

void write(wire::Anchor::Builder to, const Anchor& from) {
    to.setThrough(from.through.value);
    to.setAlgorithm(text_of(from.algorithm));
    to.setDigest(bytes_of(from.digest));
}

void write(wire::Certificate::Builder to, const Certificate& from) {
    to.setBook(from.book.number);
    to.setDate(from.date.days);
    to.setClose(from.close.value);
    to.setAccounts(from.accounts);
    to.setAlgorithm(text_of(from.algorithm));
    to.setDigest(bytes_of(from.digest));
}

void write(wire::Snapshot::Builder to, const Snapshot& from) {
    to.setName(text_of(from.name));
    to.setPosition(from.position.value);
    to.setAccounts(from.accounts);
    to.setAlgorithm(text_of(from.algorithm));
    to.setDigest(bytes_of(from.digest));
}

template <class... Functions>
struct Overload : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overload(Functions...) -> Overload<Functions...>;  // clang 14 does not deduce aggregates itself

/// Writes the detail, and returns the kind of record that it belongs to.
RecordKind write_body(wire::Record::Builder to, const Detail& detail) {
    const auto done = [](RecordKind kind, auto body, const auto& from) {
        write(body, from);
        return kind;
    };
    using Kind = RecordKind;
    if (std::holds_alternative<std::monostate>(detail)) return Kind::time_passed;
    auto body = to.initBody();
    return std::visit(
        Overload{
            [](std::monostate) { return Kind::time_passed; },
            [&](const VoucherDetail& v) { return done(Kind::voucher, body.initVoucher(), v); },
            [&](const DefineCurrency& v) {
                return done(Kind::define_currency, body.initDefineCurrency(), v);
            },
            [&](const DefineBook& v) { return done(Kind::define_book, body.initDefineBook(), v); },
            [&](const DefineGroup& v) {
                return done(Kind::define_group, body.initDefineGroup(), v);
            },
            [&](const OpenAccount& v) {
                return done(Kind::open_account, body.initOpenAccount(), v);
            },
            [&](const SetLimits& v) { return done(Kind::set_limits, body.initSetLimits(), v); },
            [&](const SetFreeze& v) { return done(Kind::set_freeze, body.initSetFreeze(), v); },
            [&](const SetAttributes& v) {
                return done(Kind::set_attributes, body.initSetAttributes(), v);
            },
            [&](const SetBuffering& v) {
                return done(Kind::set_buffering, body.initSetBuffering(), v);
            },
            [&](const CloseAccount& v) {
                return done(Kind::close_account, body.initCloseAccount(), v);
            },
            [&](const PlaceHold& v) { return done(Kind::place_hold, body.initPlaceHold(), v); },
            [&](const ReleaseHold& v) {
                return done(Kind::release_hold, body.initReleaseHold(), v);
            },
            [&](const RegisterEntry& v) {
                return done(Kind::register_entry, body.initRegisterEntry(), v);
            },
            [&](const DefineRelation& v) {
                return done(Kind::define_relation, body.initDefineRelation(), v);
            },
            [&](const CutDay& v) { return done(Kind::cut_day, body.initCutDay(), v); },
            [&](const CloseDay& v) {
                return v.exceptions.empty() ? done(Kind::close_day, body.initCloseDay(), v)
                                            : done(Kind::close_day, body.initCloseDayExcept(), v);
            },
            [&](const Anchor& v) { return done(Kind::anchor, body.initAnchor(), v); },
            [&](const Certificate& v) {
                return done(Kind::certificate, body.initCertificate(), v);
            },
            [&](const Snapshot& v) { return done(Kind::snapshot, body.initSnapshot(), v); },
        },
        detail);
}

/// Detail's alternatives stand in the order of the kinds, except that time_passed has none.
RecordKind kind_of(const Detail& detail) noexcept {
    static_assert(std::is_same_v<std::variant_alternative_t<16, Detail>, CloseDay>);
    if (detail.index() == 0) return RecordKind::time_passed;
    const auto kind = static_cast<RecordKind>(detail.index());
    return kind < RecordKind::time_passed ? kind : static_cast<RecordKind>(detail.index() + 1);
}

/// Whether a record of this kind can stand without a detail.
bool needs_no_detail(RecordKind kind) noexcept {
    return kind == RecordKind::voucher || kind == RecordKind::time_passed;
}

}  // namespace

namespace {

/// What is there now.
std::size_t words_of_record(const Batch& batch, const BatchRecord& record) {
    std::size_t words = size_of<wire::Record>() + words_of_lines(batch, batch.lines_of(record));
    if (record.detail != no_detail) {
        words += size_of<wire::Body>();
        words += std::visit([](const auto& value) { return words_of(value); },
                            batch.details[record.detail]);
    }
    return words;
}

Footprint footprint_of(const Batch& batch, const BatchRecord& record) {
    const std::size_t words = words_of_record(batch, record);
    if (!awaits_lines(batch, record)) return {1, record.line_count, words * 8};
    return {1, bounds::voucher_lines_max, (words + words_of_longest_derived_lines) * 8};
}

/// The longest record of a good shape: derived lines, and less for all that a detail can hold
/// besides.
constexpr std::size_t words_of_longest_record = words_of_longest_derived_lines + 16 * 1024;

}  // namespace

Footprint footprint_bound(const Batch& batch, std::size_t index) {
    Footprint footprint = footprint_of(batch, batch.records[index]);
    footprint.lines = std::min(footprint.lines, bounds::voucher_lines_max);
    footprint.bytes = std::min(footprint.bytes, words_of_longest_record * 8);
    return footprint;
}

/// A derived line has the amount and dimensions of the one it undoes, and may name an item besides.
Footprint footprint_bound_of_reversal(const Batch& batch, std::size_t index,
                                      const Batch& reversed) {
    const BatchRecord& undone = reversed.records[0];
    Footprint footprint = footprint_of(batch, batch.records[index]);
    const std::size_t words = words_of_lines(reversed, reversed.lines_of(undone)) +
                              undone.line_count * size_of<wire::LineDetail>();
    footprint.lines = undone.line_count;
    footprint.bytes -= words_of_longest_derived_lines * 8;
    footprint.bytes += words * 8;
    footprint.bytes = std::min(footprint.bytes, words_of_longest_record * 8);
    return footprint;
}

Footprint travelling_footprint(const Batch& batch, std::size_t index) {
    const BatchRecord& record = batch.records[index];
    if (record.lines_begin + std::size_t{record.line_count} > batch.lines.size() ||
        (record.detail == no_detail ? !needs_no_detail(record.kind)
                                    : kind_of(batch.details[record.detail]) != record.kind)) {
        throw InvalidArgument("record " + std::to_string(index) +
                              " of a batch does not hold together: its lines are outside the "
                              "batch, or its detail is not its kind's; fill batches with add()");
    }
    const std::size_t words =
        words_of_record(batch, record) + record.line_count * size_of<wire::Id>();
    return {1, record.line_count, words * 8};
}

// --- The encoder ---------------------------------------------------------------------------------

namespace {

/// The accounts of a batch that travels, each once: a hash table that is kept half empty.
class AccountTable {
public:
    void clear() {
        ids_.clear();
        slots_.assign(slots_.size(), 0);
    }
    std::size_t size() const noexcept { return ids_.size(); }
    AccountId id(std::size_t index) const noexcept { return ids_[index]; }

    std::uint32_t index_of(AccountId id) {
        if (2 * (ids_.size() + 1) > slots_.size()) grow();
        std::uint32_t& slot = slot_of(id);
        if (slot == 0) {
            ids_.push_back(id);
            slot = static_cast<std::uint32_t>(ids_.size());
        }
        return slot - 1;
    }

private:
    /// Where the id is, or belongs.
    std::uint32_t& slot_of(AccountId id) noexcept {
        std::size_t at = mix(id.value) & (slots_.size() - 1);
        while (slots_[at] != 0 && ids_[slots_[at] - 1] != id) at = (at + 1) & (slots_.size() - 1);
        return slots_[at];
    }
    void grow() {
        slots_.assign(std::max<std::size_t>(64, 2 * slots_.size()), 0);
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            slot_of(ids_[i]) = static_cast<std::uint32_t>(i + 1);
        }
    }

    std::vector<AccountId> ids_;
    std::vector<std::uint32_t> slots_;  ///< 1 + index of an id; 0: empty
};

}  // namespace

struct Encoder::Impl {
    struct Source {
        const Batch* batch;
        std::size_t index;
    };
    struct Wide {
        std::uint32_t line;
        std::uint64_t high;
    };
    struct Detailed {
        std::uint32_t line;
        const LineDetail* detail;
    };

    Form form = Form::journal;
    std::vector<Source> sources;
    Footprint footprint = footprint_of_empty_batch;
    AccountTable accounts;
    std::vector<std::uint64_t> words;  ///< zero wherever `message` did not write
    std::optional<capnp::MallocMessageBuilder> message;
    std::vector<Wide> wide;
    std::vector<Detailed> detailed;

    void write_line(wire::Line::Builder to, std::uint32_t line, const Batch& batch,
                    const BatchLine& from) {
        const auto amount = static_cast<u128>(from.amount.minor);
        std::uint32_t flags = static_cast<std::uint32_t>(from.side) * wire::Line::CREDIT |
                              static_cast<std::uint32_t>(from.ink) * wire::Line::RED;
        if (from.detail != no_detail) {
            flags |= wire::Line::DETAILED;
            detailed.push_back({line, &batch.line_details[from.detail]});
        }
        if (high_word(amount) != 0) {
            flags |= wire::Line::WIDE;
            wide.push_back({line, high_word(amount)});
        }
        if (form == Form::travelling) {
            to.setAccount(accounts.index_of(from.account));
        } else {
            LEDGER_ASSERT(from.handle);
            to.setAccount(from.handle.index);
        }
        to.setFlags(flags);
        to.setAmount(low_word(amount));
    }

    void write_record(wire::Record::Builder to, std::uint32_t first_line, const Batch& batch,
                      const BatchRecord& from) {
        to.setKind(static_cast<std::uint8_t>(from.kind));
        const unsigned left_out = form == Form::journal ? record_flag::linked : 0u;
        to.setFlags(static_cast<std::uint8_t>(from.flags & ~left_out));
        to.setLineCount(from.line_count);
        to.setLinesBegin(static_cast<std::uint16_t>(from.line_count == 0 ? 0 : first_line));
        to.setBook(from.book.number);
        put(to.getId(), from.id);
        put(to.getOrder(), from.order);
        to.setBookDate(from.book_date.days);
        to.setCode(from.code);
        to.setNumber(from.number);
        if (from.detail == no_detail) {
            LEDGER_ASSERT(needs_no_detail(from.kind));
        } else {
            LEDGER_ASSERT(write_body(to, batch.details[from.detail]) == from.kind);
        }
    }

    void write_line_parts(wire::Batch::Builder root) {
        if (!wide.empty()) {
            auto list = root.initWide(count(wide.size()));
            for (unsigned i = 0; i < list.size(); ++i) {
                list[i].setLine(wide[i].line);
                list[i].setHigh(wide[i].high);
            }
        }
        if (detailed.empty()) return;
        auto list = root.initLineDetails(count(detailed.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
            const LineDetail& from = *detailed[i].detail;
            list[i].setLine(detailed[i].line);
            put(list[i].getOpens(), from.opens);
            put(list[i].getClears(), from.clears);
            if (!from.dimensions.empty()) {
                write(list[i].initDimensions(count(from.dimensions.size())), from.dimensions);
            }
        }
    }

    void write_batch(wire::Batch::Builder root) {
        root.setVersion(format_version);
        auto records = root.initRecords(count(sources.size()));
        std::size_t line_total = 0;
        for (const Source& source : sources) {
            line_total += source.batch->records[source.index].line_count;
        }
        auto lines = root.initLines(count(line_total));
        std::uint32_t line = 0;
        for (unsigned i = 0; i < sources.size(); ++i) {
            const Batch& batch = *sources[i].batch;
            const BatchRecord& record = batch.records[sources[i].index];
            write_record(records[i], line, batch, record);
            for (const BatchLine& from : batch.lines_of(record)) {
                write_line(lines[line], line, batch, from);
                ++line;
            }
        }
        write_line_parts(root);
    }

    void write_travelling_batch(wire::TravellingBatch::Builder root) {
        write_batch(root.initBatch());
        auto to = root.initAccounts(count(accounts.size()));
        for (unsigned i = 0; i < to.size(); ++i) put(to[i], accounts.id(i));
    }
};

Encoder::Encoder() : impl_(std::make_unique<Impl>()) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

void Encoder::begin(Form form) {
    impl_->message.reset();  // zeroes what it wrote
    impl_->form = form;
    impl_->accounts.clear();
    impl_->sources.clear();
    impl_->wide.clear();
    impl_->detailed.clear();
    impl_->footprint = footprint_of_empty_batch;
}

void Encoder::add(const Batch& batch, std::size_t index) {
    LEDGER_ASSERT(!impl_->message && index < batch.size());
    const bool travels = impl_->form == Form::travelling;
    LEDGER_ASSERT(travels || !awaits_lines(batch, batch.records[index]));
    impl_->footprint = impl_->footprint + (travels ? travelling_footprint(batch, index)
                                                   : footprint_of(batch, batch.records[index]));
    LEDGER_ASSERT(travels ? impl_->footprint.bytes <= travelling_bytes_max
                          : impl_->footprint.fits());
    impl_->sources.push_back({&batch, index});
}

Footprint Encoder::footprint() const noexcept { return impl_->footprint; }

std::span<const std::byte> Encoder::finish() {
    LEDGER_ASSERT(!impl_->message);
    std::vector<std::uint64_t>& words = impl_->words;
    const std::size_t wanted = impl_->footprint.bytes / 8;
    if (words.size() < wanted) {
        words.clear();  // nothing to copy: all of it is zero
        words.resize(std::clamp(2 * words.capacity(), wanted, travelling_bytes_max / 8));
    }
    // The segment table of a message of one segment is one word: 0 and the segment's size.
    impl_->message.emplace(
        kj::arrayPtr(reinterpret_cast<capnp::word*>(words.data() + 1), words.size() - 1));
    if (impl_->form == Form::travelling) {
        impl_->write_travelling_batch(impl_->message->initRoot<wire::TravellingBatch>());
    } else {
        impl_->write_batch(impl_->message->initRoot<wire::Batch>());
    }
    const auto segments = impl_->message->getSegmentsForOutput();
    LEDGER_ASSERT(segments.size() == 1);
    words[0] = static_cast<std::uint64_t>(segments[0].size()) << 32;
    return std::as_bytes(std::span(words.data(), 1 + segments[0].size()));
}

}  // namespace ledger::record
