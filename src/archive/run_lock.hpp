#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace attnsweep::archive {

/// Holds RUN/lock while the object lives: a kernel file lock, its holder (host, pid, job, start)
/// and a heartbeat every 10 s from a thread of its own.
class RunLock {
 public:
  /// Waits up to `wait_seconds` for a holder on the same host. Throws StopError (no progress)
  /// naming the holder: "runs/x: locked by pid 12 on node7 (SLURM job 99), last heartbeat 4 s ago".
  /// `share` names one of several locks of a divided run ("" : the whole). A holder on another host
  /// that has not beaten for a minute is dead, and so is one whose job, `job_has_ended` says, is.
  RunLock(const std::filesystem::path& run, double wait_seconds, const std::string& share = "",
          const std::function<bool(const std::string& job)>& job_has_ended = {});
  ~RunLock();
  RunLock(const RunLock&) = delete;

  /// Who holds the lock now: empty when nobody does.
  static std::string holder(const std::filesystem::path& run, const std::string& share = "");

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace attnsweep::archive
