#include "reduce/laws.hpp"

#include <cmath>
#include <limits>

namespace attnsweep::reduce {

std::string_view name(Law law) {
  constexpr std::string_view names[] = {"constant", "exponential", "power", "linear", "floor"};
  return names[static_cast<int>(law)];
}

int n_parameters(Law law) {
  constexpr int k[] = {1, 2, 2, 2, 3};
  return k[static_cast<int>(law)];
}

bool identifiable(Law law, int m) { return m >= n_parameters(law) + 2; }

double law_shape(Law law, double first, double second, int i, int m) {
  const double x = m > 1 ? static_cast<double>(i) / (m - 1) : 0;
  switch (law) {
    case Law::constant: return 0;
    case Law::exponential: return -first * i;
    case Law::power: return -first * std::log(i + 1.0);
    case Law::linear: return std::log(1 - first * x);
    case Law::floor: return std::log((1 - second) * std::exp(-first * x) + second);
  }
  return undefined;
}

LawFitter::LawFitter(int m) : basis_(m) {
  for (int i = 0; i < m; ++i) log_index_.push_back(std::log(i + 1.0));
  constexpr int n_q = 64, n_rho = 40, n_beta = 24;
  for (int k = 0; k < n_q; ++k)
    linear_.parameters.push_back({0.02 + (0.999 - 0.02) * k / (n_q - 1), undefined});
  const auto log_spaced = [](double low, double high, int k, int n) {
    return std::exp(std::log(low) + (std::log(high) - std::log(low)) * k / (n - 1));
  };
  for (int r = 0; r < n_rho; ++r)
    for (int b = 0; b < n_beta; ++b)
      floor_.parameters.push_back(
          {log_spaced(0.5, 40, r, n_rho), log_spaced(0.005, 0.7, b, n_beta)});
  for (Law law : {Law::linear, Law::floor}) {
    Grid& target = law == Law::linear ? linear_ : floor_;
    for (const auto& p : target.parameters) {
      double sum = 0;
      for (int i = 0; i < m; ++i) {
        target.raw.push_back(law_shape(law, p[0], p[1], i, m));
        sum += target.raw.back();
      }
      const std::size_t row = target.raw.size() - m;
      for (int i = 0; i < m; ++i) target.shapes.push_back(target.raw[row + i] - sum / m);
    }
  }
}

namespace {

std::vector<double> centred(std::span<const double> g) {
  double sum = 0;
  for (double x : g) sum += x;
  std::vector<double> out(g.begin(), g.end());
  for (double& x : out) x -= sum / static_cast<double>(g.size());
  return out;
}

/// Least squares of y = a + b x over the first n points.
std::array<double, 2> line(std::span<const double> x, std::span<const double> y, int n) {
  double mean_x = 0, mean_y = 0;
  for (int i = 0; i < n; ++i) {
    mean_x += x[i];
    mean_y += y[i];
  }
  mean_x /= n;
  mean_y /= n;
  double xy = 0, xx = 0;
  for (int i = 0; i < n; ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
  }
  const double b = xx > 0 ? xy / xx : 0;
  return {mean_y - b * mean_x, b};
}

}  // namespace

double LawFitter::ols_leave_one_out(Law law, std::span<const double> c) const {
  const int m = basis_.m;
  if (law == Law::constant) {
    double square = 0;
    for (double r : c) square += r * r;
    return std::sqrt(square / m) * m / (m - 1);
  }
  const std::vector<double> x =
      law == Law::power ? centred(log_index_) : std::vector<double>(basis_.t);
  double xx = 0, xy = 0;
  for (int i = 0; i < m; ++i) {
    xx += x[i] * x[i];
    xy += x[i] * c[i];
  }
  double square = 0;
  for (int i = 0; i < m; ++i) {
    const double leverage = 1.0 / m + x[i] * x[i] / xx;
    const double e = (c[i] - xy / xx * x[i]) / (1 - leverage);
    square += e * e;
  }
  return std::sqrt(square / m);
}

/// With the intercept profiled out, leaving point i out of a fixed shape takes (m/(m−1)) r_i² off
/// the sum of squares and predicts point i with error (m/(m−1)) r_i, r the centred residuals.
double LawFitter::grid_leave_one_out(const Grid& grid, std::span<const double> c) const {
  const int m = basis_.m;
  const double factor = static_cast<double>(m) / (m - 1);
  constexpr int max_stack = 64;
  double stack[3 * max_stack];
  std::vector<double> heap;
  double* r = stack;
  if (m > max_stack) {
    heap.resize(3 * static_cast<std::size_t>(m));
    r = heap.data();
  }
  double* best = r + (m > max_stack ? m : max_stack);
  double* best_r = best + (m > max_stack ? m : max_stack);
  for (int i = 0; i < m; ++i) best[i] = std::numeric_limits<double>::infinity();
  const double* shape = grid.shapes.data();
  for (std::size_t k = 0; k < grid.parameters.size(); ++k, shape += m) {
    double square = 0;
    for (int i = 0; i < m; ++i) {
      r[i] = c[i] - shape[i];
      square += r[i] * r[i];
    }
    for (int i = 0; i < m; ++i) {
      const double score = square - factor * r[i] * r[i];
      const bool better = score < best[i];
      best[i] = better ? score : best[i];
      best_r[i] = better ? r[i] : best_r[i];
    }
  }
  double square = 0;
  for (int i = 0; i < m; ++i) square += best_r[i] * best_r[i];
  return factor * std::sqrt(square / m);
}

LawErrors LawFitter::leave_one_out(std::span<const double> g) const {
  LawErrors q;
  const std::vector<double> c = centred(g);
  for (Law law : all_laws) {
    double& out = q[static_cast<int>(law)];
    if (!identifiable(law, basis_.m))
      out = undefined;
    else if (law == Law::linear || law == Law::floor)
      out = grid_leave_one_out(grid(law), c);
    else
      out = ols_leave_one_out(law, c);
  }
  return q;
}

double LawFitter::leave_one_out_quadratic(std::span<const double> g) const {
  const int m = basis_.m;
  if (m < 5) return undefined;
  const std::vector<double> c = centred(g);
  double slope = 0, bend = 0;
  for (int i = 0; i < m; ++i) {
    slope += basis_.t[i] * c[i] / basis_.s;
    bend += basis_.quadratic[i] * c[i] / basis_.quadratic_square;
  }
  double square = 0;
  for (int i = 0; i < m; ++i) {
    const double t = basis_.t[i], p = basis_.quadratic[i];
    const double leverage = 1.0 / m + t * t / basis_.s + p * p / basis_.quadratic_square;
    const double e = (c[i] - slope * t - bend * p) / (1 - leverage);
    square += e * e;
  }
  return std::sqrt(square / m);
}

double LawFitter::grid_forecast(const Grid& grid, std::span<const double> g, int head) const {
  const int m = basis_.m;
  double best = std::numeric_limits<double>::infinity(), error = undefined;
  for (std::size_t k = 0; k < grid.parameters.size(); ++k) {
    const double* f = grid.raw.data() + k * m;
    double a = 0, square = 0;
    for (int i = 0; i < head; ++i) a += g[i] - f[i];
    a /= head;
    for (int i = 0; i < head; ++i) square += (g[i] - a - f[i]) * (g[i] - a - f[i]);
    if (!(square < best)) continue;
    best = square;
    error = 0;
    for (int i = head; i < m; ++i) error += (g[i] - a - f[i]) * (g[i] - a - f[i]);
  }
  return std::sqrt(error / (m - head));
}

LawErrors LawFitter::forecast(std::span<const double> g) const {
  const int m = basis_.m, head = (2 * m + 2) / 3;
  LawErrors out;
  for (Law law : all_laws) {
    double& error = out[static_cast<int>(law)];
    error = undefined;
    if (!identifiable(law, m) || head < n_parameters(law) || head >= m) continue;
    if (law == Law::linear || law == Law::floor) {
      error = grid_forecast(grid(law), g, head);
      continue;
    }
    std::array<double, 2> fit{0, 0};
    const std::vector<double>& x = law == Law::power ? log_index_ : basis_.t;
    if (law == Law::constant) {
      for (int i = 0; i < head; ++i) fit[0] += g[i] / head;
    } else {
      fit = line(x, g, head);
    }
    double square = 0;
    for (int i = head; i < m; ++i) {
      const double e = g[i] - fit[0] - fit[1] * x[i];
      square += e * e;
    }
    error = std::sqrt(square / (m - head));
  }
  return out;
}

GridFit LawFitter::best(Law law, std::span<const double> g) const {
  const int m = basis_.m;
  GridFit fit;
  if (!identifiable(law, m)) return fit;
  const auto measure = [&](const GridFit& candidate) {
    GridFit out = candidate;
    double sum = 0, square = 0;
    for (int i = 0; i < m; ++i) sum += g[i] - law_shape(law, out.first, out.second, i, m);
    out.a = sum / m;
    for (int i = 0; i < m; ++i) {
      const double e = g[i] - out.a - law_shape(law, out.first, out.second, i, m);
      square += e * e;
    }
    out.rms = std::sqrt(square / m);
    return out;
  };
  if (law == Law::constant) return measure(fit);
  if (law == Law::exponential || law == Law::power) {
    std::vector<double> index(m);
    for (int i = 0; i < m; ++i) index[i] = law == Law::power ? log_index_[i] : i;
    fit.first = -line(index, g, m)[1];
    return measure(fit);
  }
  for (const auto& p : grid(law).parameters) {
    GridFit candidate;
    candidate.first = p[0];
    candidate.second = p[1];
    candidate = measure(candidate);
    if (!(fit.rms <= candidate.rms)) fit = candidate;
  }
  return fit;
}

}  // namespace attnsweep::reduce
