# The Python package `ledger` (bindings/python): the extension module _core over the facade, beside a copy of
# the package's own files in <build>/python, from where it can be imported as it is.
#
# Debian's interpreter and its packages are meant, whatever else comes first in PATH.
if(NOT Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
    set(Python3_EXECUTABLE /usr/bin/python3)
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter Development.Module)
set(PYTHON_EXECUTABLE ${Python3_EXECUTABLE})  # what pybind11 2.10 asks for
find_package(pybind11 2.10 REQUIRED CONFIG)

set(python_package ${PROJECT_BINARY_DIR}/python/ledger)
file(GLOB python_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bindings/python/src/*.cpp)
pybind11_add_module(ledger_python MODULE NO_EXTRAS ${python_sources})
target_include_directories(ledger_python PRIVATE ${PROJECT_SOURCE_DIR}/bindings/python/src)
target_link_libraries(ledger_python PRIVATE ledger_facade ledger_warnings)
# What is slow here is Python.
target_compile_options(ledger_python PRIVATE $<$<CONFIG:Release>:-O2>)
# Nothing of the engine is seen by other extension modules of the same process.
target_link_options(ledger_python PRIVATE -Wl,--exclude-libs,ALL)
target_precompile_headers(ledger_python PRIVATE
    <pybind11/functional.h> <pybind11/numpy.h> <pybind11/pybind11.h> <pybind11/stl.h>)
set_target_properties(ledger_python PROPERTIES
    OUTPUT_NAME _core
    LIBRARY_OUTPUT_DIRECTORY ${python_package})

file(GLOB python_files CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/bindings/python/ledger/*.py
    ${PROJECT_SOURCE_DIR}/bindings/python/ledger/*.pyi
    ${PROJECT_SOURCE_DIR}/bindings/python/ledger/py.typed)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/python/copied.stamp
    COMMAND ${CMAKE_COMMAND} -E make_directory ${python_package}
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${python_files} ${python_package}
    COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/python/copied.stamp
    DEPENDS ${python_files}
    VERBATIM)
add_custom_target(ledger_python_files ALL DEPENDS ${PROJECT_BINARY_DIR}/python/copied.stamp)
add_dependencies(ledger_python ledger_python_files)
