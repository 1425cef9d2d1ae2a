#pragma once
#include <cstdint>
#include <vector>

#include "reduce/common.hpp"

namespace attnsweep::reduce {

/// x_{k,c}, the mean of λ_s over the common sequences of document c in model k: complete.
struct DocumentMeans {
  std::size_t n_models = 0;
  std::int64_t n_sequences = 0;
  bool windows = false;                 ///< some document has more than one sequence
  std::vector<std::uint32_t> document;  ///< numbers in Documents
  std::vector<std::uint32_t> n;         ///< sequences of each
  std::vector<double> model_mean;       ///< x̄_k, over documents
  /// Deviations x_{k,c} − x̄_k at [c·n_models + k], in units of `scale`: squares of deviations of
  /// any size then fit the exact sum's grid. The scale is a power of two, at least the largest of
  /// them.
  std::vector<double> deviation;
  double scale = 1;
  /// Inside document c, in units of scale²: Σ_s Σ_k (λ_{ks} − λ̄_{kc} − λ̄_{·s} + λ̄_{·c})², and
  /// Σ_s (λ̄_{·s} − λ̄_{·c})². Empty unless `windows`.
  std::vector<double> within_interaction, within_text;
};
DocumentMeans document_means(const CommonSequences& common);

}  // namespace attnsweep::reduce
