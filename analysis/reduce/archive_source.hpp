#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "archive/open_run.hpp"
#include "reduce/collect.hpp"

namespace attnsweep::reduce {

/// A run's plan and journals, opened for reduction.
class RunSource {
 public:
  /// Throws ArchiveError on damage, and StopError listing what is missing when tasks are not done
  /// and `partial` is not set.
  RunSource(const std::filesystem::path& run, bool partial);
  const archive::Plan& plan() const { return run_.plan; }
  /// Whether tasks are missing.
  bool incomplete() const { return !run_.complete(); }
  std::int64_t n_tasks_done() const {
    return static_cast<std::int64_t>(run_.plan.tasks.size()) - run_.n_missing;
  }

  /// Rows of one cell, a task's at a time. Adds the devices and precisions seen to `machines` ("cpu
  /// float32").
  RowSource rows(const archive::PlannedCell& cell, std::set<std::string>& machines) const;

 private:
  archive::OpenRun run_;
};

}  // namespace attnsweep::reduce
