#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/reduce_options.hpp"
#include "reduce/covariates.hpp"
#include "reduce/depth.hpp"
#include "reduce/heterogeneity.hpp"
#include "reduce/pairs.hpp"
#include "reduce/variance.hpp"

namespace attnsweep::reduce {

/// Which sequences of a corpus all compared models share.
struct CommonInfo {
  std::string corpus;
  Series series;
  std::vector<std::string> models;
  std::map<std::string, std::string> left_out;  ///< models that are not compared, with the reason
  std::int64_t n_sequences = 0, n_clusters = 0;
  std::map<std::string, std::int64_t> not_common;  ///< by model: used there, but not in all
};

/// λ of every model in every corpus; corpora are fixed. Undefined where a model has no cell.
struct ModelCorpus {
  Series series;
  std::vector<std::string> models, corpora;
  /// [model][corpus]; `common` over the sequences that all models share.
  std::vector<std::vector<double>> lambda, low, high, drop, common, interaction;
  /// Means of `lambda` over what has all corpora, and all such models; interaction: what they
  /// leave.
  std::vector<double> model_mean, corpus_mean;
  double mean = undefined;
};

/// The comparison across models (measurement.md section 6): of trained models and the primary
/// norm.
struct Across {
  std::vector<PairDifference> pairs;
  std::vector<CommonInfo> common;
  std::vector<DepthResult> depth;
  std::vector<VarianceResult> variance;
  std::vector<HeterogeneityResult> heterogeneity;
  std::vector<ModelCorpus> model_corpus;
  std::vector<CovariateResult> covariates;
  /// Of every (model, corpus), until all corpora are there.
  std::vector<CovariateMoments> moments;
};

/// What a comparison needs beside the models: options, the study's seed, B, threads.
struct AcrossSettings {
  const ReduceOptions& options;
  std::uint64_t seed = 0;
  std::size_t n_replicates = 0;
  int threads = 1;
};

/// The trained models of a corpus that can be compared in one series: two usable points and a
/// sequence at least. Others come into `left_out` with the reason.
std::vector<Member> compared_models(const std::vector<Collected>& models, const Series& series,
                                    std::map<std::string, std::string>& left_out);

/// The primary norm's head-mean series that a trained model of the corpus has, by view.
std::vector<Series> compared_series(const std::vector<Collected>& models,
                                    const ReduceOptions& options);

/// Adds what one model of a corpus gives to the regressions on covariates, of every compared
/// series.
void add_covariates(const Collected& model, const Documents& documents,
                    const ReduceOptions& options, Across& out);

/// Adds one corpus. The models' window values are in place.
void compare_corpus(const std::vector<Collected>& models, const Documents& documents,
                    const AcrossSettings& settings, Across& out);

/// Regressions on covariates over all corpora; drops the moments.
void finish_covariates(double level, Across& out);

}  // namespace attnsweep::reduce
