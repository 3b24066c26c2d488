// What a view holds and its source can take back: a reader's views have an age limit, after which
// what they pinned is let go, whether anybody asks them or not. Invariant: what is held is alive
// for as long as a Held of it is, and is gone once it was taken back and no Held is left.
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
    /// `keeper` is null where the T never expires: then its owner keeps it alive.
    Held(T& value, std::shared_ptr<T> keeper) noexcept
        : value_(&value), keeper_(std::move(keeper)) {}

    T* operator->() const noexcept { return value_; }
    T& operator*() const noexcept { return *value_; }

private:
    T* value_;
    std::shared_ptr<T> keeper_;
};

/// Owns a T, which one thread uses at a time and any thread takes back; `T::expiry` says when it
/// must be.
template <class T>
class Leased {
public:
    explicit Leased(std::shared_ptr<T> value) : lease_(std::make_shared<Lease>(std::move(value))) {}

    /// For the length of an expression.
    Held<T> operator->() const { return hold(); }
    /// Throws UsageError where it has expired. Costs nothing where it never does.
    Held<T> hold() const { return lease_->hold(); }
    std::shared_ptr<Revocable> revocable() const noexcept { return lease_; }

private:
    class Lease final : public Revocable {
    public:
        explicit Lease(std::shared_ptr<T> value) noexcept
            : value_(std::move(value)), expiry_(value_->expiry) {}

        Held<T> hold() {
            if (expiry_ == never_expires) return {*value_, nullptr};
            if (std::chrono::steady_clock::now() >= expiry_) revoke();
            std::unique_lock lock(mutex_);
            std::shared_ptr<T> value = value_;
            lock.unlock();
            if (value == nullptr) {
                throw UsageError(
                    "this view is older than ReaderOptions::view_age_max, and what it pinned was "
                    "let go; take a new one, at the same position if need be");
            }
            T& held = *value;
            return {held, std::move(value)};
        }
        void revoke() noexcept override {
            std::shared_ptr<T> ended;  // after the lock, if this was the last
            const std::lock_guard lock(mutex_);
            ended.swap(value_);
        }

    private:
        std::mutex mutex_;
        std::shared_ptr<T> value_;
        const Expiry expiry_;
    };

    std::shared_ptr<Lease> lease_;
};

}  // namespace ledger::history
