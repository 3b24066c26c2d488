# ledgerctl: src/cli/main.cpp over the room ledger_cli (everything else in src/cli), so that tests
# can link what the command line is made of.
find_package(CLI11 2.1 REQUIRED)

ledger_add_room(cli DEPENDS facade intake USES CLI11::CLI11 nlohmann_json::nlohmann_json
    spdlog::spdlog fmt::fmt Threads::Threads)
# Commands print JSON, which is read once; CLI11 stays behind cli/command.hpp.
set_target_properties(ledger_cli PROPERTIES UNITY_BUILD OFF)  # each family has a run_list
target_precompile_headers(ledger_cli PRIVATE <nlohmann/json.hpp>)

if(EXISTS ${PROJECT_SOURCE_DIR}/src/cli/main.cpp)
    add_executable(ledgerctl ${PROJECT_SOURCE_DIR}/src/cli/main.cpp)
    target_include_directories(ledgerctl PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(ledgerctl PRIVATE
        ledger_cli CLI11::CLI11 nlohmann_json::nlohmann_json ledger_warnings)
    install(TARGETS ledgerctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
