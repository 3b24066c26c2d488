// Ids as text, and the refusals of columns.
#include "columns.hpp"

#include <array>

namespace ledger::python {

namespace {

constexpr std::size_t digits_of_id = 32;
struct IdText {
    std::array<char, digits_of_id> digits;
};

IdText text_of(AccountId account) {
    constexpr std::string_view hex = "0123456789abcdef";
    IdText text;
    u128 rest = account.value;
    for (std::size_t i = digits_of_id; i-- > 0; rest >>= 4) {
        text.digits[i] = hex[static_cast<std::size_t>(rest & 15)];
    }
    return text;
}

}  // namespace

void AmountColumn::refuse(i128 value) const {
    throw OverflowError(to_string(value) + " in the column '" + name_ +
                        "' needs more than 64 bits; ask for amounts=\"wide\" or \"decimal\"");
}

void AccountColumn::release(TableParts& into) {
    Buffer<IdText> texts;
    texts.reserve_more(ids_.size());
    for (const AccountId account : ids_) texts.push(text_of(account));
    into.add(name_, "id", places_.release("<i4"), texts.release("S32"));
    ids_.clear();
    known_.clear();
}

}  // namespace ledger::python
