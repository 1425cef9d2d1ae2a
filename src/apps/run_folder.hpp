#pragma once
#include <filesystem>

namespace attnsweep::apps {

/// The newest study file of a run (study.yaml, or study.N.yaml of one that has grown). Throws
/// ArchiveError when the folder is not a run.
std::filesystem::path latest_study_file(const std::filesystem::path& run);

}  // namespace attnsweep::apps
