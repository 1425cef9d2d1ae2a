#include "reduce/across.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "reduce/parallel.hpp"

namespace attnsweep::reduce {

std::vector<Member> compared_models(const std::vector<Collected>& models, const Series& series,
                                    std::map<std::string, std::string>& left_out) {
  std::vector<Member> out;
  for (const Collected& model : models) {
    if (!model.info.control_of.empty()) continue;
    const auto data = std::find_if(model.mean.begin(), model.mean.end(),
                                   [&](const SeriesData& s) { return s.series == series; });
    if (data == model.mean.end())
      left_out[model.info.model] = "not measured";
    else if (data->m < 2)
      left_out[model.info.model] = "fewer than 2 usable layer pairs";
    else if (data->n_used == 0)
      left_out[model.info.model] = "no sequence could be used";
    else
      out.push_back({&model, &*data});
  }
  return out;
}

std::vector<Series> compared_series(const std::vector<Collected>& models,
                                    const ReduceOptions& options) {
  std::set<Series> out;
  for (const Collected& model : models)
    for (const SeriesData& data : model.mean)
      if (model.info.control_of.empty() && data.series.norm == options.primary_norm)
        out.insert(data.series);
  return {out.begin(), out.end()};
}

namespace {

void add_pairs(const std::vector<Member>& members, const Documents& documents,
               const AcrossSettings& settings, Across& out) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < members.size(); ++i)
    for (std::size_t j = i + 1; j < members.size(); ++j) pairs.emplace_back(i, j);
  std::vector<PairDifference> results(pairs.size());
  parallel_for(pairs.size(), settings.threads, [&](std::size_t k) {
    results[k] = compare_models(members[pairs[k].first], members[pairs[k].second], documents,
                                settings.options.level);
  });
  std::move(results.begin(), results.end(), std::back_inserter(out.pairs));
}

void add_depth(const CommonSequences& common, const Documents& documents,
               const AcrossSettings& settings, Across& out) {
  const Windows windows = common_windows(common.members(), settings.options.burn_in);
  const std::vector<DepthModel> models =
      depth_models(common, windows, documents, settings.options.level);
  const bool sizes_known = std::all_of(models.begin(), models.end(),
                                       [](const DepthModel& m) { return m.info.n_parameters > 0; });
  for (const bool parameters : {false, true}) {
    if (parameters && !sizes_known) continue;
    out.depth.push_back(test_depth(models, parameters, settings.seed));
    out.depth.back().corpus = models[0].info.corpus;
    out.depth.back().series = common.members()[0].series->series;
    out.depth.back().windows = windows;
  }
}

void add_variance(const CommonSequences& common, const CommonInfo& info, const Documents& documents,
                  const AcrossSettings& settings, Across& out) {
  const DocumentMeans means = document_means(common);
  const UnitTable units = variance_units(means, documents);
  std::set<std::string> lineages;
  for (const Member& m : common.members())
    // An id cannot begin with a blank: a model without a lineage is its own.
    lineages.insert(m.model->info.lineage.empty() ? " " + m.model->info.model
                                                  : m.model->info.lineage);
  std::unique_ptr<ReplicateWeights> weights;
  if (units.size >= 2)
    weights = std::make_unique<ReplicateWeights>(settings.seed, units.size, settings.n_replicates);
  VarianceResult variance =
      analyse_variance(means, units, weights.get(), lineages.size(), settings.options.level);
  HeterogeneityResult heterogeneity =
      analyse_heterogeneity(means, variance.model.variance, settings.threads);
  variance.corpus = heterogeneity.corpus = info.corpus;
  variance.series = heterogeneity.series = info.series;
  variance.models = heterogeneity.models = info.models;
  out.variance.push_back(std::move(variance));
  out.heterogeneity.push_back(std::move(heterogeneity));
}

}  // namespace

void add_covariates(const Collected& model, const Documents& documents,
                    const ReduceOptions& options, Across& out) {
  if (!model.info.control_of.empty()) return;
  for (const SeriesData& data : model.mean) {
    if (data.series.norm != options.primary_norm || data.m < 2 || data.n_used == 0) continue;
    for (CovariateMoments& moments : covariate_moments({&model, &data}, documents))
      out.moments.push_back(std::move(moments));
  }
}

void compare_corpus(const std::vector<Collected>& models, const Documents& documents,
                    const AcrossSettings& settings, Across& out) {
  for (const Series& series : compared_series(models, settings.options)) {
    CommonInfo info;
    const std::vector<Member> members = compared_models(models, series, info.left_out);
    if (members.size() < 2) continue;
    add_pairs(members, documents, settings, out);
    const CommonSequences common(members);
    info.corpus = members[0].model->info.corpus;
    info.series = series;
    info.n_sequences = common.size();
    for (std::size_t k = 0; k < members.size(); ++k) {
      info.models.push_back(members[k].model->info.model);
      info.not_common[info.models.back()] = common.not_common()[k];
    }
    add_depth(common, documents, settings, out);
    add_variance(common, info, documents, settings, out);
    info.n_clusters = out.variance.back().n_documents;
    out.common.push_back(std::move(info));
  }
}

void finish_covariates(double level, Across& out) {
  std::map<std::pair<std::string, Series>, std::vector<const CovariateMoments*>> models;
  for (const CovariateMoments& m : out.moments) models[{m.model, m.series}].push_back(&m);
  for (const auto& [model, moments] : models)
    for (CovariateResult& result : analyse_covariates(moments, level))
      out.covariates.push_back(std::move(result));
  out.moments.clear();
}

}  // namespace attnsweep::reduce
