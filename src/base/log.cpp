#include "base/log.hpp"

#include <memory>
#include <mutex>
#include <vector>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace attnsweep::log {
namespace {

spdlog::level::level_enum native(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::quiet: return spdlog::level::off;
  }
  return spdlog::level::info;
}

Level shown = Level::info;

void start(Level level, const std::filesystem::path& file) {
  shown = level;
  auto console = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  console->set_level(native(level));
  console->set_pattern("%^%v%$");
  std::vector<spdlog::sink_ptr> sinks{console};
  std::string refused;
  if (!file.empty()) {
    try {
      auto to_file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
      to_file->set_level(spdlog::level::debug);
      to_file->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
      sinks.push_back(to_file);
    } catch (const spdlog::spdlog_ex& error) {
      refused = error.what();
    }
  }
  auto made = std::make_shared<spdlog::logger>("attnsweep", sinks.begin(), sinks.end());
  made->set_level(file.empty() ? native(level) : spdlog::level::debug);
  made->flush_on(spdlog::level::warn);
  // A full disk must not turn every line into one about the log itself.
  made->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(made);
  if (!refused.empty()) made->warn("warning: {}: no log is written: {}", file.string(), refused);
}

// Once only, and not when the program has said what it wants by then.
std::once_flag defaults;

spdlog::logger& logger() {
  std::call_once(defaults, [] { start(Level::info, {}); });
  return *spdlog::default_logger_raw();
}

}  // namespace

void init(Level level, const std::filesystem::path& file) {
  std::call_once(defaults, [] {});
  start(level, file);
}

bool shows(Level level) { return native(level) >= native(shown); }

void debug(std::string_view message) { logger().debug("{}", message); }
void info(std::string_view message) { logger().info("{}", message); }
void warn(std::string_view message) { logger().warn("warning: {}", message); }
void error(std::string_view message) { logger().error("error: {}", message); }
void flush() { logger().flush(); }

}  // namespace attnsweep::log
