// See crash_hunt.hpp.
#include "proof/crash_hunt.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <random>
#include <stdexcept>
#include <unordered_set>

namespace ledger::proof {

namespace {

constexpr std::size_t findings_max = 10;
constexpr std::size_t message_bytes = 2000;

/// How far a state could be recovered. More is better, so that what must be there can be compared.
using Reach = std::int64_t;
constexpr Reach failed = -2;
constexpr Reach no_ledger = -1;  ///< none was made yet, and one can be

/// What the process that recovers tells: the reach of each state in turn.
struct Told {
    static constexpr std::size_t states_max = 8192;
    std::size_t done = 0;
    std::array<Reach, states_max> reach{};
    std::size_t messages = 0;
    std::array<std::array<char, message_bytes>, findings_max> message{};
};

/// Leaves no large free block: LMDB asks for megabytes of zeros, which the kernel gives for nothing
/// and a block of the heap must be cleared for.
void use_up_large_blocks() {
    constexpr std::size_t size = std::size_t{1} << 20;
    ::mallopt(M_MMAP_THRESHOLD, size);
    for (;;) {
        void* const block = std::malloc(size);
        const bool is_mapped = (static_cast<const std::size_t*>(block)[-1] & 2) != 0;
        if (!is_mapped) continue;
        std::free(block);
        return;
    }
}

/// Memory that a forked process shares.
class SharedTold {
public:
    SharedTold()
        : told_(::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) {
        if (told_ == MAP_FAILED) throw std::bad_alloc();
        new (told_) Told;
    }
    ~SharedTold() { ::munmap(told_, sizeof(Told)); }
    SharedTold(const SharedTold&) = delete;
    SharedTold& operator=(const SharedTold&) = delete;
    Told* operator->() const { return static_cast<Told*>(told_); }

private:
    void* told_;
};

class Hunt {
public:
    Hunt(const RecordedRun& run, std::uint64_t seed, const std::filesystem::path& home,
         const Sampling& sampling)
        : run_(run), sampling_(sampling), lots_(seed), check_(run.expected), bench_(home) {
        // A huge page is zeroed for each little table of a ledger that is open for a moment.
        ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }

    /// Through the run again and again, each time with other lots.
    Hunted run(std::uint64_t distinct_wanted) {
        std::uint64_t before = 0;
        do {
            before = hunted_.distinct;
            pass();
        } while (hunted_.distinct < distinct_wanted && hunted_.distinct > before);
        return std::move(hunted_);
    }

private:
    void pass();
    void moment();
    void recover_all(const std::vector<CrashState>& fresh);
    void recover_some(const std::vector<CrashState>& fresh, std::size_t from);
    Reach recover(const CrashState& state);
    void judge(const CrashState& state);
    void find(const std::string& what);

    const RecordedRun& run_;
    Sampling sampling_;
    std::mt19937_64 lots_;
    RecoveryCheck check_;
    std::optional<CrashStates> states_;  ///< of the pass
    Workbench bench_;
    SharedTold told_;
    std::unordered_map<std::uint64_t, Reach> known_;   ///< by content
    std::unordered_set<std::uint64_t> known_backups_;  ///< that were recovered with some state
    std::uint64_t moment_ = 0;
    Hunted hunted_;
};

void Hunt::pass() {
    ++hunted_.passes;
    states_.emplace(run_.trace, lots_(), sampling_);
    bench_.forget();
    for (moment_ = 1; states_->next(); ++moment_) {
        bench_.follow(*states_);
        moment();
    }
    hunted_.moments = moment_ - 1;
}

void Hunt::moment() {
    const std::vector<CrashState> all = states_->states();
    std::vector<CrashState> fresh;
    for (const CrashState& state : all) {
        if (known_.emplace(state.content, failed).second) fresh.push_back(state);
    }
    hunted_.states += all.size();
    hunted_.distinct += fresh.size();
    recover_all(fresh);
    for (const CrashState& state : all) judge(state);
}

void Hunt::find(const std::string& what) {
    if (hunted_.findings.size() < findings_max) hunted_.findings.push_back(what);
}

/// What was told before the crash must be there.
void Hunt::judge(const CrashState& state) {
    const Reach reach = known_.at(state.content);
    const Reach required = states_->is_told() ? static_cast<Reach>(states_->told()) : no_ledger;
    if (reach == failed || reach >= required) return;
    ++hunted_.lost;
    find("moment " + std::to_string(moment_) + ": position " + std::to_string(required) +
         " was acknowledged; after the crash the ledger ends at " + std::to_string(reach));
}

void Hunt::recover_all(const std::vector<CrashState>& fresh) {
    for (std::size_t at = 0; at < fresh.size();) {
        const std::size_t count = std::min(fresh.size() - at, Told::states_max);
        told_->done = 0;
        told_->messages = 0;
        const pid_t process = ::fork();
        if (process < 0) throw std::runtime_error("fork failed");
        if (process == 0) {
            recover_some({fresh.begin() + static_cast<std::ptrdiff_t>(at),
                          fresh.begin() + static_cast<std::ptrdiff_t>(at + count)},
                         at);
            ::_exit(0);
        }
        int status = 0;
        if (::waitpid(process, &status, 0) < 0) throw std::runtime_error("waitpid failed");
        bench_.forget();
        for (std::size_t i = 0; i < told_->done; ++i) {
            known_[fresh[at + i].content] = told_->reach[i];
            hunted_.failed += told_->reach[i] == failed;
            hunted_.without_ledger += told_->reach[i] == no_ledger;
        }
        for (std::size_t i = 0; i < told_->messages; ++i) find(told_->message[i].data());
        for (std::size_t i = 0; i < told_->done; ++i) known_backups_.insert(fresh[at + i].backup);
        at += told_->done;
        if (told_->done == count) continue;
        ++at;
        ++hunted_.failed;
        find("moment " + std::to_string(moment_) + ": recovering ended the process, status " +
             std::to_string(status));
    }
}

void Hunt::recover_some(const std::vector<CrashState>& fresh, std::size_t from) {
    use_up_large_blocks();
    for (const CrashState& state : fresh) {
        Reach& reach = told_->reach[told_->done];
        try {
            reach = recover(state);
        } catch (const std::exception& failure) {
            reach = failed;
            if (told_->messages < findings_max) {
                const std::string text = "moment " + std::to_string(moment_) + ", state " +
                                         std::to_string(from + told_->done) + ": " + failure.what();
                std::strncpy(told_->message[told_->messages].data(), text.c_str(),
                             message_bytes - 1);
                ++told_->messages;
            }
        }
        ++told_->done;
    }
}

Reach Hunt::recover(const CrashState& state) {
    bench_.make(*states_, state);
    const std::filesystem::path books = bench_.directory() / "books";
    const bool is_there = std::filesystem::exists(books / "journal.mdb");
    if (!is_there) {
        check_.make_anew(books);
        return no_ledger;
    }
    const std::filesystem::path backup = bench_.directory() / "backup";
    if (std::filesystem::exists(backup) && known_backups_.insert(state.backup).second) {
        (void)check_.recover(backup);
    }
    return static_cast<Reach>(check_.recover(books).value);
}

}  // namespace

Hunted hunt(const RecordedRun& run, std::uint64_t seed, std::uint64_t distinct_wanted,
            const std::filesystem::path& home, const Sampling& sampling) {
    return Hunt(run, seed, home, sampling).run(distinct_wanted);
}

}  // namespace ledger::proof
