#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "archive/plan_file.hpp"
#include "config/study.hpp"
#include "sweep/inputs.hpp"
#include "sweep/planner.hpp"

namespace attnsweep::sweep {

/// What is predicted of one cell.
struct CellForecast {
  std::string model, corpus;
  std::int64_t n_records = 0, n_tasks = 0, n_done = 0;
  double sequences = 0, tokens = 0, flops = 0;  ///< of all its records
  double flops_left = 0;
  std::int64_t rank_bytes = 0;     ///< weights and working memory of a rank on this model
  std::int64_t archive_bytes = 0;  ///< of its rows, before compression
  std::string why;                 ///< what would run, and why; empty: nothing
};

struct Forecast {
  std::vector<CellForecast> cells;
  archive::Plan plan;  ///< of the study, with what the run already planned
  OpenTasks open;
  double flops_per_second = 0;  ///< of one rank
  bool rate_measured = false;   ///< from the run's own journals, else assumed
};

/// Predicts a study, on top of the run in `run` where there is one. Reads models' headers, corpora
/// and the run; writes nothing. Throws as look_at and growth do.
Forecast forecast(const Study& study, const std::filesystem::path& run);

}  // namespace attnsweep::sweep
