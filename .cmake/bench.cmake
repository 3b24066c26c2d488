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

# ledger_past_bench: a year of history and the price of asking for it; percentiles, so no Google Benchmark.
file(GLOB past_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/past/*.cpp)
add_executable(ledger_past_bench ${past_sources} ${PROJECT_SOURCE_DIR}/tests/support/touched_pages.cpp)
target_include_directories(ledger_past_bench PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(ledger_past_bench PRIVATE ledger_facade ledger_warnings)

# ledger_reader_bench: reading beside a writer in another process.
add_executable(ledger_reader_bench ${PROJECT_SOURCE_DIR}/bench/reader/reader.cpp)
target_link_libraries(ledger_reader_bench PRIVATE ledger_facade ledger_warnings)

# ledger_serving_bench: a served ledger, on the same machine.
add_executable(ledger_serving_bench ${PROJECT_SOURCE_DIR}/bench/serving/serving.cpp)
target_include_directories(ledger_serving_bench PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(ledger_serving_bench PRIVATE ledger_rpc ledger_warnings)

# ledger_serving_hardship: what others notice of clients that make it hard.
add_executable(ledger_serving_hardship ${PROJECT_SOURCE_DIR}/bench/serving/hardship.cpp
    ${PROJECT_SOURCE_DIR}/tests/rpc/certificates.cpp)
target_include_directories(ledger_serving_hardship PRIVATE
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests/rpc)
target_link_libraries(ledger_serving_hardship PRIVATE ledger_rpc ledger_kj ledger_warnings)
target_include_directories(ledger_serving_hardship SYSTEM PRIVATE ${PROJECT_BINARY_DIR}/generated)
