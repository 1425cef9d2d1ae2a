#include "apps/top.hpp"

#include <new>
#include <sstream>

#include "base/build_info.hpp"
#include "base/log.hpp"

namespace attnsweep::apps {

int show_error(const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  if (ours == nullptr || ours->code() == ExitCode::bug) {
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
      log::error("out of memory");
    } else {
      log::error(std::string("this is a bug in attnsweep ") + build_info().version + " (git " +
                 build_info().git_commit + "): " + error.what());
      log::error(
          "please report it with the command line, the study file and the output of "
          "`attnsweep --version`");
    }
    log::flush();
    return static_cast<int>(ExitCode::bug);
  }
  std::istringstream lines(error.what());
  for (std::string line; std::getline(lines, line);) log::error(line);
  log::flush();
  return static_cast<int>(ours->code());
}

}  // namespace attnsweep::apps
