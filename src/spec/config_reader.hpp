#pragma once
// Private to src/spec: nlohmann::json shows here.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace attnsweep::spec {

/// A config.json being consumed key by key. Problems are collected, each "file: key: what was got,
/// what was expected"; a getter with a problem answers its fallback, so that one pass finds all.
/// Keys that nobody asked for are left over and can be listed.
class ConfigReader {
 public:
  /// Throws InputError where the file cannot be read or is not a JSON object.
  explicit ConfigReader(const std::filesystem::path& file);

  /// A whole number > 0; without a default a missing key is a problem.
  std::int64_t count(const std::string& key, std::optional<std::int64_t> fallback = {});
  /// A token id ≥ 0; null counts as missing, and so does -1 where the
  /// fallback is -1 ("none").
  std::int64_t id(const std::string& key, std::int64_t fallback);
  /// A whole number ≥ 0; null counts as missing.
  std::int64_t from_zero(const std::string& key, std::int64_t fallback);
  /// A finite number > 0.
  double positive(const std::string& key, double fallback);
  bool flag(const std::string& key, bool fallback);
  std::string text(const std::string& key, const std::string& fallback);

  /// The only value of a key that the engine executes; missing and null count as that value.
  void only(const std::string& key, const nlohmann::json& value, const std::string& why);
  /// Must be missing, null, or an empty object or list.
  void must_be_empty(const std::string& key, const std::string& why);
  /// Keys that do not change the forward pass, separated by spaces.
  void harmless(const std::string& keys);
  /// The same for the keys that every configuration of the library may carry.
  void harmless_everywhere();
  static const std::string& keys_everywhere();

  /// Ids of the keys bos, eos, cls, sep and pad (one number or a list of them), sorted.
  std::vector<std::int32_t> special_ids();

  /// The value of a key that no getter above serves; nullptr where it is missing.
  const nlohmann::json* find(const std::string& key);
  /// Names a key inside such a value that was not understood and is left over.
  void leave_over(const std::string& key) { nested_left_over_.push_back(key); }

  void problem(const std::string& key, const std::string& what);
  /// The same with the value got: "file: key: value; expected …".
  void unexpected(const std::string& key, const nlohmann::json& got, const std::string& expected);
  const std::vector<std::string>& problems() const { return problems_; }
  std::vector<std::string> left_over() const;
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  nlohmann::json json_;
  std::set<std::string> seen_;
  std::vector<std::string> problems_, nested_left_over_;
};

}  // namespace attnsweep::spec
