// Transactions over MDB_txn, cursors over MDB_cursor.
#include "ledger/storage/transaction.hpp"

#include "ledger/core/assert.hpp"
#include "ledger/core/error.hpp"
#include "storage/errors.hpp"

#include <lmdb.h>
#include <cstring>
#include <string>
#include <utility>

namespace ledger::storage {

namespace {

MDB_val value_of(Bytes bytes) noexcept {
    // LMDB takes keys and values to read as non-const pointers, and leaves them alone.
    return {bytes.size(), const_cast<std::byte*>(bytes.data())};
}

MDB_val value_of(const std::uint64_t& key) noexcept {
    return {sizeof key, const_cast<std::uint64_t*>(&key)};
}

Bytes bytes_of(const MDB_val& value) noexcept {
    return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

[[noreturn]] void fail(int code, const char* operation, const Environment& environment,
                       Database database) {
    detail::throw_error(code, operation + (" the table " + environment.name_of(database)) + " of",
                        environment.path());
}

std::optional<Bytes> get_value(MDB_txn* txn, const Environment& environment, Database database,
                               MDB_val key) {
    MDB_val value{};
    const int code = mdb_get(txn, database.handle(), &key, &value);
    if (code == MDB_NOTFOUND) return std::nullopt;
    if (code != 0) fail(code, "read", environment, database);
    return bytes_of(value);
}

MutableBytes put_value(MDB_txn* txn, const Environment& environment, Database database, MDB_val key,
                       MDB_val value, unsigned flags) {
    const int code = mdb_put(txn, database.handle(), &key, &value, flags);
    if (code != 0) fail(code, "write", environment, database);
    return {static_cast<std::byte*>(value.mv_data), value.mv_size};
}

bool erase_value(MDB_txn* txn, const Environment& environment, Database database, MDB_val key) {
    const int code = mdb_del(txn, database.handle(), &key, nullptr);
    if (code == MDB_NOTFOUND) return false;
    if (code != 0) fail(code, "erase from", environment, database);
    return true;
}

constexpr unsigned replace = 0;

void expect_integer(Database database) { LEDGER_ASSERT(database.keys() == KeyKind::integer); }
void expect_bytes(Database database) { LEDGER_ASSERT(database.keys() == KeyKind::bytes); }

}  // namespace

Transaction::Transaction(Transaction&& other) noexcept
    : environment_(other.environment_), handle_(std::exchange(other.handle_, nullptr)) {
    LEDGER_ASSERT(other.cursors_ == 0);
}

MDB_txn* Transaction::active() const {
    if (handle_ == nullptr) [[unlikely]] {
        throw UsageError("cannot use a transaction of " + environment_->path().string() +
                         " that has ended; begin a new one");
    }
    return handle_;
}

std::optional<Bytes> Transaction::get(Database database, std::uint64_t key) const {
    expect_integer(database);
    return get_value(active(), *environment_, database, value_of(key));
}

std::optional<Bytes> Transaction::get(Database database, Bytes key) const {
    expect_bytes(database);
    return get_value(active(), *environment_, database, value_of(key));
}

DatabaseStat Transaction::stat(Database database) const {
    MDB_stat found{};
    const int code = mdb_stat(active(), database.handle(), &found);
    if (code != 0) fail(code, "measure", *environment_, database);
    return {found.ms_entries, found.ms_depth, found.ms_branch_pages, found.ms_leaf_pages,
            found.ms_overflow_pages};
}

std::uint64_t Transaction::number() const { return mdb_txn_id(active()); }

std::uint64_t Transaction::free_list_bytes() const {
    constexpr unsigned free_list = 0;  // LMDB's table of free pages
    MDB_stat found{};
    const int code = mdb_stat(active(), free_list, &found);
    detail::check(code, "measure the free pages of", environment_->path());
    return (found.ms_branch_pages + found.ms_leaf_pages + found.ms_overflow_pages) * found.ms_psize;
}

ReadTransaction::ReadTransaction(Environment& environment) : Transaction(environment) {
    const int code = mdb_txn_begin(environment.handle(), nullptr, MDB_RDONLY, &handle_);
    detail::check(code, "begin to read", environment.path());
    is_active_ = true;
    settle();
}

ReadTransaction::~ReadTransaction() { end(); }

ReadTransaction::ReadTransaction(ReadTransaction&& other) noexcept
    : Transaction(std::move(other)), is_active_(std::exchange(other.is_active_, false)) {}

ReadTransaction& ReadTransaction::operator=(ReadTransaction&& other) noexcept {
    if (this == &other) return *this;
    LEDGER_ASSERT(other.cursors_ == 0);
    end();
    environment_ = other.environment_;
    handle_ = std::exchange(other.handle_, nullptr);
    is_active_ = std::exchange(other.is_active_, false);
    return *this;
}

void ReadTransaction::end() noexcept {
    LEDGER_ASSERT(cursors_ == 0);
    // In a forked child the reader slot is the parent's.
    if (handle_ != nullptr && !environment_->is_forked()) mdb_txn_abort(handle_);
    handle_ = nullptr;
    is_active_ = false;
}

void ReadTransaction::reset() noexcept {
    LEDGER_ASSERT(cursors_ == 0);
    if (!is_active_ || environment_->is_forked()) return;
    mdb_txn_reset(handle_);
    is_active_ = false;
}

void ReadTransaction::renew() {
    environment_->handle();  // refuses a forked child
    reset();
    begin_anew();
    settle();
}

void ReadTransaction::begin_anew() {
    const int code = mdb_txn_renew(active());
    detail::check(code, "begin to read", environment_->path());
    is_active_ = true;
}

/// LMDB reads the number of the newest snapshot, and then its head, which stands where the one but
/// next will stand: who is held up in between for two commits has parts of a later snapshot, which
/// may not be durable yet. That snapshot's head is written after the next one is the newest, so
/// where ours still is afterwards, it is whole. A writer that was killed between its last two
/// writes leaves another number for good, where nothing is written any more: hence not for ever.
void ReadTransaction::settle() {
    constexpr int attempts_max = 1000;
    for (int i = 0; i < attempts_max; ++i) {
        MDB_envinfo now{};
        detail::check(mdb_env_info(environment_->handle(), &now), "examine", environment_->path());
        if (now.me_last_txnid == number()) return;
        mdb_txn_reset(handle_);
        is_active_ = false;
        begin_anew();
    }
}

WriteTransaction::WriteTransaction(Environment& environment) : Transaction(environment) {
    if (environment.is_read_only()) {
        throw UsageError("cannot write to " + environment.path().string() +
                         ": it is open read-only; open it for writing");
    }
    const int code = mdb_txn_begin(environment.handle(), nullptr, 0, &handle_);
    detail::check(code, "begin to write to", environment.path());
}

WriteTransaction::~WriteTransaction() { abort(); }

void WriteTransaction::put(Database database, std::uint64_t key, Bytes value) {
    expect_integer(database);
    put_value(active(), *environment_, database, value_of(key), value_of(value), replace);
}

void WriteTransaction::put(Database database, Bytes key, Bytes value) {
    expect_bytes(database);
    put_value(active(), *environment_, database, value_of(key), value_of(value), replace);
}

void WriteTransaction::append(Database database, std::uint64_t key, Bytes value) {
    expect_integer(database);
    put_value(active(), *environment_, database, value_of(key), value_of(value), MDB_APPEND);
}

void WriteTransaction::append(Database database, Bytes key, Bytes value) {
    expect_bytes(database);
    put_value(active(), *environment_, database, value_of(key), value_of(value), MDB_APPEND);
}

MutableBytes WriteTransaction::reserve(Database database, std::uint64_t key, std::size_t size) {
    expect_integer(database);
    return put_value(active(), *environment_, database, value_of(key), {size, nullptr},
                     MDB_RESERVE);
}

MutableBytes WriteTransaction::reserve(Database database, Bytes key, std::size_t size) {
    expect_bytes(database);
    return put_value(active(), *environment_, database, value_of(key), {size, nullptr},
                     MDB_RESERVE);
}

MutableBytes WriteTransaction::append_reserve(Database database, std::uint64_t key,
                                              std::size_t size) {
    expect_integer(database);
    return put_value(active(), *environment_, database, value_of(key), {size, nullptr},
                     MDB_RESERVE | MDB_APPEND);
}

MutableBytes WriteTransaction::append_reserve(Database database, Bytes key, std::size_t size) {
    expect_bytes(database);
    return put_value(active(), *environment_, database, value_of(key), {size, nullptr},
                     MDB_RESERVE | MDB_APPEND);
}

bool WriteTransaction::erase(Database database, std::uint64_t key) {
    expect_integer(database);
    return erase_value(active(), *environment_, database, value_of(key));
}

bool WriteTransaction::erase(Database database, Bytes key) {
    expect_bytes(database);
    return erase_value(active(), *environment_, database, value_of(key));
}

void WriteTransaction::clear(Database database) {
    const int code = mdb_drop(active(), database.handle(), 0);
    if (code != 0) fail(code, "clear", *environment_, database);
}

void WriteTransaction::commit() {
    LEDGER_ASSERT(cursors_ == 0);
    const int code = mdb_txn_commit(active());
    handle_ = nullptr;
    detail::check(code, "commit to", environment_->path());
}

void WriteTransaction::abort() noexcept {
    LEDGER_ASSERT(cursors_ == 0);
    if (handle_ != nullptr && !environment_->is_forked()) mdb_txn_abort(handle_);
    handle_ = nullptr;
}

Cursor::Cursor(const Transaction& transaction, Database database)
    : transaction_(&transaction), database_(database) {
    const int code = mdb_cursor_open(transaction.active(), database.handle(), &handle_);
    if (code != 0) fail(code, "open a cursor in", transaction.environment(), database);
    ++transaction_->cursors_;
}

Cursor::~Cursor() {
    mdb_cursor_close(handle_);
    --transaction_->cursors_;
}

bool Cursor::move(int operation, Bytes wanted) {
    MDB_val key = value_of(wanted);
    MDB_val value{};
    const int code = mdb_cursor_get(handle_, &key, &value, static_cast<MDB_cursor_op>(operation));
    if (code != 0 && code != MDB_NOTFOUND) {
        fail(code, "read", transaction_->environment(), database_);
    }
    is_placed_ = code == 0;
    key_ = is_placed_ ? bytes_of(key) : Bytes{};
    value_ = is_placed_ ? bytes_of(value) : Bytes{};
    return is_placed_;
}

bool Cursor::first() { return move(MDB_FIRST, {}); }
bool Cursor::last() { return move(MDB_LAST, {}); }
bool Cursor::next() { return move(MDB_NEXT, {}); }
bool Cursor::previous() { return move(MDB_PREV, {}); }

bool Cursor::seek_at_least(std::uint64_t key) {
    expect_integer(database_);
    return move(MDB_SET_RANGE, std::as_bytes(std::span(&key, 1)));
}

bool Cursor::seek_at_least(Bytes key) {
    expect_bytes(database_);
    return move(MDB_SET_RANGE, key);
}

bool Cursor::seek_at_most(std::uint64_t key) {
    if (!seek_at_least(key)) return last();
    return integer_key() == key || previous();
}

bool Cursor::seek_at_most(Bytes key) {
    if (!seek_at_least(key)) return last();
    const bool is_equal =
        key_.size() == key.size() && std::memcmp(key_.data(), key.data(), key.size()) == 0;
    return is_equal || previous();
}

std::uint64_t Cursor::integer_key() const {
    LEDGER_ASSERT(is_placed_ && key_.size() == sizeof(std::uint64_t));
    std::uint64_t key = 0;
    std::memcpy(&key, key_.data(), sizeof key);
    return key;
}

Bytes Cursor::key() const {
    LEDGER_ASSERT(is_placed_);
    return key_;
}

Bytes Cursor::value() const {
    LEDGER_ASSERT(is_placed_);
    return value_;
}

void Cursor::erase() {
    LEDGER_ASSERT(is_placed_);
    const int code = mdb_cursor_del(handle_, 0);
    if (code != 0) fail(code, "erase from", transaction_->environment(), database_);
    is_placed_ = false;
}

}  // namespace ledger::storage
