#pragma once
#include <string>

namespace attnsweep {

/// What this program was built from; written into every archive and printed by --version.
struct BuildInfo {
  std::string version;     ///< of attnsweep
  std::string git_commit;  ///< of the source tree when it was configured, or "unknown"
  std::string build_type;
  std::string compiler;
};

BuildInfo build_info();

}  // namespace attnsweep
