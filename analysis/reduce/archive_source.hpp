#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "archive/journal.hpp"
#include "archive/plan_file.hpp"
#include "reduce/collect.hpp"

namespace attnsweep::reduce {

/// A run's plan and journals, opened for reduction.
class RunSource {
 public:
  /// Throws ArchiveError on damage, and StopError listing what is missing when tasks are not done
  /// and `partial` is not set.
  RunSource(const std::filesystem::path& run, bool partial);
  const archive::Plan& plan() const { return plan_; }
  /// Whether tasks are missing.
  bool incomplete() const { return n_missing_ > 0; }
  std::int64_t n_tasks_done() const {
    return static_cast<std::int64_t>(plan_.tasks.size()) - n_missing_;
  }

  /// Rows of one cell. Adds the devices and precisions seen to `machines` ("cpu float32").
  RowSource rows(const archive::PlannedCell& cell, std::set<std::string>& machines) const;

 private:
  std::string describe_missing(const archive::TaskStates& states) const;
  std::filesystem::path run_;
  archive::Plan plan_;
  archive::Journal journal_;
  std::int64_t n_missing_ = 0;
};

}  // namespace attnsweep::reduce
