#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace attnsweep::reduce {

/// Why a measured sequence is left out of a cell.
enum class LeftOut { no, view_too_small, not_finite, zero, censored };
std::string_view name(LeftOut why);

/// First pass over a cell's sequences: how often each layer's difference lies in the rounding
/// noise, which decides how many layers are usable.
class LayerCounts {
 public:
  /// n: layer pairs from the first one used; a value is censored when d ≤ factor · φ (a φ that is
  /// not known counts as 0; d = 0 is always censored).
  LayerCounts(int n, double factor) : factor_(factor), censored_(n, 0) {}
  void add(std::span<const double> d, std::span<const double> floors);
  /// m: layers before the first in which more than `share` of the sequences are censored.
  int usable(double share) const;
  const std::vector<std::int64_t>& censored() const { return censored_; }
  std::int64_t n_sequences() const { return n_sequences_; }

 private:
  double factor_;
  std::vector<std::int64_t> censored_;
  std::int64_t n_sequences_ = 0;
};

/// Whether a sequence stays, judged on its m kept values: it is left out whole, never in points.
LeftOut judge_sequence(std::span<const double> d, std::span<const double> floors, double factor);

/// Whether a view of the sequence was measured at all: not when every value is NaN.
bool view_measured(std::span<const double> d);

}  // namespace attnsweep::reduce
