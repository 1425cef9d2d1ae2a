#include "reduce/windows.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.hpp"

namespace attnsweep::reduce {
namespace {

/// The part of its relative depth that a curve spans.
Windows span_of(int m, int n_layers, int burn_in) {
  const double whole = n_layers - 2;
  return {m, burn_in / whole, (burn_in + m - 1) / whole};
}

}  // namespace

Windows common_windows(std::span<const Member> members, int burn_in) {
  Windows out;
  for (const Member& member : members) {
    const Windows own = span_of(member.series->m, member.model->info.n_layers, burn_in);
    const bool first = &member == members.data();
    out.points = first ? own.points : std::min(out.points, own.points);
    out.from = first ? own.from : std::max(out.from, own.from);
    out.to = first ? own.to : std::min(out.to, own.to);
  }
  return out;
}

std::vector<double> window_weights(const Windows& windows) {
  const CurveBasis basis(windows.points);
  std::vector<double> out;
  for (double t : basis.t) out.push_back(-t / basis.s);
  return out;
}

std::vector<double> relative_weights(const Windows& windows, int m, int n_layers, int burn_in) {
  if (!(windows.from < windows.to)) return {};
  const CurveBasis basis(windows.points);
  const double step = (windows.to - windows.from) / (windows.points - 1);
  std::vector<double> out(m, 0.0);
  for (int j = 0; j < windows.points; ++j) {
    // −(x_j − mean) / Σ (x − mean)² with x = from + j·step.
    const double weight = -basis.t[j] / (basis.s * step);
    const double x = windows.from + j * step;
    const double position = std::clamp(x * (n_layers - 2) - burn_in, 0.0, m - 1.0);
    const int i = std::min(static_cast<int>(position), m - 2);
    const double fraction = position - i;
    out[i] += weight * (1 - fraction);
    out[i + 1] += weight * fraction;
  }
  return out;
}

void add_window_values(const Windows& windows, const RowSource& rows, const MeasureSet& measure,
                       const ReduceOptions& options, const Collected& model, SeriesData& series) {
  series.window_lambda.clear();
  series.relative_drop.clear();
  const int n_layers = model.info.n_layers;
  if (windows == span_of(series.m, n_layers, options.burn_in)) return;
  const std::vector<double> by_layer = window_weights(windows);
  const std::vector<double> by_depth =
      relative_weights(windows, series.m, n_layers, options.burn_in);
  const std::vector<SequenceKey>& keys = *model.keys;
  series.window_lambda.assign(keys.size(), undefined);
  series.relative_drop.assign(keys.size(), undefined);
  const std::vector<Series> all = measure.series();
  const auto index =
      static_cast<std::size_t>(std::find(all.begin(), all.end(), series.series) - all.begin());
  std::vector<double> d(series.m), floors(series.m);
  rows([&](std::span<const SequenceRow> batch, const std::vector<std::size_t>& places) {
    for (const SequenceRow& row : batch) {
      if (row.reason != Reason::measured) continue;
      const auto before = [](const SequenceKey& key, const SequenceRow& r) {
        return std::tie(key.record, key.window) < std::tie(r.record, r.window);
      };
      const auto at = std::lower_bound(keys.begin(), keys.end(), row, before);
      require(at != keys.end(), "a sequence was not there when its model was collected");
      const auto k = static_cast<std::size_t>(at - keys.begin());
      if (std::isnan(series.lambda[k])) continue;
      load_values(model.info, row, places[index], -1, options.burn_in, d, floors);
      double lambda = 0, drop = by_depth.empty() ? undefined : 0;
      for (int i = 0; i < series.m; ++i) {
        const double y = std::log(d[i]);
        if (i < windows.points) lambda += by_layer[i] * y;
        if (!by_depth.empty()) drop += by_depth[i] * y;
      }
      series.window_lambda[k] = lambda;
      series.relative_drop[k] = drop;
    }
  });
}

double window_lambda(const Member& member, std::size_t k) {
  const SeriesData& s = *member.series;
  return s.window_lambda.empty() ? s.lambda[k] : s.window_lambda[k];
}

double relative_drop(const Member& member, std::size_t k) {
  const SeriesData& s = *member.series;
  return s.relative_drop.empty() ? s.lambda[k] * (member.model->info.n_layers - 2)
                                 : s.relative_drop[k];
}

}  // namespace attnsweep::reduce
