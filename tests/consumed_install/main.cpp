// Links the installed library and says which version it got; the test compares the answer.
#include <ledger/version.hpp>

#include <iostream>

int main() { std::cout << ledger::version() << '\n'; }
