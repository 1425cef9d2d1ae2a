#include "reduce/depth.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace attnsweep::reduce {

std::string_view name(DepthRow row) {
  constexpr std::string_view names[] = {"lambda_all", "drop_all", "lambda_window", "drop_relative"};
  return names[static_cast<int>(row)];
}

std::vector<DepthModel> depth_models(const CommonSequences& common, const Windows& windows,
                                     const Documents& documents, double level) {
  const bool relative = windows.from < windows.to;  // the models share some of their depth
  const std::vector<Member>& members = common.members();
  const int n = static_cast<int>(members.size());
  const auto fill = [&](std::span<const std::size_t> places, std::span<double> x) {
    for (int k = 0; k < n; ++k) {
      const Member& member = members[k];
      const double lambda = member.series->lambda[places[k]];
      double* row = x.data() + k * n_depth_rows;
      row[0] = lambda;
      row[1] = lambda * (member.series->m - 1);
      row[2] = window_lambda(member, places[k]);
      row[3] = relative ? relative_drop(member, places[k]) : 0;
    }
  };
  const UnitTable units = common.sums(n * n_depth_rows, documents, fill);
  std::vector<DepthModel> out;
  for (int k = 0; k < n; ++k) {
    DepthModel model;
    model.info = members[k].model->info;
    model.m = members[k].series->m;
    model.n_pairs = members[k].series->n_pairs;
    for (int row = 0; row < (relative ? n_depth_rows : n_depth_rows - 1) && units.size > 0; ++row) {
      const LinearEstimate e = estimate_linear(units.column(k * n_depth_rows + row), units.n);
      model.value[row] = e.value;
      if (units.size >= 2) model.interval[row] = t_interval(e.value, e.se, units.df(), level);
    }
    out.push_back(std::move(model));
  }
  return out;
}

namespace {

double label_of(const DepthModel& model, bool parameters) {
  return parameters ? std::log(static_cast<double>(model.info.n_parameters)) : model.info.n_layers;
}

/// What is ranked: a model, or a lineage as one value.
struct Unit {
  std::vector<std::string> models;
  double label = 0;
  std::array<double, n_depth_rows> value{};
};

Unit mean_of(const std::vector<const DepthModel*>& models, bool parameters) {
  Unit out;
  const double n = static_cast<double>(models.size());
  for (const DepthModel* m : models) {
    out.models.push_back(m->info.model);
    out.label += label_of(*m, parameters) / n;
    for (int row = 0; row < n_depth_rows; ++row) out.value[row] += m->value[row] / n;
  }
  return out;
}

struct Ranking {
  std::vector<Unit> units;
  std::vector<std::vector<std::size_t>> blocks;
  bool lineage_means = false;
};

Ranking units_of(const std::vector<DepthModel>& models, bool parameters) {
  std::map<std::string, std::vector<const DepthModel*>> lineages;
  for (const DepthModel& m : models)
    // A model without a lineage is its own; an id cannot begin with a blank.
    lineages[m.info.lineage.empty() ? " " + m.info.model : m.info.lineage].push_back(&m);
  Ranking out;
  std::vector<std::size_t> alone;
  for (const auto& [lineage, members] : lineages) {
    std::set<double> labels;
    for (const DepthModel* m : members) labels.insert(label_of(*m, parameters));
    if (members.size() > 1 && labels.size() > 1) {
      out.blocks.emplace_back();
      for (const DepthModel* m : members) {
        out.blocks.back().push_back(out.units.size());
        out.units.push_back(mean_of({m}, parameters));
      }
      continue;
    }
    out.lineage_means |= members.size() > 1;
    alone.push_back(out.units.size());
    out.units.push_back(mean_of(members, parameters));
    // The mean of equal labels is that label to the last bit.
    out.units.back().label = *labels.begin();
  }
  if (!alone.empty()) out.blocks.push_back(alone);
  return out;
}

/// Both rows of λ decide; T and the relative rows are shown beside them.
std::string depth_verdict(const std::vector<Trend>& trends) {
  constexpr double significance = 0.05;
  const Trend& all = trends[static_cast<int>(DepthRow::lambda_all)];
  const Trend& window = trends[static_cast<int>(DepthRow::lambda_window)];
  // Written so that an attainable p that is not defined counts as too large.
  if (!(all.p_attainable <= significance && window.p_attainable <= significance))
    return "too_few_models";
  if (!(all.p_falls <= significance)) return "not supported";
  return window.p_falls <= significance ? "supported" : "window_artifact";
}

}  // namespace

DepthResult test_depth(const std::vector<DepthModel>& models, bool parameters, std::uint64_t seed) {
  DepthResult out;
  out.parameters = parameters;
  out.models = models;
  const Ranking ranked = units_of(models, parameters);
  out.n_units = ranked.units.size();
  out.lineage_means = ranked.lineage_means;
  std::vector<double> labels;
  std::vector<std::vector<double>> values(n_depth_rows);
  for (const Unit& unit : ranked.units) {
    labels.push_back(unit.label);
    for (int row = 0; row < n_depth_rows; ++row) values[row].push_back(unit.value[row]);
  }
  for (const auto& block : ranked.blocks) {
    out.blocks.emplace_back();
    for (std::size_t unit : block)
      for (const std::string& model : ranked.units[unit].models) out.blocks.back().push_back(model);
  }
  out.tests = trend_tests(labels, values, ranked.blocks, seed);
  out.verdict = depth_verdict(out.tests.trends);

  std::vector<double> depth, size;
  for (const DepthModel& m : models) {
    depth.push_back(label_of(m, false));
    size.push_back(label_of(m, true));
  }
  out.tau_depth_parameters = kendall_tau_b(depth, size);
  constexpr std::size_t enough_to_separate = 10;
  const auto varies = [](const std::vector<double>& x) {
    return std::set<double>(x.begin(), x.end()).size() > 1;
  };
  out.separable = !(varies(depth) && varies(size) && out.n_units < enough_to_separate);
  return out;
}

}  // namespace attnsweep::reduce
