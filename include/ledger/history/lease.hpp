// What a view holds and its source can take back: a reader's views have an age limit, after which
// what they pinned is let go, whether anybody asks them or not. Invariant: what is held is alive for
// as long as a Held of it is, and is gone once it was taken back and no Held is left.
#pragma once

#include "ledger/core/error.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

namespace ledger::history {

/// A moment of the steady clock.
using Expiry = std::chrono::steady_clock::time_point;
inline constexpr Expiry never_expires = Expiry::max();

/// Something that can be taken back. Any thread.
class Revocable {
public:
    virtual ~Revocable() = default;
    /// Whoever uses it just now goes on to the end of that; nobody else begins.
    virtual void revoke() noexcept = 0;
};

/// A T in use. One thread.
template <class T>
class Held {
public:
    Held(T& value, std::shared_ptr<T> keeper) noexcept
        : value_(&value), keeper_(std::move(keeper)) {}

    T* operator->() const noexcept { return value_; }
    /// What keeps it alive; null where it never expires.
    const std::shared_ptr<T>& keeper() const noexcept { return keeper_; }

private:
    T* value_;
    std::shared_ptr<T> keeper_;
};

/// Owns a T. One thread uses it at a time; any thread takes it back.
template <class T>
class Lease final : public Revocable {
public:
    Lease(std::shared_ptr<T> value, Expiry expiry) noexcept
        : value_(std::move(value)), expiry_(expiry) {}

    /// Throws UsageError where it has expired. Costs nothing where it never does.
    Held<T> hold() const {
        if (expiry_ == never_expires) return {*value_, nullptr};
        std::shared_ptr<T> value = share();
        if (value == nullptr) {
            throw UsageError(
                "this view is older than ReaderOptions::view_age_max, so what it pinned was let "
                "go; take a new one, at the same position if need be");
        }
        T& held = *value;
        return {held, std::move(value)};
    }
    void revoke() noexcept override {
        std::shared_ptr<T> ended;  // outside of the lock, if this was the last
        const std::lock_guard lock(mutex_);
        ended.swap(value_);
    }

private:
    std::shared_ptr<T> share() const {
        const bool is_due = std::chrono::steady_clock::now() >= expiry_;
        const std::lock_guard lock(mutex_);
        if (is_due) value_.reset();
        return value_;
    }

    mutable std::mutex mutex_;
    mutable std::shared_ptr<T> value_;
    const Expiry expiry_;
};

}  // namespace ledger::history
