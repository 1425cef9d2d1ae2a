#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "comm/communicator.hpp"
#include "config/study.hpp"

namespace attnsweep::sweep {

struct SweepOptions {
  std::filesystem::path run;  ///< the output folder
  bool stop_on_error = false;
  int share = 1, n_shares = 1;  ///< this job's part of the tasks, from 1
  /// Whether the batch system has seen the end of this job, for the lock of a lost node.
  std::function<bool(const std::string& job)> job_has_ended;
  bool visible = true;                            ///< progress on stderr
  log::Level log_level = log::Level::info;        ///< on stderr; RUN/log/ holds everything
  std::map<std::string, std::string> attributes;  ///< of every segment (versions, host …)
};

/// How a sweep ended; equal on every rank.
struct SweepEnd {
  ExitCode code = ExitCode::ok;
  std::vector<std::string> lines;  ///< what to tell the user, on stderr
};

/// Collective: the whole sweep. Looks at the inputs, makes or grows the plan, pulls tasks until
/// none is left or a stop comes, commits. What was measured before is kept. Throws AgreedError
/// for what is wrong before the first forward pass, on every rank.
SweepEnd run_sweep(comm::Communicator& comm, const Study& study, const SweepOptions& options);

}  // namespace attnsweep::sweep
