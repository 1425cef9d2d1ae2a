#pragma once
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/command.hpp"
#include "base/log.hpp"

namespace attnsweep::apps {

/// One command's command line: CLI11 with the options that every command has, an example in the
/// help, and the project's exit codes.
class CommandLine {
 public:
  /// `example` is shown under --help.
  CommandLine(const std::string& name, const std::string& summary, const std::string& example);

  CLI::App& app() { return app_; }

  /// Parses and starts the log. Returns an exit code when the command line alone answers (--help,
  /// --version); throws UsageError when it is wrong.
  std::optional<int> parse(const Words& words);

  bool quiet() const { return quiet_; }
  bool verbose() const { return verbose_; }
  log::Level level() const;

 private:
  CLI::App app_;
  bool quiet_ = false, verbose_ = false, version_ = false;
};

/// Program, libraries, build and processor: what --version prints. `extra` are more "name version"
/// lines of libraries that only one program links.
std::string version_text(const std::string& extra = {});
/// The processor's name, from the system.
std::string processor_name();

}  // namespace attnsweep::apps
