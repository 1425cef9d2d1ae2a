#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/quantities.hpp"

namespace attnsweep::measure {

// All matrices are row-major and dense. T is float or double; every sum is taken in double, in an
// order that depends on n alone, so equal input gives equal digits on one type of machine. All
// functions are thread-safe.

/// The ε to pass as `unit_roundoff`: the distance from 1 to the next number of the precision that
/// the attention was computed in (not of the type that holds it).
inline constexpr double epsilon_float64 = 0x1p-52;
inline constexpr double epsilon_float32 = 0x1p-23;
inline constexpr double epsilon_float16 = 0x1p-10;
inline constexpr double epsilon_bfloat16 = 0x1p-7;

/// What the caller knows of a matrix. Of a lower triangular one (causal attention) nothing right of
/// the diagonal is read: it is 0 and half the work falls away, with the same digits.
enum class Shape { full, lower_triangular };

/// The layer difference of a (A_i) and b (A_{i+1}), both n × n: values[k] = d in norms[k] and
/// floors[k] = its rounding floor φ = c · unit_roundoff · (s_a + s_b), as floor_constants.hpp says.
/// `norms` may come in any order; values and floors have its length. A nan or inf anywhere in a or
/// b makes every value and every floor nan, and so does n < 1. No value depends on which others are
/// asked for: spectral never comes from the singular values that nuclear needs (spectral_norm.hpp).
template <class T>
void measure_pair(const T* a, const T* b, int n, std::span<const Norm> norms, double unit_roundoff,
                  std::span<double> values, std::span<double> floors, Shape shape = Shape::full);

/// A matrix without its special tokens.
template <class T>
struct DroppedView {
  std::vector<T> matrix;                ///< n × n, the kept tokens, every row renormalised
  int n = 0;                            ///< kept tokens
  std::vector<std::uint8_t> empty_row;  ///< n flags: kept mass 0, the row is all zero
  Shape shape = Shape::full;            ///< of the matrix; zeros right of the diagonal are there
};

/// Removes the rows and columns of the tokens with special[t] != 0 (n entries) from the n × n
/// matrix p and divides each row by its kept mass (summed in double). Works on the measured matrix:
/// for the head mean, take the mean first. The view of a lower triangular matrix is one, too.
template <class T>
DroppedView<T> drop_tokens(const T* p, int n, std::span<const std::uint8_t> special,
                           Shape shape = Shape::full);

/// measure_pair for dropped views of the same tokens. A row flagged in either is left out of both
/// (the row only; the means over rows divide by the rows left). Returns how many rows were left
/// out. Fewer than 2 kept tokens or no row left: all values and floors are nan.
template <class T>
int measure_pair_dropped(const DroppedView<T>& a, const DroppedView<T>& b,
                         std::span<const Norm> norms, double unit_roundoff,
                         std::span<double> values, std::span<double> floors);

/// Observables of one n × n matrix: out[k] is what[k]. nan where a is not finite or n < 1;
/// spectral_gap is nan where n < 2, for there is no second eigenvalue.
template <class T>
void observe(const T* a, int n, std::span<const Observable> what, std::span<double> out,
             Shape shape = Shape::full);

/// The same of a dropped view, its flagged rows left out; fewer than 2 kept tokens or no row left:
/// nan. spectral_gap is nan where a row is left out: the rest is no square stochastic matrix.
template <class T>
void observe_dropped(const DroppedView<T>& a, std::span<const Observable> what,
                     std::span<double> out);

}  // namespace attnsweep::measure
