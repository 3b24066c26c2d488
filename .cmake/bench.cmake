# ledger_bench: every bench/*.cpp in one Google Benchmark executable; workloads are chosen by name
# with --benchmark_filter.
find_package(benchmark REQUIRED)

file(GLOB bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.cpp)
if(bench_sources)
    add_executable(ledger_bench ${bench_sources})
    target_include_directories(ledger_bench PRIVATE
        ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/bench)
    target_link_libraries(ledger_bench PRIVATE
        ledger_facade benchmark::benchmark_main ledger_warnings)
endif()
