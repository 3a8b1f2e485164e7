# The Python of the tests and of lowbit.numerics: utils/bootstrap makes .venv, and
# an own environment with the same packages serves as well. Sets
# LOWBIT_HAS_PYTHON_MODULES where modules for it can be built.
set(LOWBIT_PYTHON "" CACHE FILEPATH "Python with the packages of utils/requirements.txt")
set(lowbit_python "${LOWBIT_PYTHON}")
if(NOT lowbit_python)
  set(lowbit_python ${LOWBIT_SOURCE_DIR}/.venv/bin/python)
endif()

set(LOWBIT_HAS_PYTHON_MODULES OFF)
if(LOWBIT_SANITIZERS)
  message(STATUS "No lowbit.numerics: Python itself has no sanitizers")
  return()
endif()
execute_process(COMMAND ${lowbit_python} -m nanobind --cmake_dir
  OUTPUT_VARIABLE lowbit_nanobind_dir OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE lowbit_nanobind_failed ERROR_QUIET)
set(Python_EXECUTABLE ${lowbit_python})
find_package(Python 3.11 COMPONENTS Interpreter Development.Module QUIET)
if(lowbit_nanobind_failed OR NOT Python_Development.Module_FOUND)
  message(STATUS "No lowbit.numerics: ${lowbit_python} has no nanobind or no headers;"
    " utils/bootstrap installs them")
  return()
endif()
find_package(nanobind CONFIG REQUIRED PATHS ${lowbit_nanobind_dir} NO_DEFAULT_PATH)
set(LOWBIT_HAS_PYTHON_MODULES ON)
