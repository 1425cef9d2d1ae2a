#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace attnsweep {

/// How a program ends; the numbers are part of the command line's contract.
enum class ExitCode : int {
  ok = 0,
  bug = 1,
  usage = 2,
  config = 3,
  input = 4,
  archive = 5,
  failed_tasks = 6,
  stopped = 75,
  no_progress = 76,
};

/// Base of every error that the world (not a bug) causes. The message says where, what was got,
/// what was expected. Only src/apps turns it into an exit.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Wrong usage of the command line (2).
struct UsageError : Error {
  explicit UsageError(const std::string& m) : Error(ExitCode::usage, m) {}
};

/// A bad study file (3): every problem at once, one a line, each "file:line:column: key: …".
struct ConfigError : Error {
  explicit ConfigError(std::vector<std::string> all);
  std::vector<std::string> problems;
};

/// A model or corpus that cannot be read or is not what it says (4): every problem at once.
struct InputError : Error {
  explicit InputError(const std::string& m) : Error(ExitCode::input, m), problems{m} {}
  explicit InputError(std::vector<std::string> all);
  std::vector<std::string> problems;
};

/// An archive that is damaged or not ours (5).
struct ArchiveError : Error {
  explicit ArchiveError(const std::string& m) : Error(ExitCode::archive, m) {}
};

/// A stop that can be resumed (75 with progress, 76 without): a signal, a full disk, a lock.
struct StopError : Error {
  StopError(bool progress, const std::string& m)
      : Error(progress ? ExitCode::stopped : ExitCode::no_progress, m) {}
};

/// A broken promise between two parts of this program (1). Thrown by `require`.
struct BugError : Error {
  explicit BugError(const std::string& m) : Error(ExitCode::bug, m) {}
};

/// Throws BugError unless `condition` holds; `message` gives the values.
void require(bool condition, const std::string& message);

}  // namespace attnsweep
