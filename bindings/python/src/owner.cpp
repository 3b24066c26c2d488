// Opening, calling and closing, in an order in which nobody waits for the GIL and the engine at
// once.
#include "owner.hpp"

#include "ledger/core/error.hpp"

#include <pthread.h>
#include <unistd.h>
#include <optional>
#include <thread>
#include <vector>

namespace ledger::python {

namespace {

thread_local int callbacks_deep = 0;
std::atomic<std::size_t> count_under_way = 0;

/// Those that were opened and may be open; with the GIL.
std::vector<std::weak_ptr<Owner>>& registry() {
    static auto* const owners = new std::vector<std::weak_ptr<Owner>>;  // until the process ends
    return *owners;
}

/// Lets go of the GIL where this thread has it: a last reference goes with it or without.
class WithoutGil {
public:
    WithoutGil() {
        if (PyGILState_Check() != 0) unlocked_.emplace();
    }

private:
    std::optional<Unlocked> unlocked_;
};

}  // namespace

bool is_in_callback() noexcept { return callbacks_deep != 0; }
InCallback::InCallback() noexcept { ++callbacks_deep; }
InCallback::~InCallback() { --callbacks_deep; }

UnderWay::UnderWay() noexcept : process_(::getpid()) {
    [[maybe_unused]] static const int once =
        ::pthread_atfork(nullptr, nullptr, [] { count_under_way = 0; });
    ++count_under_way;
}
UnderWay::~UnderWay() {
    if (::getpid() == process_) --count_under_way;
}
std::size_t UnderWay::count() noexcept { return count_under_way; }

// ---- children

Child::Child(std::shared_ptr<Owner> owner) : owner_(std::move(owner)) {
    const std::lock_guard lock(owner_->children_mutex_);
    owner_->children_.insert(this);
}

Child::~Child() = default;

void Child::leave() noexcept {
    if (owner_->is_forked()) {
        let_go(true);
        return;
    }
    const WithoutGil unlocked;
    const std::lock_guard lock(owner_->children_mutex_);
    owner_->children_.erase(this);
    let_go(false);
}

void Child::let_go_alone() noexcept {
    const std::lock_guard lock(owner_->children_mutex_);
    let_go(false);
}

// ---- the owner

Owner::Owner(Ledger&& ledger, std::shared_ptr<Clock> clock)
    : is_writer_(true),
      process_(::getpid()),
      clock_(std::move(clock)),
      ledger_(std::make_unique<Ledger>(std::move(ledger))) {}

Owner::Owner(Reader&& reader)
    : is_writer_(false),
      process_(::getpid()),
      reader_(std::make_unique<Reader>(std::move(reader))) {}

std::shared_ptr<Owner> Owner::registered(std::shared_ptr<Owner> owner) {
    std::erase_if(registry(), [](const auto& known) { return known.expired(); });
    registry().push_back(owner);
    return owner;
}

void Owner::close_all() {
    const auto owners = registry();  // others may open and close meanwhile
    for (const auto& known : owners) {
        if (const auto owner = known.lock()) owner->close();
    }
}

bool Owner::is_forked() const noexcept { return ::getpid() != process_; }

void Owner::require_callable() const {
    if (is_forked()) {
        throw UsageError(
            "this ledger was opened before the fork, by the parent process; open it in the child");
    }
    if (is_in_callback()) {
        throw UsageError(
            "a callback of a posted batch must not ask the ledger, which waits for it to end; let "
            "another thread do that");
    }
    require_open();
}

void Owner::require_open() const {
    if (is_closing_) throw UsageError("this ledger is closed; open it anew");
}

View Owner::view() const { return is_writer_ ? ledger_->view() : reader_->view(); }
Feed Owner::follow(Position after, FeedContent content) const {
    return is_writer_ ? ledger_->follow(after, content) : reader_->follow(after, content);
}
Stats Owner::stats() const { return is_writer_ ? ledger_->stats() : reader_->stats(); }

void Owner::let_all_go() noexcept {
    const std::lock_guard lock(children_mutex_);
    for (Child* const child : children_) child->let_go(false);
}

void Owner::close() {
    if (is_forked()) return;
    if (is_in_callback()) {
        throw UsageError("a callback of a posted batch must not close the ledger");
    }
    const Unlocked unlocked;
    is_closing_ = true;
    const std::unique_lock nobody(gate_);
    let_all_go();
    ledger_.reset();
    reader_.reset();
}

/// The last reference may go in any thread: with the GIL, which callbacks of the engine wait for,
/// or in such a callback, which the engine's end would wait for.
Owner::~Owner() {
    if (is_forked()) {
        (void)ledger_.release();
        (void)reader_.release();
        return;
    }
    if (ledger_ == nullptr && reader_ == nullptr) return;
    if (is_in_callback()) {
        std::thread([counted = std::make_unique<UnderWay>(), clock = std::move(clock_),
                     ledger = std::move(ledger_)]() mutable {
            ledger.reset();
            clock.reset();
            counted.reset();
        }).detach();
        return;
    }
    const WithoutGil unlocked;
    ledger_.reset();
    reader_.reset();
}

}  // namespace ledger::python
