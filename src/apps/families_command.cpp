#include <iostream>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "spec/model_files.hpp"

namespace attnsweep::apps {

int families_command(const Words& words) {
  CommandLine line("families", "The model families (model_type of config.json) that are understood",
                   "attnsweep families");
  if (const auto code = line.parse(words)) return *code;
  for (const auto& family : spec::families()) {
    std::cout << family.model_type << "\n  " << family.summary << "\n";
    for (const auto& option : family.options) std::cout << "  - " << option << "\n";
  }
  return 0;
}

}  // namespace attnsweep::apps
