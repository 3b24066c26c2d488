// bench: the load tool. A child process carries the load and is killed with SIGKILL; then this
// process times reopening and prints everything beside the yardstick of the same run.
#include "cli/bench_child.hpp"
#include "cli/bench_load.hpp"
#include "cli/bench_workload.hpp"
#include "cli/bench_yardstick.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>

namespace ledger::cli {

namespace {

namespace fs = std::filesystem;
using bench::Plan;

// ---- reopening

/// Takes the ledger's files out of the page cache; says how.
std::string drop_page_cache(const fs::path& directory) {
    sync();
    std::ofstream control("/proc/sys/vm/drop_caches");
    if (control << "3" << std::flush) return "all page cache dropped";
    for (const auto& entry : fs::directory_iterator(directory)) {
        const int descriptor = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) continue;
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
        close(descriptor);
    }
    return "posix_fadvise DONTNEED on its files";
}

/// Opens the ledger in a child that is then killed again, so that the next opening finds the same.
double seconds_to_open(const fs::path& directory, const Options& options) {
    const Json report = bench::run_in_killed_child([&] {
        const auto begin = std::chrono::steady_clock::now();
        auto* const ledger = new Ledger(Ledger::open(directory, options));
        const auto end = std::chrono::steady_clock::now();
        return Json{{"seconds", std::chrono::duration<double>(end - begin).count()},
                    {"committed_through", ledger->stats().committed_through.value}};
    });
    return report["seconds"].get<double>();
}

std::uint64_t allocated_bytes(const fs::path& directory) {
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(directory)) {
        struct stat status {};
        if (stat(entry.path().c_str(), &status) == 0) {
            bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
        }
    }
    return bytes;
}

Json measure_reopening(const Plan& plan, const Options& options) {
    const fs::path directory = plan.directory;
    Json out;
    out["warm_seconds"] = seconds_to_open(directory, options);
    if (!plan.is_cold) return out;
    out["cold_by"] = drop_page_cache(directory);
    out["cold_seconds"] = seconds_to_open(directory, options);
    return out;
}

/// What is on disk once everything is sealed, and whether all that was acknowledged is there.
Json measure_disk(const Plan& plan, const Options& options, const Json& load) {
    Ledger ledger = Ledger::open(plan.directory, options);
    const Stats reopened = ledger.stats();
    const auto acknowledged = load["committed_through"].get<std::uint64_t>();
    if (reopened.committed_through.value < acknowledged) {
        throw CorruptionError(
            "position " + std::to_string(acknowledged) +
            " was acknowledged before the kill, but the reopened journal ends at " +
            std::to_string(reopened.committed_through.value));
    }
    ledger.seal();
    const Stats stats = ledger.stats();
    ledger.close();
    const auto accepted = load["accepted"].get<double>();
    const auto each = [accepted](std::uint64_t bytes) {
        return static_cast<double>(bytes) / accepted;
    };
    return {{"journal_bytes", stats.journal_bytes},
            {"checkpoint_bytes", stats.checkpoint_bytes},
            {"allocated_bytes", allocated_bytes(plan.directory)},
            {"journal_bytes_a_voucher", each(stats.journal_bytes)},
            {"checkpoint_bytes_a_voucher", each(stats.checkpoint_bytes)},
            {"bytes_a_voucher", each(stats.journal_bytes + stats.checkpoint_bytes)}};
}

// ---- yardstick

Json measure_yardstick(const Plan& plan, const Json& load) {
    if (plan.yardstick_seconds <= 0) return nullptr;
    const auto bytes = load["journal_bytes_appended"].get<std::uint64_t>();
    const auto batches = std::max<std::uint64_t>(1, load["journal_batches"].get<std::uint64_t>());
    const fs::path beside = fs::absolute(plan.directory).parent_path();
    const auto run = [&](bool preallocated) -> Json {
        const bench::Yardstick stick = bench::append_and_sync(beside, bytes, bytes / batches,
                                                              preallocated, plan.yardstick_seconds);
        const double seconds = std::max(stick.seconds, 1e-9);
        return {{"bytes", stick.bytes},
                {"syncs", stick.syncs},
                {"seconds", stick.seconds},
                {"mib_per_second", static_cast<double>(stick.bytes) / seconds / (1 << 20)},
                {"syncs_per_second", static_cast<double>(stick.syncs) / seconds}};
    };
    Json out{{"piece_bytes", bytes / batches}};
    out["preallocated"] = run(true);
    out["growing"] = run(false);
    return out;
}

// ---- report

void print_load(const Plan& plan, const Json& load) {
    const auto number = [&load](const char* key) { return load[key].get<double>(); };
    const auto count = [&load](const char* key) { return grouped(load[key].get<std::uint64_t>()); };
    std::cout << fmt::format("load accepted = {:.0f} vouchers/s\n", number("accepted_per_second"));
    std::cout << fmt::format(
        "  {} accepted in {:.3f} s; acknowledged after {:.3f} s, checkpoint at "
        "most one segment behind after {:.3f} s\n",
        count("accepted"), number("seconds") - number("generation_subtracted_seconds"),
        number("acknowledged_seconds"), number("seconds"));
    if (plan.is_closed_loop()) {
        std::cout << fmt::format("  {:.3f} s of generation on the posting thread subtracted\n",
                                 number("generation_subtracted_seconds"));
    }
    if (plan.hold_share > 0) {
        std::cout << fmt::format(
            "  of them {} vouchers ({:.0f}/s), {} holds placed ({:.0f}/s), {} "
            "released; a hold counts as one, its end as one\n",
            count("vouchers"), number("vouchers_per_second"), count("holds"),
            number("holds_per_second"), count("releases"));
    }
    std::cout << fmt::format("{} latency p50 = {:.3f} ms  p99 = {:.3f} ms  p100 = {:.3f} ms\n",
                             plan.posts_singles() ? "voucher" : "batch", number("latency_ms_p50"),
                             number("latency_ms_p99"), number("latency_ms_p100"));
    std::cout << fmt::format("repeats answered already_posted = {} of {}\n",
                             count("repeats_already_posted"), count("repeats"));
    if (load["overloaded"] != 0) {
        std::cout << fmt::format("queue full, tried again = {} times\n", count("overloaded"));
    }
}

void print_yardstick(const Json& stick, const Json& load) {
    if (stick.is_null()) return;
    const double appended = load["journal_bytes_appended"].get<double>() / (1 << 20);
    std::cout << fmt::format(
        "yardstick = {:.0f} MiB/s, {:.0f} syncs/s preallocated; {:.0f} MiB/s, {:.0f} syncs/s "
        "growing (append and fdatasync of pieces of {} bytes; the load did {:.0f} MiB/s)\n",
        stick["preallocated"]["mib_per_second"].get<double>(),
        stick["preallocated"]["syncs_per_second"].get<double>(),
        stick["growing"]["mib_per_second"].get<double>(),
        stick["growing"]["syncs_per_second"].get<double>(),
        grouped(stick["piece_bytes"].get<std::uint64_t>()),
        appended / std::max(load["acknowledged_seconds"].get<double>(), 1e-9));
}

void print_report(const Plan& plan, const Json& report) {
    const Json& load = report["load"];
    const Json& disk = report["disk"];
    const Json& queries = report["queries"];
    const auto number = [](const Json& from, const char* key) { return from[key].get<double>(); };
    print_load(plan, load);
    std::cout << fmt::format(
        "disk = {:.1f} B a voucher (journal {:.1f}, checkpoint {:.1f}; files take {})\n",
        number(disk, "bytes_a_voucher"), number(disk, "journal_bytes_a_voucher"),
        number(disk, "checkpoint_bytes_a_voucher"),
        readable_bytes(disk["allocated_bytes"].get<std::uint64_t>()));
    std::cout << fmt::format(
        "anonymous memory = {} at most\n",
        readable_bytes(load["anonymous_memory_bytes_peak"].get<std::uint64_t>()));
    const Json& reopen = report["reopen"];
    std::cout << fmt::format("reopen after kill -9 = {:.3f} s warm",
                             number(reopen, "warm_seconds"));
    if (reopen.contains("cold_seconds")) {
        std::cout << fmt::format(", {:.3f} s cold ({})", number(reopen, "cold_seconds"),
                                 reopen["cold_by"].get<std::string>());
    }
    std::cout << "\n";
    std::cout << fmt::format("lookups = {:.0f} balances/s, {:.0f} vouchers by id/s\n",
                             number(queries, "balances_per_second"),
                             number(queries, "vouchers_by_id_per_second"));
    std::cout << fmt::format("account history = {:.0f} queries/s ({:.0f} lines each)\n",
                             number(queries, "histories_per_second"),
                             number(queries, "lines_a_history"));
    print_yardstick(report["yardstick"], load);
}

Json describe_plan(const Plan& plan) {
    static constexpr const char* orders[] = {"sequential", "random", "reversed"};
    return {{"vouchers", plan.vouchers},
            {"accounts", plan.accounts},
            {"batch", plan.batch},
            {"clients", plan.clients},
            {"id_order", orders[static_cast<int>(plan.id_order)]},
            {"orders", plan.distinct_orders ? "distinct" : "none"},
            {"hot_accounts", plan.hot_accounts},
            {"hot_share", plan.hot_share},
            {"buffered", plan.is_buffered},
            {"hold_share", plan.hold_share},
            {"hold_delay", plan.hold_delay},
            {"lines", plan.lines},
            {"seed", plan.seed},
            {"async", plan.is_async},
            {"in_flight", plan.in_flight},
            {"repeat_share", plan.repeat_share}};
}

ExitCode run_bench(Session& session, const Plan& given) {
    Plan plan = given;
    plan.directory = session.path().string();
    plan.check();
    std::error_code is_unknown;
    if (fs::exists(fs::symlink_status(plan.directory, is_unknown))) {
        throw InvalidArgument("bench: '" + plan.directory +
                              "' exists already, and bench removes what it loads; give a --dir "
                              "that does not exist");
    }
    const Options options = session.options();
    const auto load = [&] { return bench::run_load(plan, options); };
    Json report{{"plan", describe_plan(plan)}};
    report.update(bench::run_in_killed_child(load));
    report["reopen"] = measure_reopening(plan, options);
    report["yardstick"] = measure_yardstick(plan, report["load"]);
    report["disk"] = measure_disk(plan, options, report["load"]);
    if (!plan.keep) fs::remove_all(plan.directory);
    if (session.json) {
        print_json(std::cout, report);
    } else {
        print_report(plan, report);
    }
    const bool are_repeats_known =
        report["load"]["repeats"] == report["load"]["repeats_already_posted"];
    return are_repeats_known ? ExitCode::ok : ExitCode::corruption;
}

// ---- options

void add_workload_options(Command bench, Plan& plan) {
    const std::map<std::string, bench::IdOrder> id_orders{
        {"sequential", bench::IdOrder::sequential},
        {"random", bench::IdOrder::random},
        {"reversed", bench::IdOrder::reversed}};
    const std::map<std::string, bool> order_kinds{{"none", false}, {"distinct", true}};
    bench.add_option("--vouchers", plan.vouchers, "Records to be accepted").show_default();
    bench.add_option("--accounts", plan.accounts, "Accounts, opened before the clock starts")
        .show_default();
    bench.add_option("--lines", plan.lines, "Lines of a voucher").show_default();
    bench.add_choice("--id-order", plan.id_order, id_orders, "sequential, random or reversed");
    bench.add_choice("--orders", plan.distinct_orders, order_kinds,
                     "none, or distinct: a random order each");
    bench.add_option("--hot-accounts", plan.hot_accounts, "Accounts that are hot").show_default();
    bench.add_option("--hot-share", plan.hot_share, "Share of all lines that stand on them, 0..0.5")
        .show_default();
    bench.add_flag("--buffered", plan.is_buffered, "Hot accounts in buffered posting (100 ms)");
    bench
        .add_option("--hold-share", plan.hold_share,
                    "Share of records that place a hold, 0..0.5, whole percent; as many end one")
        .show_default();
    bench.add_option("--hold-delay", plan.hold_delay, "Records between a hold and its end")
        .show_default();
    bench.add_option("--repeat-share", plan.repeat_share, "Earlier records posted again")
        .show_default();
    bench.add_option("--seed", plan.seed, "The same seed makes the same records").show_default();
}

void add_driving_options(Command bench, Plan& plan) {
    bench.add_option("--batch", plan.batch, "Records of a batch; 1: single vouchers")
        .show_default();
    bench.add_option("--clients", plan.clients, "Threads that post").show_default();
    bench.add_option("--in-flight", plan.in_flight, "Batches of a client not answered yet")
        .show_default();
    bench.add_flag("--async", plan.is_async, "Single vouchers without waiting for each");
    bench.add_option("--query-seconds", plan.query_seconds, "Of each kind of query at the end")
        .show_default();
    bench
        .add_option("--yardstick-seconds", plan.yardstick_seconds,
                    "Of each yardstick, at most; 0: none")
        .show_default();
    bench.add_flag("--cold", plan.is_cold,
                   "Reopen without page cache as well (as root that of the whole machine is "
                   "dropped)");
    bench.add_flag("--keep", plan.keep, "Leave the ledger in --dir");
}

}  // namespace

void add_bench_commands(Command app, Session& session) {
    auto [command, plan] = add_command<Plan>(app, session, "bench",
                                             "Load a new ledger in --dir, which must not exist "
                                             "yet, and print its figures beside the disk's own",
                                             run_bench);
    add_workload_options(command, *plan);
    add_driving_options(command, *plan);
}

}  // namespace ledger::cli
