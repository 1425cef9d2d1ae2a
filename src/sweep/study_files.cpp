#include "sweep/study_files.hpp"

#include <string>

namespace attnsweep::sweep {

std::filesystem::path study_file(const std::filesystem::path& run, int n) {
  return run / (n == 0 ? "study.yaml" : "study." + std::to_string(n) + ".yaml");
}

int n_study_files(const std::filesystem::path& run) {
  std::error_code error;
  int n = 0;
  while (std::filesystem::exists(study_file(run, n), error)) ++n;
  return n;
}

}  // namespace attnsweep::sweep
