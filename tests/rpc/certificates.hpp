// Certificates for tests, made as they are needed: nothing secret is kept in the tree, and none
// of them runs out on a day to come.
#pragma once

#include "ledger/rpc/tls_files.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace ledger::test {

/// From when until when it holds, from now.
struct Validity {
    std::chrono::seconds from = -std::chrono::hours{1};
    std::chrono::seconds until = std::chrono::hours{24};
};

/// An authority that signs whatever it is asked to.
class Authority {
public:
    Authority(const std::filesystem::path& directory, const std::string& name);
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    const std::filesystem::path& file() const noexcept { return file_; }
    /// A key and a certificate for `common_name`, which is its DNS name as well, for one who trusts
    /// the authority in the file `trusted`.
    rpc::TlsFiles issue(const std::string& common_name, const std::filesystem::path& trusted,
                        Validity validity = {});

private:
    struct Secret;
    std::filesystem::path directory_;
    std::filesystem::path file_;
    std::unique_ptr<Secret> secret_;
    long issued_ = 0;
};

}  // namespace ledger::test
