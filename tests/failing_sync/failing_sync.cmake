# Preloaded by a test in tests/ledgerd.
if(LEDGER_BUILD_TOOLS AND NOT LEDGER_ONLY_THREAD_TESTS)
    add_library(failing_sync MODULE failing_sync/failing_sync.cpp)
    target_link_libraries(failing_sync PRIVATE ${CMAKE_DL_LIBS} ledger_warnings)
    add_dependencies(test_ledgerd failing_sync)
endif()
