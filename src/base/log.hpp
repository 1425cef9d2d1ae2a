#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace attnsweep::log {

enum class Level { debug, info, warn, error, quiet };

/// Starts logging to stderr (and, where `file` is not empty, to that file too). Without a call,
/// `info` and above go to stderr. Results never pass through here: they go to stdout.
/// A file that cannot be opened costs a warning, never the program.
void init(Level level, const std::filesystem::path& file = {});

/// True when lines of this level are shown on stderr.
bool shows(Level level);

void debug(std::string_view message);
void info(std::string_view message);
void warn(std::string_view message);
void error(std::string_view message);
void flush();

}  // namespace attnsweep::log
