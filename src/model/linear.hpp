#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include "model/panels.hpp"
#include "model/weights.hpp"

namespace attnsweep::model {

/// A linear map y = x · Wᵀ + b, the product in the weights' type; x and y are rows × width,
/// row-major, in the type of the residual stream.
class Linear {
 public:
  Linear() = default;
  /// The tensors `name`.weight (out × in) and, where asked for, `name`.bias.
  Linear(const Weights& weights, const std::string& name, bool bias);

  explicit operator bool() const { return panels_ || transposed_.defined(); }
  /// y ← x · Wᵀ + b.
  void run(const at::Tensor& x, at::Tensor y) const;
  /// y ← x · Wᵀ, for those who add the bias in a pass of their own.
  void run_without_bias(const at::Tensor& x, at::Tensor y) const;
  std::int64_t width() const {  ///< of y
    return panels_ ? panels_->outputs() : transposed_.size(1);
  }
  /// Undefined where there is none.
  const at::Tensor& bias() const { return bias_; }

 private:
  std::shared_ptr<const Panels> panels_;  ///< of float32 weights on the CPU
  at::Tensor transposed_;                 ///< of others: in × out, a view of the stored out × in
  at::Tensor bias_;
};

}  // namespace attnsweep::model
