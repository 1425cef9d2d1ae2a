#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/rows.hpp"

namespace attnsweep::archive {

/// A unit of work: whole blocks of one corpus on one model.
struct Task {
  std::string id;  ///< "<model>/<corpus>/<first block>+<n blocks>", stable
  std::string model, corpus;
  std::int64_t first_block = 0, n_blocks = 0;
  double flops = 0;  ///< predicted cost
};

/// A cell with what was asked of it and how many records it has.
struct PlannedCell {
  CellInfo info;
  MeasureSet measure;
  std::int64_t n_records = 0;
  std::int64_t records_per_block = 1024;
};

/// RUN/tasks.json (and tasks.1.json … of a grown study): cells and tasks. Cells of later files
/// replace earlier ones of the same (model, corpus); tasks are only added.
struct Plan {
  std::string study;
  std::string study_hash;
  std::uint64_t seed = 0;
  std::vector<PlannedCell> cells;
  std::vector<Task> tasks;
};

/// Writes the n-th plan file durably (n = 0: tasks.json). Throws StopError.
void write_plan(const std::filesystem::path& run, int n, const Plan& plan);

/// Reads and merges all plan files of a run. Throws ArchiveError when `run` is not a run of ours,
/// or a file is damaged.
Plan read_plan(const std::filesystem::path& run);
/// Number of plan files; 0 for a folder that holds no run.
int n_plan_files(const std::filesystem::path& run);

}  // namespace attnsweep::archive
