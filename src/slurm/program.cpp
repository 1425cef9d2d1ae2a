#include "slurm/program.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"

namespace attnsweep::slurm {
namespace {

std::string drained(int from) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n; (n = ::read(from, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(from);
  return text;
}

}  // namespace

Ended run_program(std::vector<std::string> words) {
  int out[2], error[2];
  if (::pipe(out) != 0 || ::pipe(error) != 0)
    throw StopError(false, std::string("no pipe: ") + std::strerror(errno));
  const auto child = ::fork();
  if (child < 0) throw StopError(false, std::string("no process: ") + std::strerror(errno));
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(error[1], STDERR_FILENO);
    for (const int end : {out[0], out[1], error[0], error[1]}) ::close(end);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(error[1]);
  Ended ended;
  // sbatch says little: neither pipe fills up while the other is read.
  ended.out = drained(out[0]);
  ended.error = drained(error[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

bool job_has_ended(const std::string& job) {
  const auto ended = run_program({"squeue", "--noheader", "--jobs=" + job, "--format=%T"});
  // SLURM forgets ended jobs after a while.
  if (ended.code != 0) return ended.error.find("Invalid job id") != std::string::npos;
  const auto state = trimmed(ended.out);
  for (const char* alive :
       {"RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT"})
    if (state.find(alive) != std::string::npos) return false;
  return true;
}

}  // namespace attnsweep::slurm
