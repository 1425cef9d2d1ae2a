#include "base/error.hpp"

namespace attnsweep {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> all)
    : Error(ExitCode::config, joined(all)), problems(std::move(all)) {}

InputError::InputError(std::vector<std::string> all)
    : Error(ExitCode::input, joined(all)), problems(std::move(all)) {}

void require(bool condition, const std::string& message) {
  if (!condition) throw BugError(message);
}

}  // namespace attnsweep
