#include "model/mlp.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/topk.h>

namespace attnsweep::model {
namespace {

/// rows × width of `memory[slot]`, which grows as needed.
at::Tensor at_work(std::vector<at::Tensor>& memory, std::size_t slot, std::int64_t rows,
                   std::int64_t width, const at::Tensor& like) {
  if (memory.size() <= slot) memory.resize(slot + 1);
  auto& kept = memory[slot];
  const auto entries = rows * width;
  if (!kept.defined() || kept.numel() < entries) kept = at::empty({entries}, like.options());
  return kept.narrow(0, 0, entries).view({rows, width});
}

/// values ← x · Φ(x) by the tanh approximation with BLOOM's digits of √(2/π).
void gelu_bloom(at::Tensor values) {
  if (values.scalar_type() != at::kDouble) {
    at::gelu_(values, "tanh");
    return;
  }
  auto inner = values.mul(values).mul_(0.044715).add_(1).mul_(values).mul_(0.79788456);
  values.mul_(inner.tanh_().add_(1).mul_(0.5));
}

}  // namespace

void activate(spec::Activation activation, at::Tensor values) {
  switch (activation) {
    case spec::Activation::gelu: at::gelu_(values); break;
    case spec::Activation::gelu_tanh: at::gelu_(values, "tanh"); break;
    case spec::Activation::gelu_bloom: gelu_bloom(values); break;
    case spec::Activation::quick_gelu: values.mul_(at::sigmoid(values.mul(1.702))); break;
    case spec::Activation::relu: at::relu_(values); break;
    case spec::Activation::relu2: at::relu_(values).square_(); break;
    case spec::Activation::silu: at::silu_(values); break;
    case spec::Activation::tanh: at::tanh_(values); break;
  }
}

PlainMlp::PlainMlp(const Weights& weights, const std::string& at,
                   const spec::ArchitectureSpec& spec)
    : activation_(spec.activation),
      up_(weights, at + "up", spec.mlp_bias),
      down_(weights, at + "down", spec.mlp_bias) {
  if (spec.gated) gate_ = Linear(weights, at + "gate", spec.mlp_bias);
}

void PlainMlp::run(const at::Tensor& x, at::Tensor y, std::vector<at::Tensor>& memory) const {
  auto up = at_work(memory, 0, x.size(0), up_.width(), x);
  up_.run(x, up);
  if (gate_) {
    auto gate = at_work(memory, 1, x.size(0), up_.width(), x);
    gate_.run(x, gate);
    activate(activation_, gate);
    up.mul_(gate);
  } else {
    activate(activation_, up);
  }
  down_.run_without_bias(up, y);
}

Mlp::Mlp(const Weights& weights, const std::string& at, const spec::ArchitectureSpec& spec,
         std::int64_t block)
    : sparse_(spec.sparse(block)), experts_(spec.experts) {
  if (!sparse_) {
    plain_ = PlainMlp(weights, at, spec);
    return;
  }
  router_ = Linear(weights, at + "router", false);
  for (std::int64_t j = 0; j < experts_.count; ++j)
    each_.emplace_back(weights, at + "experts." + std::to_string(j) + ".", spec);
  if (experts_.shared > 0) {
    shared_ = PlainMlp(weights, at + "shared.", spec);
    shared_gate_ = Linear(weights, at + "shared_gate", false);
  }
}

void Mlp::run(const at::Tensor& x, at::Tensor y, std::vector<at::Tensor>& memory) const {
  if (sparse_)
    run_experts(x, y, memory);
  else
    plain_.run(x, y, memory);
}

void Mlp::run_experts(const at::Tensor& x, at::Tensor y, std::vector<at::Tensor>& memory) const {
  const auto tokens = x.size(0);
  auto routes = at::empty({tokens, experts_.count}, x.options());
  router_.run(x, routes);
  auto [share, chosen] = at::topk(at::softmax(routes, -1), experts_.top, -1);
  if (experts_.renormalise) share = share.div(share.sum(-1, true));
  y.zero_();
  // One expert after the other, each over the tokens that chose it.
  for (std::size_t j = 0; j < each_.size(); ++j) {
    const auto hits = at::nonzero(chosen.eq(static_cast<std::int64_t>(j)));
    if (hits.size(0) == 0) continue;
    const auto which = hits.select(1, 0).contiguous();
    const auto factor = share.index({which, hits.select(1, 1)}).unsqueeze(1);
    auto out = at::empty({which.size(0), y.size(1)}, x.options());
    each_[j].run(at::index_select(x, 0, which), out, memory);
    y.index_add_(0, which, out.mul_(factor));
  }
  if (!shared_gate_) return;
  auto gate = at::empty({tokens, 1}, x.options());
  shared_gate_.run(x, gate);
  auto out = at::empty_like(y);
  shared_.run(x, out, memory);
  y.add_(out.mul_(at::sigmoid_(gate)));
}

}  // namespace attnsweep::model
