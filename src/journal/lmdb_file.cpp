// The table `meta` of a journal file: the keys identity, options, epoch and first_kept.
#include "journal/lmdb_file.hpp"

#include "ledger/core/error.hpp"
#include "ledger/journal/lmdb_store.hpp"
#include "ledger/storage/page_check.hpp"

#include <xxhash.h>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

namespace ledger::journal::detail {

namespace {

using storage::Bytes;

static_assert(std::endian::native == std::endian::little,
              "stored integers are little-endian and copied as they stand in memory");

constexpr std::array<char, 8> magic{'L', 'E', 'D', 'G', 'E', 'R', 'J', 'L'};

struct StoredIdentity {
    std::array<char, 8> magic;
    std::uint32_t version, reserved;
    std::uint64_t ledger_low, ledger_high;
    std::int64_t created;
    std::uint64_t checksum;  // XXH3-64 of all before it
};
static_assert(sizeof(StoredIdentity) == 48 && offsetof(StoredIdentity, checksum) == 40);

Bytes key_of(std::string_view name) { return std::as_bytes(std::span(name)); }

std::uint64_t checksum_of(const StoredIdentity& stored) {
    return XXH3_64bits(&stored, offsetof(StoredIdentity, checksum));
}

[[noreturn]] void no_journal(const storage::Environment& environment, const std::string& why) {
    throw FormatError("cannot open " + environment.path().string() + " as a journal: " + why +
                      "; name a ledger's directory, or restore a backup");
}

Identity read_identity(const storage::Transaction& transaction, storage::Database meta) {
    const storage::Environment& environment = transaction.environment();
    const auto value = transaction.get(meta, key_of("identity"));
    StoredIdentity stored{};
    if (!value || value->size() < sizeof stored) no_journal(environment, "it has no identity");
    std::memcpy(&stored, value->data(), sizeof stored);
    if (stored.magic != magic) no_journal(environment, "its identity is of another kind");
    if (stored.version > journal_format_version) {
        throw FormatError(
            "cannot open " + environment.path().string() + ": its format version is " +
            std::to_string(stored.version) + ", this library reads up to version " +
            std::to_string(journal_format_version) + "; open the ledger with the newer library");
    }
    if (value->size() != sizeof stored || stored.checksum != checksum_of(stored)) {
        throw CorruptionError(environment.path().string() +
                              ": the identity does not have the checksum it was written with; run "
                              "verify and restore a backup");
    }
    return {from_words(stored.ledger_high, stored.ledger_low), Instant{stored.created}};
}

std::uint64_t read_number(const storage::Transaction& transaction, storage::Database meta,
                          std::string_view name, std::uint64_t otherwise) {
    const auto value = transaction.get(meta, key_of(name));
    if (!value) return otherwise;
    if (value->size() != sizeof(std::uint64_t)) {
        throw CorruptionError(transaction.environment().path().string() + ": the stored " +
                              std::string(name) + " has " + std::to_string(value->size()) +
                              " bytes instead of 8; run verify and restore a backup");
    }
    std::uint64_t number = 0;
    std::memcpy(&number, value->data(), sizeof number);
    return number;
}

void write_number(storage::WriteTransaction& transaction, storage::Database meta,
                  std::string_view name, std::uint64_t number) {
    transaction.put(meta, key_of(name), std::as_bytes(std::span(&number, 1)));
}

}  // namespace

void write_meta(storage::WriteTransaction& transaction, storage::Database meta,
                const Identity& identity, Bytes options_blob) {
    StoredIdentity stored{};
    stored.magic = magic;
    stored.version = journal_format_version;
    stored.ledger_low = low_word(identity.ledger);
    stored.ledger_high = high_word(identity.ledger);
    stored.created = identity.created.nanoseconds;
    stored.checksum = checksum_of(stored);
    transaction.put(meta, key_of("identity"), std::as_bytes(std::span(&stored, 1)));
    transaction.put(meta, key_of("options"), options_blob);
    write_epoch(transaction, meta, Epoch{});
}

JournalTables open_tables(storage::Environment& environment) {
    JournalTables tables;
    try {
        tables.meta = environment.open_database("meta", storage::KeyKind::bytes, false);
    } catch (const FormatError&) {
        no_journal(environment, "it has no table meta");
    }
    {
        const storage::ReadTransaction transaction(environment);
        tables.identity = read_identity(transaction, tables.meta);
        const auto blob = transaction.get(tables.meta, key_of("options"));
        if (blob) tables.options_blob.assign(blob->begin(), blob->end());
    }
    try {
        tables.batches = environment.open_database("batches", storage::KeyKind::integer, false);
    } catch (const FormatError&) {
        no_journal(environment, "it has no table batches");
    }
    return tables;
}

Epoch read_epoch(const storage::Transaction& transaction, storage::Database meta) {
    return Epoch{read_number(transaction, meta, "epoch", 0)};
}

void write_epoch(storage::WriteTransaction& transaction, storage::Database meta, Epoch epoch) {
    write_number(transaction, meta, "epoch", epoch.number);
}

Position read_first_kept(const storage::Transaction& transaction, storage::Database meta) {
    return read_number(transaction, meta, "first_kept", 1);
}

void write_first_kept(storage::WriteTransaction& transaction, storage::Database meta,
                      Position position) {
    write_number(transaction, meta, "first_kept", position);
}

Head read_head(const storage::Transaction& transaction, const JournalTables& tables, Check check) {
    storage::Cursor cursor(transaction, tables.batches);
    if (!cursor.last()) return {};
    const BatchHeader header = decode_batch(cursor.value(), cursor.integer_key(), check,
                                            transaction.environment().path().string())
                                   .header;
    return {header.last_position(), header.chain, header.instant};
}

void check_heads(const std::filesystem::path& file) { storage::check_heads(file, "batches"); }

}  // namespace ledger::journal::detail
