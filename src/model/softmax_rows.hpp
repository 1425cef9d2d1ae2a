#pragma once
// Private to src/model. Plain loops; no thread, no allocation. T is float or double.
#include <cstdint>
#include <limits>

namespace attnsweep::model {

/// The keys that a query may look at: those from `before` places before it to `after` behind it.
struct Band {
  static constexpr std::int64_t kAll = std::numeric_limits<std::int32_t>::max();
  std::int64_t before = kAll;
  std::int64_t after = kAll;
};

/// A block of scores: row 0 is the query at position `first_query`, column 0 the key at
/// `first_key`; rows begin `stride` apart.
struct ScoreBlock {
  std::int64_t rows, keys, stride, first_query, first_key;
};

/// A softmax whose keys come block after block (Milakov & Gimelshein 2018), for each row of a
/// block: `top` is the largest score so far, −∞ before the first; `sum` is Σ e^(score − top) so
/// far.
template <class T>
struct RunningSoftmax {
  T* top;
  T* sum;
  T* shrink;  ///< what the last block made of sums over the blocks before it: multiply them by it
};

/// In place: scores become e^(score − top), and exactly 0 outside the band, whatever the score is.
/// A nan or an infinite score makes its row's sum nan.
template <class T>
void exp_rows(T* scores, const ScoreBlock& block, const Band& band, const RunningSoftmax<T>& row);

/// factors[i] ← e^(top_then[i] − top[i]) / sum[i]: makes probabilities of a row of an earlier block
/// whose top was top_then.
template <class T>
void probability_factors(const T* top_then, const T* top, const T* sum, std::int64_t rows,
                         T* factors);

/// sum += share · factors[i] · values[i]; where `out` is not null, also out = factors[i] ·
/// values[i], both with rows `to` apart.
template <class T>
void add_probabilities(const T* values, const ScoreBlock& block, const T* factors, T share, T* sum,
                       T* out, std::int64_t to);

/// Rows of `width` numbers, `stride` apart, become factors[i] · row.
template <class T>
void scale_rows(T* values, std::int64_t rows, std::int64_t width, std::int64_t stride,
                const T* factors);

/// Scores become c · tanh(score / c).
template <class T>
void cap_rows(T* scores, std::int64_t rows, std::int64_t keys, std::int64_t stride, T c);

}  // namespace attnsweep::model
