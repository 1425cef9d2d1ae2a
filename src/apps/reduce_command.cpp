#include <algorithm>
#include <iostream>
#include <thread>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "apps/run_folder.hpp"
#include "config/study.hpp"
#include "reduce/reduce.hpp"

namespace attnsweep::apps {

int reduce_command(const Words& words) {
  CommandLine line("reduce", "Decay rates, their intervals, rival laws and verdicts of a run",
                   "attnsweep reduce runs/minilm-fortunes --set reduce.level=0.99");
  std::string run;
  Overrides overrides;
  bool partial = false, json = false;
  line.app().add_option("RUN", run, "The run's folder")->required();
  line.app()
      .add_option("--set", overrides,
                  "reduce.KEY=VALUE: another value than the study's; repeatable")
      ->allow_extra_args(false);
  line.app().add_flag("--partial", partial, "Take what is there of a run that is not complete");
  line.app().add_flag("--json", json, "Print summary.json instead of the table");
  int threads = 0;
  line.app()
      .add_option("--threads", threads,
                  "Threads, one a series at most; 0: as many as this process may use. The results "
                  "are the same for any number")
      ->check(CLI::Range(0, 4096));
  if (const auto code = line.parse(words)) return *code;
  if (threads == 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const auto options = read_reduce_options(latest_study_file(run), overrides);
  const auto output = reduce::reduce_run(run, options, partial, threads);
  std::cout << (json ? output.json : output.table);
  if (!output.table.empty() && output.table.back() != '\n') std::cout << "\n";
  return 0;
}

}  // namespace attnsweep::apps
