# attnsweep_test(NAME SOURCES … LINK … [PRIVATE …] [RANKS 1 2 4] [LABELS …] [TIMEOUT seconds])
# A GoogleTest program. With RANKS it is registered once a rank count and started by mpirun, and
# its main() comes from tests/mpi/main.cpp; without, it is a plain program. One ctest entry each.
find_package(GTest REQUIRED)
include(ProcessorCount)

function(attnsweep_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;PRIVATE;RANKS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(test_${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_LINK PREPEND attnsweep_)
  target_link_libraries(test_${name} PRIVATE attnsweep_flags ${ARG_LINK} ${ARG_PRIVATE} GTest::gtest)
  target_include_directories(test_${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_compile_definitions(test_${name} PRIVATE
    ATTNSWEEP_TESTS_DIR="${PROJECT_SOURCE_DIR}/tests" ATTNSWEEP_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  if(ARG_RANKS)
    foreach(ranks IN LISTS ARG_RANKS)
      add_test(NAME ${name}.np${ranks}
        COMMAND ${MPIEXEC_EXECUTABLE} --oversubscribe ${MPIEXEC_NUMPROC_FLAG} ${ranks}
                $<TARGET_FILE:test_${name}>)
      attnsweep_test_properties(${name}.np${ranks} ${ranks} ${ARG_TIMEOUT} "np${ranks};${ARG_LABELS}")
    endforeach()
  else()
    target_link_libraries(test_${name} PRIVATE GTest::gtest_main)
    add_test(NAME ${name} COMMAND $<TARGET_FILE:test_${name}>)
    attnsweep_test_properties(${name} 1 ${ARG_TIMEOUT} "np1;${ARG_LABELS}")
  endif()
endfunction()

# attnsweep_test_properties(NAME RANKS TIMEOUT LABELS): own folder, ranks, environment
function(attnsweep_test_properties name ranks timeout labels)
  set(folder "${PROJECT_BINARY_DIR}/tests/work/${name}")
  file(MAKE_DIRECTORY "${folder}")
  ProcessorCount(cores)
  if(cores GREATER 0 AND ranks GREATER cores)
    set(ranks ${cores})
  endif()
  set_tests_properties(${name} PROPERTIES
    PROCESSORS ${ranks} TIMEOUT ${timeout} LABELS "${labels}" WORKING_DIRECTORY "${folder}"
    ENVIRONMENT "OMP_NUM_THREADS=1;OPENBLAS_NUM_THREADS=1;OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_mpi_yield_when_idle=1;OMPI_MCA_rmaps_base_oversubscribe=1")
endfunction()
