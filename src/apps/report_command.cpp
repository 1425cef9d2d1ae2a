#include "apps/command.hpp"
#include "apps/options.hpp"
#include "apps/python.hpp"

namespace attnsweep::apps {

int report_command(const Words& words) {
  CommandLine line("report", "Figures (PNG, PDF, SVG) and the page of a reduced run",
                   "attnsweep report runs/minilm-fortunes");
  std::string run, style;
  line.app().add_option("RUN", run, "The run's folder")->required();
  line.app().add_option("--style", style, "A matplotlib style sheet on top of the package's");
  if (const auto code = line.parse(words)) return *code;
  Words arguments{"report", run};
  if (!style.empty()) {
    arguments.push_back("--style");
    arguments.push_back(style);
  }
  if (line.quiet()) arguments.push_back("--quiet");
  return run_python(arguments);
}

}  // namespace attnsweep::apps
