// How far an import came, durably. Invariant: everything before `place` is acknowledged by the
// ledger or in the first `rejects_bytes` bytes of the rejects file; a progress file that is of
// another data file, mapping or ledger is never followed.
#pragma once

#include "ledger/core/time.hpp"
#include "ledger/intake/delimited.hpp"
#include "ledger/intake/importer.hpp"
#include "ledger/model/records.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace ledger::intake {

struct SavedProgress {
    std::uint64_t file_bytes = 0;
    std::string content_digest;  ///< of the data file's bytes before `place`
    std::string mapping_digest;
    Place place;  ///< where the next row is looked for
    std::uint64_t rejects_bytes = 0;
    bool finished = false;
    ImportCounts counts;
    RecordId last_id;  ///< of the last voucher posted; zero: none yet
    Position last_position;
    friend bool operator==(const SavedProgress&, const SavedProgress&) = default;
};

/// Of the bytes of a data file from its beginning on: XXH3-128, which tells files apart, not
/// forgeries. Each byte is read once, in constant memory.
class ContentDigest {
public:
    ContentDigest();
    ~ContentDigest();
    ContentDigest(const ContentDigest&) = delete;
    ContentDigest& operator=(const ContentDigest&) = delete;

    /// Goes on up to this offset, which never goes back. Throws StorageError.
    void advance(const DelimitedReader& reader, std::uint64_t offset);
    std::string text() const;

private:
    struct State;
    std::unique_ptr<State> state_;
    std::uint64_t offset_ = 0;
};

/// Fills in what tells the data file and mapping from others.
void identify(SavedProgress& progress, const DelimitedReader& reader, ContentDigest& digest,
              const std::string& mapping_text);

/// Replaces the file, durably. Throws StorageError.
void save_progress(const std::filesystem::path& path, const SavedProgress& progress);

/// Nothing where there is no such file. Throws InvalidArgument where it is none of ours.
std::optional<SavedProgress> load_progress(const std::filesystem::path& path);

/// Throws InvalidArgument, saying what differs, where the progress is not of this data file,
/// mapping and ledger. Reads the data file up to the place, so that the digest, which must be
/// fresh, can go on there.
void check_progress(const std::filesystem::path& path, const SavedProgress& progress,
                    const DelimitedReader& reader, ContentDigest& digest,
                    const std::string& mapping_text, const Ledger& ledger);

}  // namespace ledger::intake
