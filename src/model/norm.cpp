#include "model/norm.hpp"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

namespace attnsweep::model {

Norm read_norm(const Weights& weights, const spec::ArchitectureSpec& spec, const std::string& name,
               std::int64_t width) {
  Norm norm;
  const auto stored = weights.has(name + ".weight");
  norm.weight = stored ? weights.wide(name + ".weight") : at::ones({width}, weights.wide_options());
  if (stored && spec.norm_plus_one) norm.weight = norm.weight.add(1);
  if (spec.norm_kind == spec::NormKind::rms) return norm;
  norm.bias = weights.has(name + ".bias") ? weights.wide(name + ".bias")
                                          : at::zeros({width}, weights.wide_options());
  return norm;
}

}  // namespace attnsweep::model
