#include "model/block.hpp"

#include <string>
#include <vector>

#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

namespace attnsweep::model {
namespace {

/// A parameter of the norm `name` as one tensor, also where each head's is stored by itself
/// ("q_norm.0.weight", …).
at::Tensor of_all_heads(const Weights& weights, const std::string& name,
                        const std::string& parameter) {
  if (weights.has(name + parameter)) return weights.wide(name + parameter);
  std::vector<at::Tensor> heads;
  const auto of_head = [&] { return name + "." + std::to_string(heads.size()) + parameter; };
  while (weights.has(of_head())) heads.push_back(weights.wide(of_head()));
  return at::stack(heads);
}

Norm read_query_key_norm(const Weights& weights, const spec::ArchitectureSpec& spec,
                         const std::string& name) {
  Norm norm{of_all_heads(weights, name, ".weight"), {}};
  if (spec.norm_plus_one) norm.weight = norm.weight.add(1);
  if (spec.query_key_norm_kind == spec::NormKind::layer)
    norm.bias = spec.query_key_norm_bias ? of_all_heads(weights, name, ".bias")
                                         : at::zeros_like(norm.weight);
  return norm;
}

}  // namespace

Block::Block(const Weights& weights, const spec::ArchitectureSpec& spec, std::int64_t index) {
  const auto at = "layers." + std::to_string(index) + ".";
  const auto norm = [&](const char* name) {
    return spec::attention_depends_on(spec, at + name + ".weight")
               ? read_norm(weights, spec, at + name, spec.hidden)
               : Norm{};
  };
  q = Linear(weights, at + "q", spec.query_key_value_bias);
  k = Linear(weights, at + "k", spec.query_key_value_bias);
  if (spec.query_key_norm != spec::QueryKeyNorm::none) {
    q_norm = read_query_key_norm(weights, spec, at + "q_norm");
    k_norm = read_query_key_norm(weights, spec, at + "k_norm");
  }
  if (index > 0 || spec.first_norm) attention_norm = norm("attention_norm");
  if (!spec::attention_depends_on(spec, at + "v.weight")) return;
  v = Linear(weights, at + "v", spec.query_key_value_bias);
  o = Linear(weights, at + "o", spec.output_bias);
  mlp = Mlp(weights, at, spec, index);
  if (spec.flow != spec::LayerFlow::parallel) mlp_norm = norm("mlp_norm");
  if (spec.norm_place != spec::NormPlace::around) return;
  attention_after_norm = norm("attention_after_norm");
  mlp_after_norm = norm("mlp_after_norm");
}

}  // namespace attnsweep::model
