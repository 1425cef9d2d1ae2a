#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/reduce_options.hpp"

namespace attnsweep::reduce {

/// What `reduce` prints; the files are already in the run's folder.
struct ReduceOutput {
  std::string table;         ///< for a terminal: UTF-8, at most 100 columns, ends with a newline
  std::string json;          ///< the text of summary.json
  std::int64_t n_cells = 0;  ///< (model, corpus, norm, view) with the head mean
};

/// Reduces a run: reads its plan and journals and every segment (digests checked), writes
/// summary.json, summary.h5 and the CSV tables (output.hpp) into the run's folder, each durably.
/// The digits depend on the rows, the options and the study's seed alone: not on the order of
/// segments, ranks or threads.
/// Throws StopError (75) listing what is missing when the run is not complete and `partial` is not
/// set (with it, everything made is marked as partial); ArchiveError on damage.
ReduceOutput reduce_run(const std::filesystem::path& run, const ReduceOptions& options,
                        bool partial = false, int threads = 1);

}  // namespace attnsweep::reduce
