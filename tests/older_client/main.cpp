// A client of the first published protocol, which knows no more than its frozen schemas say: it
// logs in, posts, and reads back, and so shows that a newer server still serves it. Compiled
// without anything of this project.
//
//     older_client SOCKET
#include "journal.capnp.h"
#include "ledger.capnp.h"

#include <capnp/ez-rpc.h>
#include <capnp/serialize.h>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

namespace record = ledger::record::wire;
namespace rpc = ledger::rpc::wire;

constexpr std::uint8_t voucher_kind = 1;
constexpr std::uint8_t date_defaulted = 2;
// Of the ids that the test uses.
constexpr std::uint64_t account_high = 0xACC0;
constexpr std::uint64_t record_high = 0x1D00;

/// Raw words of a TravellingBatch: one voucher of 7 units from account 2 to account 1.
kj::Array<capnp::word> voucher(std::uint64_t id) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<record::TravellingBatch>();
    auto batch = root.initBatch();
    batch.setVersion(1);
    auto one = batch.initRecords(1)[0];
    one.setKind(voucher_kind);
    one.setFlags(date_defaulted);
    one.setLineCount(2);
    one.setBook(1);
    one.getId().setLow(id);
    one.getId().setHigh(record_high);
    auto lines = batch.initLines(2);
    auto accounts = root.initAccounts(2);
    for (unsigned i = 0; i < 2; ++i) {
        lines[i].setAccount(i);
        lines[i].setAmount(7);
        accounts[i].setLow(i + 1);
        accounts[i].setHigh(account_high);
    }
    lines[1].setFlags(record::Line::CREDIT);
    return capnp::messageToFlatArray(message);
}

void require(bool held, const char* what) {
    if (!held) throw std::runtime_error(what);
}

void speak(const std::string& socket) {
    capnp::EzRpcClient client("unix:" + socket);
    auto& scope = client.getWaitScope();
    auto login = client.getMain<rpc::Gate>().loginRequest();
    login.setVersion(1);
    const auto session = login.send().wait(scope);
    require(session.getSession().getVersion() >= 1, "the server has no version");

    const auto words = voucher(77);
    auto post = session.getSession().getPoster().postRequest();
    post.setBatch(words.asBytes());
    const auto posted = post.send().wait(scope);
    require(posted.getResults().size() == 1, "one record has one result");
    require(posted.getResults()[0].getOutcome() == 0, "the voucher is not accepted");
    const std::uint64_t position = posted.getResults()[0].getPosition();
    require(position != 0, "the voucher has no position");

    auto reader = session.getSession().getReader();
    auto balance = reader.balanceRequest();
    auto account = balance.initAccount();
    account.setLow(1);
    account.setHigh(account_high);
    const auto found = balance.send().wait(scope);
    require(found.getBalance().getDebits().getLow() == 7, "the balance is not what was posted");

    auto follow = reader.followRequest();
    follow.setAfter(position - 1);
    auto next = follow.send().getFeed().nextRequest();  // pipelined
    next.setRecordsMax(1);
    const auto given = next.send().wait(scope);
    require(given.getFacts().size() == 1, "the feed does not give the record");
    require(given.getFacts()[0].getPosition() == position, "the feed gives another record");

    bool refused = false;
    auto wrong = reader.balanceRequest();
    wrong.setAt(position + 1'000'000);
    try {
        wrong.send().wait(scope);
    } catch (const kj::Exception& failure) {
        refused = std::string(failure.getDescription().cStr()).find("InvalidArgument: ") !=
                  std::string::npos;
    }
    require(refused, "a position to come is not refused by its name");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: older_client SOCKET\n", stderr);
        return 2;
    }
    try {
        speak(arguments[1]);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "older_client: %s\n", failure.what());
        return 1;
    } catch (const kj::Exception& failure) {
        std::fprintf(stderr, "older_client: %s\n", failure.getDescription().cStr());
        return 1;
    }
    return 0;
}
