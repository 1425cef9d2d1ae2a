#include "config/strict.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/files.hpp"
#include "base/suggest.hpp"
#include "config/scalars.hpp"

namespace attnsweep::config {
namespace {

std::string described(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::sequence: return node.items.empty() ? "an empty list" : "a list";
    case YamlNode::Kind::map: return "a map";
    case YamlNode::Kind::scalar: break;
  }
  constexpr std::size_t longest = 60;
  if (node.text.size() <= longest) return "'" + node.text + "'";
  return "'" + node.text.substr(0, longest) + "…'";
}

std::string described(WholeRange range) {
  if (range.max == std::numeric_limits<std::int64_t>::max())
    return "a whole number of " + std::to_string(range.min) + " or more";
  return "a whole number from " + std::to_string(range.min) + " to " + std::to_string(range.max);
}

std::string described(RealRange range) {
  const auto low = shortest(range.min);
  if (std::isinf(range.max))
    return "a number " + (range.open ? "above " + low : "of " + low + " or more");
  const auto high = shortest(range.max);
  return range.open ? "a number above " + low + " and below " + high
                    : "a number from " + low + " to " + high;
}

}  // namespace

std::string alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

std::string suggestion(const std::string& got, const std::vector<std::string>& names) {
  // What other programs call the same thing, which no count of letters finds.
  static const std::map<std::string, std::string> synonyms{
      {"gpu", "cuda"},     {"fp32", "float32"},   {"float", "float32"},
      {"fp64", "float64"}, {"double", "float64"}, {"bf16", "bfloat16"},
      {"fp16", "float16"}, {"half", "float16"},   {"fro", "frobenius"}};
  auto near = nearest(got, names);
  if (const auto meant = synonyms.find(got);
      meant != synonyms.end() &&
      std::find(names.begin(), names.end(), meant->second) != names.end())
    near = meant->second;
  return near ? "; did you mean '" + *near + "'?" : "";
}

void Value::problem(const std::string& message) const {
  problems_->add(node_->place, key_, message);
}

void Value::unexpected(const std::string& expected) const {
  problem("got " + described(*node_) + ", expected " + expected);
}

bool Value::scalar(const std::string& expected) const {
  if (node_->kind == YamlNode::Kind::scalar) return true;
  unexpected(expected);
  return false;
}

std::optional<std::string> Value::text() const {
  if (!scalar("a text")) return std::nullopt;
  if (node_->text.empty()) {
    problem("is an empty text");
    return std::nullopt;
  }
  return node_->text;
}

std::optional<std::string> Value::id() const {
  const auto read = text();
  if (!read) return std::nullopt;
  if (is_id(*read)) return read;
  unexpected("letters, digits, '.', '_' and '-' only, not beginning with a dot");
  return std::nullopt;
}

std::optional<std::int64_t> Value::whole(WholeRange range) const {
  if (node_->kind == YamlNode::Kind::scalar && !node_->quoted)
    if (const auto read = parse_whole(node_->text))
      if (*read >= range.min && *read <= range.max) return read;
  unexpected(described(range) + (node_->quoted ? ", not in quotes" : ""));
  return std::nullopt;
}

std::optional<std::uint64_t> Value::unsigned_whole() const {
  if (node_->kind == YamlNode::Kind::scalar && !node_->quoted)
    if (const auto read = parse_unsigned(node_->text)) return read;
  unexpected("a whole number from 0 to " +
             std::to_string(std::numeric_limits<std::uint64_t>::max()) +
             (node_->quoted ? ", not in quotes" : ""));
  return std::nullopt;
}

std::optional<double> Value::real(RealRange range) const {
  if (node_->kind == YamlNode::Kind::scalar && !node_->quoted)
    if (const auto read = parse_real(node_->text)) {
      const bool inside = range.open ? *read > range.min && *read < range.max
                                     : *read >= range.min && *read <= range.max;
      if (inside) return read;
    }
  unexpected(described(range) + (node_->quoted ? ", not in quotes" : ""));
  return std::nullopt;
}

std::optional<std::int64_t> Value::bytes() const {
  if (node_->kind == YamlNode::Kind::scalar)
    if (const auto read = parse_bytes(node_->text)) return read;
  unexpected("bytes: a whole number above 0, alone or with kB, MB, GB, KiB, MiB or GiB (64MiB)");
  return std::nullopt;
}

std::optional<std::string> Value::choice(const std::vector<std::string>& names) const {
  const auto expected = alternatives(names);
  if (!scalar(expected)) return std::nullopt;
  if (std::find(names.begin(), names.end(), node_->text) != names.end()) return node_->text;
  unexpected(expected + suggestion(node_->text, names));
  return std::nullopt;
}

std::optional<std::vector<Value>> Value::items(bool may_be_empty) const {
  if (node_->kind != YamlNode::Kind::sequence) {
    const bool one_text = node_->kind == YamlNode::Kind::scalar;
    unexpected(one_text ? "a list; write [" + node_->text + "]" : "a list");
    return std::nullopt;
  }
  if (node_->items.empty() && !may_be_empty) {
    unexpected("at least one entry");
    return std::nullopt;
  }
  std::vector<Value> values;
  for (std::size_t i = 0; i < node_->items.size(); ++i)
    values.emplace_back(node_->items[i], key_ + "[" + std::to_string(i) + "]", *problems_);
  return values;
}

template <class Read>
std::optional<std::vector<std::string>> Value::distinct(bool may_be_empty, Read read) const {
  const auto values = items(may_be_empty);
  if (!values) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& value : *values) {
    const auto text = read(value);
    if (!text) continue;
    const auto first = std::find(texts.begin(), texts.end(), *text);
    if (first == texts.end())
      texts.push_back(*text);
    else
      value.problem("'" + *text + "' stands in the list already");
  }
  return texts;
}

std::optional<std::vector<std::string>> Value::texts(bool may_be_empty) const {
  return distinct(may_be_empty, [](const Value& value) { return value.text(); });
}

std::optional<std::vector<std::string>> Value::choices(const std::vector<std::string>& names,
                                                       bool may_be_empty) const {
  return distinct(may_be_empty, [&](const Value& value) { return value.choice(names); });
}

StrictMap::StrictMap(const Value& value)
    : value_(value),
      problems_(&value.problems()),
      is_map_(value.node().kind == YamlNode::Kind::map) {
  if (!is_map_) value_.unexpected("a map of keys (key: value)");
  const auto& entries = value_.node().entries;
  for (auto it = entries.begin(); it != entries.end(); ++it) {
    const auto first =
        std::find_if(entries.begin(), it, [&](const YamlEntry& e) { return e.key == it->key; });
    if (first != it)
      problems_->add(
          it->place, path_of(it->key),
          "repeated key; it stands in line " + std::to_string(first->place.line) + " already");
  }
}

std::string StrictMap::path_of(const std::string& key) const {
  return value_.key().empty() ? key : value_.key() + "." + key;
}

std::optional<Value> StrictMap::find(const std::string& key) {
  asked_.push_back(key);
  for (const auto& entry : value_.node().entries)
    if (entry.key == key) return Value(entry.value, path_of(key), *problems_);
  return std::nullopt;
}

std::optional<Value> StrictMap::require(const std::string& key, const std::string& hint) {
  auto found = find(key);
  if (!found && is_map_) missing_.emplace_back(key, hint);
  return found;
}

void StrictMap::finish() {
  std::vector<std::string> meant;  // keys that a misspelt one stands for
  const auto& entries = value_.node().entries;
  for (auto it = entries.begin(); it != entries.end(); ++it) {
    if (std::find(asked_.begin(), asked_.end(), it->key) != asked_.end()) continue;
    const bool repeated =
        std::any_of(entries.begin(), it, [&](const YamlEntry& e) { return e.key == it->key; });
    if (repeated) continue;
    auto hint = suggestion(it->key, asked_);
    if (const auto near = nearest(it->key, asked_)) meant.push_back(*near);
    if (hint.empty()) hint = "; allowed are " + alternatives(asked_);
    if (it->key == "<<") hint = "; merge keys are not understood, write the keys out";
    problems_->add(it->place, path_of(it->key), "unknown key" + hint);
  }
  for (const auto& [key, hint] : missing_)
    if (std::find(meant.begin(), meant.end(), key) == meant.end())
      problems_->add(value_.node().place, value_.key(), "the key '" + key + "' is missing" + hint);
}

}  // namespace attnsweep::config
