#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/error.hpp"
#include "config/study.hpp"

namespace attnsweep::test {

/// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "attnsweep-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    // Canonical, as current_path() gives it.
    path_ = std::filesystem::canonical(pattern);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The least study there is; a test adds what it is about.
inline const std::string least =
    "study: s\n"
    "models: [{id: m, path: model}]\n"
    "corpora: [{id: c, files: [c.txt]}]\n";

/// Studies written into a folder of their own.
class StudyFile : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text, const std::string& name = "study.yaml") {
    const auto file = folder() / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  Study read(const std::string& text, const Overrides& overrides = {}) {
    return read_study(write(text), overrides);
  }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// The problems that `action` ends with; none when it ends well.
template <class Action>
std::vector<std::string> problems_of(Action action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.problems;
  }
  return {};
}

using Lines = std::vector<std::string>;

}  // namespace attnsweep::test
