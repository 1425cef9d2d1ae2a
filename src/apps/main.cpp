// attnsweep: everything that needs neither LibTorch nor MPI, and the door to what does.
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>

#include <unistd.h>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "apps/program_folder.hpp"
#include "apps/top.hpp"
#include "base/suggest.hpp"

namespace attnsweep::apps {
namespace {

struct Entry {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Words&);
};

/// Replaces this process by attnsweep-run, which links LibTorch and MPI.
int run_command(const Words& words) {
  const auto program = program_folder() / "attnsweep-run";
  std::vector<std::string> texts{program.string()};
  texts.insert(texts.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (auto& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  throw UsageError(program.string() + ": cannot be started: " + std::strerror(errno) +
                   "; it lies beside attnsweep in the build folder");
}

constexpr std::array commands{
    Entry{"validate", "Check a study file, its models and its corpora", validate_command},
    Entry{"plan", "Tasks, cost, memory and predicted time of a study", plan_command},
    Entry{"run", "The sweep: start, resume or find nothing to do", run_command},
    Entry{"status", "What of a run is done, left and failed", status_command},
    Entry{"verify", "Check every file of a run against its digest", verify_command},
    Entry{"reduce", "Decay rates, intervals and verdicts of a run", reduce_command},
    Entry{"report", "Figures and the page of a reduced run", report_command},
    Entry{"export", "The measured values in long form", export_command},
    Entry{"import", "Make a run of values measured elsewhere", import_command},
    Entry{"compare", "Differences between two runs", compare_command},
    Entry{"submit", "Job scripts for SLURM: the sweep, then reduce and report", submit_command},
    Entry{"corpus", "Inspect, index and fetch texts; fetch models", corpus_command},
    Entry{"families", "The model families that are understood", families_command},
};

std::string help() {
  std::string text =
      "attnsweep: how attention changes from layer to layer, over many models and texts\n\n"
      "Usage: attnsweep COMMAND [OPTIONS]\n\nCommands:\n";
  for (const auto& command : commands) {
    text += "  " + std::string(command.name);
    text.append(11 - command.name.size(), ' ');
    text += std::string(command.summary) + "\n";
  }
  text +=
      "\n`attnsweep COMMAND --help` tells more, with an example.\n"
      "Example:\n  mpirun -n 8 attnsweep run study.yaml\n"
      "Exit codes: 0 done, 1 bug, 2 usage, 3 study file, 4 model or corpus, 5 archive, 6 some\n"
      "sequences or tasks failed, 75 stopped early and resumable, 76 stopped without progress.\n";
  return text;
}

int dispatch(const Words& words) {
  if (words.empty()) {
    std::cerr << help();
    return static_cast<int>(ExitCode::usage);
  }
  const auto& first = words.front();
  if (first == "--help" || first == "-h" || first == "help") {
    std::cout << help();
    return 0;
  }
  if (first == "--version") {
    std::cout << version_text();
    return 0;
  }
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (command.name == first) return command.run(Words(words.begin() + 1, words.end()));
    names.emplace_back(command.name);
  }
  const auto near = nearest(first, names);
  throw UsageError("'" + first + "' is no command" +
                   (near ? "; did you mean '" + *near + "'?" : "") + " See `attnsweep --help`");
}

}  // namespace
}  // namespace attnsweep::apps

int main(int argc, char** argv) {
  using namespace attnsweep::apps;
  try {
    return dispatch(Words(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    return show_error(error);
  }
}
