#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <unistd.h>

#include "apps/command.hpp"
#include "apps/options.hpp"
#include "apps/python.hpp"
#include "archive/open_run.hpp"
#include "base/error.hpp"
#include "exchange/export_csv.hpp"

namespace attnsweep::apps {
namespace {

/// A file that appears under its name only when it is whole; "-" is stdout. What is there and is no
/// regular file (a pipe, /dev/null) is written to, never replaced.
class Output {
 public:
  explicit Output(const std::string& name) : name_(name) {
    if (name_ == "-") return;
    std::error_code error;
    const auto kind = std::filesystem::status(name_, error).type();
    replaces_ = kind == std::filesystem::file_type::regular ||
                kind == std::filesystem::file_type::not_found;
    temporary_ = replaces_ ? name_ + ".tmp" + std::to_string(::getpid()) : name_;
    file_ = std::fopen(temporary_.c_str(), "wb");
    if (file_ == nullptr) fail();
  }
  ~Output() {
    if (file_ == stdout) return;
    std::fclose(file_);
    if (replaces_) ::unlink(temporary_.c_str());
  }
  Output(const Output&) = delete;

  void write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
  }
  void finish() {
    if (std::fflush(file_) != 0) fail();
    if (file_ == stdout || !replaces_) return;
    if (::fsync(::fileno(file_)) != 0 || std::rename(temporary_.c_str(), name_.c_str()) != 0)
      fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw StopError(
        false, (name_ == "-" ? "stdout" : name_) + ": cannot be written: " + std::strerror(errno));
  }
  std::string name_, temporary_;
  std::FILE* file_ = stdout;
  bool replaces_ = false;
};

}  // namespace

int export_command(const Words& words) {
  CommandLine line("export", "The measured values in long form",
                   "attnsweep export runs/minilm-fortunes --format csv --out rows.csv");
  std::string run, format = "csv", out = "-";
  bool partial = false;
  exchange::ExportOptions options;
  line.app().add_option("RUN", run, "The run's folder")->required();
  line.app()
      .add_option("--format", format, "csv, npz or netcdf")
      ->check(CLI::IsMember({"csv", "npz", "netcdf"}));
  line.app().add_option("--out", out, "The file; - is stdout (csv only)");
  line.app().add_flag("--floor", options.floor, "With the rounding floor of each value");
  line.app().add_flag("--partial", partial, "Take what is there of a run that is not complete");
  if (const auto code = line.parse(words)) return *code;
  const auto opened = archive::open_run(run, partial);
  if (format != "csv") {
    if (out == "-") throw UsageError("--format " + format + " needs --out FILE");
    Words arguments{"export", run, "--format", format, "--out", out};
    if (options.floor) arguments.push_back("--floor");
    if (partial) arguments.push_back("--partial");
    if (line.quiet()) arguments.push_back("--quiet");
    return run_python(arguments);
  }
  Output output(out);
  exchange::export_csv(opened, options, [&](std::string_view text) { output.write(text); });
  output.finish();
  return 0;
}

}  // namespace attnsweep::apps
