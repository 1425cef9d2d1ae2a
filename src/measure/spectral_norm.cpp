#include "measure/spectral_norm.hpp"

#include <algorithm>
#include <cmath>

#include "base/philox.hpp"
#include "measure/lanes.hpp"
#include "measure/normal_product.hpp"
#include "measure/singular_values.hpp"

namespace attnsweep::measure {
namespace {

/// Below, products of D's entries come near the smallest double.
constexpr double smallest_squares = 1e-200;

/// The run so far: QᵀDᵀD Q is tridiagonal with `diagonal` and `beside`; the last of `beside` leads
/// to the row that is not there yet.
struct Tridiagonal {
  std::vector<double> diagonal, beside;
};

/// The largest eigenvalue θ of the matrix and the residual of its Ritz pair.
struct Ritz {
  double value, residual;
};

Ritz largest_ritz(const Tridiagonal& t) {
  const std::size_t k = t.diagonal.size();
  const double theta = largest_eigenvalue(t.diagonal, {t.beside.begin(), t.beside.end() - 1});
  // The eigenvector from its last entry up: it grows that way, and errors do not.
  double last = 1, at = 1, below = 0, squares = 1;
  for (std::size_t i = k - 1; i > 0; --i) {
    const double up = ((theta - t.diagonal[i]) * at - t.beside[i] * below) / t.beside[i - 1];
    below = at;
    at = up;
    squares += up * up;
    if (squares > 1e100) {
      for (double* x : {&last, &at, &below}) *x *= 1e-50;
      squares *= 1e-100;
    }
  }
  return {theta, t.beside.back() * last / std::sqrt(squares)};
}

/// The vectors of one run, rows of whole lanes.
class Basis {
 public:
  explicit Basis(int n)
      : lines_(static_cast<std::size_t>(padded(n) / lanes)), work_(lines_ * (block_rows + 1)) {}
  void add_row() { rows_.resize(rows_.size() + lines_); }
  double* row(std::size_t k) { return rows_[k * lines_].at; }
  double* next() { return work_[0].at; }
  double* room() { return work_[lines_].at; }

 private:
  std::size_t lines_;
  std::vector<Line> rows_, work_;
};

}  // namespace

std::vector<double> start_vector(int n, std::uint32_t which) {
  constexpr std::uint64_t key = 0x6e6f726d;
  std::vector<double> v(static_cast<std::size_t>(n));
  for (std::size_t k = 0; k < v.size(); ++k) {
    const std::uint64_t bits = replicate_bits(key, which, static_cast<std::uint32_t>(k));
    v[k] = static_cast<double>(bits >> 11) * 0x1p-52 - 1;
  }
  return v;
}

template <class T>
std::optional<double> lanczos_value(const Pair<T>& pair, double squares,
                                    const std::vector<double>& start) {
  const int n = pair.n;
  Basis basis(n);
  basis.add_row();
  std::copy(start.begin(), start.end(), basis.next());
  double length = length_of(basis.next(), n);
  Tridiagonal t;
  const int limit = std::min(n, 32 + n / 4);
  int next_look = 4;
  for (int k = 1; k <= limit; ++k) {
    basis.add_row();
    double* q = basis.row(static_cast<std::size_t>(k - 1));
    divide(basis.next(), length, n, q);
    normal_product(pair, q, basis.next(), basis.room());
    divide(basis.next(), squares, n, basis.next());
    // Twice: the second time takes what rounding left of the first.
    double share = subtract_projection(basis.row(0), k, n, basis.next());
    share += subtract_projection(basis.row(0), k, n, basis.next());
    length = length_of(basis.next(), n);
    t.diagonal.push_back(share);
    t.beside.push_back(length);
    const double top = *std::max_element(t.diagonal.begin(), t.diagonal.end());
    const bool complete = length <= 2 * spectral_tolerance * top;  // nothing is left to add
    if (k < next_look && k < limit && !complete) continue;
    next_look = k + std::max(2, k / 4);  // a look costs k² operations
    const Ritz ritz = largest_ritz(t);
    if (ritz.residual <= 2 * spectral_tolerance * ritz.value) {
      return std::sqrt(ritz.value) * std::sqrt(squares);
    }
  }
  return std::nullopt;
}

template <class T>
std::optional<double> largest_singular_value(const Pair<T>& pair, double squares) {
  if (!(squares > smallest_squares)) return std::nullopt;
  const auto first = lanczos_value(pair, squares, start_vector(pair.n, 0));
  if (!first) return std::nullopt;
  const auto second = lanczos_value(pair, squares, start_vector(pair.n, 1));
  if (!second) return std::nullopt;
  const double larger = std::max(*first, *second);
  if (std::fabs(*first - *second) > 2 * spectral_tolerance * larger) return std::nullopt;
  return larger;
}

template std::optional<double> lanczos_value(const Pair<float>&, double,
                                             const std::vector<double>&);
template std::optional<double> lanczos_value(const Pair<double>&, double,
                                             const std::vector<double>&);
template std::optional<double> largest_singular_value(const Pair<float>&, double);
template std::optional<double> largest_singular_value(const Pair<double>&, double);

}  // namespace attnsweep::measure
