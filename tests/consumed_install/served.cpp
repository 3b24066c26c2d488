// A host of a served ledger, that finds nobody where it looks.
#include <ledger/client.hpp>

int main() {
    try {
        ledger::Client::connect("unix:/nowhere/socket");
    } catch (const ledger::ConnectionError&) {
        return 0;
    }
    return 1;
}
