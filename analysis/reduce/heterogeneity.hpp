#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "reduce/document_means.hpp"

namespace attnsweep::reduce {

/// How much models differ on the same texts: σ_M and CV = σ_M / |λ̄|, and a paired test that all λ
/// are equal, T² = J d'(C Σ̂ C')⁻¹ d with F = T² (J−M+1) / ((J−1)(M−1)).
struct HeterogeneityResult {
  std::string corpus;
  Series series;
  std::vector<std::string> models;
  std::int64_t n_documents = 0;
  double sigma = undefined, cv = undefined, mean = undefined;
  double t2 = undefined, f = undefined, df1 = undefined, df2 = undefined, p = undefined;
  std::string reason;  ///< why there is no test; empty where there is one
};

/// `model_variance`: σ²_M of the variance components.
HeterogeneityResult analyse_heterogeneity(const DocumentMeans& means, double model_variance,
                                          int threads);

}  // namespace attnsweep::reduce
