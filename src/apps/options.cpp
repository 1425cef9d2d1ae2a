#include "apps/options.hpp"

#include <fstream>
#include <iostream>

#include "archive/segment.hpp"
#include "base/build_info.hpp"
#include "base/error.hpp"

namespace attnsweep::apps {

CommandLine::CommandLine(const std::string& name, const std::string& summary,
                         const std::string& example)
    : app_(summary, "attnsweep " + name) {
  app_.footer("Example:\n  " + example);
  app_.add_flag("--quiet,-q", quiet_, "Only errors on stderr");
  app_.add_flag("--verbose,-v", verbose_, "More on stderr: what is done and why");
  app_.add_flag("--version", version_, "Versions of the program, its libraries and its build");
}

log::Level CommandLine::level() const {
  return quiet_ ? log::Level::error : verbose_ ? log::Level::debug : log::Level::info;
}

std::optional<int> CommandLine::parse(const Words& words) {
  // --version needs none of the arguments that the command requires.
  for (const auto& word : words)
    if (word == "--version") {
      std::cout << version_text();
      return 0;
    }
  try {
    // CLI11 takes the words from the back.
    app_.parse(Words(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    std::cout << app_.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    throw UsageError(app_.get_name() + ": " + error.what() + "; see `" + app_.get_name() +
                     " --help`");
  }
  log::init(level());
  return std::nullopt;
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0) {
      const auto colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  return "unknown";
}

std::string version_text(const std::string& extra) {
  const auto build = build_info();
  return "attnsweep " + build.version + " (git " + build.git_commit + ", " + build.build_type +
         ", " + build.compiler + ")\nHDF5 " + archive::hdf5_version() + "\narchive schema " +
         std::to_string(archive::schema_major) + "." + std::to_string(archive::schema_minor) +
         "\n" + extra + "processor " + processor_name() + "\n";
}

}  // namespace attnsweep::apps
