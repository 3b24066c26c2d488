// See ledger_duel.hpp: closing, killing, reopening, and copies.
#include "compare_feed.hpp"
#include "compare_queries.hpp"
#include "ledger_duel.hpp"
#include "texts.hpp"

#include <signal.h>
#include <unistd.h>

#include <thread>

namespace ledger::oracle {

namespace fs = std::filesystem;

namespace {

constexpr const char* checkpoint_name = "checkpoint.mdb";

}  // namespace

void LedgerDuel::open() { ledger_.emplace(Ledger::open(directory_, options(background_))); }
void LedgerDuel::close() { ledger_.reset(); }

void LedgerDuel::reopen() {
    close();
    // Kept for reopen_with_earlier_checkpoint().
    if (roll(2) == 0) {
        fs::copy_file(directory_ / checkpoint_name, home_ / checkpoint_name,
                      fs::copy_options::overwrite_existing);
    }
    open();
    compare();
    compare_feed();
}

void LedgerDuel::reopen_without_checkpoint() {
    if (roll(2) != 0) return rebuild();
    close();
    fs::remove(directory_ / checkpoint_name);
    open();
    compare();
}

void LedgerDuel::rebuild() {
    close();
    Ledger::rebuild(directory_, options(background_));
    open();
    compare();
}

void LedgerDuel::reopen_with_earlier_checkpoint() {
    if (!fs::exists(home_ / checkpoint_name)) return reopen();
    close();
    fs::copy_file(home_ / checkpoint_name, directory_ / checkpoint_name,
                  fs::copy_options::overwrite_existing);
    open();
    compare();
}

// ---- killing

/// In the child: posts, tells after each step but the last what was acknowledged, and dies in the
/// last one.
void LedgerDuel::post_until_killed(RandomHistory& history, int steps, const Writer::Tell& tell) {
    open();
    for (int i = 1; i < steps; ++i) {
        post(history.next(naive_));
        tell(naive_.last_position());
        if (roll(4) == 0) seal();
    }
    Step last = history.next(naive_);
    set_clock(last);
    if (roll(2) == 0) std::thread([this] { ledger_->seal(); }).detach();
    ledger_->post_async(last.batch, [](std::span<const Result>, Batch&&) {});
    std::this_thread::sleep_for(std::chrono::microseconds{roll(1u << (8 + roll(8)))});
    ::kill(::getpid(), SIGKILL);
}

/// The next step, as this process sees it beside the writer that told of it: the model takes it,
/// and must agree with all that the reader answers.
void LedgerDuel::follow_beside(Reader& reader, Position told, RandomHistory& history) {
    reader.refresh();
    const View view = reader.view();
    if (view.position() < told) {
        throw Disagreement("position " + std::to_string(told.value) +
                           " was acknowledged before another process refreshed to " +
                           std::to_string(view.position().value));
    }
    const Step step = history.next(naive_);
    set_clock(step);
    const View then = view.at(told);
    (void)follow(then, step);
    compare_queries(naive_, then, {random_, 4});
}

/// And when the writer is dead.
void LedgerDuel::compare_left_behind(Reader& reader) {
    reader.refresh();
    compare_queries(naive_, reader.view().at(naive_.last_position()), {random_, 1});
    oracle::compare_feed(
        naive_, [&](Position after) { return reader.follow(after); }, random_);
}

/// What the writer tells, a reader in this process follows, until it is killed.
void LedgerDuel::follow_until_killed(RandomHistory& history, int steps) {
    Writer writer([&](const Writer::Tell& tell) { post_until_killed(history, steps, tell); });
    random_.discard(1);  // not the child's dice again
    std::optional<Reader> reader;
    while (const auto told = writer.next()) {
        if (!reader) reader.emplace(Reader::open(directory_, test::small_reader_options()));
        follow_beside(*reader, *told, history);
        ++tally_.read_beside;
    }
    if (const int status = writer.wait(); !test::was_killed(status)) {
        throw Disagreement("the process to be killed ended by itself, status " +
                           std::to_string(status));
    }
    ++tally_.kills;
    if (reader) compare_left_behind(*reader);
}

void LedgerDuel::kill(RandomHistory& history, int steps) {
    close();
    follow_until_killed(history, steps);
    open();
    const View view = ledger_->view();
    if (view.position() < naive_.last_position()) {
        throw Disagreement("position " + std::to_string(naive_.last_position().value) +
                           " was acknowledged and is lost");
    }
    // The one that was under way is durable as a whole or not at all; posted again, it is in any
    // case.
    const Step last = history.next(naive_);
    set_clock(last);
    take_own_records(view, view.position());
    if (naive_.last_position() < view.position()) {
        ++tally_.durable_at_kill;
        (void)follow(view, last);
    }
    post(last);
    compare();
    compare_feed();
}

// ---- copies

/// A ledger in `directory` must say what this one says, and what its background journaled while the
/// copy was made. Opened without the background, it journals nothing itself.
void LedgerDuel::compare_copy(const fs::path& directory) {
    {
        const Ledger copy = Ledger::open(directory, options(false));
        const View view = copy.view();
        if (background_) take_own_records(view, view.position());
        expect_same("position of the copy", std::to_string(naive_.last_position().value),
                    std::to_string(view.position().value));
        compare_queries(naive_, view, {random_, 1});
    }
    fs::remove_all(directory);
}

void LedgerDuel::compare_copies() {
    compare(16);
    const fs::path backup = home_ / "backup";
    const fs::path restored = home_ / "restored";
    fs::remove_all(backup);
    ledger_->backup(backup);
    Ledger::restore(backup, restored);
    compare_copy(restored);
    if (background_) return;  // which may be writing
    const fs::path crashed = home_ / "crashed";
    fs::copy(directory_, crashed);
    compare_copy(crashed);
}

}  // namespace ledger::oracle
