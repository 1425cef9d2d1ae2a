#pragma once
#include <filesystem>

namespace attnsweep::apps {

/// The folder that this program lies in.
std::filesystem::path program_folder();

}  // namespace attnsweep::apps
