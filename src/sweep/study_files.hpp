#pragma once
#include <filesystem>

namespace attnsweep::sweep {

/// RUN/study.yaml (n = 0) or RUN/study.n.yaml: the resolved study of the n-th change.
std::filesystem::path study_file(const std::filesystem::path& run, int n);
/// How many there are, counted from study.yaml without a gap.
int n_study_files(const std::filesystem::path& run);

}  // namespace attnsweep::sweep
