#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <string>
#include <vector>

#include "model/linear.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// values ← activation(values).
void activate(spec::Activation activation, at::Tensor values);

/// down(activation(up(x))), or with a gate down(activation(gate(x)) · up(x)).
class PlainMlp {
 public:
  PlainMlp() = default;
  /// The tensors `at`up, down and gate.
  PlainMlp(const Weights& weights, const std::string& at, const spec::ArchitectureSpec& spec);
  /// y ← the MLP of x (rows × hidden each) without the last bias. `memory` is kept from call to
  /// call.
  void run(const at::Tensor& x, at::Tensor y, std::vector<at::Tensor>& memory) const;
  const at::Tensor& last_bias() const { return down_.bias(); }

 private:
  spec::Activation activation_ = spec::Activation::gelu;
  Linear gate_, up_, down_;
};

/// The MLP of one block of weights: a plain one, or a mixture of experts (spec::Experts).
class Mlp {
 public:
  Mlp() = default;
  Mlp(const Weights& weights, const std::string& at, const spec::ArchitectureSpec& spec,
      std::int64_t block);
  void run(const at::Tensor& x, at::Tensor y, std::vector<at::Tensor>& memory) const;
  const at::Tensor& last_bias() const { return plain_.last_bias(); }

 private:
  void run_experts(const at::Tensor& x, at::Tensor y, std::vector<at::Tensor>& memory) const;

  bool sparse_ = false;
  PlainMlp plain_;
  spec::Experts experts_;
  Linear router_, shared_gate_;
  std::vector<PlainMlp> each_;
  PlainMlp shared_;
};

}  // namespace attnsweep::model
