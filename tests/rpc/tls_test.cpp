// TLS: who is let in by certificate, and who is not.
#include "certificates.hpp"
#include "served.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace ledger::test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class Tls : public testing::Test {
protected:
    explicit Tls(const rpc::ServerLimits& limits = {}) {
        options_.tls = {"127.0.0.1:0", servers_.issue("ledger.test", clients_.file())};
        options_.limits = limits;
        options_.principals = {
            {"payments", rpc::Role::poster, {}, {}, payments_digest, "payments.internal"},
            {"reporting", rpc::Role::reader, {}, {}, {}, "reporting.internal"},
            {"root", rpc::Role::operator_role, {}, {}, {}, "root.internal"}};
        server_.emplace(ledger_, options_);
    }

    Client connect_with(const rpc::TlsFiles& files, const std::string& name = "ledger.test",
                        const std::string& principal = {}) const {
        return Client::connect("tls:127.0.0.1:" + std::to_string(server_->tls_port()),
                               {principal, principal + "-secret", files, name});
    }
    rpc::TlsFiles certified(const std::string& name, Validity validity = {}) {
        return clients_.issue(name, servers_.file(), validity);
    }

    TemporaryDirectory directory_;
    Authority servers_{directory_.path(), "servers"};
    Authority clients_{directory_.path(), "clients"};
    Ledger ledger_ = Ledger::create(directory_ / "ledger", Served::without_anchors());
    rpc::ServerOptions options_;
    std::optional<rpc::Server> server_;
};

TEST_F(Tls, APrincipalIsItsCertificate) {
    Client root = connect_with(certified("root.internal"));
    EXPECT_EQ(root.principal(), "root");
    ASSERT_TRUE(all_accepted(root.post(foundations(2))));
    ASSERT_TRUE(
        all_accepted(connect_with(certified("payments.internal")).post(transfers(1, 20, 2))));
    Client reader = connect_with(certified("reporting.internal"));
    EXPECT_TRUE(reader.view().voucher(record_id(20)));
    EXPECT_THROW(reader.post(transfers(30, 1, 2)), AccessError);
}

TEST_F(Tls, ALongBatchAndItsQueriesGoThrough) {
    Client root = connect_with(certified("root.internal"));
    ASSERT_TRUE(all_accepted(root.post(foundations(2))));
    ASSERT_TRUE(all_accepted(root.post(transfers(1, 20'000, 2))));
    EXPECT_EQ(root.view().balance(account_id(1)), ledger_.view().balance(account_id(1)));
}

TEST_F(Tls, ExpiredAndForeignCertificatesAreRefused) {
    Authority stranger(directory_.path(), "stranger");
    EXPECT_THROW(connect_with(certified("payments.internal",
                                        {-std::chrono::hours{48}, -std::chrono::seconds{60}})),
                 ConnectionError);
    EXPECT_THROW(connect_with(certified("payments.internal",
                                        {std::chrono::hours{1}, std::chrono::hours{2}})),
                 ConnectionError);
    EXPECT_THROW(connect_with(stranger.issue("payments.internal", servers_.file())),
                 ConnectionError);
    // Not the other way round either: a server's certificate is none of a client.
    EXPECT_THROW(connect_with(servers_.issue("payments.internal", servers_.file())),
                 ConnectionError);
    EXPECT_EQ(connect_with(certified("payments.internal")).principal(), "payments");
}

TEST_F(Tls, ACertificateOfNobodyIsNobody) {
    EXPECT_THROW(connect_with(certified("visitors.internal")), AccessError);
    // No token helps it, nor him who is somebody to be somebody else.
    EXPECT_THROW(connect_with(certified("visitors.internal"), "ledger.test", "payments"),
                 AccessError);
    EXPECT_EQ(connect_with(certified("reporting.internal"), "ledger.test", "payments").principal(),
              "reporting");
}

TEST_F(Tls, ARevokedPrincipalIsRefusedDespiteItsCertificate) {
    Client root = connect_with(certified("root.internal"));
    ASSERT_TRUE(all_accepted(root.post(foundations(2))));
    Client poster = connect_with(certified("payments.internal"));
    EXPECT_TRUE(root.revoke("payments"));
    EXPECT_THROW(poster.post(transfers(1, 1, 2)), AccessError);
    EXPECT_THROW(connect_with(certified("payments.internal")), AccessError);
}

TEST_F(Tls, AClientRefusesAServerThatItWasNotToldOf) {
    EXPECT_THAT([&] { connect_with(certified("payments.internal"), "other.test"); },
                ThrowsMessage<ConnectionError>(HasSubstr("no TLS connection to other.test")));
    Authority stranger(directory_.path(), "stranger");
    EXPECT_THROW(connect_with(clients_.issue("payments.internal", stranger.file())),
                 ConnectionError);
}

TEST_F(Tls, SeveralAuthoritiesCanBeTrusted) {
    Authority second(directory_.path(), "second");
    const auto both = directory_ / "both.pem";
    std::ofstream(both) << std::ifstream(second.file()).rdbuf()
                        << std::ifstream(servers_.file()).rdbuf();
    EXPECT_EQ(connect_with(clients_.issue("payments.internal", both)).principal(), "payments");
}

TEST_F(Tls, FilesThatCannotBeUsedAreNamed) {
    rpc::ServerOptions wrong = options_;
    const auto refusal = [&] { rpc::Server(ledger_, wrong); };
    wrong.tls->files.key = directory_ / "nowhere.key";
    EXPECT_THAT(refusal, ThrowsMessage<InvalidArgument>(HasSubstr("nowhere.key cannot be opened")));
    wrong.tls->files.key = options_.tls->files.certificate;
    EXPECT_THAT(refusal, ThrowsMessage<InvalidArgument>(HasSubstr("is not usable")));
    wrong.tls->files.key = certified("another").key;
    EXPECT_THAT(refusal, ThrowsMessage<InvalidArgument>(HasSubstr("is not that of the certificate")));
}

class TlsWithHaste : public Tls {
protected:
    TlsWithHaste() : Tls(hasty()) {}
    static rpc::ServerLimits hasty() {
        rpc::ServerLimits limits;
        limits.login_timeout = std::chrono::milliseconds{300};
        limits.connections_max = 4;
        return limits;
    }
};

TEST_F(TlsWithHaste, HandshakesThatAreLeftHalfOpenAreEndedAndCount) {
    {
        std::vector<std::unique_ptr<RawPeer>> silent;
        for (int i = 0; i < 6; ++i)
            silent.push_back(std::make_unique<RawPeer>(server_->tls_port()));
        silent[0]->send(std::string("\x16\x03\x01\x40\x00", 5));  // a record that never comes
        silent[1]->send("GET / HTTP/1.1\r\n\r\n");
        for (const auto& peer : silent) peer->wait_for_end();
    }
    EXPECT_EQ(connect_with(certified("payments.internal")).principal(), "payments");
}

}  // namespace
}  // namespace ledger::test
