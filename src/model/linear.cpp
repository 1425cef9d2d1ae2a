#include "model/linear.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>

namespace attnsweep::model {

Linear::Linear(const Weights& weights, const std::string& name, bool bias)
    : transposed_(weights.get(name + ".weight").t()) {
  if (bias) bias_ = weights.wide(name + ".bias");
}

void Linear::run(const at::Tensor& x, at::Tensor y) const {
  if (bias_.defined() && transposed_.scalar_type() == y.scalar_type()) {
    at::addmm_out(y, bias_, x, transposed_);
    return;
  }
  run_without_bias(x, y);
  if (bias_.defined()) y.add_(bias_);
}

void Linear::run_without_bias(const at::Tensor& x, at::Tensor y) const {
  const auto type = transposed_.scalar_type();
  if (type == y.scalar_type())
    at::mm_out(y, x, transposed_);
  else
    y.copy_(at::mm(x.to(type), transposed_));
}

}  // namespace attnsweep::model
