#include "apps/command.hpp"
#include "apps/options.hpp"
#include "base/error.hpp"
#include "exchange/import_csv.hpp"

namespace attnsweep::apps {

int import_command(const Words& words) {
  CommandLine line("import", "Make a run of values measured elsewhere, in the columns of export",
                   "attnsweep import rows.csv --output runs/elsewhere");
  std::string file, run;
  std::vector<std::string> controls;
  exchange::ImportOptions options;
  line.app().add_option("ROWS", file, "CSV with a header line")->required();
  line.app().add_option("--output,-o", run, "The new run's folder")->required();
  line.app().add_option("--seed", options.seed, "Of the bootstrap; default 20251030");
  line.app()
      .add_option(
          "--control-of", controls,
          "CONTROL=TRAINED: the first model is an untrained control of the second; repeatable")
      ->allow_extra_args(false);
  if (const auto code = line.parse(words)) return *code;
  for (const auto& pair : controls) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
      throw UsageError("--control-of: got '" + pair + "', expected CONTROL=TRAINED");
    options.control_of[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  exchange::import_csv(file, run, options);
  log::info(file + " is now the run " + run);
  return 0;
}

}  // namespace attnsweep::apps
