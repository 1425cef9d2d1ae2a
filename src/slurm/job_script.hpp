#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace attnsweep::slurm {

/// One option of sbatch: "--nodes" with "2", or a flag with nothing.
struct Option {
  std::string name;  ///< as it was written: "--nodes", "-N"
  std::string value;
  bool operator==(const Option&) const = default;
};

/// sbatch's options as a user writes them ("--time=1:00:00", "--time 1:00:00", "-t 60",
/// "--exclusive"). Throws UsageError for a word that belongs to none.
std::vector<Option> parse_options(const std::vector<std::string>& words);

/// The option of that name, in its long or its short spelling ("nodes", "N"); null: not given.
const Option* find_option(const std::vector<Option>& options, const std::string& name);

/// What a study asks a machine for: from the plan, for one that names no numbers itself.
struct Need {
  std::string study;  ///< name of the study
  int threads = 1;    ///< cores of a rank
  std::int64_t bytes_per_rank = 0;
  double flops_left = 0;
  double flops_per_second = 1;  ///< of one rank
};

/// The options of the sweep's job: the user's, and for what he left open our own with the reason
/// why, for the log. Nothing is said of the partition: the cluster has a default.
struct Request {
  std::vector<Option> options;
  std::vector<std::string> reasons;
  int ranks = 1;       ///< of one job
  int shares = 1;      ///< jobs of the array; 1: no array
  double seconds = 0;  ///< predicted, of the whole sweep
};
/// `efficiency`(ranks) is the share of the ranks' time that is work. Throws UsageError for numbers
/// that are none.
Request make_request(const Need& need, const std::vector<Option>& options);

/// Settings of a script: "run" → "runs/x"; an array's words for "options".
struct Settings {
  std::string attnsweep, study, run;
  int threads = 1;
  std::vector<std::string> options;
};

/// The scripts of jobs/slurm with options and settings filled in.
std::string run_script(const Request& request, const Settings& settings, const std::string& log);
std::string reduce_script(const Request& request, const Settings& settings, const std::string& log);

/// "1-02:03:04" or "02:03:04".
std::string slurm_time(double seconds);

}  // namespace attnsweep::slurm
