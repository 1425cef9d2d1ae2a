#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "archive/journal.hpp"
#include "archive/plan_file.hpp"
#include "base/rows.hpp"

namespace attnsweep::archive {

/// Schema of a segment: a reader refuses another major version.
constexpr int schema_major = 1;
constexpr int schema_minor = 1;

/// Rows of one cell inside a segment.
struct SegmentGroup {
  CellInfo info;
  MeasureSet measure;
  std::vector<SequenceRow> rows;
};

/// Writes RUN/segments/<name>.h5 write-once: temporary name → close → fsync → reopen and compare →
/// rename → fsync of the folder. `attributes` become root attributes beside the schema version,
/// writer version and git commit. Returns the digest of the file's bytes. Throws StopError naming
/// the file and the system's reason (a full disk …), with nothing left under the final name.
/// Texts are stored as storable_text of netcdf.hpp gives them. A name can be used only once.
std::string write_segment(const std::filesystem::path& run, const std::string& name,
                          const std::map<std::string, std::string>& attributes,
                          const std::vector<SegmentGroup>& groups);

/// Reads a whole segment. Throws ArchiveError naming the file and what is wrong (damage, an unknown
/// schema version).
std::vector<SegmentGroup> read_segment(const std::filesystem::path& file);

/// Calls `use` once a done task of the plan, in plan order, with the task's own rows (record
/// order), after checking the segment's digest; the group's measure set is the segment's, which
/// covers the plan's. Memory: a few segments. Throws ArchiveError on any damage of the journal or
/// of a segment (a missing one too), unless another good segment holds the task.
void for_each_task(const std::filesystem::path& run, const Plan& plan, const Journal& journal,
                   const std::function<void(const Task&, const SegmentGroup&)>& use);

/// Segments (as the journal names them) that exist but whose digest differs from the journal's, or
/// that cannot be read: their tasks run again (pass them to task_states as `excluded`).
std::vector<std::string> damaged_segments(const std::filesystem::path& run, const Journal& journal);

/// The file of a segment that a journal line names.
std::filesystem::path segment_file(const std::filesystem::path& run, const std::string& segment);

/// What `verify` finds: problems (damage, code 5) and notes (leftovers, torn lines: normal).
struct Verification {
  std::vector<std::string> problems, notes;
  std::int64_t n_segments = 0, n_tasks_done = 0, n_tasks = 0, n_rows = 0;
};
Verification verify_run(const std::filesystem::path& run);

/// Version of the HDF5 library.
std::string hdf5_version();

}  // namespace attnsweep::archive
