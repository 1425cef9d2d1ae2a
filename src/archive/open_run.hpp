#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "archive/journal.hpp"
#include "archive/plan_file.hpp"

namespace attnsweep::archive {

/// A run that is read: its plan and its journals, without damage.
struct OpenRun {
  std::filesystem::path folder;
  Plan plan;
  Journal journal;
  std::int64_t n_missing = 0;  ///< tasks that are not done
  bool complete() const { return n_missing == 0; }
};

/// Opens a run to be read. Throws ArchiveError naming every damaged journal line, or a
/// segment that a journal names and that is gone; StopError (75)
/// naming what is missing when the run is not complete and `partial` is not set. Segments are
/// checked when they are read.
OpenRun open_run(const std::filesystem::path& run, bool partial);

}  // namespace attnsweep::archive
