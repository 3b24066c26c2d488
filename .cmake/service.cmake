# The served ledger: the room rpc (server and client), installed as the library libledger-service, and
# ledgerd (src/ledgerd/main.cpp over the room ledgerd). A host that links the engine alone needs none
# of it.

# Warnings that code over kj cannot heed: its interfaces have no virtual destructors, and of
# kj::Maybe g++ 12 says falsely that it is uninitialized.
add_library(ledger_kj INTERFACE)
target_link_libraries(ledger_kj INTERFACE PkgConfig::CAPNP_RPC PkgConfig::KJ_TLS)
target_compile_options(ledger_kj INTERFACE -Wno-non-virtual-dtor
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

ledger_add_room(rpc DEPENDS facade
    USES ledger_kj OpenSSL::Crypto spdlog::spdlog Threads::Threads)
set_target_properties(ledger_rpc PROPERTIES UNITY_BUILD OFF)  # each source has names of its own

add_library(ledger_service)
add_library(ledger::service ALIAS ledger_service)
target_sources(ledger_service PRIVATE $<TARGET_OBJECTS:ledger_rpc>)
set_target_properties(ledger_service PROPERTIES
    LINKER_LANGUAGE CXX
    EXPORT_NAME service
    OUTPUT_NAME ledger-service
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_libraries(ledger_service
    PUBLIC ledger
    PRIVATE PkgConfig::CAPNP_RPC PkgConfig::KJ_TLS OpenSSL::SSL OpenSSL::Crypto spdlog::spdlog Threads::Threads)
install(TARGETS ledger_service EXPORT ledgerTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

if(LEDGER_BUILD_TOOLS AND EXISTS ${PROJECT_SOURCE_DIR}/src/ledgerd/main.cpp)
    ledger_add_room(ledgerd DEPENDS rpc intake
        USES nlohmann_json::nlohmann_json spdlog::spdlog fmt::fmt Threads::Threads)
    add_executable(ledgerd ${PROJECT_SOURCE_DIR}/src/ledgerd/main.cpp)
    target_include_directories(ledgerd PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(ledgerd PRIVATE ledger_ledgerd ledger_warnings)
    install(TARGETS ledgerd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
