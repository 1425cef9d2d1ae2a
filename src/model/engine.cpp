#include "model/engine.hpp"

#include <optional>
#include <vector>

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include "model/block.hpp"
#include "model/convolution.hpp"
#include "model/embedder.hpp"
#include "model/row_ops.hpp"
#include "model/weights.hpp"

namespace attnsweep::model {
namespace {

using spec::LayerFlow;
using spec::NormPlace;

template <class T>
class PackedEngine final : public Engine<T> {
 public:
  PackedEngine(const spec::ModelFiles& files, const EvaluatorOptions& options)
      : spec_(files.architecture) {
    const c10::InferenceMode inference;
    const Weights weights(files, options);
    stream_ = weights.wide_options();
    embedder_.emplace(weights, spec_);
    convolution_ = TokenConvolution(weights, spec_);
    for (std::int64_t i = 0; i < spec_.n_blocks(); ++i) blocks_.emplace_back(weights, spec_, i);
    ops_ = options.tensor_operators || !stream_.device().is_cpu()
               ? make_tensor_ops<T>(spec_, weights)
               : make_cpu_ops<T>(spec_, weights);
  }

  void run(std::span<const SequenceInput> block, AttentionSink<T>& sink) override {
    const c10::InferenceMode inference;
    std::int64_t tokens = 0;
    for (const auto& sequence : block) tokens += std::ssize(sequence.ids);
    reserve(tokens);
    ops_->start(block);
    embedder_->run(block, x_, *ops_);
    at::Tensor embeddings;
    if (convolution_) embeddings = x_.clone();
    enter(blocks_[static_cast<std::size_t>(spec_.block(0))]);
    for (int i = 0; i < spec_.n_layers; ++i) {
      const auto& layer = weights_of(i);
      const bool last = i + 1 == spec_.n_layers;
      layer.q.run(input_, q_);
      layer.k.run(input_, k_);
      if (!last) layer.v.run(input_, v_);
      ops_->attend(i, {q_, k_, layer.q_norm, layer.k_norm, last ? at::Tensor{} : v_, context_},
                   sink);
      if (last) break;
      layer.o.run_without_bias(context_, out_);
      const auto& next = weights_of(i + 1);
      if (spec_.flow == LayerFlow::serial)
        serial(layer, next);
      else
        parallel(layer, next);
      if (convolution_ && i == 0) {
        convolution_.add(block, embeddings, x_);
        add_norm({}, {}, convolution_.norm(), x_);
      }
    }
  }

 private:
  const Block& weights_of(int layer) const {
    return blocks_[static_cast<std::size_t>(spec_.block(layer))];
  }

  /// Views of `tokens` rows. `input_` is what the products read: the stream itself, or its norm.
  void reserve(std::int64_t tokens) {
    if (x_.defined() && x_.size(0) == tokens) return;
    std::size_t slot = 0;
    const auto rows = [&](std::int64_t width) {
      if (memory_.size() <= slot) memory_.resize(slot + 1);
      auto& kept = memory_[slot++];
      if (!kept.defined() || kept.size(0) < tokens) kept = at::empty({tokens, width}, stream_);
      return kept.narrow(0, 0, tokens);
    };
    x_ = rows(spec_.hidden);
    normed_ = norms_input() ? rows(spec_.hidden) : x_;
    second_ = spec_.flow == LayerFlow::parallel_two_norms ? rows(spec_.hidden) : normed_;
    q_ = rows(spec_.query_width());
    k_ = rows(spec_.key_width());
    v_ = rows(spec_.key_width());
    context_ = rows(spec_.query_width());
    // The queries are used up when the outputs come.
    out_ = spec_.query_width() == spec_.hidden ? q_ : rows(spec_.hidden);
  }
  bool norms_input() const {
    return spec_.norm_place == NormPlace::before || spec_.norm_place == NormPlace::around;
  }

  /// The input of a layer's attention from the stream.
  void enter(const Block& layer) {
    input_ = norms_input() && layer.attention_norm.defined() ? normed_ : x_;
    if (norms_input() && layer.attention_norm.defined())
      add_norm({}, {}, layer.attention_norm, normed_);
  }

  /// x ← x + factor · (y + bias), then out ← norm(x).
  void add_norm(const at::Tensor& y, const at::Tensor& bias, const Norm& norm, at::Tensor& out) {
    ops_->add_norm(x_, y, bias, spec_.residual_factor, norm, out);
  }

  /// A branch's output joins the stream; `own` is the norm of the output itself, undefined: none.
  /// Afterwards `next` of the stream is taken into `out`, where it is defined.
  void join(const at::Tensor& bias, const Norm& own, const Norm& next, at::Tensor& out) {
    if (own.defined()) {
      ops_->add_norm(out_, {}, bias, 1, own, out_);
      add_norm(out_, {}, next, out);
    } else {
      add_norm(out_, bias, next, out);
    }
  }

  /// Attention's output is in out_; then the MLP, each joined to the stream.
  void serial(const Block& layer, const Block& next) {
    const Norm none;
    switch (spec_.norm_place) {
      case NormPlace::after:
        join(layer.o.bias(), none, layer.attention_norm, x_);
        layer.mlp.run(x_, out_, mlp_memory_);
        join(layer.mlp.last_bias(), none, layer.mlp_norm, x_);
        return;
      case NormPlace::branch:
        join(layer.o.bias(), layer.attention_norm, none, x_);
        layer.mlp.run(x_, out_, mlp_memory_);
        join(layer.mlp.last_bias(), layer.mlp_norm, none, x_);
        return;
      case NormPlace::before:
      case NormPlace::around: break;
    }
    if (spec_.residual_from_norm) x_.copy_(input_);
    join(layer.o.bias(), layer.attention_after_norm, layer.mlp_norm, normed_);
    if (spec_.residual_from_norm) x_.copy_(normed_);
    layer.mlp.run(normed_, out_, mlp_memory_);
    join(layer.mlp.last_bias(), layer.mlp_after_norm, next.attention_norm, normed_);
    input_ = normed_;
  }

  /// Attention and MLP both read the stream as it was.
  void parallel(const Block& layer, const Block& next) {
    const Norm none;
    if (spec_.flow == LayerFlow::parallel_two_norms) add_norm({}, {}, layer.mlp_norm, second_);
    add_norm(out_, layer.o.bias(), none, x_);
    layer.mlp.run(second_, out_, mlp_memory_);
    add_norm(out_, layer.mlp.last_bias(), next.attention_norm, normed_);
    input_ = normed_;
  }

  const spec::ArchitectureSpec spec_;
  at::TensorOptions stream_;  ///< type and device of what has a row a token
  std::optional<Embedder<T>> embedder_;
  TokenConvolution convolution_;
  std::vector<Block> blocks_;
  std::unique_ptr<RowOps<T>> ops_;
  /// Kept from run to run; the tensors below are views of it, one row a token.
  std::vector<at::Tensor> memory_, mlp_memory_;
  at::Tensor x_, input_, normed_, second_, q_, k_, v_, context_, out_;
};

}  // namespace

template <class T>
std::unique_ptr<Engine<T>> make_engine(const spec::ModelFiles& files,
                                       const EvaluatorOptions& options) {
  return std::make_unique<PackedEngine<T>>(files, options);
}

template std::unique_ptr<Engine<float>> make_engine<float>(const spec::ModelFiles&,
                                                           const EvaluatorOptions&);
template std::unique_ptr<Engine<double>> make_engine<double>(const spec::ModelFiles&,
                                                             const EvaluatorOptions&);

}  // namespace attnsweep::model
