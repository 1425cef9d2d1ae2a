#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <map>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include "model/evaluator.hpp"

namespace attnsweep::model {

/// The model's tensors by their engine names, on the device of the options ("cpu", "cuda:0"). On
/// the CPU a stored tensor of the wanted type is used where it lies, in the mapped file (whose
/// pages the ranks of a machine share); any other is converted or copied to the device, once. For a
/// control nothing is read: tensors are drawn as the architecture initialises them.
class Weights {
 public:
  Weights(const spec::ModelFiles& files, const EvaluatorOptions& options);
  /// In the type of the precision asked for. Throws InputError naming file and tensor.
  at::Tensor get(const std::string& name) const;
  bool has(const std::string& name) const { return bindings_.contains(name); }
  at::ScalarType wide_type() const;
  /// The same in float32 (float64 for precision float64), for norms and biases.
  at::Tensor wide(const std::string& name) const;
  /// Type and device of what `wide` gives, and of the residual stream.
  at::TensorOptions wide_options() const;

 private:
  /// Both whole, in the file's layout.
  at::Tensor stored(const spec::TensorBinding& binding) const;
  at::Tensor drawn(const spec::TensorBinding& binding) const;
  /// The part that the engine wants.
  at::Tensor part(const spec::TensorBinding& binding) const;

  const spec::ModelFiles& files_;
  const EvaluatorOptions& options_;
  const at::Device device_;
  std::map<std::string, const spec::TensorBinding*> bindings_;
  std::map<std::string, std::shared_ptr<spec::MappedFile>> mapped_;
};

/// LibTorch's name of a precision of the study. Throws InputError for an unknown one.
at::ScalarType scalar_type(const std::string& precision);

}  // namespace attnsweep::model
