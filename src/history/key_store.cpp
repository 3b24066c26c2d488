// Reading and writing of the stored key index. Invariant: a manifest or root is read only after its
// checksum was.
#include "key_store.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/bytes.hpp"
#include "ledger/core/error.hpp"
#include "ledger/storage/environment.hpp"

#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace ledger::history::sealed {
namespace {

constexpr std::uint32_t root_magic = 0x5452'454CU;      // "LERT"
constexpr std::uint32_t manifest_magic = 0x4E4D'454CU;  // "LEMN"

/// A small value: magic, format version, checksum of the rest (seeded with its key), rest.
struct SmallHeader {
    std::uint32_t magic = 0;
    std::uint32_t version = 0;
    std::uint64_t checksum = 0;
};
static_assert(sizeof(SmallHeader) == 16);

Place place_of(const storage::Transaction& transaction, KeyTable table, std::uint64_t id) {
    return {transaction.environment().path().string(), table, id};
}

ByteReader open_small(storage::Bytes value, std::uint32_t magic, std::uint64_t key,
                      const Place& place) {
    SmallHeader header;
    if (value.size() < sizeof header) corrupt(place, "it ends early");
    std::memcpy(&header, value.data(), sizeof header);
    const storage::Bytes rest = value.subspan(sizeof header);
    if (header.magic != magic) corrupt(place, "it does not begin as it should");
    if (header.version != key_format_version) {
        corrupt(place, "it has format version " + std::to_string(header.version));
    }
    if (header.checksum != XXH3_64bits_withSeed(rest.data(), rest.size(), key)) {
        corrupt(place, "it fails its checksum");
    }
    return ByteReader(rest);
}

void put_small(storage::WriteTransaction& transaction, storage::Database database,
               std::uint64_t key, std::uint32_t magic, storage::Bytes rest) {
    const SmallHeader header{magic, key_format_version,
                             XXH3_64bits_withSeed(rest.data(), rest.size(), key)};
    const auto value = transaction.reserve(database, key, sizeof header + rest.size());
    std::memcpy(value.data(), &header, sizeof header);
    std::memcpy(value.data() + sizeof header, rest.data(), rest.size());
}

void put_run(ByteWriter& writer, const RunRecord& run) {
    writer.put(run.id);
    writer.put(run.rows);
    writer.put(run.blocks);
    writer.put(run.least);
    writer.put(run.greatest);
    writer.put(run.role);
    writer.put(run.level);
    writer.put(run.skip);
    writer.put(static_cast<std::uint32_t>(run.shelves.size()));
    for (const std::uint64_t shelf : run.shelves) writer.put(shelf);
}

RunRecord take_run(ByteReader& reader) {
    RunRecord run;
    run.id = reader.take<std::uint64_t>();
    run.rows = reader.take<std::uint64_t>();
    run.blocks = reader.take<std::uint64_t>();
    run.least = reader.take<u128>();
    run.greatest = reader.take<u128>();
    run.role = reader.take<Role>();
    run.level = reader.take<std::uint8_t>();
    run.skip = reader.take<std::uint32_t>();
    const auto shelves = reader.take<std::uint32_t>();
    for (std::uint32_t i = 0; i < shelves; ++i) run.shelves.push_back(reader.take<std::uint64_t>());
    return run;
}

}  // namespace

unsigned level_of(std::uint64_t rows) noexcept {
    // Boundaries at odd powers of two: a seal of about 2^18 rows is always level 3, four of them
    // level 4.
    constexpr unsigned first = 13;
    const auto bits = static_cast<unsigned>(std::bit_width(rows));
    return bits <= first ? 0 : (bits - first + 1) / 2;
}

Root read_root(const storage::Transaction& transaction, storage::Database database) {
    Root root;
    if (const auto value = transaction.get(database, root_key)) {
        ByteReader reader =
            open_small(*value, root_magic, root_key, place_of(transaction, KeyTable{}, root_key));
        root.version = reader.take<std::uint64_t>();
        root.next_number = reader.take<std::uint64_t>();
        for (std::uint64_t& changed : root.changed) changed = reader.take<std::uint64_t>();
    }
    return root;
}

Manifest read_manifest(const storage::Transaction& transaction, storage::Database database,
                       KeyTable table, const Root& root) {
    Manifest manifest;
    const std::uint64_t expected = root.changed[static_cast<std::size_t>(table)];
    if (expected == 0) return manifest;
    const std::uint64_t key = manifest_key(table);
    const auto value = transaction.get(database, key);
    if (!value) corrupt(place_of(transaction, table, key), "the manifest is missing");
    ByteReader reader = open_small(*value, manifest_magic, key, place_of(transaction, table, key));
    manifest.changed = reader.take<std::uint64_t>();
    const auto runs = reader.take<std::uint32_t>();
    for (std::uint32_t i = 0; i < runs; ++i) manifest.runs.push_back(take_run(reader));
    if (manifest.changed != expected) {
        corrupt(place_of(transaction, table, key), "the root names another version");
    }
    return manifest;
}

std::vector<BlockRecord> read_shelf(const storage::Transaction& transaction,
                                    storage::Database database, KeyTable table, std::uint64_t id) {
    const auto value = transaction.get(database, id);
    if (!value) corrupt(place_of(transaction, table, id), "a shelf is missing");
    return decode_shelf(*value, place_of(transaction, table, id));
}

const std::byte* find_block(const storage::Transaction& transaction, storage::Database database,
                            KeyTable table, const BlockRecord& record) {
    const auto value = transaction.get(database, record.id);
    if (!value) corrupt(place_of(transaction, table, record.id), "a block is missing");
    check_length(*value, record, place_of(transaction, table, record.id));
    return value->data();
}

KeyStore::KeyStore(storage::WriteTransaction& transaction, storage::Database database,
                   KeyTable table)
    : transaction_(&transaction),
      database_(database),
      table_(table),
      page_bytes_(transaction.environment().stat().page_bytes),
      root_(read_root(transaction, database)),
      manifest_(read_manifest(transaction, database, table, root_)) {}

BlockRecord KeyStore::put_block(std::span<const KeyRow> rows) {
    const std::uint64_t id = take_number();
    const std::size_t used = block_bytes(rows.size()) + lmdb_page_header;
    const std::size_t pages = (used + page_bytes_ - 1) / page_bytes_;
    const auto value =
        transaction_->append_reserve(database_, id, pages * page_bytes_ - lmdb_page_header);
    encode_block(rows, table_, id, value);
    return record_of(rows, id);
}

const std::byte* KeyStore::block(const BlockRecord& record) const {
    return find_block(*transaction_, database_, table_, record);
}

void KeyStore::erase(std::uint64_t number) {
    if (!transaction_->erase(database_, number)) {
        corrupt(place_of(*transaction_, table_, number), "it should be there and is not");
    }
}

std::vector<BlockRecord> KeyStore::shelf(std::uint64_t number) const {
    return read_shelf(*transaction_, database_, table_, number);
}

std::vector<std::uint64_t> KeyStore::put_shelves(std::span<const BlockRecord> records) {
    std::vector<std::uint64_t> numbers;
    while (!records.empty()) {
        const auto part = records.first(std::min(records.size(), shelf_records_max));
        const std::uint64_t number = take_number();
        encode_shelf(part, table_, number,
                     transaction_->append_reserve(database_, number, shelf_bytes(part.size())));
        numbers.push_back(number);
        records = records.subspan(part.size());
    }
    return numbers;
}

void KeyStore::check(const BlockRecord& record) const {
    const Place place = place_of(*transaction_, table_, record.id);
    const std::byte* value = block(record);
    check_head(value, record.lines, place);
    if (header_of(value).count != record.rows) corrupt(place, "its shelf counts other rows");
    check_rows(value, place);
}

void KeyStore::save() {
    ++root_.version;
    manifest_.changed = root_.version;
    root_.changed[static_cast<std::size_t>(table_)] = root_.version;
    ByteWriter writer;
    writer.put(manifest_.changed);
    writer.put(static_cast<std::uint32_t>(manifest_.runs.size()));
    for (const RunRecord& run : manifest_.runs) put_run(writer, run);
    put_small(*transaction_, database_, manifest_key(table_), manifest_magic, writer.bytes());
    writer.clear();
    writer.put(root_.version);
    writer.put(root_.next_number);
    for (const std::uint64_t changed : root_.changed) writer.put(changed);
    put_small(*transaction_, database_, root_key, root_magic, writer.bytes());
}

BlockBuilder::BlockBuilder(KeyStore& store, std::vector<KeyRow>& buffer)
    : store_(&store), buffer_(&buffer) {
    buffer.resize(block_rows_max);
}

void BlockBuilder::add(std::span<const KeyRow> rows) {
    while (!rows.empty()) {
        if (pending_ == 0 && rows.size() >= block_rows_max) {  // no need to copy
            records_.push_back(store_->put_block(rows.first(block_rows_max)));
            rows = rows.subspan(block_rows_max);
            continue;
        }
        const std::size_t count = std::min(rows.size(), room());
        std::copy_n(rows.begin(), count, tail());
        commit_rows(count);
        rows = rows.subspan(count);
        if (room() == 0) flush();
    }
}

void BlockBuilder::flush() {
    if (pending_ == 0) return;
    records_.push_back(store_->put_block({buffer_->data(), pending_}));
    pending_ = 0;
}

}  // namespace ledger::history::sealed
