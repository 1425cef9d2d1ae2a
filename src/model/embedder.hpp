#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <cstdint>
#include <span>

#include <ATen/core/Tensor.h>

#include "model/evaluator.hpp"
#include "model/linear.hpp"
#include "model/norm_rows.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// Norm parameters as the row kernels take them; undefined weight: the norm is not there.
struct Norm {
  at::Tensor weight, bias;
  bool defined() const { return weight.defined(); }
};

/// The architecture's norm `name`, of `width` entries; one without stored parameters has ones and
/// zeros.
Norm read_norm(const Weights& weights, const spec::ArchitectureSpec& spec, const std::string& name,
               std::int64_t width);

template <class T>
RowNorm<T> row_norm(const Norm& norm, double eps, std::int64_t rows = 1) {
  return {static_cast<const T*>(norm.weight.data_ptr()),
          norm.bias.defined() ? static_cast<const T*>(norm.bias.data_ptr()) : nullptr,
          static_cast<T>(eps), rows};
}

/// Tables of words, positions and types, and what comes before the first layer.
template <class T>
class Embedder {
 public:
  Embedder(const Weights& weights, const spec::ArchitectureSpec& spec);
  /// x (tokens × hidden) ← the stream that enters the first layer.
  void run(std::span<const SequenceInput> block, at::Tensor x) const;

 private:
  const spec::ArchitectureSpec spec_;
  at::Tensor word_, position_, type_;
  Norm norm_;
  Linear projection_;
};

extern template class Embedder<float>;
extern template class Embedder<double>;

}  // namespace attnsweep::model
