#include "model/score_rules.hpp"

#include <cmath>

namespace attnsweep::model {

double score_factor(const spec::ArchitectureSpec& spec, int layer) {
  double factor = spec.score_factor;
  if (factor == 0)
    factor = spec.scale_scores ? 1 / std::sqrt(static_cast<double>(spec.head_size())) : 1;
  if (spec.scale_by_layer) factor /= layer + 1;
  return factor;
}

Band band_of(const spec::ArchitectureSpec& spec, int layer) {
  const auto window = spec.window(layer);
  Band band;
  if (spec.causal) {
    band.after = 0;
    if (window > 0) band.before = window - 1;
  } else if (window > 0) {
    band.before = band.after = window;
  }
  return band;
}

}  // namespace attnsweep::model
