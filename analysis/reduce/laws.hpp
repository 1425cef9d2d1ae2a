#pragma once
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "reduce/curve.hpp"

namespace attnsweep::reduce {

/// The candidate laws of g, i counted from the first point: a; a − λi; a − p ln(i+1);
/// a + ln(1 − q i/(m−1)); a + ln((1−β) e^{−ρ i/(m−1)} + β).
enum class Law { constant, exponential, power, linear, floor };
constexpr int n_laws = 5;
constexpr std::array<Law, n_laws> all_laws{Law::constant, Law::exponential, Law::power, Law::linear,
                                           Law::floor};
std::string_view name(Law law);
/// k, the intercept counted. A law is identifiable from m ≥ k + 2 points.
int n_parameters(Law law);
bool identifiable(Law law, int m);

/// One number a law, in the order of the enumeration; NaN where it is not identifiable.
using LawErrors = std::array<double, n_laws>;

/// The best point of a law's grid (OLS laws: the solution itself).
struct GridFit {
  double a = undefined;       ///< intercept at i = 0
  double first = undefined;   ///< λ, p, q or ρ
  double second = undefined;  ///< β
  double rms = undefined;
};

/// Fits of every law to curves of m points. Precomputed, so that a bootstrap replicate costs one
/// pass over the grids and every replicate has an answer.
class LawFitter {
 public:
  explicit LawFitter(int m);
  int m() const { return basis_.m; }
  const CurveBasis& basis() const { return basis_; }

  /// Leave-one-layer-out errors q_ℓ: each law refitted without layer i, for every i.
  LawErrors leave_one_out(std::span<const double> g) const;
  /// The same of the quadratic (1, t, t²), a diagnostic; NaN below 5 points.
  double leave_one_out_quadratic(std::span<const double> g) const;
  /// Fit on the first ⌈2m/3⌉ points, rms error of the rest; NaN where those points are fewer
  /// than the parameters or nothing is left.
  LawErrors forecast(std::span<const double> g) const;
  /// Best fit to all points.
  GridFit best(Law law, std::span<const double> g) const;

 private:
  /// Shapes of a law with fixed parameters, each centred over the m points: row k at k·m.
  struct Grid {
    std::vector<double> shapes, raw;
    std::vector<std::array<double, 2>> parameters;
  };
  double ols_leave_one_out(Law law, std::span<const double> centred) const;
  double grid_leave_one_out(const Grid& grid, std::span<const double> centred) const;
  double grid_forecast(const Grid& grid, std::span<const double> g, int head) const;
  const Grid& grid(Law law) const { return law == Law::linear ? linear_ : floor_; }

  CurveBasis basis_;
  std::vector<double> log_index_;  ///< ln(i+1)
  Grid linear_, floor_;
};

/// Shape of a law at layer i of m without its intercept.
double law_shape(Law law, double first, double second, int i, int m);

}  // namespace attnsweep::reduce
