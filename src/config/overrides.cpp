#include "config/overrides.hpp"

#include <algorithm>
#include <filesystem>

#include "config/scalars.hpp"

namespace attnsweep::config {
namespace {

// "models[0].path" and "models.0.path" → models, 0, path; nothing when a step is empty.
std::optional<std::vector<std::string>> steps_of(const std::string& key) {
  std::string dotted;
  for (std::size_t at = 0; at < key.size(); ++at) {
    if (key[at] == '[')
      dotted += '.';
    else if (key[at] == ']' && (at + 1 == key.size() || key[at + 1] == '.' || key[at + 1] == '['))
      continue;
    else
      dotted += key[at];
  }
  std::vector<std::string> steps;
  for (std::size_t at = 0;;) {
    const auto end = std::min(dotted.find('.', at), dotted.size());
    if (end == at) return std::nullopt;
    steps.push_back(dotted.substr(at, end - at));
    if (end == dotted.size()) return steps;
    at = end + 1;
  }
}

YamlEntry* entry_of(YamlNode& map, const std::string& key) {
  const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                  [&](const YamlEntry& entry) { return entry.key == key; });
  return found == map.entries.end() ? nullptr : &*found;
}

// The value that one step leads to, made where a map lacks it; null with the problem noted.
YamlNode* step_into(YamlNode& node, const std::string& step, const std::string& path,
                    const Place& place, Problems& problems) {
  if (node.kind == YamlNode::Kind::null) {
    node.kind = YamlNode::Kind::map;
    node.place = place;
  }
  if (node.kind == YamlNode::Kind::scalar) {
    problems.add(place, path, "is a single value, which has no '" + step + "' inside");
    return nullptr;
  }
  if (node.kind == YamlNode::Kind::map) {
    if (auto* entry = entry_of(node, step)) return &entry->value;
    node.entries.push_back({step, place, {}});
    node.entries.back().value.place = place;
    return &node.entries.back().value;
  }
  const auto index = parse_whole(step);
  const auto size = static_cast<std::int64_t>(node.items.size());
  if (index && *index >= 0 && *index < size) return &node.items[static_cast<std::size_t>(*index)];
  const auto allowed = size == 0 ? ", but the list is empty"
                                 : ", expected an index from 0 to " + std::to_string(size - 1);
  problems.add(place, path, "got '" + step + "'" + allowed);
  return nullptr;
}

}  // namespace

void apply_override(const std::string& override_text, int order, YamlNode& root,
                    Problems& problems) {
  const auto source = std::make_shared<const Source>(
      Source{"--set " + override_text, std::filesystem::current_path(), false, order});
  const Place place{source, 1, 1};
  const auto equals = override_text.find('=');
  if (equals == std::string::npos) {
    problems.add(place, "", "expected KEY=VALUE, as in compute.threads=2");
    return;
  }
  const auto key = override_text.substr(0, equals);
  const auto steps = steps_of(key);
  if (!steps) {
    problems.add(place, "", "'" + key + "' is no key; expected one like compute.threads");
    return;
  }
  auto value = parse_yaml(override_text.substr(equals + 1), source, problems);
  if (!value) return;

  auto* node = &root;
  std::string path;
  for (const auto& step : *steps) {
    const bool in_list = node->kind == YamlNode::Kind::sequence;
    node = step_into(*node, step, path, place, problems);
    if (node == nullptr) return;
    path += in_list ? "[" + step + "]" : (path.empty() ? "" : ".") + step;
  }
  *node = std::move(*value);
}

}  // namespace attnsweep::config
