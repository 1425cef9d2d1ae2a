#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/reduce_options.hpp"
#include "reduce/laws.hpp"

namespace attnsweep::reduce {

/// none: too few points for a number that the rule needs.
enum class V { none, supported, not_exponential, rejected, inconclusive };
/// "supported", "decays, not exponentially", "rejected", "inconclusive"; "" for none.
std::string_view name(V v);

/// V(g) of measurement.md section 5, without its reasons: for the replicates.
V classify(const CurveStats& stats, const LawErrors& q, const ReduceOptions& options);

/// V(g) with everything that is said about it.
struct CurveVerdict {
  V v = V::none;
  /// rises, not_monotone, flat, shallow; or what failed of condition 4, in the order written.
  std::vector<std::string> reasons;
  std::vector<Law> beaten_by;       ///< laws that beat the exponential, the best first
  std::vector<Law> not_told_apart;  ///< rivals within max(q_exp, lolo_tol |T|)
  int best = -1;                    ///< law with the smallest q, -1: none identifiable
};
CurveVerdict judge_curve(const CurveStats& stats, const LawErrors& q, const ReduceOptions& options);

/// What the sample behind a curve must hold before V(g) becomes the cell's verdict.
struct Evidence {
  double documents = 0;  ///< min(J, J_eff)
  int points = 0;        ///< m
  double excluded_share = 0;
  double stability = undefined;  ///< share of replicates with the same V; NaN: no replicates
  double p = undefined;          ///< p_V, after Holm for cells of the family
  double r2_within = undefined;
  bool control = false;
};

/// The cell's verdict; a control's is never `supported`.
struct CellVerdict {
  V verdict = V::inconclusive;
  std::string reason;                ///< the first of `reasons`, or empty
  std::vector<std::string> reasons;  ///< all failed conditions, else those of V(g)
};
CellVerdict judge_cell(const CurveVerdict& curve, const Evidence& evidence,
                       const ReduceOptions& options);

}  // namespace attnsweep::reduce
