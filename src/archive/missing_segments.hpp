#pragma once
// Private to src/archive.
#include <filesystem>

#include "archive/journal.hpp"

namespace attnsweep::archive {

/// A journal line of a planned task whose segment is gone, where no other segment holds the task,
/// is damage: throws ArchiveError naming both. `states` is of the same plan and journal.
void check_missing_segments(const std::filesystem::path& run, const Plan& plan,
                            const Journal& journal, const TaskStates& states);

}  // namespace attnsweep::archive
