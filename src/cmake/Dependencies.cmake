# Finds every dependency and compiles one line against each, so that a missing or unusable one is
# a single readable line and not a page of template errors in the middle of the build.
include(CheckCXXSourceCompiles)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# attnsweep_check(NAME WHAT TARGET … SOURCE CODE PACKAGE DEBIAN-PACKAGE)
function(attnsweep_check name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "PACKAGE;SOURCE" "TARGET")
  set(CMAKE_REQUIRED_LIBRARIES ${ARG_TARGET})
  set(CMAKE_REQUIRED_FLAGS "-std=c++20")
  check_cxx_source_compiles("${ARG_SOURCE}" ATTNSWEEP_HAVE_${name})
  if(NOT ATTNSWEEP_HAVE_${name})
    unset(ATTNSWEEP_HAVE_${name} CACHE)
    message(FATAL_ERROR "${name} was found but a one-line program does not build with it: "
      "install Debian's ${ARG_PACKAGE}, or point CMAKE_PREFIX_PATH at a complete installation.")
  endif()
endfunction()

# attnsweep_find(PACKAGE DEBIAN-PACKAGE …arguments of find_package)
macro(attnsweep_find package debian)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} was not found: install Debian's ${debian}, "
      "or point CMAKE_PREFIX_PATH at an installation.")
  endif()
endmacro()

# attnsweep_pkg(NAME MODULE DEBIAN-PACKAGE): an imported target PkgConfig::NAME
macro(attnsweep_pkg name module debian)
  pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${module} was not found: install Debian's ${debian}, "
      "or add its folder to PKG_CONFIG_PATH.")
  endif()
endmacro()

attnsweep_find(spdlog libspdlog-dev)
attnsweep_check(spdlog PACKAGE libspdlog-dev TARGET spdlog::spdlog
  SOURCE "#include <spdlog/spdlog.h>\nint main() { spdlog::info(\"x\"); }")

attnsweep_find(yaml-cpp libyaml-cpp-dev)
attnsweep_check(yaml-cpp PACKAGE libyaml-cpp-dev TARGET yaml-cpp
  SOURCE "#include <yaml-cpp/yaml.h>\nint main() { return YAML::Load(\"1\").as<int>() - 1; }")

attnsweep_find(nlohmann_json nlohmann-json3-dev)
attnsweep_check(nlohmann_json PACKAGE nlohmann-json3-dev TARGET nlohmann_json::nlohmann_json
  SOURCE "#include <nlohmann/json.hpp>\nint main() { return nlohmann::json::parse(\"0\").get<int>(); }")

attnsweep_find(CLI11 libcli11-dev)
attnsweep_check(CLI11 PACKAGE libcli11-dev TARGET CLI11::CLI11
  SOURCE "#include <CLI/CLI.hpp>\nint main() { CLI::App app; return app.count_all() - 1; }")

attnsweep_find(Eigen3 libeigen3-dev)
attnsweep_check(Eigen3 PACKAGE libeigen3-dev TARGET Eigen3::Eigen
  SOURCE "#include <Eigen/Dense>\nint main() { return int(Eigen::Matrix2d::Zero().sum()); }")

attnsweep_find(Ceres libceres-dev)
attnsweep_check(Ceres PACKAGE libceres-dev TARGET Ceres::ceres
  SOURCE "#include <ceres/ceres.h>\nint main() { return ceres::Solver::Options().num_threads - 1; }")

attnsweep_pkg(b2 libb2 libb2-dev)
attnsweep_check(libb2 PACKAGE libb2-dev TARGET PkgConfig::b2
  SOURCE "#include <blake2.h>\nint main() { blake2b_state s; return blake2b_init(&s, 8); }")

attnsweep_find(ZLIB zlib1g-dev)
attnsweep_check(zlib PACKAGE zlib1g-dev TARGET ZLIB::ZLIB
  SOURCE "#include <zlib.h>\nint main() { return zlibVersion() == nullptr; }")

attnsweep_pkg(archive libarchive libarchive-dev)
attnsweep_check(libarchive PACKAGE libarchive-dev TARGET PkgConfig::archive
  SOURCE "#include <archive.h>\nint main() { return archive_read_free(archive_read_new()); }")

find_library(LIBCSV_LIBRARY csv)
find_path(LIBCSV_INCLUDE csv.h)
if(NOT LIBCSV_LIBRARY OR NOT LIBCSV_INCLUDE)
  message(FATAL_ERROR "libcsv was not found: install Debian's libcsv-dev, or point "
    "CMAKE_PREFIX_PATH at an installation.")
endif()
add_library(attnsweep_libcsv INTERFACE IMPORTED)
target_include_directories(attnsweep_libcsv SYSTEM INTERFACE ${LIBCSV_INCLUDE})
target_link_libraries(attnsweep_libcsv INTERFACE ${LIBCSV_LIBRARY})
attnsweep_check(libcsv PACKAGE libcsv-dev TARGET attnsweep_libcsv
  SOURCE "#include <csv.h>\nint main() { csv_parser p; return csv_init(&p, CSV_STRICT); }")

add_library(attnsweep_random123 INTERFACE IMPORTED)
attnsweep_check(Random123 PACKAGE librandom123-dev TARGET attnsweep_random123
  SOURCE "#include <Random123/philox.h>\nint main() { r123::Philox4x32::ctr_type c{}; r123::Philox4x32::key_type k{}; return int(r123::Philox4x32()(c, k)[0] & 0u); }")

add_library(attnsweep_boost_math INTERFACE IMPORTED)
attnsweep_check(Boost.Math PACKAGE libboost-dev TARGET attnsweep_boost_math
  SOURCE "#include <boost/math/distributions/students_t.hpp>\nint main() { return int(boost::math::cdf(boost::math::students_t(3), 0) - 0.5); }")

attnsweep_find(BLAS libopenblas-dev)

# A static library, which calls BLAS for what it does not do itself.
attnsweep_pkg(xsmm libxsmm libxsmm-dev)
target_link_libraries(PkgConfig::xsmm INTERFACE BLAS::BLAS)
attnsweep_check(libxsmm PACKAGE libxsmm-dev TARGET PkgConfig::xsmm
  SOURCE "#include <libxsmm.h>\nint main() { libxsmm_init(); return 0; }")

attnsweep_pkg(lapacke lapacke liblapacke-dev)
attnsweep_check(LAPACKE PACKAGE liblapacke-dev TARGET PkgConfig::lapacke
  SOURCE "#include <lapacke.h>\nint main() { return LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', 0, 0, nullptr, 1, nullptr, nullptr, 1, nullptr, 1); }")

set(HDF5_PREFER_PARALLEL OFF)
find_package(HDF5 QUIET COMPONENTS C HL)
if(NOT HDF5_FOUND)
  message(FATAL_ERROR "HDF5 was not found: install Debian's libhdf5-dev, or set HDF5_ROOT.")
endif()
add_library(attnsweep_hdf5 INTERFACE IMPORTED)
target_include_directories(attnsweep_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(attnsweep_hdf5 INTERFACE ${HDF5_HL_LIBRARIES} ${HDF5_LIBRARIES})
attnsweep_check(HDF5 PACKAGE libhdf5-dev TARGET attnsweep_hdf5
  SOURCE "#include <hdf5.h>\n#include <hdf5_hl.h>\nint main() { return H5open() + int(H5DSis_scale(0) & 0); }")

# The C interface from C++: the deprecated C++ bindings stay out.
set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI QUIET COMPONENTS CXX)
if(NOT MPI_CXX_FOUND)
  message(FATAL_ERROR "MPI was not found: install Debian's libopenmpi-dev and openmpi-bin, "
    "load the cluster's MPI module, or set MPI_HOME.")
endif()
attnsweep_check(MPI PACKAGE libopenmpi-dev TARGET MPI::MPI_CXX
  SOURCE "#include <mpi.h>\nint main() { int f; return MPI_Initialized(&f); }")

include(Torch)
