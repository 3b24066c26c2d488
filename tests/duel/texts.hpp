// The answers of a view as text, every field of them. Invariant: two answers with the same text are
// the same, so that comparing texts compares answers, and a difference can be read.
#pragma once

#include "ledger/history/view.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace ledger::oracle {

std::string text_of(const ledger::Balance& balance);
std::string text_of(const AccountInfo& account);
std::string text_of(const AccountEntry& entry);
std::string text_of(const PostedVoucher& posted);
std::string text_of(const PostedRecord& record);
std::string text_of(const HoldInfo& hold);
std::string text_of(const ItemInfo& item);
std::string text_of(const TrialSum& sum);

template <class T>
std::string text_of(const std::optional<T>& answer) {
    return answer ? text_of(*answer) : "nothing";
}

/// The ledger and the naive model do not agree, and `what()` says where.
class Disagreement : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Throws Disagreement where the two differ; `question` is what was asked.
void expect_same(const std::string& question, const std::string& expected,
                 const std::string& answered);

/// The same for lists, item by item.
template <class T>
void expect_same(const std::string& question, const std::vector<T>& expected,
                 const std::vector<T>& answered) {
    for (std::size_t i = 0; i < expected.size() || i < answered.size(); ++i) {
        expect_same(question + ", item " + std::to_string(i),
                    i < expected.size() ? text_of(expected[i]) : "the end",
                    i < answered.size() ? text_of(answered[i]) : "the end");
    }
}

}  // namespace ledger::oracle
