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

#include "model/kernels.hpp"
#include "model/runtime.hpp"
#include "model/weights.hpp"

namespace attnsweep::model {
namespace {

struct Linear {
  at::Tensor transposed;  ///< in × out, a view of the stored out × in
  at::Tensor bias;        ///< in the type of the residual stream
};

struct Norm {
  at::Tensor weight, bias;
};

struct Layer {
  Linear q, k, v, o, up, down;
  Norm attention_norm, mlp_norm;
};

template <class T>
class PackedEngine final : public Engine<T> {
 public:
  PackedEngine(const spec::ModelFiles& files, const EvaluatorOptions& options)
      : spec_(files.architecture), wide_(std::is_same_v<T, double> ? at::kDouble : at::kFloat) {
    const c10::InferenceMode inference;
    const Weights weights(files, options);
    word_ = weights.get("embeddings.word");
    position_ = weights.get("embeddings.position");
    if (spec_.types > 0) type_ = weights.get("embeddings.type");
    embedding_norm_ = norm(weights, "embeddings.norm");
    for (std::int64_t i = 0; i < spec_.n_layers; ++i) {
      const auto at = "layers." + std::to_string(i) + ".";
      Layer layer;
      layer.q = linear(weights, at + "q");
      layer.k = linear(weights, at + "k");
      if (i + 1 < spec_.n_layers) {
        layer.v = linear(weights, at + "v");
        layer.o = linear(weights, at + "o");
        layer.up = linear(weights, at + "up");
        layer.down = linear(weights, at + "down");
        layer.attention_norm = norm(weights, at + "attention_norm");
        layer.mlp_norm = norm(weights, at + "mlp_norm");
      }
      layers_.push_back(std::move(layer));
    }
  }

  void run(std::span<const SequenceInput> block, AttentionSink<T>& sink) override {
    const c10::InferenceMode inference;
    std::int64_t tokens = 0;
    for (const auto& sequence : block) tokens += std::ssize(sequence.ids);
    reserve(tokens);
    embed(block, tokens);
    for (int i = 0; i < spec_.n_layers; ++i) {
      const auto& layer = layers_[static_cast<std::size_t>(i)];
      const bool last = i + 1 == spec_.n_layers;
      product(layer.q, x_, q_, tokens);
      product(layer.k, x_, k_, tokens);
      if (!last) product(layer.v, x_, v_, tokens);
      std::int64_t begin = 0;
      for (std::size_t s = 0; s < block.size(); ++s) {
        const std::int64_t n = std::ssize(block[s].ids);
        attend(n, begin, sink.place(i, s), !last);
        sink.done(i, s);
        begin += n;
      }
      if (last) break;
      product_without_bias(layer.o, context_, q_, tokens);
      add_norm(q_, layer.o.bias, layer.attention_norm, tokens);
      product(layer.up, x_, up_, tokens);
      activate(up_.narrow(0, 0, tokens));
      product_without_bias(layer.down, up_, q_, tokens);
      add_norm(q_, layer.down.bias, layer.mlp_norm, tokens);
    }
  }

 private:
  Linear linear(const Weights& weights, const std::string& name) const {
    return {weights.get(name + ".weight").t(), weights.wide(name + ".bias")};
  }
  Norm norm(const Weights& weights, const std::string& name) const {
    return {weights.wide(name + ".weight"), weights.wide(name + ".bias")};
  }

  void reserve(std::int64_t tokens) {
    if (x_.defined() && x_.size(0) >= tokens) return;
    for (auto* buffer : {&x_, &q_, &k_, &v_, &context_})
      *buffer = at::empty({tokens, spec_.hidden}, wide_);
    up_ = at::empty({tokens, spec_.intermediate}, wide_);
  }

  /// out[:tokens] = in[:tokens] · Wᵀ + b, the product in the weights' type.
  void product(const Linear& w, const at::Tensor& in, at::Tensor& out, std::int64_t tokens) const {
    const auto x = in.narrow(0, 0, tokens);
    auto y = out.narrow(0, 0, tokens);
    if (w.transposed.scalar_type() == wide_) {
      at::addmm_out(y, w.bias, x, w.transposed);
    } else {
      y.copy_(at::mm(x.to(w.transposed.scalar_type()), w.transposed));
      y.add_(w.bias);
    }
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

  /// x ← LayerNorm(x + y + bias).
  void add_norm(const at::Tensor& y, const at::Tensor& bias, const Norm& norm,
                std::int64_t tokens) {
    add_norm_rows<T>(pointer(x_), y.defined() ? pointer(y) : nullptr,
                     bias.defined() ? pointer(bias) : nullptr, tokens, spec_.hidden,
                     pointer(norm.weight), pointer(norm.bias), static_cast<T>(spec_.norm_eps));
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
    auto x = x_.narrow(0, 0, tokens);
    x.copy_(rows(word_, words));
    x.add_(rows(position_, positions));
    if (spec_.types > 0) x.add_(rows(type_, types));
    add_norm({}, {}, embedding_norm_, tokens);
  }

  static at::Tensor rows(const at::Tensor& table, std::vector<std::int64_t>& which) {
    return at::index_select(table, 0, at::from_blob(which.data(), {std::ssize(which)}, at::kLong));
  }

  /// Attention of one sequence whose tokens begin at row `begin` of q, k and v. Works on one head
  /// and a block of rows at a time, so that scores stay in the cache from product to product.
  void attend(std::int64_t n, std::int64_t begin, typename AttentionSink<T>::Place place,
              bool with_values) {
    const std::int64_t h = spec_.hidden, d = spec_.head_size();
    const auto factor = static_cast<T>(1 / std::sqrt(static_cast<double>(d)));
    const T* q = pointer(q_) + begin * h;
    const T* k = pointer(k_) + begin * h;
    const T* v = pointer(v_) + begin * h;
    T* context = pointer(context_) + begin * h;
    const std::int64_t rows = std::clamp<std::int64_t>(kScoreBytes / (n * sizeof(T)), 1, n);
    scores_.resize(static_cast<std::size_t>(rows * n));
    std::fill_n(place.mean, n * n, T{0});
    for (std::int64_t r = 0; r < n; r += rows) {
      const std::int64_t m = std::min(rows, n - r);
      for (std::int64_t head = 0; head < spec_.n_heads; ++head) {
        T* p = place.heads ? place.heads + (head * n + r) * n : scores_.data();
        small_product(true, int(m), int(n), int(d), factor, q + r * h + head * d, int(h),
                      k + head * d, int(h), p, int(n));
        softmax_rows(p, m, n, place.mean + r * n);
        if (with_values)
          small_product(false, int(m), int(d), int(n), T{1}, p, int(n), v + head * d, int(h),
                        context + r * h + head * d, int(h));
      }
    }
    scale(place.mean, n * n, static_cast<T>(1 / static_cast<double>(spec_.n_heads)));
  }

  static T* pointer(const at::Tensor& tensor) { return static_cast<T*>(tensor.data_ptr()); }

  /// Scores at work: a part of any L2 cache.
  static constexpr std::int64_t kScoreBytes = 128 << 10;

  const spec::ArchitectureSpec spec_;
  const at::ScalarType wide_;
  at::Tensor word_, position_, type_;
  Norm embedding_norm_;
  std::vector<Layer> layers_;
  at::Tensor x_, q_, k_, v_, context_,
      up_;  ///< tokens × hidden or intermediate, kept from run to run
  std::vector<T> scores_;
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
