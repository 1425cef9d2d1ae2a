#include "model/engine.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <c10/core/InferenceMode.h>

#include "model/attend.hpp"
#include "model/kernels.hpp"
#include "model/runtime.hpp"
#include "model/weights.hpp"

namespace attnsweep::model {
namespace {

struct Linear {
  at::Tensor transposed;  ///< in × out, a view of the stored out × in
  at::Tensor bias;        ///< in the type of the residual stream; undefined: none
};

struct Norm {
  at::Tensor weight, bias;  ///< bias undefined: RMSNorm
};

struct Block {
  Linear q, k, v, o, gate, up, down;
  Norm attention_norm, mlp_norm, q_norm, k_norm;
};

template <class T>
class PackedEngine final : public Engine<T> {
 public:
  PackedEngine(const spec::ModelFiles& files, const EvaluatorOptions& options)
      : spec_(files.architecture),
        wide_(std::is_same_v<T, double> ? at::kDouble : at::kFloat),
        before_(spec_.norm_place == spec::NormPlace::before) {
    const c10::InferenceMode inference;
    const Weights weights(files, options);
    word_ = weights.get("embeddings.word");
    if (spec_.position_rows > 0) position_ = weights.get("embeddings.position");
    if (spec_.types > 0) type_ = weights.get("embeddings.type");
    if (spec_.embedding_norm)
      embedding_norm_ = {weights.wide("embeddings.norm.weight"),
                         weights.wide("embeddings.norm.bias")};
    if (spec_.embedding_projection) projection_ = linear(weights, "embeddings.projection", true);
    for (std::int64_t i = 0; i < spec_.n_blocks(); ++i)
      blocks_.push_back(read_block(weights, "layers." + std::to_string(i) + "."));
  }

  void run(std::span<const SequenceInput> block, AttentionSink<T>& sink) override {
    const c10::InferenceMode inference;
    std::int64_t tokens = 0, longest = 0;
    for (const auto& sequence : block) {
      tokens += std::ssize(sequence.ids);
      longest = std::max<std::int64_t>(longest, std::ssize(sequence.ids));
    }
    reserve(tokens);
    reserve_angles(longest);
    embed(block, tokens);
    for (int i = 0; i < spec_.n_layers; ++i) {
      const auto& layer = blocks_[static_cast<std::size_t>(spec_.block(i))];
      const bool last = i + 1 == spec_.n_layers;
      // With norms before, x_ is the stream and input_ what the products read; else both are one.
      if (before_ && i == 0) add_norm({}, {}, layer.attention_norm, tokens);
      product(layer.q, input_, q_, tokens);
      product(layer.k, input_, k_, tokens);
      if (!last) product(layer.v, input_, v_, tokens);
      attend_all(block, layer, i, sink);
      if (last) break;
      product_without_bias(layer.o, context_, out_, tokens);
      add_norm(out_, layer.o.bias, before_ ? layer.mlp_norm : layer.attention_norm, tokens);
      mlp(layer, tokens);
      if (before_)
        add_norm(out_, layer.down.bias,
                 blocks_[static_cast<std::size_t>(spec_.block(i + 1))].attention_norm, tokens);
      else
        add_norm(out_, layer.down.bias, layer.mlp_norm, tokens);
    }
  }

 private:
  Block read_block(const Weights& weights, const std::string& at) const {
    Block block;
    const bool layer_bias = spec_.norm_kind == spec::NormKind::layer;
    const auto norm = [&](const char* name, bool bias) {
      return Norm{weights.wide(at + name + ".weight"),
                  bias ? weights.wide(at + name + ".bias") : at::Tensor{}};
    };
    block.q = linear(weights, at + "q", spec_.query_key_value_bias);
    block.k = linear(weights, at + "k", spec_.query_key_value_bias);
    if (spec_.query_key_norm) {
      block.q_norm = norm("q_norm", false);
      block.k_norm = norm("k_norm", false);
    }
    const auto needed = [&](const char* name) {
      return spec::attention_depends_on(spec_, at + name + ".weight");
    };
    if (needed("attention_norm")) block.attention_norm = norm("attention_norm", layer_bias);
    if (!needed("v")) return block;
    block.v = linear(weights, at + "v", spec_.query_key_value_bias);
    block.o = linear(weights, at + "o", spec_.output_bias);
    if (spec_.gated) block.gate = linear(weights, at + "gate", spec_.mlp_bias);
    block.up = linear(weights, at + "up", spec_.mlp_bias);
    block.down = linear(weights, at + "down", spec_.mlp_bias);
    block.mlp_norm = norm("mlp_norm", layer_bias);
    return block;
  }
  static Linear linear(const Weights& weights, const std::string& name, bool bias) {
    return {weights.get(name + ".weight").t(), bias ? weights.wide(name + ".bias") : at::Tensor{}};
  }

  void reserve(std::int64_t tokens) {
    if (x_.defined() && x_.size(0) >= tokens) return;
    const auto empty = [&](std::int64_t width) { return at::empty({tokens, width}, wide_); };
    x_ = empty(spec_.hidden);
    input_ = before_ ? empty(spec_.hidden) : x_;
    tables_ = spec_.embedding_projection ? empty(spec_.table_width()) : x_;
    q_ = empty(spec_.query_width());
    k_ = empty(spec_.key_width());
    v_ = empty(spec_.key_width());
    context_ = empty(spec_.query_width());
    // The queries are used up when the outputs come.
    out_ = spec_.query_width() == spec_.hidden ? q_ : empty(spec_.hidden);
    up_ = empty(spec_.intermediate);
    if (spec_.gated) gate_ = empty(spec_.intermediate);
  }

  /// out[:tokens] = in[:tokens] · Wᵀ + b, the product in the weights' type.
  void product(const Linear& w, const at::Tensor& in, at::Tensor& out, std::int64_t tokens) const {
    auto y = out.narrow(0, 0, tokens);
    if (w.bias.defined() && w.transposed.scalar_type() == wide_) {
      at::addmm_out(y, w.bias, in.narrow(0, 0, tokens), w.transposed);
      return;
    }
    product_without_bias(w, in, out, tokens);
    if (w.bias.defined()) y.add_(w.bias);
  }

  void product_without_bias(const Linear& w, const at::Tensor& in, at::Tensor& out,
                            std::int64_t tokens) const {
    const auto x = in.narrow(0, 0, tokens);
    auto y = out.narrow(0, 0, tokens);
    if (w.transposed.scalar_type() == wide_)
      at::mm_out(y, x, w.transposed);
    else
      y.copy_(at::mm(x.to(w.transposed.scalar_type()), w.transposed));
  }

  /// x ← x + y + bias; with norms after, x ← Norm(x), else input ← Norm(x).
  void add_norm(const at::Tensor& y, const at::Tensor& bias, const Norm& norm,
                std::int64_t tokens) {
    const auto eps = static_cast<T>(spec_.norm_eps);
    const T* more = y.defined() ? pointer(y) : nullptr;
    const T* shift = bias.defined() ? pointer(bias) : nullptr;
    if (before_)
      norm_rows<T>(pointer(x_), more, shift, tokens, spec_.hidden, pointer(norm.weight),
                   norm.bias.defined() ? pointer(norm.bias) : nullptr, eps, pointer(input_));
    else
      add_norm_rows<T>(pointer(x_), more, shift, tokens, spec_.hidden, pointer(norm.weight),
                       pointer(norm.bias), eps);
  }

  /// out = down(activation(up(input))), or with a gate down(activation(gate(input)) · up(input)),
  /// without the last bias.
  void mlp(const Block& layer, std::int64_t tokens) {
    product(layer.up, input_, up_, tokens);
    if (spec_.gated) {
      product(layer.gate, input_, gate_, tokens);
      activate(gate_.narrow(0, 0, tokens));
      up_.narrow(0, 0, tokens).mul_(gate_.narrow(0, 0, tokens));
    } else {
      activate(up_.narrow(0, 0, tokens));
    }
    product_without_bias(layer.down, up_, out_, tokens);
  }

  void activate(at::Tensor values) const {
    switch (spec_.activation) {
      case spec::Activation::gelu: at::gelu_(values); break;
      case spec::Activation::gelu_tanh: at::gelu_(values, "tanh"); break;
      case spec::Activation::relu: at::relu_(values); break;
      case spec::Activation::silu: at::silu_(values); break;
    }
  }

  void embed(std::span<const SequenceInput> block, std::int64_t tokens) {
    std::vector<std::int64_t> words, positions, types;
    words.reserve(static_cast<std::size_t>(tokens));
    positions.reserve(static_cast<std::size_t>(tokens));
    for (const auto& sequence : block) {
      std::int64_t real = 0;
      for (std::size_t i = 0; i < sequence.ids.size(); ++i) {
        const std::int64_t id = sequence.ids[i];
        words.push_back(id);
        if (spec_.position_rule == spec::PositionRule::index) {
          positions.push_back(static_cast<std::int64_t>(i));
        } else {
          real += id != spec_.padding_id;
          positions.push_back(id == spec_.padding_id ? spec_.padding_id : spec_.padding_id + real);
        }
        types.push_back(sequence.type_ids.empty() ? 0 : sequence.type_ids[i]);
      }
    }
    auto x = tables_.narrow(0, 0, tokens);
    x.copy_(rows(word_, words));
    if (spec_.position_rows > 0) x.add_(rows(position_, positions));
    if (spec_.types > 0) x.add_(rows(type_, types));
    if (spec_.embedding_norm)
      add_norm_rows<T>(pointer(tables_), nullptr, nullptr, tokens, spec_.table_width(),
                       pointer(embedding_norm_.weight), pointer(embedding_norm_.bias),
                       static_cast<T>(spec_.norm_eps));
    if (spec_.embedding_projection) product(projection_, tables_, x_, tokens);
  }

  static at::Tensor rows(const at::Tensor& table, std::vector<std::int64_t>& which) {
    return at::index_select(table, 0, at::from_blob(which.data(), {std::ssize(which)}, at::kLong));
  }

  /// Sines and cosines of n positions, taken in double.
  void reserve_angles(std::int64_t n) {
    const auto pairs = std::ssize(spec_.rotary);
    if (std::ssize(cos_) >= n * pairs) return;
    cos_.clear();
    sin_.clear();
    for (std::int64_t i = 0; i < n; ++i)
      for (const double speed : spec_.rotary) {
        cos_.push_back(
            static_cast<T>(spec_.rotary_factor * std::cos(static_cast<double>(i) * speed)));
        sin_.push_back(
            static_cast<T>(spec_.rotary_factor * std::sin(static_cast<double>(i) * speed)));
      }
  }

  /// Queries or keys of one sequence as the scores want them.
  void norm_and_rotate(T* x, std::int64_t n, std::int64_t heads, const Norm& norm) const {
    const auto d = spec_.head_size();
    if (spec_.query_key_norm)
      rms_rows<T>(x, n * heads, d, pointer(norm.weight), static_cast<T>(spec_.norm_eps));
    if (!spec_.rotary.empty())
      rotate_rows<T>(x, n, heads, d, std::ssize(spec_.rotary), cos_.data(), sin_.data());
  }

  void attend_all(std::span<const SequenceInput> block, const Block& weights, int layer,
                  AttentionSink<T>& sink) {
    std::int64_t begin = 0;
    for (std::size_t s = 0; s < block.size(); ++s) {
      const std::int64_t n = std::ssize(block[s].ids);
      norm_and_rotate(pointer(q_) + begin * spec_.query_width(), n, spec_.n_heads, weights.q_norm);
      norm_and_rotate(pointer(k_) + begin * spec_.key_width(), n, spec_.kv_heads(), weights.k_norm);
      HeadsInput<T> input;
      input.q = pointer(q_) + begin * spec_.query_width();
      input.k = pointer(k_) + begin * spec_.key_width();
      if (layer + 1 < spec_.n_layers) {
        input.v = pointer(v_) + begin * spec_.key_width();
        input.context = pointer(context_) + begin * spec_.query_width();
      }
      attend(spec_, layer, n, input, sink.place(layer, s), scores_);
      sink.done(layer, s);
      begin += n;
    }
  }

  static T* pointer(const at::Tensor& tensor) { return static_cast<T*>(tensor.data_ptr()); }

  const spec::ArchitectureSpec spec_;
  const at::ScalarType wide_;
  const bool before_;
  at::Tensor word_, position_, type_;
  Norm embedding_norm_;
  Linear projection_;
  std::vector<Block> blocks_;
  /// One row a token, kept from run to run; input_, tables_ and out_ may be another's memory.
  at::Tensor x_, input_, tables_, q_, k_, v_, context_, out_, up_, gate_;
  std::vector<T> cos_, sin_, scores_;
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
