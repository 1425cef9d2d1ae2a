# Build options and the flags that every target of this project gets.
option(ATTNSWEEP_TESTS "Build the tests" ON)
option(ATTNSWEEP_WERROR "Treat compiler warnings as errors" OFF)
option(ATTNSWEEP_SANITIZE "Build with the address and undefined-behaviour sanitizers" OFF)
option(ATTNSWEEP_NATIVE "Compile for this machine's processor only (-march=native)" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The programs lie together, whatever folder builds them.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")

add_library(attnsweep_flags INTERFACE)
target_compile_options(attnsweep_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  # GCC 12 sees an overlap in std::string's operator+ that is not there (GCC bug 105329).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${ATTNSWEEP_WERROR}>:-Werror>
  $<$<BOOL:${ATTNSWEEP_NATIVE}>:-march=native>
  # Contraction would make a result depend on what the compiler inlines.
  -ffp-contract=off)
target_compile_definitions(attnsweep_flags INTERFACE
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS EIGEN_INITIALIZE_MATRICES_BY_NAN>)
if(ATTNSWEEP_SANITIZE)
  target_compile_options(attnsweep_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(attnsweep_flags INTERFACE -fsanitize=address,undefined)
endif()

execute_process(COMMAND git -C "${PROJECT_SOURCE_DIR}" rev-parse --short=12 HEAD
  OUTPUT_VARIABLE ATTNSWEEP_GIT_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT ATTNSWEEP_GIT_COMMIT)
  set(ATTNSWEEP_GIT_COMMIT "unknown")
endif()
