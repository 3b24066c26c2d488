// See wire.hpp. What is zero or empty is left out, since the default of a field says as much.
#include "rpc/wire.hpp"

#include "ledger/core/error.hpp"

#include <chrono>
#include <optional>
#include <variant>

namespace ledger::rpc {

namespace {

template <class Init>
void put(Amount from, Init init) {
    if (from == Amount{}) return;
    wire::Amount::Builder to = init();
    const auto value = static_cast<u128>(from.minor);
    to.setLow(low_word(value));
    to.setHigh(high_word(value));
}
Amount amount_from(wire::Amount::Reader from) {
    return Amount{static_cast<i128>(from_words(from.getHigh(), from.getLow()))};
}

template <class Enum>
Enum enumerator_from(std::uint8_t value, Enum last, const char* what) {
    if (value > static_cast<std::uint8_t>(last)) {
        throw InvalidArgument("a message has the " + std::string(what) + " " +
                              std::to_string(value) +
                              ", which is unknown here; use a newer version");
    }
    return static_cast<Enum>(value);
}
Side side_from(std::uint8_t value) { return enumerator_from(value, Side::credit, "side"); }

CurrencyCode currency_from(capnp::Text::Reader from) {
    return from.size() == 0 ? CurrencyCode{}
                            : CurrencyCode{std::string_view(from.begin(), from.size())};
}

/// The record alone in a batch that travels.
std::vector<std::byte> encode_alone(const Batch& batch) {
    record::Encoder encoder;
    encoder.begin(record::Form::travelling);
    for (std::size_t i = 0; i < batch.size(); ++i) encoder.add(batch, i);
    const auto bytes = encoder.finish();
    return {bytes.begin(), bytes.end()};
}

void write(wire::Folded::Builder to, const FoldedLines& from) {
    to.setLines(from.lines);
    put(from.debits, [&] { return to.initDebits(); });
    put(from.credits, [&] { return to.initCredits(); });
    to.setFirst(from.first.value);
    to.setLast(from.last.value);
}
FoldedLines value_from(wire::Folded::Reader from) {
    return {from.getLines(),
            amount_from(from.getDebits()),
            amount_from(from.getCredits()),
            {from.getFirst()},
            {from.getLast()}};
}

}  // namespace

// ---- results

void write(wire::Result::Builder to, const Result& from) {
    to.setOutcome(static_cast<std::uint16_t>(from.outcome));
    to.setLine(from.line);
    to.setCulprit(from.culprit);
    to.setPosition(from.position.value);
    to.setNumber(from.number);
    to.setInstant(from.instant.nanoseconds);
    to.setBookDate(from.book_date.days);
    to.getAccount().setLow(from.account.low());
    to.getAccount().setHigh(from.account.high());
}

Result value_from(wire::Result::Reader from) {
    Result to;
    to.outcome = static_cast<Outcome>(from.getOutcome());
    to.line = from.getLine();
    to.culprit = from.getCulprit();
    to.position.value = from.getPosition();
    to.number = from.getNumber();
    to.instant.nanoseconds = from.getInstant();
    to.book_date.days = from.getBookDate();
    to.account = AccountId{from.getAccount().getHigh(), from.getAccount().getLow()};
    return to;
}

// ---- questions

void write(wire::PageRequest::Builder to, const PageRequest& from) {
    to.setSize(static_cast<std::uint32_t>(std::min<std::size_t>(from.size, UINT32_MAX)));
    to.setBackward(from.backward);
    if (!from.cursor.empty()) to.setCursor(text_of(from.cursor));
}
PageRequest value_from(wire::PageRequest::Reader from) {
    return {from.getSize(), from.getBackward(), text_from(from.getCursor())};
}

void write(wire::Range::Builder to, const Range& from) {
    to.setFromPosition(from.from_position.value);
    to.setToPosition(from.to_position.value);
    to.setFrom(from.from.nanoseconds);
    to.setTo(from.to.nanoseconds);
}
Range value_from(wire::Range::Reader from) {
    return {{from.getFromPosition()}, {from.getToPosition()}, {from.getFrom()}, {from.getTo()}};
}

// ---- balances

void write(wire::Balance::Builder to, const Balance& from) {
    to.setNormalSide(static_cast<std::uint8_t>(from.normal_side));
    put(from.debits, [&] { return to.initDebits(); });
    put(from.credits, [&] { return to.initCredits(); });
    put(from.buffered_debits, [&] { return to.initBufferedDebits(); });
    put(from.buffered_credits, [&] { return to.initBufferedCredits(); });
    put(from.held, [&] { return to.initHeld(); });
}
Balance value_from(wire::Balance::Reader from) {
    return {side_from(from.getNormalSide()),        amount_from(from.getDebits()),
            amount_from(from.getCredits()),         amount_from(from.getBufferedDebits()),
            amount_from(from.getBufferedCredits()), amount_from(from.getHeld())};
}

void write(wire::DatedBalance::Builder to, const DatedBalance& from) {
    to.setNormalSide(static_cast<std::uint8_t>(from.normal_side));
    put(from.debits, [&] { return to.initDebits(); });
    put(from.credits, [&] { return to.initCredits(); });
}
DatedBalance value_from(wire::DatedBalance::Reader from) {
    return {side_from(from.getNormalSide()), amount_from(from.getDebits()),
            amount_from(from.getCredits())};
}

void write(wire::TrialSum::Builder to, const TrialSum& from) {
    to.setBook(from.book.number);
    to.setCurrency(text_of(from.currency.text()));
    to.setDebits(text_of(from.debits));
    to.setCredits(text_of(from.credits));
    to.setAccounts(from.accounts);
    to.setBalanced(from.balanced);
}
TrialSum value_from(wire::TrialSum::Reader from) {
    return {{from.getBook()},
            currency_from(from.getCurrency()),
            text_from(from.getDebits()),
            text_from(from.getCredits()),
            from.getAccounts(),
            from.getBalanced()};
}

// ---- accounts

void write(wire::AccountInfo::Builder to, const AccountInfo& from) {
    write(to.initId(), from.id);
    to.setBook(from.book.number);
    to.setCurrency(text_of(from.currency.text()));
    to.setCode(text_of(from.code));
    to.setKind(static_cast<std::uint8_t>(from.kind));
    to.setNormalSide(static_cast<std::uint8_t>(from.normal_side));
    if (!from.name.empty()) to.setName(text_of(from.name));
    // A limit of zero is one, so these are there whenever they are given.
    const auto put_limit = [](const std::optional<Amount>& limit, auto init) {
        if (!limit) return;
        wire::Amount::Builder amount = init();
        amount.setLow(low_word(static_cast<u128>(limit->minor)));
        amount.setHigh(high_word(static_cast<u128>(limit->minor)));
    };
    put_limit(from.limits.minimum, [&] { return to.initMinimum(); });
    put_limit(from.limits.maximum, [&] { return to.initMaximum(); });
    to.setFreeze(static_cast<std::uint8_t>(from.freeze));
    if (!from.freeze_reference.empty()) to.setFreezeReference(text_of(from.freeze_reference));
    to.setBufferWindow(from.buffering.window.count());
    to.setBufferLines(from.buffering.lines_max);
    to.setOpenItems(from.open_items);
    to.setTransit(from.transit);
    to.setClosed(from.closed);
    if (from.parent) write(to.initParent(), from.parent);
    if (!from.attributes.empty()) {
        auto attributes = to.initAttributes(static_cast<unsigned>(from.attributes.size()));
        for (unsigned i = 0; i < attributes.size(); ++i) {
            attributes[i].setKey(text_of(from.attributes[i].key));
            attributes[i].setValue(text_of(from.attributes[i].value));
        }
    }
    to.setOpened(from.opened.value);
    to.setHandle(from.handle.index);
}

AccountInfo value_from(wire::AccountInfo::Reader from) {
    AccountInfo to;
    to.id = id_from<AccountId>(from.getId());
    to.book.number = from.getBook();
    to.currency = currency_from(from.getCurrency());
    to.code = text_from(from.getCode());
    to.kind = enumerator_from(from.getKind(), AccountKind::memorandum, "account kind");
    to.normal_side = side_from(from.getNormalSide());
    to.name = text_from(from.getName());
    if (from.hasMinimum()) to.limits.minimum = amount_from(from.getMinimum());
    if (from.hasMaximum()) to.limits.maximum = amount_from(from.getMaximum());
    to.freeze = enumerator_from(from.getFreeze(), Freeze::all, "freeze");
    to.freeze_reference = text_from(from.getFreezeReference());
    to.buffering = {std::chrono::nanoseconds(from.getBufferWindow()), from.getBufferLines()};
    to.open_items = from.getOpenItems();
    to.transit = from.getTransit();
    to.closed = from.getClosed();
    to.parent = id_from<AccountId>(from.getParent());
    for (const auto one : from.getAttributes()) {
        to.attributes.push_back({text_from(one.getKey()), text_from(one.getValue())});
    }
    to.opened.value = from.getOpened();
    to.handle.index = from.getHandle();
    return to;
}

void write(wire::AccountEntry::Builder to, const AccountEntry& from) {
    to.setPosition(from.position.value);
    to.setInstant(from.instant.nanoseconds);
    to.setKind(static_cast<std::uint8_t>(from.kind));
    to.setSide(static_cast<std::uint8_t>(from.side));
    to.setInk(static_cast<std::uint8_t>(from.ink));
    to.setBuffered(from.buffered);
    to.setLine(from.line);
    to.setBookDate(from.book_date.days);
    put(from.amount, [&] { return to.initAmount(); });
    write(to.initBalance(), from.balance);
    if (from.folded != FoldedLines{}) write(to.initFolded(), from.folded);
}

AccountEntry value_from(wire::AccountEntry::Reader from) {
    AccountEntry to;
    to.position.value = from.getPosition();
    to.instant.nanoseconds = from.getInstant();
    to.kind = static_cast<EntryKind>(from.getKind());
    to.line = from.getLine();
    to.side = side_from(from.getSide());
    to.ink = enumerator_from(from.getInk(), Ink::red, "ink");
    to.buffered = from.getBuffered();
    to.book_date.days = from.getBookDate();
    to.amount = amount_from(from.getAmount());
    to.folded = value_from(from.getFolded());
    to.balance = value_from(from.getBalance());
    return to;
}

// ---- records

void write(wire::PostedVoucher::Builder to, const PostedVoucher& from) {
    Batch batch;
    batch.add(from.voucher);
    to.setRecord(data_of(encode_alone(batch)));
    to.setPosition(from.position.value);
    to.setNumber(from.number);
    to.setInstant(from.instant.nanoseconds);
    if (from.reversed_by) write(to.initReversedBy(), from.reversed_by);
    if (from.replaced_by) write(to.initReplacedBy(), from.replaced_by);
}

PostedVoucher value_from(wire::PostedVoucher::Reader from) {
    Batch batch;
    record::decode_travelled(bytes_from(from.getRecord()), batch);
    return {voucher_at(batch, 0),
            {from.getPosition()},
            from.getNumber(),
            {from.getInstant()},
            id_from<VoucherId>(from.getReversedBy()),
            id_from<VoucherId>(from.getReplacedBy())};
}

void write(wire::PostedRecord::Builder to, const PostedRecord& from) {
    to.setPosition(from.position.value);
    to.setInstant(from.instant.nanoseconds);
    to.setKind(static_cast<std::uint8_t>(from.kind));
    write(to.initId(), from.id);
    if (from.order) write(to.initOrder(), from.order);
}
PostedRecord value_from(wire::PostedRecord::Reader from) {
    return {{from.getPosition()},
            {from.getInstant()},
            static_cast<RecordKind>(from.getKind()),
            id_from<RecordId>(from.getId()),
            id_from<OrderId>(from.getOrder())};
}

void write(wire::Stats::Builder to, const Stats& from) {
    to.setCommittedThrough(from.committed_through.value);
    to.setSealedThrough(from.sealed_through.value);
    to.setAccounts(from.accounts);
    to.setOpenHolds(from.open_holds);
    to.setJournalBytes(from.journal_bytes);
    to.setCheckpointBytes(from.checkpoint_bytes);
    to.setRecordsWaiting(from.records_waiting);
    to.setTailEntries(from.tail_entries);
    to.setSegments(from.segments);
    to.setReaders(from.readers);
    to.setBatches(from.batches);
    to.setBytesAppended(from.bytes_appended);
}
Stats value_from(wire::Stats::Reader from) {
    Stats to;
    to.committed_through.value = from.getCommittedThrough();
    to.sealed_through.value = from.getSealedThrough();
    to.accounts = from.getAccounts();
    to.open_holds = from.getOpenHolds();
    to.journal_bytes = from.getJournalBytes();
    to.checkpoint_bytes = from.getCheckpointBytes();
    to.records_waiting = from.getRecordsWaiting();
    to.tail_entries = from.getTailEntries();
    to.segments = from.getSegments();
    to.readers = from.getReaders();
    to.batches = from.getBatches();
    to.bytes_appended = from.getBytesAppended();
    return to;
}

// ---- feeds

namespace {

/// Puts the record into a batch as it stands in the journal, whoever gave it its id.
void add_to(Batch& batch, const FeedRecord& from) {
    const auto index = std::visit(
        [&](const auto& value) -> std::uint32_t {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
                return batch.add_time_passed();
            } else if constexpr (requires { batch.add(from.id, value, from.order); }) {
                return batch.add(from.id, value, from.order);
            } else {
                return batch.add(value);
            }
        },
        from.value);
    batch.records[index].id = from.id;
    batch.records[index].order = from.order;
}

}  // namespace

void write(wire::FeedEntry::Builder to, const FeedEntry& from) {
    write(to.initAccount(), from.account);
    to.setBook(from.book.number);
    to.setCurrency(text_of(from.currency.text()));
    write(to.initEntry(), from.entry);
}

FeedEntry value_from(wire::FeedEntry::Reader from) {
    return {id_from<AccountId>(from.getAccount()),
            {from.getBook()},
            currency_from(from.getCurrency()),
            value_from(from.getEntry())};
}

void write(wire::Feed::NextResults::Builder to, const std::vector<FeedRecord>& from) {
    if (from.empty()) return;
    Batch batch;
    for (const FeedRecord& record : from) add_to(batch, record);
    to.setRecords(data_of(encode_alone(batch)));
    auto facts = to.initFacts(static_cast<unsigned>(from.size()));
    for (unsigned i = 0; i < facts.size(); ++i) {
        facts[i].setPosition(from[i].position.value);
        facts[i].setInstant(from[i].instant.nanoseconds);
        facts[i].setNumber(from[i].number);
        if (from[i].entries.empty()) continue;
        write_all(facts[i].initEntries(static_cast<unsigned>(from[i].entries.size())),
                  from[i].entries);
    }
}

void read(wire::Feed::NextResults::Reader from, std::vector<FeedRecord>& to) {
    to.clear();
    const auto facts = from.getFacts();
    if (facts.size() == 0) return;
    Batch batch;
    record::decode_travelled(bytes_from(from.getRecords()), batch);
    if (batch.size() != facts.size()) {
        throw InvalidArgument("a feed has sent " + std::to_string(batch.size()) + " records and " +
                              std::to_string(facts.size()) +
                              " facts; client and server do not fit together");
    }
    for (unsigned i = 0; i < facts.size(); ++i) {
        const BatchRecord& record = batch.records[i];
        to.push_back({{facts[i].getPosition()},
                      {facts[i].getInstant()},
                      record.kind,
                      record.id,
                      record.order,
                      facts[i].getNumber(),
                      record_value_at(batch, i),
                      {}});
        for (const auto entry : facts[i].getEntries()) {
            to.back().entries.push_back(value_from(entry));
        }
    }
}

}  // namespace ledger::rpc
