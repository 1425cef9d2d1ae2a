#include "archive/open_run.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "archive/missing_segments.hpp"
#include "base/error.hpp"

namespace attnsweep::archive {
namespace {

constexpr std::size_t most_lines = 20;

std::string describe_missing(const OpenRun& run, const TaskStates& states) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> by_cell;  // missing, all
  std::vector<std::string> failures;
  for (std::size_t k = 0; k < run.plan.tasks.size(); ++k) {
    const auto& task = run.plan.tasks[k];
    auto& [missing, all] = by_cell[task.model + "/" + task.corpus];
    ++all;
    if (states.done[k] != nullptr) continue;
    ++missing;
    if (states.failed[k] != nullptr)
      failures.push_back(task.id + " failed: " + states.failed[k]->message);
  }
  std::string text = run.folder.string() + ": the run is not complete, " +
                     std::to_string(run.n_missing) + " of " +
                     std::to_string(run.plan.tasks.size()) + " tasks are missing:";
  std::size_t shown = 0, left = 0;
  for (const auto& [cell, n] : by_cell) {
    if (n.first == 0) continue;
    if (shown++ < most_lines)
      text += "\n  " + cell + ": " + std::to_string(n.first) + " of " + std::to_string(n.second) +
              " tasks";
    else
      ++left;
  }
  if (left > 0) text += "\n  … and " + std::to_string(left) + " more";
  for (std::size_t k = 0; k < std::min(most_lines, failures.size()); ++k)
    text += "\n  " + failures[k];
  return text + "\ncontinue it with `attnsweep run`, or take what is there with --partial";
}

}  // namespace

OpenRun open_run(const std::filesystem::path& run, bool partial) {
  OpenRun opened;
  opened.folder = run;
  opened.plan = read_plan(run);
  opened.journal = read_journal(run);
  if (!opened.journal.damaged.empty()) {
    std::string text;
    for (const auto& line : opened.journal.damaged)
      text += (text.empty() ? "" : "\n") + (run / line).string();
    throw ArchiveError(text);
  }
  const auto states = task_states(opened.plan, opened.journal, run);
  check_missing_segments(run, opened.plan, opened.journal, states);
  opened.n_missing = std::count(states.done.begin(), states.done.end(), nullptr);
  if (!opened.complete() && !partial) throw StopError(true, describe_missing(opened, states));
  return opened;
}

}  // namespace attnsweep::archive
