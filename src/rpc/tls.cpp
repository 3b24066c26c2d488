// See tls.hpp.
#include "rpc/tls.hpp"

#include "ledger/core/error.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

namespace ledger::rpc {

namespace {

constexpr std::string_view certificate_begin = "-----BEGIN CERTIFICATE-----";

std::string text_of_pem(const std::filesystem::path& file, const char* what) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        throw InvalidArgument("TLS: the " + std::string(what) + " " + file.string() +
                              " cannot be opened: " + std::strerror(errno));
    }
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// What `read` makes of a file, or why it cannot.
template <class Read>
auto usable(const std::filesystem::path& file, const char* what, Read read) {
    const std::string text = text_of_pem(file, what);
    try {
        return read(text);
    } catch (const kj::Exception& failure) {
        throw InvalidArgument("TLS: the " + std::string(what) + " " + file.string() +
                              " is not usable: " + failure.getDescription().cStr() +
                              "; it must be PEM");
    }
}

/// Each by itself: of a chain kj would trust the first alone.
std::vector<kj::TlsCertificate> certificates_in(const std::string& text) {
    std::vector<kj::TlsCertificate> all;
    std::size_t begin = text.find(certificate_begin);
    if (begin == std::string::npos) kj::TlsCertificate{text.c_str()};  // throws, and says why
    while (begin != std::string::npos) {
        const std::size_t next = text.find(certificate_begin, begin + 1);
        all.emplace_back(kj::StringPtr(text.substr(begin, next - begin).c_str()));
        begin = next;
    }
    return all;
}

template <class T, T* (*Read)(BIO*, T**, pem_password_cb*, void*), void (*Free)(T*)>
auto from_pem(const std::string& text) {
    const std::unique_ptr<BIO, int (*)(BIO*)> bytes(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
    return std::unique_ptr<T, void (*)(T*)>(Read(bytes.get(), nullptr, nullptr, nullptr), Free);
}

/// OpenSSL would drop a key that does not belong to the certificate, and say nothing.
void require_pair(const TlsFiles& files) {
    const auto key =
        from_pem<EVP_PKEY, PEM_read_bio_PrivateKey, EVP_PKEY_free>(text_of_pem(files.key, "key"));
    const auto certificate =
        from_pem<X509, PEM_read_bio_X509, X509_free>(text_of_pem(files.certificate, "certificate"));
    if (key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1) return;
    throw InvalidArgument("TLS: the key " + files.key.string() +
                          " is not that of the certificate " + files.certificate.string());
}

std::unique_ptr<kj::TlsContext> make_context(const TlsFiles& files, bool verifies_clients) {
    const kj::TlsKeypair own{usable(files.key, "key",
                                    [](const std::string& text) {
                                        return kj::TlsPrivateKey(kj::StringPtr(text.c_str()));
                                    }),
                             usable(files.certificate, "certificate", [](const std::string& text) {
                                 return kj::TlsCertificate(kj::StringPtr(text.c_str()));
                             })};
    require_pair(files);
    const std::vector<kj::TlsCertificate> trusted =
        usable(files.authority, "authority", certificates_in);
    kj::TlsContext::Options options;
    options.useSystemTrustStore = false;
    options.verifyClients = verifies_clients;
    options.trustedCertificates = kj::arrayPtr(trusted.data(), trusted.size());
    options.minVersion = kj::TlsVersion::TLS_1_2;
    options.defaultKeypair = own;
    return std::make_unique<kj::TlsContext>(options);
}

}  // namespace

std::unique_ptr<kj::TlsContext> make_server_context(const TlsFiles& files) {
    return make_context(files, true);
}
std::unique_ptr<kj::TlsContext> make_client_context(const TlsFiles& files) {
    return make_context(files, false);
}

std::string common_name_of(kj::PeerIdentity& peer) {
    return kj::downcast<kj::TlsPeerIdentity>(peer).getCommonName().cStr();
}

}  // namespace ledger::rpc
