# The tests of the Python package, in the build tree, by pytest.
add_test(NAME python.package
    COMMAND Python3::Interpreter -m pytest -q -p no:cacheprovider ${CMAKE_CURRENT_LIST_DIR})
set(python_environment
    PYTHONPATH=${PROJECT_BINARY_DIR}/python
    PYTHONDONTWRITEBYTECODE=1
    PYTHONFAULTHANDLER=1
    LEDGER_SOURCE_DIR=${PROJECT_SOURCE_DIR}
    LEDGER_BUILD_DIR=${PROJECT_BINARY_DIR})
if(TARGET ledgerctl)
    list(APPEND python_environment LEDGER_CTL=$<TARGET_FILE:ledgerctl>)
endif()
set_tests_properties(python.package PROPERTIES
    ENVIRONMENT "${python_environment}" TIMEOUT 900 LABELS python)
