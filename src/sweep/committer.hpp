#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/journal.hpp"
#include "archive/segment.hpp"
#include "config/study.hpp"

namespace attnsweep::sweep {

/// A finished task on its way to the disk.
struct FinishedTask {
  archive::JournalEntry entry;  ///< segment and digest are filled in by the commit
  archive::SegmentGroup rows;
};

/// Collects a rank's finished tasks and commits them together: one segment, then one journal line
/// a task. A commit is due after an interval that starts at 5 s and doubles up to 600 s (or the
/// study's own), or when the rows are worth `commit_bytes`.
class Committer {
 public:
  Committer(std::filesystem::path run, std::string writer_name,
            std::map<std::string, std::string> attributes, const RunOptions& options);

  /// Adds a task and commits when due. Throws StopError when the disk refuses; the uncommitted
  /// tasks are then measured again at the next start.
  void add(FinishedTask task);
  /// Commits what is there.
  void commit();
  /// Notes a task that the machine stopped.
  void note_failure(const archive::JournalEntry& entry);

  std::int64_t n_committed() const { return n_committed_; }

 private:
  archive::JournalWriter& journal();
  double interval() const;

  std::filesystem::path run_;
  std::string writer_name_;
  std::map<std::string, std::string> attributes_;
  RunOptions options_;
  std::optional<archive::JournalWriter> journal_;
  std::vector<FinishedTask> pending_;
  std::int64_t pending_bytes_ = 0;
  std::int64_t n_segments_ = 0;
  std::int64_t n_committed_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace attnsweep::sweep
