# Wrappers that keep every library of the project built and linked in one way.

# Warnings, assertions and sanitizers for our own code (LLVM's headers are SYSTEM).
function(lowbit_set_compile_options)
  add_compile_options(-Wall -Wextra -Werror -Wno-unused-parameter
    $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
  if(NOT LLVM_ENABLE_RTTI)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
  endif()
  if(LOWBIT_ENABLE_ASSERTIONS)
    add_compile_options(-UNDEBUG)
  endif()
  if(LOWBIT_SANITIZERS)
    add_compile_options(-fsanitize=${LOWBIT_SANITIZERS} -fno-sanitize-recover=all
      -fno-omit-frame-pointer -g1)
    add_link_options(-fsanitize=${LOWBIT_SANITIZERS})
  endif()
endfunction()

# Link the LLVM and MLIR dylibs, and only these: a static MLIRxyz archive beside
# them would bring a second copy of every TypeID and option.
function(lowbit_link_mlir target)
  target_link_libraries(${target} PRIVATE MLIR LLVM)
endfunction()

# lowbit_add_library(<name> <sources>... [DEPENDS <tablegen targets>...]
#                    [LINK <libraries>...] [MLIR])
# A static library. MLIR marks it as using MLIR; libraries without it (Numerics,
# Weights) may not include LLVM headers.
function(lowbit_add_library name)
  cmake_parse_arguments(ARG "MLIR" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(Lowbit::${name} ALIAS ${name})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${LOWBIT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${LOWBIT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  # Whoever includes the headers of an installed copy needs it too.
  target_compile_features(${name} PUBLIC cxx_std_20)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(ARG_LINK)
    target_link_libraries(${name} PUBLIC ${ARG_LINK})
  endif()
  if(ARG_MLIR)
    # Every MLIR library may include any generated header of the dialect.
    if(TARGET lowbit-headers)
      add_dependencies(${name} lowbit-headers)
    endif()
  endif()
  set_property(GLOBAL APPEND PROPERTY LOWBIT_LIBRARIES ${name})
endfunction()

# lowbit_add_tool(<name> <sources>... LINK <libraries>...): an executable on the dylibs.
function(lowbit_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  lowbit_link_mlir(${name})
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# lowbit_add_python_module(<name> <sources>... LINK <libraries>...): the extension
# lowbit.<name> in the python/ of the build, without LLVM, and its types for editors
# beside it. Errors become exceptions in it, and nowhere else.
function(lowbit_add_python_module name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  set(target LowbitPython-${name})
  nanobind_add_module(${target} NB_STATIC NB_SUPPRESS_WARNINGS NOMINSIZE
    ${ARG_UNPARSED_ARGUMENTS})
  target_compile_options(${target} PRIVATE -fexceptions)
  target_compile_options(nanobind-static PRIVATE -fexceptions -w)
  target_link_libraries(${target} PRIVATE ${ARG_LINK})
  set(folder ${LOWBIT_BINARY_DIR}/python/lowbit)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${folder})
  nanobind_add_stub(${target}-types MODULE ${name} PYTHON_PATH ${folder}
    OUTPUT ${folder}/${name}.pyi DEPENDS ${target})
  install(TARGETS ${target} LIBRARY DESTINATION python/lowbit)
  install(FILES ${folder}/${name}.pyi DESTINATION python/lowbit)
  if(NOT TARGET lowbit-python-modules)
    add_custom_target(lowbit-python-modules)
  endif()
  add_dependencies(lowbit-python-modules ${target} ${target}-types)
endfunction()

# lowbit_add_unittest(<name> <sources>... LINK <libraries>...): a GoogleTest
# executable under unittests/, found and run by lit.
function(lowbit_add_unittest name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
  if(ARG_MLIR)
    lowbit_link_mlir(${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY LOWBIT_UNITTESTS ${name})
endfunction()
