#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problems.hpp"
#include "config/yaml_tree.hpp"

namespace attnsweep::config {

/// Both ends allowed.
struct WholeRange {
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct RealRange {
  double min = 0;
  double max = std::numeric_limits<double>::infinity();
  bool open = false;  ///< the ends themselves are not allowed
};

class StrictMap;

/// A value of the study with its key. Every reader notes the problem, with what was got and what
/// is allowed, and gives nothing, so that the reading goes on to the next problem.
class Value {
 public:
  Value(const YamlNode& node, std::string key, Problems& problems)
      : node_(&node), key_(std::move(key)), problems_(&problems) {}

  const YamlNode& node() const { return *node_; }
  const std::string& key() const { return key_; }
  Problems& problems() const { return *problems_; }

  /// A scalar that is not empty.
  std::optional<std::string> text() const;
  /// A text made of letters, digits, '.', '_', '-' that does not begin with a dot.
  std::optional<std::string> id() const;
  std::optional<std::int64_t> whole(WholeRange range) const;
  std::optional<std::uint64_t> unsigned_whole() const;
  std::optional<double> real(RealRange range) const;
  /// Bytes: a whole number, or one with B, kB, MB, GB, KiB, MiB or GiB; at least 1.
  std::optional<std::int64_t> bytes() const;
  /// One of a few words.
  std::optional<std::string> choice(const std::vector<std::string>& names) const;
  /// The entries of a list; nothing when it is no list, or empty where `may_be_empty` is false.
  std::optional<std::vector<Value>> items(bool may_be_empty = false) const;
  /// The entries of a list of texts; one that stands there twice is a problem.
  std::optional<std::vector<std::string>> texts(bool may_be_empty = false) const;
  /// The same for words out of a few.
  std::optional<std::vector<std::string>> choices(const std::vector<std::string>& names,
                                                  bool may_be_empty = false) const;

  /// Notes "key: message" at this value.
  void problem(const std::string& message) const;
  /// Notes "key: got …, expected …".
  void unexpected(const std::string& expected) const;

 private:
  bool scalar(const std::string& expected) const;
  template <class Read>
  std::optional<std::vector<std::string>> distinct(bool may_be_empty, Read read) const;

  const YamlNode* node_;
  std::string key_;
  Problems* problems_;
};

/// A map whose keys are all accounted for: a key that nobody asked for is a problem, and the keys
/// that were asked for are the ones suggested. Ask for every key before `finish`.
class StrictMap {
 public:
  /// Notes a problem when the value is no map (every key is missing then, without a word) and for
  /// each repeated key.
  explicit StrictMap(const Value& value);

  bool is_map() const { return is_map_; }
  const Value& value() const { return value_; }
  std::optional<Value> find(const std::string& key);
  /// A missing key is noted by `finish`, with `hint` after it, unless a misspelt one stands there.
  std::optional<Value> require(const std::string& key, const std::string& hint = "");
  /// Notes the missing keys and every key that was never asked for.
  void finish();

 private:
  std::string path_of(const std::string& key) const;

  Value value_;
  Problems* problems_;
  bool is_map_;
  std::vector<std::string> asked_;
  std::vector<std::pair<std::string, std::string>> missing_;
};

/// out = value where there is one.
template <class T, class U>
void assign(T& out, const std::optional<U>& value) {
  if (value) out = static_cast<T>(*value);
}

/// "a, b or c".
std::string alternatives(const std::vector<std::string>& names);
/// "; did you mean 'x'?" or nothing.
std::string suggestion(const std::string& got, const std::vector<std::string>& names);

}  // namespace attnsweep::config
