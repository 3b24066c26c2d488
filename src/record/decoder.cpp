// Bytes to records. Invariant: whatever the bytes are, reading ends, allocates no more than a small
// multiple of their size, and either gives records or throws; nothing read is trusted before it is
// checked (Cap'n Proto checks the pointers, this file the numbers).
#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"
#include "ledger/record/codec.hpp"
#include "record/journal.capnp.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace ledger::record {

namespace {

/// Why a payload cannot be read; becomes a CorruptionError that names the record.
struct Malformed {
    std::string reason;
};

// --- Fields --------------------------------------------------------------------------------------

template <class Group>
u128 number_from(Group group) {
    return from_words(group.getHigh(), group.getLow());
}
template <class Id, class Group>
Id id_from(Group group) {
    return Id{number_from(group)};
}
template <class Group>
Amount amount_from(Group group) {
    return Amount{static_cast<i128>(number_from(group))};
}

std::string text_from(capnp::Text::Reader from) { return {from.begin(), from.size()}; }
std::string text_from(capnp::Data::Reader from) {
    return {reinterpret_cast<const char*>(from.begin()), from.size()};
}
CurrencyCode currency_from(capnp::Text::Reader from) {
    return from.size() == 0 ? CurrencyCode{}
                            : CurrencyCode{std::string_view(from.begin(), from.size())};
}

template <class Enum>
Enum enumerator_from(std::uint8_t value, Enum first, Enum last, const char* what) {
    if (value < static_cast<std::uint8_t>(first) || value > static_cast<std::uint8_t>(last)) {
        throw Malformed{std::string(what) + " " + std::to_string(value) + " is unknown"};
    }
    return static_cast<Enum>(value);
}

/// The elements of a list, whose number was checked against the payload's words: a damaged list of
/// structs without size could claim any number.
template <class List>
std::size_t checked_size(const List& list, std::size_t payload_words) {
    if (list.size() > payload_words) {
        throw Malformed{"a list claims " + std::to_string(list.size()) + " elements"};
    }
    return list.size();
}

// --- Bodies --------------------------------------------------------------------------------------

/// Reads the bodies of one payload.
class BodyReader {
public:
    explicit BodyReader(std::size_t payload_words) noexcept : payload_words_(payload_words) {}

    Attributes attributes(capnp::List<wire::Attribute>::Reader from) const {
        Attributes to;
        to.reserve(checked_size(from, payload_words_));
        for (const auto one : from) {
            to.push_back({text_from(one.getKey()), text_from(one.getValue())});
        }
        return to;
    }

    /// Reads the body into `to` and returns the kind of record that it belongs to.
    RecordKind read(wire::Body::Reader from, Detail& to) const;

private:
    void read(wire::Voucher::Reader from, VoucherDetail& to) const;
    void read(wire::DefineCurrency::Reader from, DefineCurrency& to) const;
    void read(wire::DefineBook::Reader from, DefineBook& to) const;
    void read(wire::DefineGroup::Reader from, DefineGroup& to) const;
    void read(wire::OpenAccount::Reader from, OpenAccount& to) const;
    void read(wire::Limits::Reader from, Limits& to) const;
    void read(wire::SetLimits::Reader from, SetLimits& to) const;
    void read(wire::SetFreeze::Reader from, SetFreeze& to) const;
    void read(wire::SetAttributes::Reader from, SetAttributes& to) const;
    void read(wire::SetBuffering::Reader from, SetBuffering& to) const;
    void read(wire::CloseAccount::Reader from, CloseAccount& to) const;
    void read(wire::PlaceHold::Reader from, PlaceHold& to) const;
    void read(wire::ReleaseHold::Reader from, ReleaseHold& to) const;
    void read(wire::RegisterEntry::Reader from, RegisterEntry& to) const;
    void read(wire::DefineRelation::Reader from, DefineRelation& to) const;
    void read(wire::DayMark::Reader from, CutDay& to) const;
    void read(wire::DayMark::Reader from, CloseDay& to) const;
    void read(wire::CloseDay::Reader from, CloseDay& to) const;
    void read(wire::Anchor::Reader from, Anchor& to) const;
    void read(wire::Certificate::Reader from, Certificate& to) const;
    void read(wire::Snapshot::Reader from, Snapshot& to) const;

    template <class Id>
    void read_ids(capnp::List<wire::Id>::Reader from, std::vector<Id>& to) const {
        to.reserve(checked_size(from, payload_words_));
        for (const auto one : from) to.push_back(id_from<Id>(one));
    }

    template <class T, class Reader>
    RecordKind into(Detail& to, RecordKind kind, Reader from) const {
        read(from, to.emplace<T>());
        return kind;
    }

    std::size_t payload_words_;
};

void BodyReader::read(wire::Voucher::Reader from, VoucherDetail& to) const {
    to.value_date.days = from.getValueDate();
    to.concerns.days = from.getConcerns();
    to.occurred_at.nanoseconds = from.getOccurredAt();
    to.reverses = id_from<VoucherId>(from.getReverses());
    to.replaces = id_from<VoucherId>(from.getReplaces());
    to.summary = text_from(from.getSummary());
    to.made_by = text_from(from.getMadeBy());
    to.checked_by = text_from(from.getCheckedBy());
    to.source_document = text_from(from.getSourceDocument());
    to.attributes = attributes(from.getAttributes());
    const auto captures = from.getCaptures();
    to.captures.reserve(checked_size(captures, payload_words_));
    for (const auto one : captures) {
        to.captures.push_back({id_from<HoldId>(one.getHold()), amount_from(one.getAmount()),
                               amount_from(one.getRemaining())});
    }
}

void BodyReader::read(wire::DefineCurrency::Reader from, DefineCurrency& to) const {
    to.currency.code = currency_from(from.getCode());
    to.currency.decimals = from.getDecimals();
    to.currency.numeric = from.getNumeric();
    to.currency.name = text_from(from.getName());
}

void BodyReader::read(wire::DefineBook::Reader from, DefineBook& to) const {
    to.book.number = from.getBook();
    to.two_principals = from.getTwoPrincipals();
    to.utc_offset_seconds = from.getUtcOffsetSeconds();
    to.first_date.days = from.getFirstDate();
    to.name = text_from(from.getName());
}

AccountKind account_kind_from(std::uint8_t value) {
    return enumerator_from(value, AccountKind::asset, AccountKind::memorandum, "account kind");
}

void BodyReader::read(wire::DefineGroup::Reader from, DefineGroup& to) const {
    to.kind = account_kind_from(from.getKind());
    to.code = text_from(from.getCode());
    to.name = text_from(from.getName());
}

void BodyReader::read(wire::Limits::Reader from, Limits& to) const {
    if (from.getMinimumGiven()) to.minimum = amount_from(from.getMinimum());
    if (from.getMaximumGiven()) to.maximum = amount_from(from.getMaximum());
}

void BodyReader::read(wire::OpenAccount::Reader from, OpenAccount& to) const {
    to.id = id_from<AccountId>(from.getId());
    to.parent = id_from<AccountId>(from.getParent());
    to.buffering = {std::chrono::nanoseconds(from.getBufferWindow()), from.getBufferLines()};
    to.book.number = from.getBook();
    to.kind = account_kind_from(from.getKind());
    to.open_items = from.getOpenItems();
    to.transit = from.getTransit();
    if (from.getNormalSideGiven()) {
        to.normal_side = from.getNormalSideIsCredit() ? Side::credit : Side::debit;
    }
    to.currency = currency_from(from.getCurrency());
    to.code = text_from(from.getCode());
    to.name = text_from(from.getName());
    read(from.getLimits(), to.limits);
    to.attributes = attributes(from.getAttributes());
}

void BodyReader::read(wire::SetLimits::Reader from, SetLimits& to) const {
    to.account = id_from<AccountId>(from.getAccount());
    read(from.getLimits(), to.limits);
}

void BodyReader::read(wire::SetFreeze::Reader from, SetFreeze& to) const {
    to.account = id_from<AccountId>(from.getAccount());
    to.freeze = enumerator_from(from.getFreeze(), Freeze::none, Freeze::all, "freeze");
    to.reference = text_from(from.getReference());
}

void BodyReader::read(wire::SetAttributes::Reader from, SetAttributes& to) const {
    to.account = id_from<AccountId>(from.getAccount());
    to.name = text_from(from.getName());
    to.attributes = attributes(from.getAttributes());
}

void BodyReader::read(wire::SetBuffering::Reader from, SetBuffering& to) const {
    to.account = id_from<AccountId>(from.getAccount());
    to.buffering = {std::chrono::nanoseconds(from.getBufferWindow()), from.getBufferLines()};
}

void BodyReader::read(wire::CloseAccount::Reader from, CloseAccount& to) const {
    to.account = id_from<AccountId>(from.getAccount());
}

void BodyReader::read(wire::PlaceHold::Reader from, PlaceHold& to) const {
    to.account = id_from<AccountId>(from.getAccount());
    to.amount = amount_from(from.getAmount());
    to.expires_at.nanoseconds = from.getExpiresAt();
    to.kind = enumerator_from(from.getKind(), HoldKind::ordinary, HoldKind::judicial, "hold kind");
    to.reference = text_from(from.getReference());
    const auto precise = from.getPrecise();
    to.requested = amount_from(precise.getRequested());
    read_ids(precise.getSources(), to.sources);
    read_ids(precise.getOrders(), to.orders);
    read_ids(precise.getResolved(), to.resolved);
}

void BodyReader::read(wire::ReleaseHold::Reader from, ReleaseHold& to) const {
    to.hold = id_from<HoldId>(from.getHold());
    to.amount = amount_from(from.getAmount());
    to.remaining = amount_from(from.getRemaining());
}

void BodyReader::read(wire::RegisterEntry::Reader from, RegisterEntry& to) const {
    to.type = from.getType();
    to.payload = text_from(from.getPayload());
}

void BodyReader::read(wire::DefineRelation::Reader from, DefineRelation& to) const {
    to.number = from.getNumber();
    to.at_day_close = from.getAtDayClose();
    to.name = text_from(from.getName());
    const auto terms = from.getTerms();
    to.terms.reserve(checked_size(terms, payload_words_));
    for (const auto one : terms) {
        RelationTerm& term = to.terms.emplace_back();
        term.account = id_from<AccountId>(one.getAccount());
        term.coefficient = one.getCoefficient();
        term.book.number = one.getBook();
        term.group = text_from(one.getGroup());
        term.currency = currency_from(one.getCurrency());
    }
}

void BodyReader::read(wire::DayMark::Reader from, CutDay& to) const {
    to = {BookId{from.getBook()}, Date{from.getDate()}};
}

void BodyReader::read(wire::DayMark::Reader from, CloseDay& to) const {
    to = {BookId{from.getBook()}, Date{from.getDate()}, {}};
}

void BodyReader::read(wire::CloseDay::Reader from, CloseDay& to) const {
    to = {BookId{from.getBook()}, Date{from.getDate()}, {}};
    read_ids(from.getExceptions(), to.exceptions);
}

void BodyReader::read(wire::Anchor::Reader from, Anchor& to) const {
    to.through.value = from.getThrough();
    to.algorithm = text_from(from.getAlgorithm());
    to.digest = text_from(from.getDigest());
}

void BodyReader::read(wire::Certificate::Reader from, Certificate& to) const {
    to.book.number = from.getBook();
    to.date.days = from.getDate();
    to.close.value = from.getClose();
    to.accounts = from.getAccounts();
    to.algorithm = text_from(from.getAlgorithm());
    to.digest = text_from(from.getDigest());
}

void BodyReader::read(wire::Snapshot::Reader from, Snapshot& to) const {
    to.name = text_from(from.getName());
    to.position.value = from.getPosition();
    to.accounts = from.getAccounts();
    to.algorithm = text_from(from.getAlgorithm());
    to.digest = text_from(from.getDigest());
}

RecordKind BodyReader::read(wire::Body::Reader from, Detail& to) const {
    using K = RecordKind;
    using Which = wire::Body::Which;
    switch (from.which()) {
        case Which::VOUCHER: return into<VoucherDetail>(to, K::voucher, from.getVoucher());
        case Which::DEFINE_CURRENCY:
            return into<DefineCurrency>(to, K::define_currency, from.getDefineCurrency());
        case Which::DEFINE_BOOK: return into<DefineBook>(to, K::define_book, from.getDefineBook());
        case Which::DEFINE_GROUP:
            return into<DefineGroup>(to, K::define_group, from.getDefineGroup());
        case Which::OPEN_ACCOUNT:
            return into<OpenAccount>(to, K::open_account, from.getOpenAccount());
        case Which::SET_LIMITS: return into<SetLimits>(to, K::set_limits, from.getSetLimits());
        case Which::SET_FREEZE: return into<SetFreeze>(to, K::set_freeze, from.getSetFreeze());
        case Which::SET_ATTRIBUTES:
            return into<SetAttributes>(to, K::set_attributes, from.getSetAttributes());
        case Which::SET_BUFFERING:
            return into<SetBuffering>(to, K::set_buffering, from.getSetBuffering());
        case Which::CLOSE_ACCOUNT:
            return into<CloseAccount>(to, K::close_account, from.getCloseAccount());
        case Which::PLACE_HOLD: return into<PlaceHold>(to, K::place_hold, from.getPlaceHold());
        case Which::RELEASE_HOLD:
            return into<ReleaseHold>(to, K::release_hold, from.getReleaseHold());
        case Which::REGISTER_ENTRY:
            return into<RegisterEntry>(to, K::register_entry, from.getRegisterEntry());
        case Which::DEFINE_RELATION:
            return into<DefineRelation>(to, K::define_relation, from.getDefineRelation());
        case Which::CUT_DAY: return into<CutDay>(to, K::cut_day, from.getCutDay());
        case Which::CLOSE_DAY: return into<CloseDay>(to, K::close_day, from.getCloseDay());
        case Which::CLOSE_DAY_EXCEPT:
            return into<CloseDay>(to, K::close_day, from.getCloseDayExcept());
        case Which::ANCHOR: return into<Anchor>(to, K::anchor, from.getAnchor());
        case Which::CERTIFICATE:
            return into<Certificate>(to, K::certificate, from.getCertificate());
        case Which::SNAPSHOT: return into<Snapshot>(to, K::snapshot, from.getSnapshot());
    }
    throw Malformed{"its body is of an unknown kind"};
}

// --- The payload ---------------------------------------------------------------------------------

/// The payload's words where they are aligned, else a copy of them in `copy`.
kj::ArrayPtr<const capnp::word> words_of(std::span<const std::byte> payload,
                                         std::vector<std::uint64_t>& copy) {
    if (payload.empty() || payload.size() % 8 != 0) {
        throw Malformed{"it has " + std::to_string(payload.size()) +
                        " bytes, which is no positive multiple of 8"};
    }
    const void* begin = payload.data();
    if (reinterpret_cast<std::uintptr_t>(begin) % alignof(std::uint64_t) != 0) {
        copy.resize(payload.size() / 8);
        std::memcpy(copy.data(), payload.data(), payload.size());
        begin = copy.data();
    }
    return kj::arrayPtr(static_cast<const capnp::word*>(begin), payload.size() / 8);
}

/// `index` of guarded() before any record.
constexpr std::size_t none_index = std::numeric_limits<std::size_t>::max();

[[noreturn]] void refuse(Form form, std::size_t record, const std::string& reason) {
    const std::string whose =
        record == none_index ? std::string{} : "record " + std::to_string(record) + " of ";
    if (form == Form::travelling) {
        throw InvalidArgument(whose + "a batch that was sent is malformed: " + reason +
                              "; nothing of it was posted: encode it as the schema says");
    }
    throw CorruptionError(whose + "a batch is damaged: " + reason +
                          "; verify the ledger and restore it from a backup");
}

/// Runs `read` and turns whatever is wrong with the bytes into an error that names the record
/// (`record` is read when that happens).
template <class Read>
void guarded(Form form, const std::size_t& record, const Read& read) {
    std::string reason;
    try {
        read();
        return;
    } catch (const Malformed& malformed) {
        reason = malformed.reason;
    } catch (const kj::Exception& exception) {
        reason = exception.getDescription().cStr();
    } catch (const InvalidArgument& exception) {
        reason = exception.what();
    }
    refuse(form, record, reason);
}

capnp::ReaderOptions options_of(std::uint64_t words_max) {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = words_max;
    options.nestingLimit = 16;
    return options;
}

/// Finds the element of this line in a list that ascends by line.
template <class List>
auto find_line(const List& list, std::uint32_t line) {
    unsigned begin = 0;
    unsigned end = list.size();
    while (begin < end) {
        const unsigned middle = begin + (end - begin) / 2;
        if (list[middle].getLine() < line) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    if (begin == list.size() || list[begin].getLine() != line) {
        throw Malformed{"line " + std::to_string(line) + " of the batch lacks its other part"};
    }
    return list[begin];
}

/// An opened payload. `words_max` bounds what can be read through it in all.
class Payload {
public:
    Payload(std::span<const std::byte> bytes, std::uint64_t words_max, Form form = Form::journal)
        : form_(form), bodies_(bytes.size() / 8) {
        guarded(form, none_index, [&] {
            words_ = words_of(bytes, copy_);
            open(words_max);
        });
    }
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;

    std::size_t size() const noexcept { return records_.size(); }
    std::size_t line_count() const noexcept { return lines_.size(); }

    /// Whatever the order in which a batch that travels names its accounts.
    std::uint64_t accounts_mixed() const {
        constexpr unsigned few = 8;
        if (accounts_.size() > few) return 0;
        std::uint64_t mixed = 0;
        for (const wire::Id::Reader id : accounts_) mixed += mix(id_from<AccountId>(id).value);
        return mixed;
    }

    BatchRecord head(std::size_t index) const {
        BatchRecord head = head_of(records_[static_cast<unsigned>(index)], 0);
        head.line_count = 0;
        return head;
    }
    std::string summary(std::size_t index) const {
        const wire::Record::Reader from = records_[static_cast<unsigned>(index)];
        if (!from.hasBody()) return {};
        const wire::Body::Reader body = from.getBody();
        if (!body.isVoucher()) throw Malformed{"its body is not that of a voucher"};
        return text_from(body.getVoucher().getSummary());
    }

    /// Appends the record; returns where its lines begin in the payload. Throws Malformed and
    /// others.
    std::uint32_t read(std::size_t index, Batch& out) const {
        const wire::Record::Reader from = records_[static_cast<unsigned>(index)];
        out.records.push_back(head_of(from, static_cast<std::uint32_t>(out.lines.size())));
        BatchRecord& to = out.records.back();
        const std::uint32_t begin = from.getLinesBegin();
        if (to.line_count > 0) read_lines(begin, to.line_count, out);
        if (from.hasBody()) {
            to.detail = static_cast<std::uint32_t>(out.details.size());
            const RecordKind kind = bodies_.read(from.getBody(), out.details.emplace_back());
            if (kind != to.kind) throw Malformed{"its body is of another kind than the record"};
        } else if (to.kind != RecordKind::voucher && to.kind != RecordKind::time_passed) {
            throw Malformed{"it lacks its body"};
        }
        return begin;
    }

private:
    void open(std::uint64_t words_max) {
        message_.emplace(words_, options_of(words_max));
        if (message_->getEnd() != words_.end()) {
            throw Malformed{"it has bytes behind its end"};
        }
        const auto root = form_ == Form::travelling
                              ? message_->getRoot<wire::TravellingBatch>().getBatch()
                              : message_->getRoot<wire::Batch>();
        if (root.getVersion() > format_version) {
            throw FormatError("a batch has the format version " +
                              std::to_string(root.getVersion()) + ", this program reads up to " +
                              std::to_string(format_version) + "; use a newer version of it");
        }
        if (root.getVersion() == 0) throw Malformed{"it has the format version 0"};
        records_ = root.getRecords();
        lines_ = root.getLines();
        wide_ = root.getWide();
        line_details_ = root.getLineDetails();
        checked_size(records_, words_.size());
        checked_size(lines_, words_.size());
        checked_size(wide_, words_.size());
        checked_size(line_details_, words_.size());
        if (form_ == Form::travelling) open_travelled();
    }

    void open_travelled() {
        accounts_ = message_->getRoot<wire::TravellingBatch>().getAccounts();
        checked_size(accounts_, words_.size());
        if (size() == 0 || size() > bounds::batch_records_max ||
            line_count() > bounds::batch_lines_max) {
            throw Malformed{"it has " + std::to_string(size()) + " records and " +
                            std::to_string(line_count()) + " lines; there may be 1 to " +
                            std::to_string(bounds::batch_records_max) + " and " +
                            std::to_string(bounds::batch_lines_max)};
        }
    }

    /// The flags that mean something in this form.
    std::uint8_t flags_of(wire::Record::Reader from) const {
        constexpr unsigned known = record_flag::linked | record_flag::date_defaulted |
                                   record_flag::lines_derived | record_flag::amount_derived |
                                   record_flag::manual | record_flag::red;
        const unsigned kept = form_ == Form::travelling ? known : ~unsigned{record_flag::linked};
        return static_cast<std::uint8_t>(from.getFlags() & kept);
    }

    /// The record without its lines and body.
    BatchRecord head_of(wire::Record::Reader from, std::uint32_t lines_begin) const {
        constexpr auto first = RecordKind::voucher;
        constexpr auto last = RecordKind::snapshot;
        return {.id = id_from<RecordId>(from.getId()),
                .order = id_from<OrderId>(from.getOrder()),
                .number = from.getNumber(),
                .book_date = {from.getBookDate()},
                .code = from.getCode(),
                .lines_begin = lines_begin,
                .detail = no_detail,
                .line_count = from.getLineCount(),
                .book = {from.getBook()},
                .kind = enumerator_from(from.getKind(), first, last, "kind"),
                .flags = flags_of(from)};
    }

    void read_lines(std::uint32_t begin, std::uint32_t count, Batch& out) const {
        if (begin + count > lines_.size()) {
            throw Malformed{"its lines " + std::to_string(begin) + ".." +
                            std::to_string(begin + count - 1) + " are outside the batch's " +
                            std::to_string(lines_.size())};
        }
        for (std::uint32_t line = begin; line < begin + count; ++line) {
            const wire::Line::Reader from = lines_[line];
            const std::uint32_t flags = from.getFlags();
            const bool travels = form_ == Form::travelling;
            out.lines.push_back(
                {.account = travels ? account_at(from.getAccount()) : AccountId{},
                 .amount = Amount{static_cast<i128>(from.getAmount())},
                 .handle = travels ? AccountHandle{} : AccountHandle{from.getAccount()},
                 .detail = no_detail,
                 .side = static_cast<Side>((flags & wire::Line::CREDIT) / wire::Line::CREDIT),
                 .ink = static_cast<Ink>((flags & wire::Line::RED) / wire::Line::RED)});
            if ((flags & (wire::Line::DETAILED | wire::Line::WIDE)) != 0) {
                read_other_parts(line, flags, out);
            }
        }
    }

    AccountId account_at(std::uint32_t index) const {
        if (index >= accounts_.size()) {
            throw Malformed{"a line names account " + std::to_string(index) + " of the batch's " +
                            std::to_string(accounts_.size())};
        }
        return id_from<AccountId>(accounts_[index]);
    }

    /// What a line has outside itself.
    void read_other_parts(std::uint32_t line, std::uint32_t flags, Batch& out) const {
        BatchLine& to = out.lines.back();
        if ((flags & wire::Line::WIDE) != 0) {
            to.amount = Amount{static_cast<i128>(
                from_words(find_line(wide_, line).getHigh(), lines_[line].getAmount()))};
        }
        if ((flags & wire::Line::DETAILED) != 0) {
            const wire::LineDetail::Reader from = find_line(line_details_, line);
            to.detail = static_cast<std::uint32_t>(out.line_details.size());
            LineDetail& detail = out.line_details.emplace_back();
            detail.dimensions = bodies_.attributes(from.getDimensions());
            detail.opens = id_from<ItemId>(from.getOpens());
            detail.clears = id_from<ItemId>(from.getClears());
        }
    }

    const Form form_;
    std::vector<std::uint64_t> copy_;
    kj::ArrayPtr<const capnp::word> words_;
    BodyReader bodies_;
    std::optional<capnp::FlatArrayMessageReader> message_;
    capnp::List<wire::Record>::Reader records_;
    capnp::List<wire::Line>::Reader lines_;
    capnp::List<wire::WideAmount>::Reader wide_;
    capnp::List<wire::LineDetail>::Reader line_details_;
    capnp::List<wire::Id>::Reader accounts_;
};

void decode_all(std::span<const std::byte> payload, Form form, Batch& out) {
    out.clear();
    // Each word of a sound payload is read once, an account by each of its lines; the rest is what
    // empty lists and tags count for.
    const Payload opened(payload, payload.size() / 8 + 1024, form);
    std::size_t index = none_index;
    guarded(form, index, [&] {
        out.reserve(opened.size(), opened.line_count());
        for (index = 0; index < opened.size(); ++index) {
            const std::size_t lines_before = out.lines.size();
            const std::uint32_t begin = opened.read(index, out);
            if (out.lines.size() != lines_before && begin != lines_before) {
                throw Malformed{"its lines do not follow those before"};
            }
        }
        index = none_index;
        if (out.lines.size() != opened.line_count()) throw Malformed{"it has lines of no record"};
    });
}

}  // namespace

void decode(std::span<const std::byte> payload, Batch& out) {
    decode_all(payload, Form::journal, out);
}

void decode_travelled(std::span<const std::byte> payload, Batch& out) {
    decode_all(payload, Form::travelling, out);
}

TravellingHead head_of_travelled(std::span<const std::byte> payload) {
    const Payload opened(payload, payload.size() / 8 + 1024, Form::travelling);
    return {opened.size(), opened.accounts_mixed()};
}

struct PayloadView::Impl {
    explicit Impl(std::span<const std::byte> bytes)
        : payload(bytes, std::numeric_limits<std::uint64_t>::max()) {}
    Payload payload;
};

PayloadView::PayloadView(std::span<const std::byte> payload)
    : impl_(std::make_unique<Impl>(payload)) {}
PayloadView::~PayloadView() = default;
PayloadView::PayloadView(PayloadView&&) noexcept = default;
PayloadView& PayloadView::operator=(PayloadView&&) noexcept = default;

std::size_t PayloadView::size() const noexcept { return impl_->payload.size(); }

void PayloadView::read(std::size_t index, Batch& out) const {
    LEDGER_ASSERT(index < size());
    guarded(Form::journal, index, [&] { impl_->payload.read(index, out); });
}

BatchRecord PayloadView::head(std::size_t index) const {
    LEDGER_ASSERT(index < size());
    BatchRecord head;
    guarded(Form::journal, index, [&] { head = impl_->payload.head(index); });
    return head;
}

std::string PayloadView::summary(std::size_t index) const {
    LEDGER_ASSERT(index < size());
    std::string summary;
    guarded(Form::journal, index, [&] { summary = impl_->payload.summary(index); });
    return summary;
}

}  // namespace ledger::record
