#include <iostream>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "apps/run_folder.hpp"
#include "archive/segment.hpp"
#include "base/error.hpp"

namespace attnsweep::apps {

int verify_command(const Words& words) {
  CommandLine line("verify", "Check every segment of a run against its digest, schema and journal",
                   "attnsweep verify runs/minilm-fortunes");
  std::string run;
  line.app().add_option("RUN", run, "The run's folder")->required();
  if (const auto code = line.parse(words)) return *code;
  latest_study_file(run);  // a folder that is no run is told like by every other command
  const auto found = archive::verify_run(run);
  for (const auto& note : found.notes) std::cout << "note: " << note << "\n";
  for (const auto& problem : found.problems) std::cout << "damaged: " << problem << "\n";
  std::cout << found.n_segments << " segments, " << found.n_tasks_done << " of " << found.n_tasks
            << " tasks done, " << found.n_rows << " rows: "
            << (found.problems.empty() ? "all good"
                                       : std::to_string(found.problems.size()) + " damaged")
            << "\n";
  return static_cast<int>(found.problems.empty() ? ExitCode::ok : ExitCode::archive);
}

}  // namespace attnsweep::apps
