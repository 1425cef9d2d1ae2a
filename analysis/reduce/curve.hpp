#pragma once
#include <limits>
#include <span>
#include <vector>

namespace attnsweep::reduce {

/// Stands for a number that is not defined; null in JSON, empty in CSV.
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// What depends on the number of points alone: centred positions and orthogonal polynomials.
struct CurveBasis {
  explicit CurveBasis(int m);
  int m;
  std::vector<double> t;          ///< i − mean(i)
  double s;                       ///< Σ t²
  std::vector<double> quadratic;  ///< t² − mean(t²): orthogonal to 1 and t
  double quadratic_square;        ///< its sum of squares; 0 below 3 points
  std::vector<double> cubic;      ///< unit cubic orthogonal polynomial; empty below 4 points
  double cubic_peak = 0;          ///< max |cubic|
};

/// The numbers of one mean log-curve g (measurement.md section 3). λ is per layer; undefined ones
/// are NaN: everything of a line below 2 points, σ_r and κ below 3, κ₃ below 4, R² of a constant
/// curve, κ and κ₃ where T = 0.
struct CurveStats {
  double mean = undefined;           ///< of g
  double lambda = undefined;         ///< −slope
  double drop = undefined;           ///< T = λ (m − 1)
  double log_amplitude = undefined;  ///< fitted line at the first point
  double r2 = undefined;
  double sigma = undefined;  ///< σ_r
  double kappa = undefined;
  double kappa3 = undefined;
  double rise = undefined;
  double rise_rel = undefined;
};

/// `g` has basis.m points.
CurveStats curve_stats(const CurveBasis& basis, std::span<const double> g);

/// r_i = g_i − ḡ + λ t_i.
std::vector<double> residuals(const CurveBasis& basis, std::span<const double> g,
                              const CurveStats& stats);

}  // namespace attnsweep::reduce
