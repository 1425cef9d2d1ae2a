#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "reduce/intervals.hpp"
#include "reduce/regression.hpp"
#include "reduce/windows.hpp"

namespace attnsweep::reduce {

/// One level of a category against the most frequent one.
struct LevelEffect {
  std::string level;
  std::int64_t n_sequences = 0;
  double difference = undefined;  ///< of λ; 0 for the level that the others are held against
  Interval interval;
};

/// λ_s against one covariate, with ln n beside it (measurement.md section 6). ln n itself, "ln_n",
/// stands alone.
struct CovariateResult {
  std::string model, corpus;  ///< corpus empty: all of them, each centred
  Series series;
  std::string covariate;
  bool category = false;
  std::string status;  ///< "ok", or why there are no numbers
  std::int64_t n_sequences = 0, n_clusters = 0, n_missing = 0;
  double slope = undefined, se = undefined, df = undefined;
  Interval interval;
  double slope_alone = undefined;  ///< without ln n
  double sd = undefined;           ///< of the covariate, inside its corpora
  double r2 = undefined, r2_added = undefined;
  double p = undefined, p_adjusted = undefined;
  std::vector<LevelEffect> levels;  ///< sorted; of categories
};

/// What a corpus gives to the regressions of one covariate, kept so that corpora can be pooled.
struct CovariateMoments {
  std::string model, corpus;
  Series series;
  std::string covariate;
  bool category = false, too_many_levels = false;
  std::int64_t n_sequences = 0, n_clusters = 0, n_missing = 0;
  std::vector<std::string> levels;            ///< of this corpus, sorted
  std::vector<std::int64_t> level_sequences;  ///< of each
  /// Regressors: ln n alone; a number and ln n; one indicator a level and ln n.
  CentredMoments moments;
};

/// More levels than this make no table, and are not compared.
constexpr std::size_t most_compared_levels = 30;

/// Of ln n and every covariate of a model whose λ_s were kept.
std::vector<CovariateMoments> covariate_moments(const Member& member, const Documents& documents);

/// The regressions of one model, one after the other: every corpus alone, and, where there are
/// several, all together with an empty corpus. `moments`: of one model and series. Holm over the
/// covariates of each.
std::vector<CovariateResult> analyse_covariates(const std::vector<const CovariateMoments*>& moments,
                                                double level);

}  // namespace attnsweep::reduce
