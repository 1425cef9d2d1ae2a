#pragma once
#include <filesystem>
#include <string>

#include "archive/journal.hpp"
#include "archive/plan_file.hpp"

namespace attnsweep::exchange {

/// A run that is read: its plan and its journals, checked.
struct OpenRun {
  std::filesystem::path folder;
  archive::Plan plan;
  archive::Journal journal;
  bool complete = true;
};

/// Opens a run to be read. Throws ArchiveError on damage; StopError (75) naming what is missing
/// when it is not complete and `partial` is not set.
OpenRun open_run(const std::filesystem::path& run, bool partial);

}  // namespace attnsweep::exchange
