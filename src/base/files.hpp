#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace attnsweep {

/// The whole file. Throws InputError naming it and the system's reason.
std::string read_file(const std::filesystem::path& file);

/// Writes `text` under a temporary name beside `file`, fsyncs, renames, fsyncs the folder: after
/// a crash the file is the old or the new one, never a part. Throws StopError (no progress)
/// naming the file and the system's reason.
void write_file_durably(const std::filesystem::path& file, std::string_view text);

/// fsync of a file or folder that exists. Throws StopError naming it.
void sync_path(const std::filesystem::path& path);

/// Creates the folder and its parents. Throws StopError naming it and the system's reason.
void make_folder(const std::filesystem::path& folder);

/// The shortest decimal text that reads back as exactly `value` ("nan" when it is not a number).
std::string shortest(double value);

}  // namespace attnsweep
