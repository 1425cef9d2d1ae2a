#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <memory>
#include <span>

#include <ATen/core/Tensor.h>

#include "model/engine.hpp"
#include "model/norm.hpp"
#include "model/weights.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// Queries, keys and values of all sequences, packed end to end: tokens × query_width or
/// × key_width. They may be used up.
struct AttentionRows {
  at::Tensor q, k;
  const Norm &q_norm, &k_norm;  ///< of the layer; undefined: there is none
  at::Tensor v;                 ///< undefined: the context is not wanted
  at::Tensor context;           ///< tokens × query_width, written
};

/// What a forward pass does beside the products with weights. The CPU has loops of its own, which
/// work on rows while they are in the cache; elsewhere LibTorch's operators do the same.
template <class T>
class RowOps {
 public:
  virtual ~RowOps() = default;
  /// The sequences that the calls up to the next start are about.
  virtual void start(std::span<const SequenceInput> block) = 0;
  /// x ← x + factor · (y + bias), rows × width; y and bias may be undefined. Then, where `norm` is
  /// defined, out ← norm(x); out may be x.
  virtual void add_norm(const at::Tensor& x, const at::Tensor& y, const at::Tensor& bias,
                        double factor, const Norm& norm, const at::Tensor& out) = 0;
  /// The attention of one layer: queries and keys normed, clamped and turned as the architecture
  /// has it, scores with their biases and masks, softmax; told to the sink sequence by sequence.
  virtual void attend(int layer, const AttentionRows& rows, AttentionSink<T>& sink) = 0;
};

/// The loops of this folder, for tensors in the machine's own memory.
template <class T>
std::unique_ptr<RowOps<T>> make_cpu_ops(const spec::ArchitectureSpec& spec, const Weights& weights);

/// LibTorch's operators, for tensors on any device.
template <class T>
std::unique_ptr<RowOps<T>> make_tensor_ops(const spec::ArchitectureSpec& spec,
                                           const Weights& weights);

}  // namespace attnsweep::model
