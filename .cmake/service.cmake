# The served ledger: the room rpc (server and client), and ledgerd (src/ledgerd/main.cpp over the room
# ledgerd).

# Warnings that code over kj cannot heed: its interfaces have no virtual destructors, and of
# kj::Maybe g++ 12 says falsely that it is uninitialized.
add_library(ledger_kj INTERFACE)
target_link_libraries(ledger_kj INTERFACE PkgConfig::CAPNP_RPC)
target_compile_options(ledger_kj INTERFACE -Wno-non-virtual-dtor
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

ledger_add_room(rpc DEPENDS facade
    USES ledger_kj OpenSSL::Crypto spdlog::spdlog Threads::Threads)

if(LEDGER_BUILD_TOOLS AND EXISTS ${PROJECT_SOURCE_DIR}/src/ledgerd/main.cpp)
    ledger_add_room(ledgerd DEPENDS rpc intake
        USES nlohmann_json::nlohmann_json spdlog::spdlog fmt::fmt Threads::Threads)
    add_executable(ledgerd ${PROJECT_SOURCE_DIR}/src/ledgerd/main.cpp)
    target_include_directories(ledgerd PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(ledgerd PRIVATE ledger_ledgerd ledger_warnings)
    install(TARGETS ledgerd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
