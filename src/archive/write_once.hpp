// Private to src/archive.
#pragma once
#include <filesystem>
#include <string_view>

namespace attnsweep::archive {

/// Puts `bytes` into a new file: temporary name → write → fsync → close → reopen and compare →
/// rename → fsync of the folder. Throws StopError naming the file and the system's reason; then
/// neither the file nor the temporary one is left.
void write_once(const std::filesystem::path& file, std::string_view bytes);

}  // namespace attnsweep::archive
