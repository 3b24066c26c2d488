# What the engine stands on, found by package name only; Debian's packages are listed in
# tests/install_dependencies.sh. .cmake/ledgerConfig.cmake.in repeats what static linking needs.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers only: Multiprecision
find_package(CapnProto 0.9 CONFIG REQUIRED)  # the schema compiler; needs C
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
find_package(fmt REQUIRED)
find_package(date 3.0 REQUIRED)  # Howard Hinnant's, for time zones
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
pkg_check_modules(CAPNP REQUIRED IMPORTED_TARGET capnp>=0.9)  # the runtime
pkg_check_modules(CAPNP_RPC REQUIRED IMPORTED_TARGET capnp-rpc>=0.9)
pkg_check_modules(KJ_TLS REQUIRED IMPORTED_TARGET kj-tls>=0.9)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb>=0.9.24)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8)

if(PROJECT_IS_TOP_LEVEL)
    find_program(LEDGER_CCACHE ccache)
    mark_as_advanced(LEDGER_CCACHE)
    if(LEDGER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        # One cache serves all build directories, with debug information, too; and it takes part in
        # precompiled headers only if it may overlook that a macro in them could be the time.
        set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_NOHASHDIR=true
            CCACHE_SLOPPINESS=pch_defines,time_macros ${LEDGER_CCACHE})
    endif()
endif()
