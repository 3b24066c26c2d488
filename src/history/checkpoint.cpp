// Creating, opening and doubting the checkpoint file.
#include "history/checkpoint.hpp"

#include "ledger/core/error.hpp"
#include "ledger/storage/files.hpp"
#include "ledger/storage/page_check.hpp"

#include <xxhash.h>

#include <cstddef>
#include <cstring>

namespace ledger::history {

namespace {

storage::Bytes meta_key() noexcept {
    static constexpr char name[] = {'m', 'e', 't', 'a'};
    return std::as_bytes(std::span{name});
}

std::uint64_t checksum_of(const CheckpointMeta& meta) noexcept {
    return XXH3_64bits(&meta, offsetof(CheckpointMeta, checksum));
}

CheckpointMeta read_meta(const storage::Transaction& transaction, storage::Database table) {
    const auto stored = transaction.get(table, meta_key());
    const std::string place = transaction.environment().path().string();
    if (!stored || stored->size() != sizeof(CheckpointMeta)) {
        throw CheckpointError(place + " has no meta row");
    }
    CheckpointMeta meta;
    std::memcpy(&meta, stored->data(), sizeof meta);
    if (meta.checksum != checksum_of(meta))
        throw CheckpointError(place + ": meta row fails its checksum");
    if (meta.version != CheckpointMeta::version_now) {
        throw FormatError(place + " is a checkpoint of version " + std::to_string(meta.version) +
                          "; this library reads version " +
                          std::to_string(CheckpointMeta::version_now));
    }
    return meta;
}

}  // namespace

storage::EnvironmentOptions Checkpoint::environment_options(std::size_t map_bytes,
                                                            unsigned readers_max) {
    storage::EnvironmentOptions made;
    made.map_size = map_bytes;
    made.readers_max = readers_max;
    made.no_meta_sync = true;
    made.databases = KeyIndex::databases();
    made.databases.push_back({"meta", storage::KeyKind::bytes});
    made.databases.push_back(StateStore::database_name());
    for (storage::DatabaseName& name : Segments::databases())
        made.databases.push_back(std::move(name));
    return made;
}

void Checkpoint::create(const std::filesystem::path& file,
                        const storage::EnvironmentOptions& options, u128 ledger) {
    storage::create_environment(
        file, options,
        [&](storage::Environment& environment, storage::WriteTransaction& transaction) {
            CheckpointMeta meta;
            meta.ledger = ledger;
            meta.checksum = checksum_of(meta);
            const std::span<const CheckpointMeta> one{&meta, 1};
            transaction.put(environment.database("meta"), meta_key(), std::as_bytes(one));
        });
}

namespace {

/// LMDB faults on damaged pages, so they are found before it sees them. Who only reads, beside a
/// writer perhaps, decides that before.
const std::filesystem::path& with_sound_pages(const std::filesystem::path& file, bool read_only) {
    if (!read_only) storage::check_pages(file);
    return file;
}

}  // namespace

Checkpoint::Checkpoint(const std::filesystem::path& file,
                       const storage::EnvironmentOptions& options)
    : environment(with_sound_pages(file, options.read_only), options),
      meta_table(environment.database("meta")),
      segments(std::make_unique<Segments>(environment)),
      segment_writer(std::make_unique<SegmentWriter>(*segments)),
      keys(environment),
      states(environment.database("state")) {
    load(read());
}

void Checkpoint::load(const std::shared_ptr<const storage::ReadTransaction>& transaction,
                      std::size_t runs_max) {
    meta = read_meta(*transaction, meta_table);
    states.load(*transaction);
    const bool is_whole = segments->load(*transaction, runs_max);
    const std::string file = environment.path().string();
    if (keys.version(*transaction) < meta.keys_version) {
        throw CheckpointError(file + " lost keys: its index has version " +
                              std::to_string(keys.version(*transaction)) + ", version " +
                              std::to_string(meta.keys_version) + " was sealed");
    }
    // Loads its catalogs, or says what is wrong with them.
    static_cast<void>(keys.snapshot(transaction));
    if (is_whole && segments->sealed_through().value != meta.sealed_through) {
        throw CheckpointError(file + " names position " + std::to_string(meta.sealed_through) +
                              " as sealed, but its segments end at " +
                              std::to_string(segments->sealed_through().value));
    }
}

void Checkpoint::load_state(const storage::ReadTransaction& transaction,
                            posting::Machine& machine) const {
    StateStore::Source source(states, transaction);
    machine.load(source);
}

void Checkpoint::put_meta(storage::WriteTransaction& transaction,
                          const CheckpointMeta& changed) const {
    CheckpointMeta stored = changed;
    stored.checksum = checksum_of(stored);
    const std::span<const CheckpointMeta> one{&stored, 1};
    transaction.put(meta_table, meta_key(), std::as_bytes(one));
}

std::string Checkpoint::doubt(const journal::Store& store) const {
    if (meta.ledger != store.identity().ledger) return "it belongs to another ledger";
    const journal::Position end = store.head().position;
    if (meta.sealed_through > end) {
        throw CorruptionError(
            environment.path().string() + " reaches to position " +
            std::to_string(meta.sealed_through) + ", the journal beside it only to " +
            std::to_string(end) +
            ": an old journal was put in the place of a newer one. Restore the newer "
            "journal, or, if the old one is really meant, delete the checkpoint file");
    }
    if (meta.sealed_through == 0) return {};
    const auto reader = store.reader();
    const auto batch = reader->find(meta.sealed_through, journal::Check::header);
    const bool fits = batch && batch->header.chain == meta.chain &&
                      batch->header.last_position() == meta.sealed_through;
    return fits ? "" : "it was made from another journal of the same length";
}

void History::open_checkpoint(const std::filesystem::path& directory) {
    const std::filesystem::path file = directory / checkpoint_file_name;
    const auto options = Checkpoint::environment_options(options_.map_bytes, options_.readers_max);
    if (!std::filesystem::exists(file)) {
        discard_checkpoint(directory);  // its lock file may be left
        Checkpoint::create(file, options, store_.identity().ledger);
    }
    checkpoint_ = as_damage([&] { return std::make_shared<Checkpoint>(file, options); });
    const std::string doubt = checkpoint_->doubt(store_);
    if (!doubt.empty()) throw CheckpointError(file.string() + " is of no use: " + doubt);
}

void discard_checkpoint(const std::filesystem::path& directory) {
    const std::filesystem::path file = directory / checkpoint_file_name;
    storage::remove_tree(file);
    storage::remove_tree(file.string() + "-lock");
}

void History::adopt_checkpoint() {
    sealed_through_.store(checkpoint_->meta.sealed_through, std::memory_order_release);
    keys_ = checkpoint_->keys.snapshot(checkpoint_->read());
    posting_keys_ = keys_;
}

}  // namespace ledger::history
