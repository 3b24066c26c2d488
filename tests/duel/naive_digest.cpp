// See naive_digest.hpp.
#include "naive_digest.hpp"

#include <openssl/evp.h>

#include <cstdint>
#include <stdexcept>

namespace ledger::oracle {

namespace {

/// Two's complement of so many bytes, low byte first.
void append(std::string& bytes, const Big& value, unsigned size) {
    Big rest = value < 0 ? Big(value + (Big(1) << (8 * size))) : value;
    for (unsigned i = 0; i < size; ++i) {
        bytes += static_cast<char>(static_cast<std::uint8_t>(rest & 0xFF));
        rest >>= 8;
    }
}

Big id_number(AccountId id) { return (Big(high_word(id.value)) << 64) + Big(low_word(id.value)); }

std::string blake2b_512(const std::string& bytes) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_blake2b512(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no BLAKE2b-512");
    }
    return {reinterpret_cast<const char*>(digest), size};
}

/// No book: of all of them. `date` is the last one that counts, `named` the one that is written.
std::string digest_of(const NaiveLedger& naive, BookId book, Date date, Date named, Position at) {
    const Expected expected(naive, at);
    std::string bytes;
    append(bytes, book.number, 2);
    append(bytes, named.days, 4);
    append(bytes, at.value, 8);
    for (const AccountFact* account : expected.accounts()) {
        if (book && account->opened.book != book) continue;
        const LineSums sums = expected.sums_on(*account, date, at);
        append(bytes, id_number(account->opened.id), 16);
        append(bytes, sums.debits, 32);
        append(bytes, sums.credits, 32);
    }
    return blake2b_512(bytes);
}

}  // namespace

std::string naive_day_digest(const NaiveLedger& naive, BookId book, Date date, Position close) {
    return digest_of(naive, book, date, date, close);
}

std::string naive_snapshot_digest(const NaiveLedger& naive, Position position) {
    return digest_of(naive, BookId{}, date_max, Date::none(), position);
}

}  // namespace ledger::oracle
