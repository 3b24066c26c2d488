// ledgerctl.
#include "cli/application.hpp"

int main(int argc, char** argv) { return ledger::cli::run(argc, argv); }
