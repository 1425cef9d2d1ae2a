#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "measure/lanes.hpp"
#include "measure/measure.hpp"
#include "measure/singular_values.hpp"

namespace attnsweep::measure {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A matrix in double without the rows that are left out.
struct Rows {
  std::vector<double> entries;
  int rows = 0;
  int columns = 0;
};

template <class T>
Rows rows_of(const T* a, int n, const std::uint8_t* skip, Shape shape) {
  Rows out;
  out.columns = n;
  const auto width = static_cast<std::size_t>(n);
  out.entries.reserve(width * width);
  for (std::size_t j = 0; j < width; ++j) {
    if (skip != nullptr && skip[j] != 0) continue;
    const std::size_t seen = shape == Shape::lower_triangular ? j + 1 : width;
    out.entries.insert(out.entries.end(), a + j * width, a + j * width + seen);
    out.entries.insert(out.entries.end(), width - seen, 0.0);
    ++out.rows;
  }
  return out;
}

ATTNSWEEP_VECTOR_CLONES double entropy_sum(const double* p, std::size_t count) {
  alignas(64) double term[chunk_size];
  double sum = 0;
  for (std::size_t first = 0; first < count; first += chunk_size) {
    const int size = static_cast<int>(std::min<std::size_t>(chunk_size, count - first));
    for (int k = 0; k < size; ++k) term[k] = entropy_term(p[first + static_cast<std::size_t>(k)]);
    for (int k = size; k < padded(size); ++k) term[k] = 0;
    sum += lane_sum(padded(size), [&](int k) { return term[k]; });
  }
  return sum;
}

/// exp of the entropy of σ / Σσ.
double effective_rank(const std::vector<double>& sigma) {
  double sum = 0;
  for (double s : sigma) sum += s;
  double entropy = 0;
  for (double s : sigma) entropy += entropy_term(s / sum);
  return std::exp(entropy);
}

/// √(Σ_{k≥2} σ_k²) / √(Σ σ_k²), the small ones first.
double rank_one_residual(const std::vector<double>& sigma) {
  double rest = 0;
  for (std::size_t k = sigma.size(); k-- > 1;) rest += sigma[k] * sigma[k];
  return std::sqrt(rest / (rest + sigma[0] * sigma[0]));
}

/// Moduli of the eigenvalues of a square matrix. Those of a lower triangular one are its diagonal,
/// which no iteration reaches as exactly; a causal model's may have a single Jordan block.
std::vector<double> moduli_of(const Rows& a) {
  const auto n = static_cast<std::size_t>(a.rows);
  bool lower_triangular = true;
  for (std::size_t j = 0; j < n && lower_triangular; ++j) {
    const auto row = a.entries.begin() + static_cast<std::ptrdiff_t>(j * n);
    lower_triangular =
        std::all_of(row + static_cast<std::ptrdiff_t>(j) + 1, row + static_cast<std::ptrdiff_t>(n),
                    [](double x) { return x == 0; });
  }
  std::vector<double> modulus;
  if (lower_triangular) {
    for (std::size_t j = 0; j < n; ++j) modulus.push_back(std::fabs(a.entries[j * n + j]));
  } else {
    std::vector<double> copy(a.entries);
    for (const auto& mu : eigenvalues(copy, a.rows)) modulus.push_back(std::abs(mu));
  }
  return modulus;
}

/// 1 − |μ₂|; nan where there is no second eigenvalue or the matrix is not square.
double spectral_gap(const Rows& a) {
  if (a.rows != a.columns || a.rows < 2) return nan;
  std::vector<double> modulus = moduli_of(a);
  std::nth_element(modulus.begin(), modulus.begin() + 1, modulus.end(), std::greater<>());
  return 1.0 - modulus[1];
}

void observe_rows(const Rows& a, std::span<const Observable> what, std::span<double> out) {
  require(out.size() == what.size(), "observe: " + std::to_string(what.size()) +
                                         " observables, but room for " +
                                         std::to_string(out.size()));
  std::fill(out.begin(), out.end(), nan);
  const bool finite =
      std::all_of(a.entries.begin(), a.entries.end(), [](double x) { return std::isfinite(x); });
  if (a.rows < 1 || !finite) return;
  std::vector<double> sigma;
  for (Observable o : what) {
    if (!sigma.empty()) break;
    if (o != Observable::effective_rank && o != Observable::rank_one_residual) continue;
    std::vector<double> copy(a.entries);
    sigma = singular_values(copy, a.rows, a.columns);
  }
  for (std::size_t k = 0; k < what.size(); ++k) {
    switch (what[k]) {
      case Observable::entropy:
        out[k] = entropy_sum(a.entries.data(), a.entries.size()) / a.rows;
        break;
      case Observable::effective_rank: out[k] = effective_rank(sigma); break;
      case Observable::spectral_gap: out[k] = spectral_gap(a); break;
      case Observable::rank_one_residual: out[k] = rank_one_residual(sigma); break;
    }
  }
}

}  // namespace

template <class T>
void observe(const T* a, int n, std::span<const Observable> what, std::span<double> out,
             Shape shape) {
  observe_rows(rows_of(a, std::max(n, 0), nullptr, shape), what, out);
}

template <class T>
void observe_dropped(const DroppedView<T>& a, std::span<const Observable> what,
                     std::span<double> out) {
  observe_rows(a.n < 2 ? Rows{} : rows_of(a.matrix.data(), a.n, a.empty_row.data(), a.shape), what,
               out);
}

template void observe(const float*, int, std::span<const Observable>, std::span<double>, Shape);
template void observe(const double*, int, std::span<const Observable>, std::span<double>, Shape);
template void observe_dropped(const DroppedView<float>&, std::span<const Observable>,
                              std::span<double>);
template void observe_dropped(const DroppedView<double>&, std::span<const Observable>,
                              std::span<double>);

}  // namespace attnsweep::measure
