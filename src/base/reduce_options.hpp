#pragma once
#include <cmath>
#include <cstdint>
#include <string>

#include "base/quantities.hpp"

namespace attnsweep {

/// How the reduce stage judges; the keys of the study's `reduce` section, each with the default of
/// the measurement's definition. None of them is part of a study's identity.
struct ReduceOptions {
  double level = 0.95;                  ///< of every interval
  std::int64_t replicates = 10000;      ///< B, bootstrap replicates
  std::string interval = "t";           ///< t, percentile, bca, student
  std::string weights = "sequence";     ///< sequence: mean over sequences; document: over documents
  Norm primary_norm = Norm::frobenius;  ///< its cells form the family of the correction
  int burn_in = 0;                      ///< i0, the first layer pair used
  double floor_factor = 3;              ///< censored when d ≤ floor_factor · φ
  double floor_share = 0.01;      ///< a layer with more censored sequences ends the usable ones
  std::int64_t max_units = 4096;  ///< more clusters than this are grouped at random
  double lolo_tol = 0.05;
  double lolo_gain = 0.30;
  double rise_abs = std::log(1.25);
  double rise_rel = 0.35;
  double drop_flat = std::log(1.25);
  double drop_min = std::log(2.0);
  double r2_min = 0.90;
  double curvature_tol = 0.15;
  double cubic_tol = 0.08;
  int min_documents = 10;
  int min_points = 5;
  double max_excluded = 0.05;
  double stability = 0.95;
  double within_r2_min = 0.50;
  double epsilon_relative = 0.1;  ///< effective depth: d below this share of the first; 0: not asked
  double epsilon_absolute = 0;    ///< the same, in units of the norm; 0: not asked
  bool operator==(const ReduceOptions&) const = default;
};

}  // namespace attnsweep
