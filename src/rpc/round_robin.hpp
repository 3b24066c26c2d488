// Who is next, where several wait for the same thing: each owner in turn, and of one owner what
// came first. Invariant: between two items of one owner every other owner that waits has had one.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace ledger::rpc {

/// Not thread-safe.
template <class Owner, class Item>
class RoundRobin {
public:
    void push(Owner* owner, Item item) {
        std::deque<Item>& queue = queues_[owner];
        if (queue.empty()) turns_.push_back(owner);
        queue.push_back(std::move(item));
        ++size_;
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// Takes the first item of the next owner whose first item `may_go` lets pass, and puts that
    /// owner behind the others. False: there is none.
    template <class MayGo>
    bool pop(Item& item, Owner*& owner, const MayGo& may_go) {
        for (std::size_t i = 0; i < turns_.size(); ++i) {
            owner = turns_[i];
            const auto found = queues_.find(owner);
            if (!may_go(*owner, found->second.front())) continue;
            item = std::move(found->second.front());
            found->second.pop_front();
            --size_;
            turns_.erase(turns_.begin() + static_cast<std::ptrdiff_t>(i));
            if (found->second.empty()) {
                queues_.erase(found);
            } else {
                turns_.push_back(owner);
            }
            return true;
        }
        return false;
    }

private:
    std::map<Owner*, std::deque<Item>> queues_;  ///< none of them empty
    std::deque<Owner*> turns_;
    std::size_t size_ = 0;
};

}  // namespace ledger::rpc
