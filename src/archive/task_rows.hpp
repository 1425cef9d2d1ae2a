// Private to src/archive: the rows of one task inside a segment.
#pragma once
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "archive/segment_reader.hpp"

namespace attnsweep::archive {

/// Cells of a plan by model and corpus.
class CellIndex {
 public:
  explicit CellIndex(const Plan& plan);
  /// The cell of a task. Throws ArchiveError when the plan has none.
  const PlannedCell& of(const Task& task) const;

 private:
  std::map<std::pair<std::string, std::string>, const PlannedCell*> cells_;
};

/// Where a task's rows are.
struct RowRange {
  const SegmentReader::Cell* cell = nullptr;
  std::size_t first = 0, count = 0;
};

/// The rows of `task` in a segment: those whose record lies in the task's blocks. Throws
/// ArchiveError when the cell is missing or another one, or when the rows are not neighbours, not
/// in record order, or not as many as the journal's entry says.
RowRange task_rows(const SegmentReader& segment, const std::string& name, const Task& task,
                   const PlannedCell& cell, const JournalEntry& entry);

/// "segments/x.h5"
std::string segment_place(const std::string& segment);

/// Segments that were read last, each checked against the digest of a journal entry.
class SegmentCache {
 public:
  explicit SegmentCache(std::filesystem::path run) : run_(std::move(run)) {}
  /// Throws ArchiveError naming the segment and what is wrong.
  std::shared_ptr<const SegmentReader> open(const JournalEntry& entry);

 private:
  struct Slot {
    std::string segment, digest;
    std::size_t size = 0;
    std::shared_ptr<const SegmentReader> reader;
  };
  std::filesystem::path run_;
  std::list<Slot> slots_;  // last used first
};

}  // namespace attnsweep::archive
