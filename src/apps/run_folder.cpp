#include "apps/run_folder.hpp"

#include "base/error.hpp"
#include "sweep/study_files.hpp"

namespace attnsweep::apps {

std::filesystem::path latest_study_file(const std::filesystem::path& run) {
  const int n = sweep::n_study_files(run);
  if (n == 0) {
    std::error_code error;
    const bool exists = std::filesystem::exists(run, error);
    throw ArchiveError(run.string() + (exists
                                           ? ": is not a run of attnsweep: it holds no study.yaml"
                                           : ": there is no such run"));
  }
  return sweep::study_file(run, n - 1);
}

}  // namespace attnsweep::apps
