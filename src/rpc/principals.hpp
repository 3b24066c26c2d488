// Who may do what: principals, their roles and the books they are limited to. Invariant: rights
// come from here alone; a principal that is revoked has none; secrets are kept as their digests and
// compared in a time that does not depend on them.
#pragma once

#include "ledger/core/id.hpp"
#include "ledger/history/view.hpp"
#include "ledger/model/batch.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ledger::rpc {

/// Each may do what those before it may.
enum class Role : std::uint8_t {
    reader,        ///< asks and follows
    poster,        ///< posts vouchers, holds and registers, and opens accounts
    operator_role  ///< posts every kind of record, and revokes principals
};

/// Types of registers (first and last) in which the adapters of a server's process write down what
/// they know of orders: nobody else may.
inline constexpr std::uint32_t adapter_registers_first = 0x5000;
inline constexpr std::uint32_t adapter_registers_last = 0x5FFF;

/// As configured.
struct PrincipalOptions {
    std::string name;
    Role role = Role::reader;
    std::vector<BookId> books = {};  ///< it is limited to these; empty: all, and what has no book
    std::optional<std::uint32_t> user_id = {};  ///< of the peer on a Unix socket
    std::string token_sha256 = {};  ///< 64 hexadecimal digits; empty: it cannot log in by token
    std::string certificate = {};   ///< the common name in its TLS certificate; empty: it has none
    std::uint64_t records_per_second = 0;  ///< posted, dry runs included; 0: any number
    std::uint64_t queries_per_second = 0;
};

/// Any thread. Lives as long as the Principals it is of.
class Principal {
public:
    explicit Principal(PrincipalOptions options) : options_(std::move(options)) {}

    const std::string& name() const noexcept { return options_.name; }
    const PrincipalOptions& options() const noexcept { return options_; }
    Role role() const noexcept { return options_.role; }
    bool is_limited() const noexcept { return !options_.books.empty(); }
    bool has_book(BookId book) const noexcept;
    bool is_revoked() const noexcept { return revoked_.load(std::memory_order_acquire); }

    /// Throws AccessError where it is revoked.
    void check_alive() const;
    /// Whether check_post() needs a view: it is limited, and has to know whose account is meant.
    bool needs_view(const Batch& batch) const noexcept;
    /// Throws AccessError naming the first record that it may not post. Without a view where
    /// needs_view() says so.
    void check_post(const Batch& batch, const View* view) const;
    /// Whether it sees the account; unknown accounts are nobody's.
    bool sees(const View& view, AccountId account) const;
    bool sees(const View& view, const PostedRecord& record) const;

private:
    friend class Principals;
    const PrincipalOptions options_;
    std::atomic<bool> revoked_{false};
};

/// What a connection itself tells of who is at its other end.
struct PeerProof {
    std::optional<std::uint32_t> user_id;    ///< of the process, on a Unix socket
    std::optional<std::string> certificate;  ///< the common name in it, over TLS
};

/// All of a server. What is configured never changes while it runs; only revocation does.
class Principals {
public:
    /// Throws InvalidArgument for names, user ids or digests that are doubled or malformed.
    explicit Principals(const std::vector<PrincipalOptions>& options);

    std::size_t size() const noexcept { return all_.size(); }
    /// Whose connection it is by itself. Throws AccessError where there is none, or it was revoked;
    /// the message tells no more.
    Principal& of_peer(const PeerProof& proof);
    /// By name and secret.
    Principal& of_token(std::string_view name, std::string_view token);
    /// False: there is no such principal.
    bool revoke(std::string_view name);

private:
    std::deque<Principal> all_;
};

/// Throws InvalidArgument where a record that is no voucher does not carry the id, order, book and
/// date that Batch::add would have given it, as every batch of this process does.
void check_natural_ids(const Batch& batch);

}  // namespace ledger::rpc
