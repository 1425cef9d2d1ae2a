#pragma once
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/journal.hpp"
#include "archive/plan_file.hpp"
#include "sweep/inputs.hpp"

namespace attnsweep::sweep {

/// Token counts of the first records of a corpus under a model's rules: what costs are predicted
/// from before anything is tokenised for good.
struct LengthSample {
  std::vector<std::int64_t> lengths;  ///< of measurable sequences
  std::int64_t n_records = 0;         ///< records looked at
  double sequences_per_record() const;
};
LengthSample sample_lengths(CorpusInput& corpus, const ModelInput& model);

/// The plan of a study: a cell for every model × corpus, a task for every block (or, beyond 10,000
/// blocks of a cell, every few). The inputs' digests and indexes must be there. Deterministic in
/// the study and its inputs. Throws InputError for a corpus without a record.
archive::Plan make_plan(const Study& study, Inputs& inputs);

/// What the study adds to the run that `old` plans: new cells with their tasks, and known cells
/// whose measured set has grown. Empty: nothing. Throws ConfigError when a cell's identity
/// differs, with the keys that do.
std::optional<archive::Plan> growth(const archive::Plan& old, const archive::Plan& now,
                                    const std::filesystem::path& run);
/// `old` with what was added.
archive::Plan merged(archive::Plan old, const archive::Plan& added);

/// Tasks of the study's cells that are not done, and for each the segment that a new measurement
/// of it replaces (empty: none). `damaged` are segments that do not count.
struct OpenTasks {
  std::vector<std::size_t> tasks;  ///< indices into plan.tasks
  std::map<std::size_t, std::string> replaces;
  std::int64_t n_done = 0;
  double flops_left = 0;
};
OpenTasks open_tasks(const archive::Plan& plan, const archive::Journal& journal,
                     const std::filesystem::path& run, const Study& study);

}  // namespace attnsweep::sweep
