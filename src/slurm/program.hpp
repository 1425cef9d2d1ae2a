#pragma once
#include <string>
#include <vector>

namespace attnsweep::slurm {

/// What a program of SLURM said. code 127: there is no such program here.
struct Ended {
  int code = 0;
  std::string out, error;
};

/// Runs a program of the PATH and waits for its end; for those that say little. Throws StopError
/// (no progress) where no process can be started.
Ended run_program(std::vector<std::string> words);

/// Without spaces and line breaks at the end.
std::string trimmed(std::string text);

/// Whether SLURM says that no process of this job can be alive any more: it has ended, or waits in
/// the queue. False where SLURM does not answer.
bool job_has_ended(const std::string& job);

}  // namespace attnsweep::slurm
