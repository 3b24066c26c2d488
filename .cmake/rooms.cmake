# How a room becomes a target, and the warnings that all of our own code is compiled with.

# The warnings, private to our targets: they never reach code that links the library.
add_library(ledger_warnings INTERFACE)
target_compile_options(ledger_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    -Wcast-align -Wimplicit-fallthrough
    $<$<BOOL:${LEDGER_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 reports -Wrestrict falsely inside std::string concatenation (GCC PR 105651).
    target_compile_options(ledger_warnings INTERFACE -Wno-restrict)
endif()

# Compiles Cap'n Proto schemas (paths below src/) into `target`. Their headers are included by the
# room's own .cpp files only, as "<room>/<schema>.capnp.h".
function(ledger_add_schemas target)
    set(CAPNPC_SRC_PREFIX ${PROJECT_SOURCE_DIR}/src)
    set(CAPNPC_OUTPUT_DIR ${PROJECT_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${CAPNPC_OUTPUT_DIR})
    capnp_generate_cpp(sources headers ${ARGN})
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "-w")
    target_sources(${target} PRIVATE ${sources} ${headers})
    target_include_directories(${target} SYSTEM PRIVATE ${CAPNPC_OUTPUT_DIR})
endfunction()

# ledger_add_room(<name> [DIRECTORY <dir>] [DEPENDS <room>...] [USES <target>...])
# The static library ledger_<name> from src/<dir>/*.cpp and *.capnp; an interface library while the
# room has no sources. Sets ledger_<name>_SCOPE (PUBLIC or INTERFACE) and appends to LEDGER_ROOMS
# (rooms with objects) in the caller.
function(ledger_add_room name)
    cmake_parse_arguments(PARSE_ARGV 1 room "" "DIRECTORY" "DEPENDS;USES")
    if(NOT room_DIRECTORY)
        set(room_DIRECTORY ${name})
    endif()
    set(directory ${PROJECT_SOURCE_DIR}/src/${room_DIRECTORY})
    file(GLOB sources CONFIGURE_DEPENDS ${directory}/*.cpp)
    file(GLOB schemas CONFIGURE_DEPENDS ${directory}/*.capnp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    set(target ledger_${name})
    list(TRANSFORM room_DEPENDS PREPEND ledger_)
    if(NOT sources AND NOT schemas)
        add_library(${target} INTERFACE)
        set(scope INTERFACE)
    else()
        add_library(${target} STATIC ${sources})
        set(scope PUBLIC)
        target_link_libraries(${target} PRIVATE ledger_warnings ${room_USES})
        target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
        if(LEDGER_PIC)
            # Calls within a file stay direct, as in a program.
            set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
            target_compile_options(${target} PRIVATE
                $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)
        endif()
        if(schemas)
            ledger_add_schemas(${target} ${schemas})
        endif()
        set(LEDGER_ROOMS ${LEDGER_ROOMS} ${target} PARENT_SCOPE)
    endif()
    target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${target} ${scope} ${room_DEPENDS})
    set(${target}_SCOPE ${scope} PARENT_SCOPE)
endfunction()
