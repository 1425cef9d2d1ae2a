// attnsweep-run: the sweep itself, with LibTorch and MPI.
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include <unistd.h>

#include "apps/options.hpp"
#include "apps/session_main.hpp"
#include "apps/top.hpp"
#include "base/build_info.hpp"
#include "base/log.hpp"
#include "comm/agreement.hpp"
#include "comm/session.hpp"
#include "model/evaluator.hpp"
#include "slurm/program.hpp"
#include "sweep/run_sweep.hpp"

namespace attnsweep::apps {
namespace {

struct Arguments {
  std::string study, output, on_error = "continue", share;
  Overrides overrides;
};

std::string environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : text;
}

std::map<std::string, std::string> segment_attributes(const Study& study) {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return {{"study", study.name},
          {"host", host},
          {"slurm_job", environment("SLURM_JOB_ID")},
          {"processor", processor_name()},
          {"libtorch_version", model::torch_version()},
          {"mpi_version", comm::Session::library()},
          {"precision", study.compute.precision},
          {"compiler", build_info().compiler}};
}

void parse_share(const std::string& text, sweep::SweepOptions& options) {
  if (text.empty()) return;
  const auto slash = text.find('/');
  try {
    std::size_t end_k = 0, end_n = 0;
    const auto left = text.substr(0, slash), right = text.substr(slash + 1);
    options.share = std::stoi(left, &end_k);
    options.n_shares = std::stoi(right, &end_n);
    if (slash != std::string::npos && end_k == left.size() && end_n == right.size() &&
        options.share >= 1 && options.share <= options.n_shares)
      return;
  } catch (const std::exception&) {
    // falls through to the one message
  }
  throw UsageError("--share: got '" + text + "', expected k/K with 1 <= k <= K, like 2/8");
}

int sweep_on(comm::Communicator& world, const Arguments& arguments, const CommandLine& line) {
  std::optional<Study> study;
  comm::agree(world, [&] {
    study = read_study(arguments.study, arguments.overrides);
    return std::string();
  });
  sweep::SweepOptions options;
  options.run = arguments.output.empty() ? std::filesystem::path("runs") / study->name
                                         : std::filesystem::path(arguments.output);
  options.stop_on_error = arguments.on_error == "stop";
  options.visible = !line.quiet();
  options.log_level = line.level();
  options.attributes = segment_attributes(*study);
  options.job_has_ended = slurm::job_has_ended;
  parse_share(arguments.share, options);
  const auto end = sweep::run_sweep(world, *study, options);
  if (world.rank() == 0)
    for (const auto& text : end.lines) end.code == ExitCode::ok ? log::info(text) : log::warn(text);
  return static_cast<int>(end.code);
}

int run_all(int argc, char** argv) {
  CommandLine line("run", "The sweep: starts, resumes or finds nothing to do; any number of ranks",
                   "mpirun -n 8 attnsweep run study.yaml --output runs/study");
  Arguments arguments;
  line.app().add_option("STUDY", arguments.study, "The study file (YAML)")->required();
  line.app().add_option("--output,-o", arguments.output,
                        "The run's folder; default: runs/<study> below the current folder");
  line.app()
      .add_option("--on-error", arguments.on_error, "After a failed task: continue or stop")
      ->check(CLI::IsMember({"continue", "stop"}));
  line.app()
      .add_option("--set", arguments.overrides, "key=value instead of the file's; repeatable")
      ->allow_extra_args(false);
  line.app().add_option("--share", arguments.share,
                        "k/K: only the k-th of K parts of the tasks, with a lock of its own");
  const Words words(argv + 1, argv + argc);
  for (const auto& word : words)
    if (word == "--version") {
      std::cout << version_text("LibTorch " + model::torch_version() + "\n" +
                                comm::Session::library() + "\n");
      return 0;
    }
  const auto launch = comm::read_launch();
  try {
    if (const auto code = line.parse(words)) return *code;
  } catch (const UsageError& error) {
    return launch.process == 0 ? show_error(error) : static_cast<int>(error.code());
  }

  return in_session(argc, argv,
                    [&](comm::Communicator& world) { return sweep_on(world, arguments, line); });
}

}  // namespace
}  // namespace attnsweep::apps

int main(int argc, char** argv) {
  try {
    return attnsweep::apps::run_all(argc, argv);
  } catch (const std::exception& error) {
    return attnsweep::apps::show_error(error);
  }
}
