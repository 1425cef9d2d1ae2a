#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <thread>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "archive/journal.hpp"
#include "archive/run_lock.hpp"
#include "base/error.hpp"

namespace attnsweep::apps {
namespace {

struct CellStatus {
  std::int64_t tasks = 0, done = 0, failed = 0, rows = 0, tokens = 0;
  double seconds = 0, flops = 0, flops_left = 0;
  std::map<std::string, std::int64_t> reasons;
  std::vector<std::string> failures;
};

struct RunStatus {
  std::map<std::string, CellStatus> cells;
  CellStatus all;
  std::string holder;  ///< who works on it now, or empty
  std::vector<std::string> torn, damaged;
};

void add(CellStatus& status, const archive::Task& task, const archive::JournalEntry* done,
         const archive::JournalEntry* failed) {
  ++status.tasks;
  if (done == nullptr) {
    status.flops_left += task.flops;
    if (failed != nullptr) {
      ++status.failed;
      status.failures.push_back("task " + task.id + ": " + failed->message);
    }
    return;
  }
  ++status.done;
  status.rows += done->n_rows;
  status.tokens += done->n_tokens;
  status.seconds += done->seconds;
  status.flops += done->flops;
  for (const auto& [reason, n] : done->reasons) status.reasons[reason] += n;
  for (const auto& failure : done->failures)
    status.failures.push_back(task.model + "/" + task.corpus + ": " + failure);
}

RunStatus status_of(const std::filesystem::path& run) {
  RunStatus status;
  const auto plan = archive::read_plan(run);
  const auto journal = archive::read_journal(run);
  const auto states = archive::task_states(plan, journal, run);
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const auto& task = plan.tasks[i];
    add(status.cells[task.model + "/" + task.corpus], task, states.done[i], states.failed[i]);
    add(status.all, task, states.done[i], states.failed[i]);
  }
  status.holder = archive::RunLock::holder(run);
  status.torn = journal.torn;
  status.damaged = journal.damaged;
  return status;
}

nlohmann::json json_of(const CellStatus& cell) {
  return {{"tasks", cell.tasks},
          {"done", cell.done},
          {"failed", cell.failed},
          {"left", cell.tasks - cell.done},
          {"rows", cell.rows},
          {"tokens", cell.tokens},
          {"rank_seconds", cell.seconds},
          {"reasons", cell.reasons},
          {"failures", cell.failures}};
}

std::string json_text(const RunStatus& status) {
  nlohmann::json json = json_of(status.all);
  json["running"] = !status.holder.empty();
  json["holder"] = status.holder;
  json["torn_journals"] = status.torn;
  json["damaged"] = status.damaged;
  json["cells"] = nlohmann::json::object();
  for (const auto& [name, cell] : status.cells) json["cells"][name] = json_of(cell);
  return json.dump(1) + "\n";
}

std::string line_of(const std::string& name, const CellStatus& cell) {
  char text[256];
  std::snprintf(text, sizeof text, "%-40s %6lld %6lld %6lld %6lld %10lld %9.1f\n", name.c_str(),
                static_cast<long long>(cell.tasks), static_cast<long long>(cell.done),
                static_cast<long long>(cell.failed), static_cast<long long>(cell.tasks - cell.done),
                static_cast<long long>(cell.rows),
                cell.seconds > 0 ? static_cast<double>(cell.rows) / cell.seconds : 0.0);
  return text;
}

std::string table(const std::string& run, const RunStatus& status) {
  char head[256];
  std::snprintf(head, sizeof head, "%-40s %6s %6s %6s %6s %10s %9s\n", "model/corpus", "tasks",
                "done", "failed", "left", "rows", "rows/s");
  std::string text = head;
  for (const auto& [name, cell] : status.cells) text += line_of(name, cell);
  if (status.cells.size() > 1) text += line_of("all", status.all);
  std::string reasons;
  for (const auto& [reason, n] : status.all.reasons)
    reasons += (reasons.empty() ? "" : ", ") + std::to_string(n) + " " + reason;
  if (!reasons.empty()) text += "sequences: " + reasons + "\n";
  for (const auto& failure : status.all.failures) text += "failed: " + failure + "\n";
  if (status.all.flops > 0 && status.all.flops_left > 0)
    text += "left: " +
            std::to_string(static_cast<long long>(
                status.all.flops_left / status.all.flops * status.all.seconds + 0.5)) +
            " rank-seconds at the rate so far\n";
  for (const auto& file : status.torn) text += "note: " + file + " ends in a torn line (a kill)\n";
  for (const auto& line : status.damaged) text += "damaged: " + run + "/" + line + "\n";
  text += status.holder.empty() ? "nobody works on it now\n" : "running: " + status.holder + "\n";
  return text;
}

}  // namespace

int status_command(const Words& words) {
  CommandLine line("status", "What of a run is done, left and failed; also while it runs",
                   "attnsweep status runs/minilm-fortunes --watch");
  std::string run;
  bool watch = false, json = false;
  line.app().add_option("RUN", run, "The run's folder")->required();
  line.app().add_flag("--watch", watch, "Show it again every 2 s until all is done");
  line.app().add_flag("--json", json, "For scripts");
  if (const auto code = line.parse(words)) return *code;
  for (;;) {
    const auto status = status_of(run);
    if (watch && ::isatty(STDOUT_FILENO) == 1) std::cout << "\033[H\033[2J";
    std::cout << (json ? json_text(status) : table(run, status)) << std::flush;
    if (!status.damaged.empty()) return static_cast<int>(ExitCode::archive);
    if (!watch || (status.all.done == status.all.tasks && status.holder.empty())) return 0;
    std::this_thread::sleep_for(std::chrono::seconds(2));
  }
}

}  // namespace attnsweep::apps
