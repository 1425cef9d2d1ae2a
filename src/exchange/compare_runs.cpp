#include "exchange/compare_runs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "archive/segment.hpp"

namespace attnsweep::exchange {
namespace {

using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;
/// Values of one series by sequence id.
using Values = std::unordered_map<std::string, std::vector<double>>;

std::map<Key, Values> values_of_model(const archive::OpenRun& run, const std::string& model) {
  auto plan = run.plan;
  std::erase_if(plan.tasks, [&](const archive::Task& task) { return task.model != model; });
  std::map<Key, Values> all;
  archive::for_each_task(
      run.folder, plan, run.journal, [&](const archive::Task&, const archive::SegmentGroup& group) {
        const auto series = group.measure.series();
        for (std::size_t s = 0; s < series.size(); ++s) {
          auto& values = all[Key(group.info.model, group.info.corpus, name(series[s].view),
                                 name(series[s].heads), name(series[s].norm))];
          for (const auto& row : group.rows)
            if (row.reason == Reason::measured) values[row.id] = row.values[s];
        }
      });
  return all;
}

double quantile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  const double h = p * static_cast<double>(sorted.size() - 1);
  const auto i = static_cast<std::size_t>(h);
  if (i + 1 >= sorted.size()) return sorted.back();
  return sorted[i] + (h - static_cast<double>(i)) * (sorted[i + 1] - sorted[i]);
}

Difference difference_of(const Key& key, const Values& a, const Values& b) {
  Difference result;
  std::tie(result.model, result.corpus, result.view, result.heads, result.norm) = key;
  std::set<std::string> ids;  // in order, so that a tie names the same sequence every time
  for (const auto& [id, values] : a) ids.insert(id);
  std::vector<double> all;
  for (const auto& id : ids) {
    const auto other = b.find(id);
    if (other == b.end() || other->second.size() != a.at(id).size()) {
      ++result.only_a;
      continue;
    }
    const auto& left = a.at(id);
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!std::isfinite(left[i]) && !std::isfinite(other->second[i])) continue;
      const double d = std::fabs(left[i] - other->second[i]);
      const double scale = std::max(std::fabs(left[i]), std::fabs(other->second[i]));
      all.push_back(d);
      if (scale > 0) result.largest_relative = std::max(result.largest_relative, d / scale);
      if (result.worst_layer < 0 || d > result.largest || std::isnan(d)) {
        result.largest = d;
        result.worst_sequence = id;
        result.worst_layer = static_cast<int>(i);
      }
    }
  }
  for (const auto& [id, values] : b) result.only_b += a.count(id) == 0 ? 1 : 0;
  std::sort(all.begin(), all.end());
  result.n_values = static_cast<std::int64_t>(all.size());
  result.median = quantile(all, 0.5);
  result.q90 = quantile(all, 0.9);
  result.q99 = quantile(all, 0.99);
  return result;
}

}  // namespace

std::vector<Difference> compare_runs(const archive::OpenRun& a, const archive::OpenRun& b) {
  std::set<std::string> models;
  for (const auto* run : {&a, &b})
    for (const auto& cell : run->plan.cells) models.insert(cell.info.model);
  std::vector<Difference> differences;
  for (const auto& model : models) {
    const auto left = values_of_model(a, model);
    const auto right = values_of_model(b, model);
    std::set<Key> keys;
    for (const auto* side : {&left, &right})
      for (const auto& entry : *side) keys.insert(entry.first);
    const Values none;
    for (const auto& key : keys) {
      const auto l = left.find(key), r = right.find(key);
      differences.push_back(difference_of(key, l == left.end() ? none : l->second,
                                          r == right.end() ? none : r->second));
    }
  }
  return differences;
}

}  // namespace attnsweep::exchange
