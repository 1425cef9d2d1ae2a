#include <algorithm>
#include <cstdio>
#include <iostream>

#include <nlohmann/json.hpp>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "config/study.hpp"
#include "sweep/forecast.hpp"
#include "sweep/scheduler.hpp"

namespace attnsweep::apps {
namespace {

struct Totals {
  double tokens = 0, sequences = 0;
  std::int64_t archive_bytes = 0, rank_bytes = 0;
};

Totals totals_of(const sweep::Forecast& forecast) {
  Totals totals;
  for (const auto& cell : forecast.cells) {
    totals.tokens += cell.tokens;
    totals.sequences += cell.sequences;
    totals.archive_bytes += cell.archive_bytes;
    totals.rank_bytes = std::max(totals.rank_bytes, cell.rank_bytes);
  }
  return totals;
}

std::string text_of(const sweep::Forecast& forecast, std::size_t ranks,
                    const sweep::Makespan& makespan) {
  char line[512];
  std::snprintf(line, sizeof line, "%-40s %9s %10s %6s %6s %10s\n", "model/corpus", "records",
                "tokens", "tasks", "done", "core-hours");
  std::string text = line;
  for (const auto& cell : forecast.cells) {
    std::snprintf(line, sizeof line, "%-40s %9lld %10.0f %6lld %6lld %10.4f%s%s\n",
                  (cell.model + "/" + cell.corpus).c_str(), static_cast<long long>(cell.n_records),
                  cell.tokens, static_cast<long long>(cell.n_tasks),
                  static_cast<long long>(cell.n_done),
                  cell.flops_left / forecast.flops_per_second / 3600, cell.why.empty() ? "" : "  ",
                  cell.why.c_str());
    text += line;
  }
  const auto totals = totals_of(forecast);
  std::snprintf(line, sizeof line,
                "tasks: %zu to run, %lld done; about %.0f sequences, %.0f tokens in all (from the "
                "first records)\n",
                forecast.open.tasks.size(), static_cast<long long>(forecast.open.n_done),
                totals.sequences, totals.tokens);
  text += line;
  std::snprintf(line, sizeof line, "rate: %.1f GFLOP/s a rank (%s)\n",
                forecast.flops_per_second / 1e9,
                forecast.rate_measured ? "measured by this run" : "assumed; a run measures it");
  text += line;
  std::snprintf(line, sizeof line,
                "core-hours left: %.4f; memory of a rank: %.2f GB; archive: %.1f MB before "
                "compression\n",
                forecast.open.flops_left / forecast.flops_per_second / 3600,
                static_cast<double>(totals.rank_bytes) / 1e9,
                static_cast<double>(totals.archive_bytes) / 1e6);
  text += line;
  std::snprintf(line, sizeof line, "on %zu rank%s: %.0f s, efficiency %.2f\n", ranks,
                ranks == 1 ? "" : "s", makespan.time / forecast.flops_per_second,
                makespan.efficiency);
  return text + line;
}

std::string json_of(const sweep::Forecast& forecast, std::size_t ranks,
                    const sweep::Makespan& makespan) {
  const auto totals = totals_of(forecast);
  nlohmann::json json = {
      {"tasks", forecast.plan.tasks.size()},
      {"to_run", forecast.open.tasks.size()},
      {"done", forecast.open.n_done},
      {"tokens", totals.tokens},
      {"sequences", totals.sequences},
      {"flops_per_second", forecast.flops_per_second},
      {"rate_measured", forecast.rate_measured},
      {"core_hours", forecast.open.flops_left / forecast.flops_per_second / 3600},
      {"rank_bytes", totals.rank_bytes},
      {"archive_bytes", totals.archive_bytes},
      {"ranks", ranks},
      {"makespan_seconds", makespan.time / forecast.flops_per_second},
      {"efficiency", makespan.efficiency},
      {"cells", nlohmann::json::array()}};
  for (const auto& cell : forecast.cells)
    json["cells"].push_back({{"model", cell.model},
                             {"corpus", cell.corpus},
                             {"records", cell.n_records},
                             {"tokens", cell.tokens},
                             {"tasks", cell.n_tasks},
                             {"done", cell.n_done},
                             {"flops", cell.flops},
                             {"flops_left", cell.flops_left},
                             {"rank_bytes", cell.rank_bytes},
                             {"archive_bytes", cell.archive_bytes},
                             {"why", cell.why}});
  return json.dump(1) + "\n";
}

}  // namespace

int plan_command(const Words& words) {
  CommandLine line("plan", "Tasks, cost, memory and predicted time; nothing is written",
                   "attnsweep plan study.yaml --ranks 64");
  std::string file, output;
  std::size_t ranks = 1;
  bool json = false;
  Overrides overrides;
  line.app().add_option("STUDY", file, "The study file (YAML)")->required();
  line.app()
      .add_option("--ranks", ranks, "Predict the time of this many ranks")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000000}));
  line.app().add_option("--output,-o", output,
                        "An existing run to compare with; default: runs/<study>");
  line.app()
      .add_option("--set", overrides, "key=value instead of the file's; repeatable")
      ->allow_extra_args(false);
  line.app().add_flag("--json", json, "For scripts");
  if (const auto code = line.parse(words)) return *code;
  const auto study = read_study(file, overrides);
  const auto run =
      output.empty() ? std::filesystem::path("runs") / study.name : std::filesystem::path(output);
  const auto forecast = sweep::forecast(study, run);
  const auto makespan = sweep::simulate(forecast.plan, forecast.open.tasks, ranks);
  std::cout << (json ? json_of(forecast, ranks, makespan) : text_of(forecast, ranks, makespan));
  return 0;
}

}  // namespace attnsweep::apps
