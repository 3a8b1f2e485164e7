# What "cmake --install" puts into a prefix, and the package that
# find_package(Lowbit) finds there: examples/embed uses it.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(lowbit_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lowbit)
get_property(lowbit_libraries GLOBAL PROPERTY LOWBIT_LIBRARIES)

# Lowbit::Lowbit is everything with the dylibs that it runs on; who wants only the
# numerics, the weights files, the statistics of calibration or the emulator asks for
# COMPONENTS Numerics, Weights, Calibration or Simt and links Lowbit::LowbitNumerics
# and so on, needing no LLVM.
add_library(LowbitAll INTERFACE)
set_target_properties(LowbitAll PROPERTIES EXPORT_NAME Lowbit)
target_link_libraries(LowbitAll INTERFACE ${lowbit_libraries} MLIR LLVM)
if(LOWBIT_SANITIZERS)
  foreach(library ${lowbit_libraries})
    target_link_options(${library} INTERFACE -fsanitize=${LOWBIT_SANITIZERS})
  endforeach()
endif()

install(TARGETS ${lowbit_libraries} LowbitAll EXPORT LowbitTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${LOWBIT_SOURCE_DIR}/include/lowbit ${LOWBIT_BINARY_DIR}/include/lowbit
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
  PATTERN "*.cpp.inc" EXCLUDE
  PATTERN CMakeFiles EXCLUDE)
install(FILES ${LOWBIT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT LowbitTargets NAMESPACE Lowbit:: DESTINATION ${lowbit_cmake_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/LowbitConfig.cmake.in
  ${LOWBIT_BINARY_DIR}/cmake/LowbitConfig.cmake
  INSTALL_DESTINATION ${lowbit_cmake_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
# The C++ interface may change with every minor version before 1.0.
write_basic_package_version_file(${LOWBIT_BINARY_DIR}/cmake/LowbitConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${LOWBIT_BINARY_DIR}/cmake/LowbitConfig.cmake
  ${LOWBIT_BINARY_DIR}/cmake/LowbitConfigVersion.cmake
  DESTINATION ${lowbit_cmake_dir})
