# Every public header is compiled in a file of its own (it names what it needs) and a second time in
# a file that includes them all; both are linked into one program, which fails on a function or a
# variable that a header defines without `inline`. Built by the test, not by `all`: an everyday build
# need not wait for it.
file(GLOB_RECURSE public_headers CONFIGURE_DEPENDS
    RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/ledger/*.hpp)
set(alone_sources "")
set(all_headers "")
foreach(header IN LISTS public_headers)
    set(source ${PROJECT_BINARY_DIR}/headers/${header}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND alone_sources ${source})
    string(APPEND all_headers "#include \"${header}\"\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/headers/all.cpp
    CONTENT "${all_headers}\nint main() {}\n")

add_library(ledger_headers_alone OBJECT EXCLUDE_FROM_ALL ${alone_sources})
target_compile_options(ledger_headers_alone PRIVATE -O0)
target_link_libraries(ledger_headers_alone PRIVATE ledger ledger_warnings)
add_executable(ledger_headers EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/headers/all.cpp)
target_compile_options(ledger_headers PRIVATE -O0)
target_link_libraries(ledger_headers PRIVATE ledger ledger_headers_alone ledger_warnings)

add_test(NAME headers.compile_alone_and_twice
    COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target ledger_headers --parallel 2)
