#include "reduce/effective_depth.hpp"

#include <algorithm>
#include <cmath>

#include "reduce/intervals.hpp"

namespace attnsweep::reduce {
namespace {

constexpr double beyond = std::numeric_limits<double>::infinity();

}  // namespace

std::vector<EffectiveDepth> asked_depths(const ReduceOptions& options) {
  std::vector<EffectiveDepth> out;
  for (const bool relative : {true, false}) {
    EffectiveDepth asked;
    asked.relative = relative;
    asked.epsilon = relative ? options.epsilon_relative : options.epsilon_absolute;
    if (asked.epsilon > 0) out.push_back(asked);
  }
  return out;
}

double log_threshold(const EffectiveDepth& asked, std::span<const double> g) {
  return std::log(asked.epsilon) + (asked.relative ? g[0] : 0);
}

double reach_on_curve(std::span<const double> g, double log_epsilon) {
  // The last point that is not below.
  std::size_t last = g.size();
  while (last > 0 && g[last - 1] < log_epsilon) --last;
  if (last == 0) return 0;
  if (last == g.size()) return beyond;
  const double above = g[last - 1], below = g[last];
  return static_cast<double>(last - 1) + (above - log_epsilon) / (above - below);
}

double reach_of_line(const CurveStats& stats, double log_epsilon) {
  if (!(stats.lambda > 0)) return std::isnan(stats.lambda) ? undefined : beyond;
  return (stats.log_amplitude - log_epsilon) / stats.lambda;
}

void add_percentiles(std::vector<double> replicates, double level, Reach& reach) {
  for (double x : replicates)
    if (std::isnan(x)) return;
  if (replicates.empty()) return;
  std::sort(replicates.begin(), replicates.end());
  const double ends[] = {(1 - level) / 2, (1 + level) / 2};
  reach.low = quantile(replicates, ends[0]);
  reach.high = quantile(replicates, ends[1]);
  reach.unreliable = among_the_outermost(replicates.size(), ends[0]) ||
                     among_the_outermost(replicates.size(), ends[1]);
}

}  // namespace attnsweep::reduce
