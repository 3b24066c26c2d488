# A client of the first published protocol: its own schemas, and nothing of this project. The test
# that runs it is in tests/ledgerd.
if(LEDGER_BUILD_TOOLS AND NOT LEDGER_ONLY_THREAD_TESTS)
    set(CAPNPC_SRC_PREFIX ${CMAKE_CURRENT_SOURCE_DIR}/older_client)
    set(CAPNPC_OUTPUT_DIR ${CMAKE_CURRENT_BINARY_DIR}/older_client_schemas)
    file(MAKE_DIRECTORY ${CAPNPC_OUTPUT_DIR})
    capnp_generate_cpp(older_sources older_headers
        ${CAPNPC_SRC_PREFIX}/ledger.capnp ${CAPNPC_SRC_PREFIX}/journal.capnp)
    set_source_files_properties(${older_sources} PROPERTIES COMPILE_OPTIONS "-w")
    add_executable(older_client older_client/main.cpp ${older_sources} ${older_headers})
    target_include_directories(older_client SYSTEM PRIVATE ${CAPNPC_OUTPUT_DIR})
    target_link_libraries(older_client PRIVATE ledger_kj ledger_warnings)
    add_dependencies(test_ledgerd older_client)
endif()
