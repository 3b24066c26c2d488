// The configuration file of ledgerd: one JSON object, comments allowed. Invariant: a file that is
// read is whole: every field is known and in its range, or the message names it.
#pragma once

#include "ledger/engine/options.hpp"
#include "rpc/server.hpp"

#include <filesystem>
#include <string>

namespace ledger::ledgerd {

struct Configuration {
    std::filesystem::path directory;  ///< of the ledger
    bool create = false;              ///< make an empty one where there is none
    Options options;
    rpc::ServerOptions server;
    std::string log_level = "info";  ///< debug, info, warning, error or off
};

/// Paths in it are relative to the file's own directory. Throws StorageError where it can't be
/// read, InvalidArgument naming the field.
Configuration load_configuration(const std::filesystem::path& file);
/// The same from text that is called `name` in messages; paths stay as they are.
Configuration parse_configuration(std::string_view text, const std::string& name);

}  // namespace ledger::ledgerd
