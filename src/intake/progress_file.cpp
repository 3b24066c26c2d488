// See progress_file.hpp.
#include "intake/progress_file.hpp"

#include "ledger/core/error.hpp"
#include "ledger/storage/files.hpp"

#include <xxhash.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <new>
#include <sstream>

namespace ledger::intake {

namespace {

using nlohmann::json;

constexpr int format_version = 2;
constexpr std::uint64_t piece_bytes = std::uint64_t{64} << 10;

std::string digest_of(const std::string& bytes) { return id_to_string(id_from_text(bytes)); }

json to_json(const SavedProgress& progress) {
    const ImportCounts& counts = progress.counts;
    return {{"format", format_version},
            {"file_bytes", progress.file_bytes},
            {"content_digest", progress.content_digest},
            {"mapping_digest", progress.mapping_digest},
            {"offset", progress.place.offset},
            {"line", progress.place.line},
            {"doubtful_end", progress.place.doubtful_end},
            {"doubtful_line", progress.place.doubtful_line},
            {"rejects_bytes", progress.rejects_bytes},
            {"finished", progress.finished},
            {"rows", counts.rows},
            {"posted", counts.posted},
            {"already_posted", counts.already_posted},
            {"skipped", counts.skipped},
            {"rejected", counts.rejected},
            {"accounts_opened", counts.accounts_opened},
            {"last_id", to_string(progress.last_id)},
            {"last_position", progress.last_position.value}};
}

SavedProgress from_json(const json& value) {
    SavedProgress progress;
    if (value.at("format") != format_version)
        throw InvalidArgument("its format is of another version");
    value.at("file_bytes").get_to(progress.file_bytes);
    value.at("content_digest").get_to(progress.content_digest);
    value.at("mapping_digest").get_to(progress.mapping_digest);
    value.at("offset").get_to(progress.place.offset);
    value.at("line").get_to(progress.place.line);
    value.at("doubtful_end").get_to(progress.place.doubtful_end);
    value.at("doubtful_line").get_to(progress.place.doubtful_line);
    value.at("rejects_bytes").get_to(progress.rejects_bytes);
    value.at("finished").get_to(progress.finished);
    value.at("rows").get_to(progress.counts.rows);
    value.at("posted").get_to(progress.counts.posted);
    value.at("already_posted").get_to(progress.counts.already_posted);
    value.at("skipped").get_to(progress.counts.skipped);
    value.at("rejected").get_to(progress.counts.rejected);
    value.at("accounts_opened").get_to(progress.counts.accounts_opened);
    progress.last_id = RecordId{id_from_hex(value.at("last_id").get<std::string>())};
    value.at("last_position").get_to(progress.last_position.value);
    return progress;
}

}  // namespace

struct ContentDigest::State {
    struct Free {
        void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
    };
    std::unique_ptr<XXH3_state_t, Free> hash{XXH3_createState()};
};

ContentDigest::ContentDigest() : state_(std::make_unique<State>()) {
    if (!state_->hash) throw std::bad_alloc();
    XXH3_128bits_reset(state_->hash.get());
}

ContentDigest::~ContentDigest() = default;

void ContentDigest::advance(const DelimitedReader& reader, std::uint64_t offset) {
    while (offset_ < offset) {
        const std::uint64_t end = std::min(offset, offset_ + piece_bytes);
        const std::string piece = reader.bytes(offset_, end);
        XXH3_128bits_update(state_->hash.get(), piece.data(), piece.size());
        offset_ = end;
    }
}

std::string ContentDigest::text() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_->hash.get());
    return id_to_string((u128{hash.high64} << 64) | hash.low64);
}

void identify(SavedProgress& progress, const DelimitedReader& reader, ContentDigest& digest,
              const std::string& mapping_text) {
    digest.advance(reader, progress.place.offset);
    progress.file_bytes = reader.file_bytes();
    progress.content_digest = digest.text();
    progress.mapping_digest = digest_of(mapping_text);
}

void save_progress(const std::filesystem::path& path, const SavedProgress& progress) {
    storage::replace_file_durably(path, to_json(progress).dump(2) + "\n");
}

std::optional<SavedProgress> load_progress(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) return std::nullopt;
    std::ifstream stream(path, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    try {
        if (!stream) throw InvalidArgument("it cannot be read");
        return from_json(json::parse(text.str()));
    } catch (const json::exception& failure) {
        throw InvalidArgument("progress file " + path.string() + ": is none: " + failure.what() +
                              "; import from the start, without resuming");
    } catch (const InvalidArgument& failure) {
        throw InvalidArgument("progress file " + path.string() + ": " + failure.what() +
                              "; import from the start, without resuming");
    }
}

void check_progress(const std::filesystem::path& path, const SavedProgress& progress,
                    const DelimitedReader& reader, ContentDigest& digest,
                    const std::string& mapping_text, const Ledger& ledger) {
    const auto refuse = [&](const char* what) {
        throw InvalidArgument(
            "progress file " + path.string() + ": " + what +
            "; import from the start, without resuming: rows that are posted already are "
            "recognised by their ids");
    };
    if (progress.file_bytes != reader.file_bytes()) refuse("the data file has another size now");
    if (progress.place.offset > progress.file_bytes) refuse("it ends behind the data file");
    SavedProgress now;
    now.place = progress.place;
    identify(now, reader, digest, mapping_text);
    if (progress.content_digest != now.content_digest)
        refuse("the data file has other content now");
    if (progress.mapping_digest != now.mapping_digest) refuse("the mapping was changed since");
    if (!progress.last_id) return;
    const auto record = ledger.view().record(progress.last_id);
    if (!record || record->position != progress.last_position) {
        refuse("this ledger does not hold what was imported; the import was into another one");
    }
}

}  // namespace ledger::intake
