#include <cstddef>
#include <iostream>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "spec/model_files.hpp"

namespace attnsweep::apps {
namespace {

/// A table of the README: model_type, what it is, what its config.json may switch.
void print_markdown() {
  std::cout << "| model_type | what | config.json may switch |\n|---|---|---|\n";
  for (const auto& family : spec::families()) {
    std::cout << "| `" << family.model_type << "` | " << family.summary << " | ";
    for (std::size_t i = 0; i < family.options.size(); ++i)
      std::cout << (i ? " · " : "") << family.options[i];
    std::cout << " |\n";
  }
  std::cout << "\nActivations: " << spec::activation_names() << ".\n";
}

}  // namespace

int families_command(const Words& words) {
  CommandLine line("families", "The model families (model_type of config.json) that are understood",
                   "attnsweep families");
  bool markdown = false;
  line.app().add_flag("--markdown", markdown, "As the table of the README");
  if (const auto code = line.parse(words)) return *code;
  if (markdown) {
    print_markdown();
    return 0;
  }
  for (const auto& family : spec::families()) {
    std::cout << family.model_type << "\n  " << family.summary << "\n";
    for (const auto& option : family.options) std::cout << "  - " << option << "\n";
  }
  std::cout << "\nactivations: " << spec::activation_names() << "\n";
  return 0;
}

}  // namespace attnsweep::apps
