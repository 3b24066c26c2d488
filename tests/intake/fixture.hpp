// What the tests of the room share: a directory that goes away, files in it, a fresh ledger.
#pragma once

#include "ledger/intake/importer.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

namespace ledger::intake {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name =
            (std::filesystem::temp_directory_path() / "ledger-intake-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw StorageError("mkdtemp failed for " + name);
        path_ = name;
    }
    ~TemporaryDirectory() {
        std::error_code none;
        std::filesystem::remove_all(path_, none);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

inline std::filesystem::path write_file(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    return path;
}

inline std::string read_file(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// For the messages of failed expectations; found by GoogleTest.
inline void PrintTo(const ImportCounts& counts,
                    std::ostream* out) {  // NOLINT(readability-identifier-naming)
    *out << counts.rows << " rows: " << counts.posted << " posted, " << counts.already_posted
         << " already posted, " << counts.skipped << " skipped, " << counts.rejected
         << " rejected; " << counts.accounts_opened << " accounts opened";
}

/// Small enough for many tests.
inline Options small_options() {
    Options options;
    options.preallocate_bytes = 0;
    options.map_bytes = std::size_t{4} << 30;
    return options;
}

}  // namespace ledger::intake
