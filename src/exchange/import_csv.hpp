#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace attnsweep::exchange {

struct ImportOptions {
  std::uint64_t seed = 20251030;
  std::map<std::string, std::string> control_of;  ///< control's model id → trained model's id
};

/// Makes a complete run of a CSV in export's columns: study.yaml, tasks.json, segments and a
/// journal. Throws InputError for a bad CSV or an unknown control, UsageError when `run` holds a
/// run already, StopError when it cannot be written.
void import_csv(const std::filesystem::path& file, const std::filesystem::path& run,
                const ImportOptions& options);

}  // namespace attnsweep::exchange
