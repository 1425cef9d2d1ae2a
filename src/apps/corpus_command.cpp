#include <array>
#include <iostream>

#include "apps/corpus_commands.hpp"
#include "apps/options.hpp"
#include "base/error.hpp"
#include "base/suggest.hpp"

namespace attnsweep::apps {
namespace {

struct Entry {
  std::string_view name, arguments, summary;
  int (*run)(const Words&);
};

constexpr std::array commands{
    Entry{"fetch", "--model|--dataset REPO", "Fetch a model or a data set of a Hugging Face hub",
          corpus_fetch},
};

std::string help() {
  std::string text =
      "Texts before they are measured, and models and texts of a hub\n\n"
      "Usage: attnsweep corpus COMMAND [OPTIONS]\n\nCommands:\n";
  for (const auto& command : commands)
    text += "  " + std::string(command.name) + " " + std::string(command.arguments) + "\n      " +
            std::string(command.summary) + "\n";
  return text +
         "\n`attnsweep corpus COMMAND --help` tells more.\n"
         "Example:\n  attnsweep corpus fetch --model sentence-transformers/all-MiniLM-L6-v2\n";
}

}  // namespace

int corpus_command(const Words& words) {
  if (words.empty()) {
    std::cerr << help();
    return static_cast<int>(ExitCode::usage);
  }
  const auto& first = words.front();
  if (first == "--help" || first == "-h") {
    std::cout << help();
    return 0;
  }
  if (first == "--version") {
    std::cout << version_text();
    return 0;
  }
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (command.name == first) return command.run(Words(words.begin() + 1, words.end()));
    names.emplace_back(command.name);
  }
  const auto near = nearest(first, names);
  throw UsageError("'" + first + "' is no command of `attnsweep corpus`" +
                   (near ? "; did you mean '" + *near + "'?" : "") +
                   " See `attnsweep corpus --help`");
}

}  // namespace attnsweep::apps
