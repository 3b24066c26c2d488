// Lifetimes: an open ledger or reader that Python holds, and the views and feeds taken from it.
// Invariant: a view keeps its ledger, no view outlives it, and whatever is asked of something that
// was closed, or in a forked child, is a UsageError; the engine is never called with the GIL held,
// nor with what is gone.
#pragma once

#include "ledger/ledger.hpp"

#include <pybind11/pybind11.h>

#include <sys/types.h>
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_set>
#include <utility>

namespace ledger::python {

class Owner;

/// True in a thread that runs callbacks of the engine just now: it must not wait for it.
bool is_in_callback() noexcept;
/// For the length of a callback, in its thread.
class InCallback {
public:
    InCallback() noexcept;
    ~InCallback();
    InCallback(const InCallback&) = delete;
    InCallback& operator=(const InCallback&) = delete;
};

/// What the interpreter must not end before: calls of other threads, ledgers that close. A forked
/// child has none of its parent's.
class UnderWay {
public:
    UnderWay() noexcept;
    ~UnderWay();
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    static std::size_t count() noexcept;

private:
    const pid_t process_;
};

/// Lets go of the GIL for a call of the engine. Invariant: a call is counted until it has the GIL
/// back.
class Unlocked {
    UnderWay counted_;
    pybind11::gil_scoped_release unlocked_;  // ends first
};

/// What must be gone before its ledger is closed.
class Child {
public:
    explicit Child(std::shared_ptr<Owner> owner);
    virtual ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    Owner& owner() const noexcept { return *owner_; }
    const std::shared_ptr<Owner>& shared_owner() const noexcept { return owner_; }

protected:
    /// To be called first by the destructor of what derives from it.
    void leave() noexcept;
    /// Lets go now, while nothing else of the owner does.
    void let_go_alone() noexcept;

private:
    friend class Owner;
    /// Destroys what it holds, or in a forked child forgets it. The owner's children are locked.
    virtual void let_go(bool is_forked) noexcept = 0;
    std::shared_ptr<Owner> owner_;
};

/// Any thread.
class Owner : public std::enable_shared_from_this<Owner> {
public:
    /// The clock is the one in the ledger's options; null: the machine's.
    Owner(Ledger&& ledger, std::shared_ptr<Clock> clock);
    explicit Owner(Reader&& reader);
    ~Owner();
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;

    /// An owner that close_all knows. With the GIL, as close_all.
    static std::shared_ptr<Owner> registered(std::shared_ptr<Owner> owner);
    /// Closes all that are open, whoever keeps them.
    static void close_all();

    bool is_writer() const noexcept { return is_writer_; }
    bool is_closed() const noexcept { return is_closing_; }
    bool is_forked() const noexcept;

    /// Runs `ask` without the GIL, and without anybody closing the ledger meanwhile.
    template <class Ask>
    auto call(Ask&& ask) {
        require_callable();
        const Unlocked unlocked;
        return unlocked_call(std::forward<Ask>(ask));
    }
    /// Runs `ask` without the GIL, too, which asks the ledger by unlocked_call, and in between may
    /// run Python, which may close the ledger.
    template <class Ask>
    auto call_in_parts(Ask&& ask) {
        require_callable();
        const Unlocked unlocked;
        return ask();
    }
    /// The same as call where the caller has let go of the GIL.
    template <class Ask>
    auto unlocked_call(Ask&& ask) {
        const std::shared_lock open(gate_);
        require_open();
        return ask();
    }
    /// Within a call.
    Ledger& ledger() noexcept { return *ledger_; }
    View view() const;
    Feed follow(Position after, FeedContent content) const;
    Stats stats() const;
    Reader& reader() noexcept { return *reader_; }

    /// Waits for the calls under way, lets all views go and closes. Again: nothing.
    void close();

private:
    friend class Child;
    void require_callable() const;
    void require_open() const;
    void let_all_go() noexcept;

    const bool is_writer_;
    const pid_t process_;
    std::shared_ptr<Clock> clock_;  // outlives the ledger
    std::unique_ptr<Ledger> ledger_;
    std::unique_ptr<Reader> reader_;
    std::atomic<bool> is_closing_ = false;
    std::shared_mutex gate_;
    std::mutex children_mutex_;
    std::unordered_set<Child*> children_;
};

/// A view or a feed; one thread at a time, the others wait.
template <class T>
class Held final : public Child, public std::enable_shared_from_this<Held<T>> {
public:
    Held(std::shared_ptr<Owner> owner, T&& value)
        : Child(std::move(owner)), value_(std::make_unique<T>(std::move(value))) {}
    ~Held() override { leave(); }

    template <class Ask>
    auto ask(Ask&& ask) {
        return owner().call([&] { return unlocked_ask(std::forward<Ask>(ask)); });
    }
    /// Within a call of the owner.
    template <class Ask>
    auto unlocked_ask(Ask&& ask) {
        const std::lock_guard mine(mutex_);
        if (value_ == nullptr) throw UsageError("this was closed; take a new one");
        return ask(*value_);
    }
    /// Waits for what is asked of it just now.
    void close() {
        const Unlocked unlocked;
        if (owner().is_forked()) return;
        const std::lock_guard mine(mutex_);
        let_go_alone();
    }
    bool is_closed() const noexcept { return is_closed_; }

private:
    void let_go(bool is_forked) noexcept override {
        is_closed_ = true;
        if (is_forked) {
            (void)value_.release();
        } else {
            value_.reset();
        }
    }
    std::mutex mutex_;
    std::unique_ptr<T> value_;
    std::atomic<bool> is_closed_ = false;
};

using HeldView = Held<View>;
using HeldFeed = Held<Feed>;

}  // namespace ledger::python
