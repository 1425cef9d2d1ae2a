#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "reduce/document_means.hpp"
#include "reduce/intervals.hpp"
#include "reduce/replicates.hpp"

namespace attnsweep::reduce {

/// One variance component of λ: by moments, 0 and flagged where they give a negative number.
struct Component {
  double variance = undefined, share = undefined;
  bool negative = false;
  Interval interval, share_interval;  ///< percentile, over documents
};

/// Crossed variance components of x_{k,c} (measurement.md section 6).
struct VarianceResult {
  std::string corpus;
  Series series;
  std::vector<std::string> models;
  std::int64_t n_documents = 0, n_sequences = 0;
  bool windows = false;  ///< documents of several sequences: text and model × text are apart
  double mean = undefined;
  double ms_model = undefined, ms_document = undefined, ms_error = undefined;
  double e_within = undefined, s_within = undefined, harmonic_n = undefined;
  Component model, document, model_document, text, model_text;
  /// σ²_M as a property of a population of models; only for 5 models of 3 lineages or more.
  bool population = false;
  Interval population_model, population_share;
};

/// Sums over documents that the components are functions of.
struct VarianceSums {
  double j = 0;               ///< documents
  std::vector<double> model;  ///< Σ_c deviation_{k,c}
  double square = 0;          ///< Σ_c Σ_k deviation²
  double document = 0;        ///< Σ_c (mean over k of deviation)²
  double more = 0, interaction = 0, text = 0,
         inverse_n = 0;  ///< Σ (n_c−1), the within sums, Σ 1/n_c
};

/// Fills everything but the intervals. Undefined below two models or two documents.
void variance_components(const DocumentMeans& means, const VarianceSums& sums, VarianceResult& out);

/// Components with their intervals. `weights`: over the units of the documents, or null (no
/// intervals). `n_lineages`: a model without one counts as its own.
VarianceResult analyse_variance(const DocumentMeans& means, const UnitTable& units,
                                const ReplicateWeights* weights, std::size_t n_lineages,
                                double level);

/// The columns of VarianceSums by unit, every document added once.
UnitTable variance_units(const DocumentMeans& means, const Documents& documents);

}  // namespace attnsweep::reduce
