#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/problems.hpp"

namespace attnsweep::config {

struct YamlEntry;

/// A piece of YAML with its place: the library's tree without the library, and one that an
/// override can edit without losing where everything else came from.
struct YamlNode {
  enum class Kind { null, scalar, sequence, map };
  Kind kind = Kind::null;
  Place place;
  std::string text;     ///< of a scalar, as written (without quotes)
  bool quoted = false;  ///< a scalar in quotes is a text whatever it looks like
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  ///< in the order of the file, repeated keys included
};

struct YamlEntry {
  std::string key;
  Place place;
  YamlNode value;
};

/// The one document in `text`; nothing (and the problem noted) when it is no YAML, empty, more
/// than one document, or uses what a study has no place for (tags, non-text keys).
std::optional<YamlNode> parse_yaml(const std::string& text,
                                   const std::shared_ptr<const Source>& source, Problems& problems);

}  // namespace attnsweep::config
