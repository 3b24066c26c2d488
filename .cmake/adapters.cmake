# The adapters (room adapters): payment, payout and custody orders over the public face of a ledger,
# installed as the library libledger-adapters. A host that has none of these orders needs none of it.
ledger_add_room(adapters DEPENDS facade USES nlohmann_json::nlohmann_json)

add_library(ledger_adapters_library)
add_library(ledger::adapters ALIAS ledger_adapters_library)
target_sources(ledger_adapters_library PRIVATE $<TARGET_OBJECTS:ledger_adapters>)
set_target_properties(ledger_adapters_library PROPERTIES
    LINKER_LANGUAGE CXX
    EXPORT_NAME adapters
    OUTPUT_NAME ledger-adapters
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_libraries(ledger_adapters_library PUBLIC ledger)
install(TARGETS ledger_adapters_library EXPORT ledgerTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
