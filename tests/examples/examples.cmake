# The examples that follow a ledger: outbox, export and monitor, run over a small day and over a ledger with
# relations; the monitor must find every lie that is planted in a feed.
add_executable(outbox_example ${PROJECT_SOURCE_DIR}/examples/outbox/main.cpp)
target_link_libraries(outbox_example PRIVATE ledger)
if(TARGET ledgerctl)
    add_test(NAME examples.followers
        COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/examples/follow_examples.py
            $<TARGET_FILE:ledgerctl> $<TARGET_FILE:outbox_example> ${PROJECT_SOURCE_DIR})
    set_tests_properties(examples.followers PROPERTIES TIMEOUT 600 LABELS docs)
endif()

# What an adapter's example prints is what its page shows.
foreach(adapter IN ITEMS payment payout)
    add_executable(${adapter}_example ${PROJECT_SOURCE_DIR}/examples/${adapter}/main.cpp)
    target_link_libraries(${adapter}_example PRIVATE ledger::adapters)
    add_test(NAME examples.${adapter}
        COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/docs/run_example.py
            $<TARGET_FILE:${adapter}_example> ${PROJECT_SOURCE_DIR}/docs/adapters/${adapter}.md)
    set_tests_properties(examples.${adapter} PROPERTIES TIMEOUT 120 LABELS docs)
endforeach()
