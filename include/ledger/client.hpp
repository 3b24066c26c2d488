// A ledger that a server (ledgerd) serves: the calls of Ledger and View over a socket, so that a
// host moves from linked to served by changing the line that opens it. Invariant: what post()
// answered as accepted is durable at the server, and every view taken afterwards, by whatever
// client, shows it.
#pragma once

#include "ledger/ledger.hpp"
#include "ledger/rpc/error.hpp"
#include "ledger/rpc/tls_files.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledger {

class Client;

/// How a client proves who it is: on a Unix socket with nothing of this, by the user id of the
/// process; by name and token; or over TLS, by its certificate.
struct Credentials {
    std::string principal = {};
    std::string token = {};
    rpc::TlsFiles tls = {};  ///< for "tls:" addresses, all three files; no token is used there
    std::string server_name = {};  ///< in the server's certificate; empty: the host of the address
};

/// As View, of a served ledger: pins a position, and the same question to it gives the same answer
/// for ever. Nothing is held at the server for it. Copies are cheap; any thread; not longer than
/// its Client. Queries throw as View's do, besides AccessError and ConnectionError. A page may have
/// fewer items than View would give; go on until the cursor is empty. A principal that is limited
/// to books sees nothing else.
class ServedView {
public:
    Position position() const noexcept { return position_; }
    Instant instant() const;
    /// Throws InvalidArgument where `position` is after this view's.
    ServedView at(Position position) const;
    Position position_at(Instant instant) const;

    std::optional<AccountInfo> account(AccountId id) const;
    Page<AccountInfo> accounts(std::string_view prefix, const PageRequest& page = {}) const;
    std::optional<Balance> balance(AccountId id) const;
    std::optional<Balance> balance_at(AccountId id, Position position) const;
    std::optional<Balance> balance_at(AccountId id, Instant instant) const;
    std::optional<DatedBalance> balance_on(AccountId id, Date date) const;
    std::optional<DatedBalance> balance_on(AccountId id, Date date, Position known_at) const;
    std::optional<DatedBalance> balance_on(AccountId id, Date date, Instant known_at) const;
    Page<AccountEntry> entries(AccountId id, const PageRequest& page = {},
                               const Range& range = {}) const;
    Page<AccountEntry> lines(AccountId id, const PageRequest& page = {},
                             const Range& range = {}) const;

    std::optional<PostedVoucher> voucher(VoucherId id) const;
    std::optional<PostedVoucher> voucher(Position position) const;
    std::optional<PostedVoucher> voucher(BookId book, Date book_date, std::uint64_t number) const;
    std::optional<PostedRecord> record(RecordId id) const;
    std::optional<PostedRecord> record(Position position) const;
    Page<PostedRecord> records_of(OrderId order, const PageRequest& page = {}) const;
    std::vector<TrialSum> trial_sums() const;

private:
    friend class Client;
    struct Asking;
    ServedView(const Client& client, Position position) noexcept
        : client_(&client), position_(position) {}

    const Client* client_;
    Position position_;
};

/// As Feed, of a served ledger. What it was given is gone where a call fails: begin anew at
/// position(). One thread at a time; not longer than its Client.
class ServedFeed {
public:
    ~ServedFeed();
    ServedFeed(ServedFeed&&) noexcept;
    ServedFeed& operator=(ServedFeed&&) noexcept;

    Position position() const noexcept { return position_; }
    /// As Feed::next. The server waits at most 30 seconds at a time and gives at most 2,000
    /// records.
    std::size_t next(std::vector<FeedRecord>& into, std::size_t records_max,
                     std::chrono::nanoseconds wait = {});

private:
    friend class Client;
    struct Capability;
    ServedFeed(const Client& client, Position after, std::unique_ptr<Capability> capability);

    const Client* client_;
    Position position_;
    std::unique_ptr<Capability> capability_;
};

/// One connection, with a thread of its own that speaks to the server. Any thread may call, also
/// several at once: their calls go out without waiting for each other's answers. After a
/// ConnectionError it is of no use any more; connect again. It must not go while a call of it
/// waits. After a fork the child must not use it.
class Client {
public:
    /// "unix:/run/ledger/ledgerd.sock", "127.0.0.1:7017", "[::1]:7017", or over TLS
    /// "tls:ledger.example:7018". Throws ConnectionError, AccessError, InvalidArgument for an
    /// address that is none or a TLS file that cannot be used. Where a server does not take the
    /// certificate, that is a ConnectionError: TLS tells no more.
    static Client connect(const std::string& address, const Credentials& credentials = {});
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    // ---- posting
    /// As Ledger::post. What is more than a message of the server may have goes in parts of whole
    /// groups. Throws AccessError, with nothing of the part posted, and ConnectionError where the
    /// connection was lost before the answer; InvalidArgument for a group that no message can hold.
    std::vector<Result> post(Batch batch, Deadline deadline = {});
    /// As Ledger::post_async; `done` runs on the client's thread, where it must not wait for
    /// another call (post_async is fine). Where the server stops it is told `closed` for every
    /// record; where the connection was lost or the server refused the call, `outcome_unknown`.
    /// Never overloaded at this end: bound what is in flight yourself.
    void post_async(Batch& batch, BatchDone done, Deadline deadline = {});
    std::vector<Result> dry_run(Batch batch);

    // ---- reading
    /// Everything acknowledged so far; costs a call.
    ServedView view() const;
    ServedFeed follow(Position after, FeedContent content = FeedContent::entries) const;
    Stats stats() const;

    // ---- the server
    /// Who the server takes this client for.
    const std::string& principal() const noexcept;
    /// Takes all capabilities of a principal away until the server is started again; false where
    /// there is none of this name. AccessError unless this client is an operator.
    bool revoke(std::string_view name);

private:
    friend class ServedView;
    friend class ServedFeed;
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl) noexcept;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ledger
