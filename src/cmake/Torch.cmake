# LibTorch as the target attnsweep_torch: Debian's, or the one in CMAKE_PREFIX_PATH.
#
# A CUDA build of LibTorch (the pip wheel is one) refuses to be found where there is no CUDA toolkit,
# although its CPU half needs none. There its libraries are taken by name.
find_path(ATTNSWEEP_TORCH_CONFIG TorchConfig.cmake
  PATHS ${CMAKE_PREFIX_PATH} PATH_SUFFIXES Torch share/cmake/Torch NO_DEFAULT_PATH)
mark_as_advanced(ATTNSWEEP_TORCH_CONFIG)
set(attnsweep_torch_by_name OFF)
if(ATTNSWEEP_TORCH_CONFIG)
  cmake_path(SET attnsweep_torch_root NORMALIZE "${ATTNSWEEP_TORCH_CONFIG}/../../..")
  find_package(CUDAToolkit QUIET)
  if(EXISTS "${attnsweep_torch_root}/lib/libtorch_cuda.so" AND NOT CUDAToolkit_FOUND)
    set(attnsweep_torch_by_name ON)
  endif()
endif()

add_library(attnsweep_torch INTERFACE IMPORTED)
if(attnsweep_torch_by_name)
  message(STATUS "LibTorch: the CPU half of ${attnsweep_torch_root} (no CUDA toolkit is installed)")
  target_include_directories(attnsweep_torch SYSTEM INTERFACE
    "${attnsweep_torch_root}/include" "${attnsweep_torch_root}/include/torch/csrc/api/include")
  target_link_libraries(attnsweep_torch INTERFACE
    "${attnsweep_torch_root}/lib/libtorch_cpu.so" "${attnsweep_torch_root}/lib/libc10.so")
  # What those need in turn lies in folders that they name themselves.
  target_link_options(attnsweep_torch INTERFACE -Wl,--allow-shlib-undefined)
else()
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "LibTorch was not found: install Debian's libtorch-dev, or point "
      "CMAKE_PREFIX_PATH at one (the pip wheel's torch/share/cmake, an unpacked libtorch archive).")
  endif()
  target_include_directories(attnsweep_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(attnsweep_torch INTERFACE ${TORCH_LIBRARIES})
  separate_arguments(attnsweep_torch_flags NATIVE_COMMAND "${TORCH_CXX_FLAGS}")
  target_compile_options(attnsweep_torch INTERFACE ${attnsweep_torch_flags})
endif()
attnsweep_check(LibTorch PACKAGE libtorch-dev TARGET attnsweep_torch
  SOURCE "#include <ATen/Parallel.h>\nint main() { return at::get_num_threads() < 0; }")
