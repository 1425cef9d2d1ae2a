#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/reduce_options.hpp"
#include "base/rows.hpp"
#include "reduce/effective_depth.hpp"
#include "reduce/intervals.hpp"
#include "reduce/laws.hpp"
#include "reduce/refine.hpp"
#include "reduce/replicates.hpp"
#include "reduce/units.hpp"
#include "reduce/verdict.hpp"

namespace attnsweep::reduce {

/// A linear statistic with every interval that was asked for or stands beside.
struct Estimate {
  LinearEstimate linear;
  Interval t, percentile, bca, student;
  /// The one named by ReduceOptions::interval.
  const Interval& chosen(const ReduceOptions& options) const;
};

/// One law on the display.
struct LawResult {
  double lolo = undefined, forecast = undefined;
  Interval lolo_interval;
  LawFit fit;
};

/// V without the first or without the last point. Shown, never chosen.
struct Sensitivity {
  CurveStats stats;
  CurveVerdict verdict;
};

/// T of a trained model against one control on the sequences that both have.
struct ControlResult {
  std::string model;
  double drop = undefined;  ///< of the control's own cell
  V v = V::none, verdict = V::inconclusive;
  std::int64_t n_sequences = 0, n_clusters = 0;
  double drop_difference = undefined, se = undefined, df = undefined;
  Interval interval;
};

/// A (model, corpus, norm, view) with the head mean, and everything that is said of it.
struct CellResult {
  CellInfo info;
  Series series;
  int m = 0, n_pairs = 0;                        ///< usable points; pairs measured from burn_in on
  std::vector<std::int64_t> censored;            ///< by pair
  std::map<std::string, std::int64_t> excluded;  ///< sequences by reason, not measured ones too
  double excluded_share = 0;
  std::int64_t n_sequences = 0, n_clusters = 0;
  double j_eff = undefined, df = undefined;
  bool grouped = false;
  std::size_t n_units = 0;

  std::vector<double> g, residuals, mean_curve;
  CurveStats stats;
  Estimate lambda, log_amplitude;
  std::vector<Estimate> curve;  ///< of g_i
  Interval kappa_interval, kappa3_interval, rise_interval;
  double r2_se = undefined, nls_se = undefined;
  Interval r2_interval, nls_interval;
  double r2_within = undefined, tau = undefined, share_positive = undefined;
  double lambda_sd = undefined;  ///< spread of λ_s over the sequences
  NlsFit nls;
  std::array<LawResult, n_laws> laws;
  double lolo_quadratic = undefined;
  std::vector<EffectiveDepth> effective_depth;

  CurveVerdict curve_verdict;
  CellVerdict verdict;
  std::size_t n_replicates = 0;
  double stability = undefined, p_v = undefined, p_v_adjusted = undefined;
  bool in_family = false;
  Sensitivity without_first, without_last;
  std::vector<ControlResult> controls;
  std::vector<std::string> flags;
  std::string original_criterion;  ///< empty where there is no interval
};

/// Curve, intervals, laws and V of a cell from its units; `weights` over as many units (null: no
/// replicates). The conditions of the verdict come later, when the family is known.
void analyse_cell(const Units& units, const ReplicateWeights* weights, const ReduceOptions& options,
                  CellResult& cell);

/// "lambda > 0", "lambda ~ 0", "lambda <= 0": what the original experiment would have said.
std::string original_criterion(const Interval& lambda);

}  // namespace attnsweep::reduce
