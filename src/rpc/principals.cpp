// See principals.hpp.
#include "rpc/principals.hpp"

#include "ledger/core/error.hpp"
#include "ledger/rpc/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <set>
#include <variant>

namespace ledger::rpc {

namespace {

bool is_of_poster(RecordKind kind) noexcept {
    return kind == RecordKind::voucher || kind == RecordKind::open_account ||
           kind == RecordKind::place_hold || kind == RecordKind::release_hold ||
           kind == RecordKind::register_entry;
}
bool is_of_engine(RecordKind kind) noexcept {
    return kind == RecordKind::none || kind >= RecordKind::time_passed;
}
bool is_of_adapter(const Batch& batch, const BatchRecord& record) noexcept {
    const auto* entry = batch.detail<RegisterEntry>(record);
    return entry != nullptr && entry->type >= adapter_registers_first &&
           entry->type <= adapter_registers_last;
}
/// Its book stands in the record.
bool names_book(RecordKind kind) noexcept {
    return kind == RecordKind::voucher || kind == RecordKind::open_account ||
           kind == RecordKind::define_book || kind == RecordKind::cut_day ||
           kind == RecordKind::close_day;
}
/// It belongs to no book: registers are for all, definitions for those who are not limited.
bool is_of_no_book(RecordKind kind) noexcept {
    return kind == RecordKind::define_currency || kind == RecordKind::define_group ||
           kind == RecordKind::define_relation;
}

/// The account that a record of any other kind is about, or that its hold is on; zero: unknown.
AccountId account_of(const Batch& batch, const BatchRecord& record, const View& view) {
    AccountId account;
    std::visit(
        [&](const auto& detail) {
            if constexpr (requires { HoldId{detail.hold}; }) {
                if (const auto hold = view.hold(detail.hold)) account = hold->account;
            } else if constexpr (requires { AccountId{detail.account}; }) {
                account = detail.account;
            }
        },
        batch.details[record.detail]);
    return account;
}

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw UsageError("OpenSSL has no SHA-256 here; nobody can log in by token");
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

[[noreturn]] void refuse_login() {
    throw AccessError(
        "login refused: no principal of this server is meant by the name, token, user id or "
        "certificate given, or it was revoked; ask its operator");
}

}  // namespace

// ---- one principal

bool Principal::has_book(BookId book) const noexcept {
    return !is_limited() || std::ranges::find(options_.books, book) != options_.books.end();
}

void Principal::check_alive() const {
    if (!is_revoked()) return;
    throw AccessError("the principal " + name() + " was revoked; ask the server's operator");
}

bool Principal::needs_view(const Batch& batch) const noexcept {
    if (!is_limited()) return false;
    return std::ranges::any_of(batch.records, [](const BatchRecord& record) {
        return !names_book(record.kind) && !is_of_no_book(record.kind) &&
               record.kind != RecordKind::register_entry;
    });
}

void Principal::check_post(const Batch& batch, const View* view) const {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const BatchRecord& record = batch.records[i];
        const auto refuse = [&](const std::string& why) {
            throw AccessError("record " + std::to_string(i) + " of the batch: the principal " +
                              name() + " may not post " + why + "; nothing of it was posted");
        };
        if (is_of_engine(record.kind) ||
            (role() < Role::operator_role && !is_of_poster(record.kind)) || role() < Role::poster) {
            refuse("a record of the kind " + std::string(to_string(record.kind)));
        }
        if (is_of_adapter(batch, record)) refuse("registers of the types that adapters have");
        if (!is_limited() || record.kind == RecordKind::register_entry) continue;
        if (is_of_no_book(record.kind)) refuse("what concerns all books");
        if (names_book(record.kind)) {
            if (!has_book(record.book)) refuse("to book " + std::to_string(record.book.number));
        } else if (!sees(*view, account_of(batch, record, *view))) {
            refuse("to an account or hold that is not there yet, or of another book");
        }
    }
}

bool Principal::sees(const View& view, AccountId account) const {
    if (!is_limited()) return true;
    const auto info = view.account(account);
    return info && has_book(info->book);
}

bool Principal::sees(const View& view, const PostedRecord& record) const {
    if (!is_limited()) return true;
    switch (record.kind) {
        case RecordKind::voucher: {
            const auto head = view.voucher_head(record.position);
            return head && has_book(head->book);
        }
        case RecordKind::open_account: return sees(view, AccountId{record.id.value});
        case RecordKind::place_hold: {
            const auto hold = view.hold(record.id);
            return hold && sees(view, hold->account);
        }
        default: return false;
    }
}

// ---- all of them

Principals::Principals(const std::vector<PrincipalOptions>& options) {
    std::set<std::string> names;
    std::set<std::uint32_t> users;
    std::set<std::string> certificates;
    for (const PrincipalOptions& one : options) {
        const std::string whose = "principal \"" + one.name + "\": ";
        if (one.name.empty() || one.name.size() > bounds::principal_bytes_max) {
            throw InvalidArgument(whose + "a name has 1 to " +
                                  std::to_string(bounds::principal_bytes_max) + " bytes");
        }
        if (!names.insert(one.name).second) throw InvalidArgument(whose + "is there twice");
        if (one.user_id && !users.insert(*one.user_id).second) {
            throw InvalidArgument(whose + "another principal has the user id " +
                                  std::to_string(*one.user_id));
        }
        if (!one.certificate.empty() && !certificates.insert(one.certificate).second) {
            throw InvalidArgument(whose + "another principal has the certificate of " +
                                  one.certificate);
        }
        const bool is_digest =
            one.token_sha256.size() == 64 &&
            one.token_sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (!one.token_sha256.empty() && !is_digest) {
            throw InvalidArgument(whose +
                                  "token_sha256 must be 64 digits 0-9a-f, as sha256sum "
                                  "prints them");
        }
        all_.emplace_back(one);
    }
}

Principal& Principals::of_peer(const PeerProof& proof) {
    for (Principal& one : all_) {
        const PrincipalOptions& options = one.options_;
        const bool is_user = proof.user_id && options.user_id == proof.user_id;
        const bool is_certified = proof.certificate && !options.certificate.empty() &&
                                  options.certificate == *proof.certificate;
        if ((is_user || is_certified) && !one.is_revoked()) return one;
    }
    refuse_login();
}

/// A digest is compared whoever is meant, so that names cannot be told by the time it takes.
Principal& Principals::of_token(std::string_view name, std::string_view token) {
    const std::string given = sha256_hex(token);
    const std::string nobody(given.size(), '-');
    Principal* found = nullptr;
    for (Principal& one : all_) {
        if (one.name() == name && !one.options_.token_sha256.empty()) found = &one;
    }
    const std::string& kept = found == nullptr ? nobody : found->options_.token_sha256;
    const bool is_same = CRYPTO_memcmp(given.data(), kept.data(), given.size()) == 0;
    if (found == nullptr || !is_same || found->is_revoked()) refuse_login();
    return *found;
}

bool Principals::revoke(std::string_view name) {
    for (Principal& one : all_) {
        if (one.name() != name) continue;
        one.revoked_.store(true, std::memory_order_release);
        return true;
    }
    return false;
}

// ---- ids

void check_natural_ids(const Batch& batch) {
    Batch fresh;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const BatchRecord& record = batch.records[i];
        if (record.detail == no_detail) continue;
        fresh.clear();
        std::visit(
            [&](const auto& value) {
                if constexpr (requires { fresh.add(value); }) {
                    fresh.add(value);
                } else if constexpr (requires { fresh.add(record.id, value, record.order); }) {
                    fresh.add(record.id, value, record.order);
                }
            },
            batch.details[record.detail]);
        if (fresh.empty()) continue;  // a voucher's detail
        const BatchRecord& natural = fresh.records[0];
        if (natural.id == record.id && natural.order == record.order &&
            natural.book == record.book && natural.book_date == record.book_date) {
            continue;
        }
        throw InvalidArgument(
            "record " + std::to_string(i) + " of the batch, a " +
            std::string(to_string(record.kind)) +
            ", does not have the id, order, book and date that follow from what it "
            "says; nothing of the batch was posted: fill it with Batch::add");
    }
}

}  // namespace ledger::rpc
