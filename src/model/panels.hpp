#pragma once
// Private to src/model.
#include <cstdint>
#include <vector>

#include "model/cache_lines.hpp"

namespace attnsweep::model {

/// A float32 weight matrix in the order in which products read it: panels of some outputs' weights,
/// input by input. Ordered once, products of few rows run as fast as those of thousands, for which
/// BLAS would order it again at every call.
class Panels {
 public:
  /// `weights` are outputs × inputs, row-major; they are copied.
  Panels(const float* weights, std::int64_t outputs, std::int64_t inputs);

  /// y (rows × outputs) ← x (rows × inputs) · Wᵀ + bias; bias may be null. Every row has the same
  /// digits whatever rows stand beside it.
  void multiply(const float* x, std::int64_t rows, const float* bias, float* y) const;

  std::int64_t outputs() const { return outputs_; }
  std::int64_t inputs() const { return inputs_; }

 private:
  void multiply_panel(std::int64_t index, const float* x, std::int64_t rows, const float* bias,
                      float* y) const;

  std::int64_t outputs_, inputs_;
  std::vector<float, CacheLines<float>> values_;
};

}  // namespace attnsweep::model
