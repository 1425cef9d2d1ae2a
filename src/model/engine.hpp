#pragma once
// Private to src/model.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "model/evaluator.hpp"

namespace attnsweep::model {

/// Where the engine puts the attention of one layer and sequence, and who is told when it is there.
template <class T>
class AttentionSink {
 public:
  struct Place {
    T* mean = nullptr;   ///< n × n: the mean over heads
    T* heads = nullptr;  ///< heads × n × n, or null where the single heads are not wanted
  };
  virtual ~AttentionSink() = default;
  /// Memory for the attention of this layer and sequence, its own until `done` of it.
  virtual Place place(int layer, std::size_t sequence) = 0;
  virtual void done(int layer, std::size_t sequence) = 0;
};

/// The forward pass of an ArchitectureSpec, layer by layer, over sequences packed end to end
/// without padding: everything that works token by token runs on the whole block, attention on each
/// sequence. The last layer computes Q and K only. T is float or double: the type of the residual
/// stream, norms and softmax; the products with weights run in the precision of the weights.
template <class T>
class Engine {
 public:
  virtual ~Engine() = default;
  /// Runs all sequences as one block. They must have been checked: 1 ≤ n ≤ max_positions, ids in
  /// the vocabulary, type ids in the table.
  virtual void run(std::span<const SequenceInput> block, AttentionSink<T>& sink) = 0;
};

/// Reads the weights that the last layer's attention depends on.
template <class T>
std::unique_ptr<Engine<T>> make_engine(const spec::ModelFiles& files,
                                       const EvaluatorOptions& options);

}  // namespace attnsweep::model
