#include "reduce/usable_layers.hpp"

#include <cmath>

namespace attnsweep::reduce {

std::string_view name(LeftOut why) {
  constexpr std::string_view names[] = {"", "view_too_small", "not_finite", "zero", "censored"};
  return names[static_cast<int>(why)];
}

namespace {

bool is_censored(double d, double floor, double factor) {
  const double bound = std::isfinite(floor) ? factor * floor : 0;
  return d <= std::fmax(bound, 0);
}

}  // namespace

void LayerCounts::add(std::span<const double> d, std::span<const double> floors) {
  ++n_sequences_;
  for (std::size_t i = 0; i < censored_.size(); ++i)
    censored_[i] += is_censored(d[i], floors[i], factor_);
}

int LayerCounts::usable(double share) const {
  int m = 0;
  for (std::int64_t count : censored_) {
    if (static_cast<double>(count) > share * static_cast<double>(n_sequences_)) break;
    ++m;
  }
  return m;
}

LeftOut judge_sequence(std::span<const double> d, std::span<const double> floors, double factor) {
  LeftOut worst = LeftOut::no;
  for (std::size_t i = 0; i < d.size(); ++i) {
    if (!std::isfinite(d[i])) return LeftOut::not_finite;
    if (d[i] == 0)
      worst = LeftOut::zero;
    else if (worst == LeftOut::no && is_censored(d[i], floors[i], factor))
      worst = LeftOut::censored;
  }
  return worst;
}

bool view_measured(std::span<const double> d) {
  for (double x : d)
    if (!std::isnan(x)) return true;
  return false;
}

}  // namespace attnsweep::reduce
