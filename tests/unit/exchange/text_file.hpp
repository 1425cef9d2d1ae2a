#pragma once
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace attnsweep::exchange {

/// A file with this text that goes away with the object.
class TextFile {
 public:
  explicit TextFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("exchange-" + std::to_string(::getpid()) +
                                                        "-" + std::to_string(count_++) + ".csv")) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
};

}  // namespace attnsweep::exchange
