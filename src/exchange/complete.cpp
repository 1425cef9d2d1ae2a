#include "exchange/complete.hpp"

#include <map>
#include <utility>

#include "base/error.hpp"

namespace attnsweep::exchange {

OpenRun open_run(const std::filesystem::path& run, bool partial) {
  OpenRun opened;
  opened.folder = run;
  opened.plan = archive::read_plan(run);
  opened.journal = archive::read_journal(run);
  if (!opened.journal.damaged.empty()) {
    std::string text;
    for (const auto& line : opened.journal.damaged)
      text += (text.empty() ? "" : "\n") + run.string() + "/" + line;
    throw ArchiveError(text);
  }
  const auto states = archive::task_states(opened.plan, opened.journal, run);
  std::map<std::string, std::pair<int, int>> missing;  // cell → (missing, all)
  int n_missing = 0;
  for (std::size_t i = 0; i < opened.plan.tasks.size(); ++i) {
    const auto& task = opened.plan.tasks[i];
    auto& counts = missing[task.model + "/" + task.corpus];
    ++counts.second;
    if (states.done[i] == nullptr) {
      ++counts.first;
      ++n_missing;
    }
  }
  opened.complete = n_missing == 0;
  if (opened.complete || partial) return opened;
  std::string text = run.string() + ": the run is not complete; missing:";
  for (const auto& [cell, counts] : missing)
    if (counts.first > 0)
      text += "\n  " + cell + ": " + std::to_string(counts.first) + " of " +
              std::to_string(counts.second) + " tasks";
  text += "\n`attnsweep run` with the same study measures them; --partial takes what is there";
  throw StopError(true, text);
}

}  // namespace attnsweep::exchange
