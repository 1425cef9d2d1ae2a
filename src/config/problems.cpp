#include "config/problems.hpp"

#include <algorithm>
#include <tuple>

#include "base/error.hpp"

namespace attnsweep::config {

std::string Place::text() const {
  if (!source->is_file) return source->name;
  return source->name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

void Problems::add(const Place& place, const std::string& key, const std::string& message) {
  auto line = place.text() + ": ";
  if (!key.empty()) line += key + ": ";
  found_.push_back({place, line + message});
}

void Problems::raise() const {
  if (found_.empty()) return;
  auto sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tuple(a.place.source->order, a.place.line, a.place.column) <
           std::tuple(b.place.source->order, b.place.line, b.place.column);
  });
  std::vector<std::string> lines;
  for (auto& problem : sorted) lines.push_back(std::move(problem.line));
  throw ConfigError(std::move(lines));
}

}  // namespace attnsweep::config
