# The installed library: libledger-engine (Debian's ledger-cli owns the name libledger), made of the
# objects of all rooms, with its headers, CMake package (ledger::ledger) and pkg-config file.
include(CMakePackageConfigHelpers)

set_source_files_properties(${PROJECT_SOURCE_DIR}/src/ledger/version.cpp PROPERTIES
    COMPILE_DEFINITIONS "LEDGER_VERSION=\"${PROJECT_VERSION}\"")

add_library(ledger)
add_library(ledger::ledger ALIAS ledger)
foreach(room IN LISTS LEDGER_ROOMS)
    target_sources(ledger PRIVATE $<TARGET_OBJECTS:${room}>)
endforeach()
set_target_properties(ledger PROPERTIES
    LINKER_LANGUAGE CXX
    OUTPUT_NAME ledger-engine
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_include_directories(ledger INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(ledger INTERFACE cxx_std_20)
target_link_libraries(ledger
    PUBLIC Boost::headers
    PRIVATE PkgConfig::LMDB PkgConfig::XXHASH PkgConfig::CAPNP OpenSSL::Crypto spdlog::spdlog
            date::date-tz Threads::Threads)

install(TARGETS ledger EXPORT ledgerTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ledger
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp")

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/ledger)
install(EXPORT ledgerTargets NAMESPACE ledger:: DESTINATION ${package_directory})
configure_package_config_file(${PROJECT_SOURCE_DIR}/.cmake/ledgerConfig.cmake.in
    ${PROJECT_BINARY_DIR}/ledgerConfig.cmake
    INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ledgerConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/ledgerConfig.cmake
    ${PROJECT_BINARY_DIR}/ledgerConfigVersion.cmake
    DESTINATION ${package_directory})

# The pkg-config file finds its prefix from its own place, so an installed tree can be moved.
file(RELATIVE_PATH LEDGER_PC_PREFIX
    ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${PROJECT_SOURCE_DIR}/.cmake/ledger-engine.pc.in
    ${PROJECT_BINARY_DIR}/ledger-engine.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ledger-engine.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
