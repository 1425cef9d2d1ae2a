#include "apps/python.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <unistd.h>

#include "apps/program_folder.hpp"
#include "base/error.hpp"

namespace attnsweep::apps {
namespace fs = std::filesystem;
namespace {

std::string python_program() {
  if (const char* chosen = std::getenv("ATTNSWEEP_PYTHON"); chosen != nullptr && *chosen != '\0')
    return chosen;
  const auto venv = program_folder().parent_path() / "venv" / "bin" / "python";
  std::error_code error;
  return fs::exists(venv, error) ? venv.string() : "python3";
}

/// The package beside the build folder goes first; an installed one serves elsewhere.
void add_package_to_path() {
  const auto package = program_folder().parent_path().parent_path() / "analysis";
  std::error_code error;
  if (!fs::exists(package / "attnsweep" / "__init__.py", error)) return;
  const char* before = std::getenv("PYTHONPATH");
  const auto path = package.string() + (before != nullptr ? ":" + std::string(before) : "");
  ::setenv("PYTHONPATH", path.c_str(), 1);
}

}  // namespace

int run_python(const Words& words) {
  add_package_to_path();
  std::vector<std::string> texts{python_program(), "-m", "attnsweep"};
  texts.insert(texts.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (auto& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  throw UsageError(texts.front() + ": cannot be started: " + std::strerror(errno) +
                   "; jobs/setup.sh makes the environment, or set ATTNSWEEP_PYTHON");
}

}  // namespace attnsweep::apps
