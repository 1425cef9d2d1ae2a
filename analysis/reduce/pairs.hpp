#pragma once
#include <cstdint>
#include <string>

#include "reduce/common.hpp"
#include "reduce/intervals.hpp"

namespace attnsweep::reduce {

/// Two models on the same texts: differences paired by sequence, intervals over documents.
struct PairDifference {
  std::string model_a, model_b, corpus;
  Series series;
  std::int64_t n_sequences = 0, n_clusters = 0;
  std::int64_t n_not_common = 0;  ///< used in one of the two only, or cut at another place
  double df = undefined;
  double lambda = undefined, lambda_se = undefined;  ///< λ_A − λ_B
  double drop = undefined, drop_se = undefined;      ///< T_A − T_B
  Interval lambda_interval, drop_interval;
};

/// Compares a series of two models of one corpus over their common sequences. Each λ is over its
/// own model's usable points.
PairDifference compare_models(const Member& a, const Member& b, const Documents& documents,
                              double level);

}  // namespace attnsweep::reduce
