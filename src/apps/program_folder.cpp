#include "apps/program_folder.hpp"

namespace attnsweep::apps {

std::filesystem::path program_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace attnsweep::apps
