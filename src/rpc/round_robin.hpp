// Who is next, where several wait for the same thing: each owner in turn, of one owner each of its
// lanes in turn, and of one lane what came first. Invariant: between two items of one owner every
// other owner that waits has had one; and likewise the lanes of an owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

namespace ledger::rpc {

/// Not thread-safe.
template <class Owner, class Item>
class RoundRobin {
public:
    /// `lane` is what the owner wants the item for, such as an account of its customer's.
    void push(Owner* owner, Item item, std::uint64_t lane = 0) {
        Lanes& lanes = lanes_[owner];
        if (lanes.turns.empty()) turns_.push_back(owner);
        std::deque<Item>& queue = lanes.queues[lane];
        if (queue.empty()) lanes.turns.push_back(lane);
        queue.push_back(std::move(item));
        ++size_;
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// Takes the first item of the next owner whose next item `may_go` lets pass, and puts that
    /// owner, and the item's lane, behind the others. False: there is none.
    template <class MayGo>
    bool pop(Item& item, Owner*& owner, const MayGo& may_go) {
        for (std::size_t i = 0; i < turns_.size(); ++i) {
            owner = turns_[i];
            const auto found = lanes_.find(owner);
            if (!may_go(*owner, found->second.next())) continue;
            item = found->second.take();
            --size_;
            turns_.erase(turns_.begin() + static_cast<std::ptrdiff_t>(i));
            if (found->second.turns.empty()) {
                lanes_.erase(found);
            } else {
                turns_.push_back(owner);
            }
            return true;
        }
        return false;
    }

private:
    struct Lanes {
        std::map<std::uint64_t, std::deque<Item>> queues;  ///< none of them empty
        std::deque<std::uint64_t> turns;

        Item& next() { return queues.find(turns.front())->second.front(); }
        Item take() {
            const std::uint64_t lane = turns.front();
            turns.pop_front();
            const auto found = queues.find(lane);
            Item item = std::move(found->second.front());
            found->second.pop_front();
            if (found->second.empty()) {
                queues.erase(found);
            } else {
                turns.push_back(lane);
            }
            return item;
        }
    };

    std::map<Owner*, Lanes> lanes_;  ///< none of them empty
    std::deque<Owner*> turns_;
    std::size_t size_ = 0;
};

}  // namespace ledger::rpc
