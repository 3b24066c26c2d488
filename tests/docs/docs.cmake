# The C++ example of README.md is the program readme_example: taken out of the page, compiled against the
# library, run twice (the second run meets its own vouchers), and compared with the output that the page
# promises.
set(readme_example ${PROJECT_BINARY_DIR}/docs/readme_example.cpp)
add_custom_command(OUTPUT ${readme_example}
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/docs/snippet.py
        ${PROJECT_SOURCE_DIR}/README.md cpp ${readme_example}
    DEPENDS ${PROJECT_SOURCE_DIR}/README.md ${CMAKE_CURRENT_SOURCE_DIR}/docs/snippet.py
    VERBATIM)
add_executable(readme_example ${readme_example})
target_link_libraries(readme_example PRIVATE ledger)
add_test(NAME docs.readme_example
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/docs/run_example.py
        $<TARGET_FILE:readme_example> ${PROJECT_SOURCE_DIR}/README.md)
set_tests_properties(docs.readme_example PROPERTIES TIMEOUT 120 LABELS docs)

# The files and commands that the pages show.
if(TARGET ledgerctl)
    add_test(NAME docs.pages
        COMMAND Python3::Interpreter ${CMAKE_CURRENT_SOURCE_DIR}/docs/walk_pages.py
            $<TARGET_FILE:ledgerctl> ${PROJECT_SOURCE_DIR})
    set_tests_properties(docs.pages PROPERTIES TIMEOUT 120 LABELS docs)
endif()
