#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace attnsweep::config {

/// What a piece of YAML was written in: the study file or one override.
struct Source {
  std::string name;              ///< "configs/x.yaml" or "--set compute.threads=2"
  std::filesystem::path folder;  ///< where its relative paths start; absolute
  bool is_file = true;           ///< lines and columns mean something
  int order = 0;                 ///< problems are listed in this order of sources
};

struct Place {
  std::shared_ptr<const Source> source;
  int line = 1, column = 1;
  /// "configs/x.yaml:14:5" or "--set compute.threads=2".
  std::string text() const;
};

/// Collects every problem of a study, so that one look at the output is enough to mend the file.
class Problems {
 public:
  /// `key` is the dotted path ("models[1].path"), empty for the whole file.
  void add(const Place& place, const std::string& key, const std::string& message);
  bool empty() const { return found_.empty(); }
  /// Throws ConfigError with all of them, in the order of the file, unless there are none.
  void raise() const;

 private:
  struct Problem {
    Place place;
    std::string line;
  };
  std::vector<Problem> found_;
};

}  // namespace attnsweep::config
