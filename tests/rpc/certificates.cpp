// See certificates.hpp.
#include "certificates.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace ledger::test {

namespace {

template <class T, void (*Free)(T*)>
struct Freeing {
    void operator()(T* what) const { Free(what); }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509, X509_free>>;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

template <class Write>
std::filesystem::path write_pem(const std::filesystem::path& file, Write write) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"),
                                                              &std::fclose);
    require(out != nullptr && write(out.get()) == 1, "write a PEM file");
    return file;
}

void name_it(X509_NAME* name, const std::string& common_name) {
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "name");
}

void extend(X509* certificate, int what, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extend");
    X509_EXTENSION_free(extension);
}

Certificate unsigned_certificate(const std::string& common_name, EVP_PKEY* key, long serial,
                                 const Validity& validity) {
    Certificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), validity.from.count());
    X509_gmtime_adj(X509_getm_notAfter(made.get()), validity.until.count());
    name_it(X509_get_subject_name(made.get()), common_name);
    require(X509_set_pubkey(made.get(), key) == 1, "set a key");
    return made;
}

}  // namespace

struct Authority::Secret {
    Key key;
    Certificate certificate;

    void sign(X509* one) const {
        X509_set_issuer_name(one, X509_get_subject_name(certificate.get()));
        require(X509_sign(one, key.get(), EVP_sha256()) != 0, "sign");
    }
};

Authority::Authority(const std::filesystem::path& directory, const std::string& name)
    : directory_(directory), file_(directory / (name + ".pem")) {
    Key key(EVP_EC_gen("P-256"));
    Certificate own = unsigned_certificate(name, key.get(), 1, {});
    extend(own.get(), NID_basic_constraints, "critical,CA:TRUE");
    secret_ = std::make_unique<Secret>(Secret{std::move(key), std::move(own)});
    secret_->sign(secret_->certificate.get());
    write_pem(file_,
              [&](std::FILE* out) { return PEM_write_X509(out, secret_->certificate.get()); });
}
Authority::~Authority() = default;

rpc::TlsFiles Authority::issue(const std::string& common_name, const std::filesystem::path& trusted,
                               Validity validity) {
    const Key key(EVP_EC_gen("P-256"));
    const long serial = ++issued_ + 1;
    const Certificate made = unsigned_certificate(common_name, key.get(), serial, validity);
    extend(made.get(), NID_subject_alt_name, "DNS:" + common_name);
    secret_->sign(made.get());
    const std::string stem = file_.stem().string() + "-" + std::to_string(serial);
    rpc::TlsFiles files;
    files.certificate = write_pem(directory_ / (stem + ".pem"),
                                  [&](std::FILE* out) { return PEM_write_X509(out, made.get()); });
    files.key = write_pem(directory_ / (stem + ".key"), [&](std::FILE* out) {
        return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    files.authority = trusted;
    return files;
}

}  // namespace ledger::test
