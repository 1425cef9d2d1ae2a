#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attnsweep {

/// Size of a layer difference D = A_{i+1} − A_i (js and cosine are not norms of D).
enum class Norm { frobenius, spectral, nuclear, l1, linf, max, tv, js, cosine };
/// Which tokens the measured matrix holds: all, or all but cls, sep, bos and eos.
enum class View { keep, drop };
/// The head mean A_i, or every head's own P_i^h.
enum class Heads { mean, each };
/// Quantities of one layer's A_i itself.
enum class Observable { entropy, effective_rank, spectral_gap, rank_one_residual };

std::string_view name(Norm);
std::string_view name(View);
std::string_view name(Heads);
std::string_view name(Observable);

/// All values, in the order of the enumeration (which is the order of rows in an export).
const std::vector<Norm>& all_norms();
const std::vector<Observable>& all_observables();

/// The value with that name, or nothing.
std::optional<Norm> norm_from(std::string_view name);
std::optional<View> view_from(std::string_view name);
std::optional<Heads> heads_from(std::string_view name);
std::optional<Observable> observable_from(std::string_view name);

/// One measured series: the values of a norm over the layer pairs, in one view, for the head mean
/// or for each head.
struct Series {
  View view = View::keep;
  Heads heads = Heads::mean;
  Norm norm = Norm::frobenius;
  auto operator<=>(const Series&) const = default;
};

/// What is measured of every sequence. `series()` is the full product, sorted.
struct MeasureSet {
  std::vector<Norm> norms{Norm::frobenius};
  std::vector<Heads> heads{Heads::mean};
  std::vector<View> views{View::keep};
  std::vector<Observable> observables;
  std::vector<Series> series() const;
  bool operator==(const MeasureSet&) const = default;
};

/// Whether everything in `wanted` is in `have`.
bool covers(const MeasureSet& have, const MeasureSet& wanted);
/// Everything that is in one of the two, sorted.
MeasureSet united(const MeasureSet& a, const MeasureSet& b);

/// Why a row has no values; stored as its number, so the numbers never change.
enum class Reason : int {
  measured = 0,
  too_short = 1,     ///< fewer than min_tokens tokens; counted, no failure
  too_long = 2,      ///< over the limit and on_long: drop; counted, no failure
  skipped = 3,       ///< a bad record and on_bad_record: skip; counted, no failure
  bad_record = 100,  ///< the record cannot be read or lacks a field
  id_out_of_vocabulary = 101,
  too_many_positions =
      102,           ///< input_ids longer than the model's positions where they can't be cut
  not_finite = 103,  ///< nan or inf in an attention probability
};

std::string_view name(Reason);
std::optional<Reason> reason_from(int number);
/// Failures make `run` end with 6; the others are only counted.
bool is_failure(Reason);

}  // namespace attnsweep
