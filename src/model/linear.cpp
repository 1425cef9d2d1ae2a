#include "model/linear.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>

namespace attnsweep::model {

Linear::Linear(const Weights& weights, const std::string& name, bool bias) {
  const auto stored = weights.get(name + ".weight");
  if (stored.is_cpu() && stored.scalar_type() == at::kFloat && weights.wide_type() == at::kFloat) {
    const auto rows = stored.contiguous();
    panels_ = std::make_shared<const Panels>(rows.data_ptr<float>(), rows.size(0), rows.size(1));
  } else {
    transposed_ = stored.t();
  }
  if (bias) bias_ = weights.wide(name + ".bias");
}

void Linear::run(const at::Tensor& x, at::Tensor y) const {
  if (panels_) {
    panels_->multiply(x.data_ptr<float>(), x.size(0),
                      bias_.defined() ? bias_.data_ptr<float>() : nullptr, y.data_ptr<float>());
    return;
  }
  if (bias_.defined() && transposed_.scalar_type() == y.scalar_type()) {
    at::addmm_out(y, bias_, x, transposed_);
    return;
  }
  run_without_bias(x, y);
  if (bias_.defined()) y.add_(bias_);
}

void Linear::run_without_bias(const at::Tensor& x, at::Tensor y) const {
  if (panels_) {
    panels_->multiply(x.data_ptr<float>(), x.size(0), nullptr, y.data_ptr<float>());
    return;
  }
  const auto type = transposed_.scalar_type();
  if (type == y.scalar_type())
    at::mm_out(y, x, transposed_);
  else
    y.copy_(at::mm(x.to(type), transposed_));
}

}  // namespace attnsweep::model
