// A forward pass beside its products with weights, by LibTorch's operators on any device: what a
// GPU runs. The attention of neighbouring sequences of one length, which packs sorted by length
// have, is taken together; nothing is padded.
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include "model/rotation.hpp"
#include "model/row_ops.hpp"
#include "model/score_rules.hpp"
#include "model/tensor_bias.hpp"

namespace attnsweep::model {
namespace {

/// Bytes of scores at work: on a GPU enough to fill it and a small part of its memory, on the CPU
/// what its cache holds.
std::int64_t score_bytes(const at::Device& device) {
  return std::int64_t{device.is_cpu() ? 256 << 10 : 256 << 20};
}

/// norm(x) over the last dimension, of which x has one a parameter, or two.
at::Tensor normed(const at::Tensor& x, const Norm& norm, double eps) {
  if (!norm.bias.defined())
    return x.mul(x.square().mean(-1, true).add_(eps).rsqrt_()).mul_(norm.weight);
  if (norm.weight.dim() == 1) return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, eps);
  return at::layer_norm(x, {x.size(-1)}, {}, {}, eps).mul_(norm.weight).add_(norm.bias);
}

/// Neighbouring sequences of one length.
struct Run {
  std::size_t first = 0;  ///< sequence
  std::int64_t count = 0, n = 0;
  std::int64_t begin = 0;  ///< token
};

/// The rows of a run as its attention takes them: count × kv heads × … × head size.
struct RunRows {
  at::Tensor q;        ///< count × kv heads × group × n × head size
  at::Tensor k, v;     ///< count × kv heads × n × head size
  at::Tensor context;  ///< like q
};

template <class T>
class TensorOps final : public RowOps<T> {
  using Place = typename AttentionSink<T>::Place;

 public:
  TensorOps(const spec::ArchitectureSpec& spec, const Weights& weights)
      : spec_(spec),
        options_(weights.wide_options()),
        bias_(make_tensor_bias<T>(spec_, weights)),
        angles_(spec_.rotations),
        max_scores_(score_bytes(options_.device()) / static_cast<std::int64_t>(sizeof(T))) {}

  void start(std::span<const SequenceInput> block) override {
    runs_.clear();
    turns_.clear();
    std::int64_t begin = 0;
    for (std::size_t s = 0; s < block.size(); ++s) {
      const std::int64_t n = std::ssize(block[s].ids);
      const auto scores = spec_.n_heads * n * n;
      if (!runs_.empty() && runs_.back().n == n && (runs_.back().count + 1) * scores <= max_scores_)
        ++runs_.back().count;
      else
        runs_.push_back({s, 1, n, begin});
      begin += n;
    }
  }

  void add_norm(const at::Tensor& x, const at::Tensor& y, const at::Tensor& bias, double factor,
                const Norm& norm, const at::Tensor& out) override {
    if (y.defined()) x.add_(y, factor);
    if (bias.defined()) x.add_(bias, factor);
    if (norm.defined()) out.copy_(normed(x, norm, spec_.norm_eps));
  }

  void attend(int layer, const AttentionRows& rows, AttentionSink<T>& sink) override {
    const auto q = prepared(rows.q, spec_.n_heads, rows.q_norm, layer);
    const auto k = prepared(rows.k, spec_.kv_heads(), rows.k_norm, layer);
    if (rows.v.defined() && spec_.query_key_value_clip > 0) clamp(rows.v);
    const auto factor = score_factor(spec_, layer);
    for (const auto& run : runs_) {
      const auto kv = spec_.kv_heads(), group = spec_.n_heads / kv;
      const auto part = [&](const at::Tensor& x) {
        return x.narrow(0, run.begin, run.count * run.n);
      };
      const auto keys = [&](const at::Tensor& x) {
        return part(x).view({run.count, run.n, kv, spec_.head_size()}).transpose(1, 2);
      };
      const auto queries = [&](const at::Tensor& x) {
        return part(x)
            .view({run.count, run.n, kv, group, spec_.head_size()})
            .permute({0, 2, 3, 1, 4});
      };
      RunRows mine{queries(q), keys(k), {}, {}};
      if (rows.v.defined()) {
        mine.v = keys(rows.v);
        mine.context = queries(rows.context);
      }
      if (bias_) bias_->start(layer, run.n, factor);
      attend_run(layer, run, mine, factor, sink);
    }
  }

 private:
  void clamp(const at::Tensor& x) const {
    x.clamp_(-spec_.query_key_value_clip, spec_.query_key_value_clip);
  }

  /// Queries or keys of all sequences as the scores want them.
  at::Tensor prepared(const at::Tensor& x, std::int64_t heads, const Norm& norm, int layer) {
    const auto d = spec_.head_size();
    auto out = x;
    if (norm.defined() && spec_.query_key_norm == spec::QueryKeyNorm::full) {
      out = normed(x, norm, spec_.norm_eps);
    } else if (norm.defined()) {
      Norm own = norm;
      if (spec_.query_key_norm == spec::QueryKeyNorm::own_head) {
        own.weight = own.weight.view({heads, d});
        if (own.bias.defined()) own.bias = own.bias.view({heads, d});
      }
      out = normed(x.view({-1, heads, d}), own, spec_.norm_eps).view({-1, heads * d});
    }
    if (spec_.query_key_value_clip > 0) clamp(out);
    if (const auto* rotation = spec_.rotation(layer))
      turn(out.view({-1, heads, d}), rotation - spec_.rotations.data());
    return out;
  }

  /// Turns tokens × heads × head size by the angles of their positions.
  void turn(const at::Tensor& x, std::int64_t rotation) {
    const auto& [cos, sin, neighbours] = turn_of(rotation);
    const auto pairs = cos.size(-1);
    const auto left = neighbours ? x.slice(2, 0, 2 * pairs, 2) : x.narrow(2, 0, pairs);
    const auto right = neighbours ? x.slice(2, 1, 2 * pairs, 2) : x.narrow(2, pairs, pairs);
    const auto turned = left.mul(cos).sub_(right.mul(sin));
    right.mul_(cos).add_(left.mul(sin));
    left.copy_(turned);
  }

  /// Cosines and sines, tokens × 1 × pairs.
  struct Turn {
    at::Tensor cos, sin;
    bool neighbours = false;
  };
  const Turn& turn_of(std::int64_t rotation) {
    const auto found = turns_.find(rotation);
    if (found != turns_.end()) return found->second;
    std::vector<T> cos, sin;
    Angles<T> angles;
    for (const auto& run : runs_) {
      angles = angles_.get(rotation, run.n);
      for (std::int64_t i = 0; i < run.count; ++i) {
        cos.insert(cos.end(), angles.cos, angles.cos + run.n * angles.pairs);
        sin.insert(sin.end(), angles.sin, angles.sin + run.n * angles.pairs);
      }
    }
    const auto tensor = [&](std::vector<T>& values) {
      return at::from_blob(values.data(), {std::ssize(values) / angles.pairs, 1, angles.pairs},
                           options_.dtype())
          .to(options_.device(), options_.dtype().toScalarType(), false, /*copy=*/true);
    };
    return turns_[rotation] = {tensor(cos), tensor(sin), angles.neighbours};
  }

  void attend_run(int layer, const Run& run, const RunRows& rows, double factor,
                  AttentionSink<T>& sink) {
    const auto n = run.n;
    const auto band = band_of(spec_, layer);
    std::vector<Place> places;
    for (std::int64_t s = 0; s < run.count; ++s)
      places.push_back(sink.place(layer, run.first + static_cast<std::size_t>(s)));
    const bool whole = band.before >= n && band.after >= n;
    for (const auto& place : places)
      if (place.heads && !whole) std::fill_n(place.heads, spec_.n_heads * n * n, T{0});
    const auto mean = at::zeros({run.count, n, n}, options_);
    const auto step = std::clamp<std::int64_t>(max_scores_ / (run.count * spec_.n_heads * n), 1, n);
    for (std::int64_t r = 0; r < n; r += step) {
      const auto m = std::min(step, n - r);
      const auto begin = std::max<std::int64_t>(0, r - band.before);
      const ScorePiece piece{r, m, begin, std::min(n, r + m + band.after) - begin};
      const auto p = probabilities(piece, rows, factor, band);
      mean.narrow(1, r, m).narrow(2, begin, piece.keys).copy_(p.mean(1));
      for (std::int64_t s = 0; s < run.count; ++s)
        if (places[static_cast<std::size_t>(s)].heads)
          copy_heads(p.select(0, s), piece, n, places[static_cast<std::size_t>(s)].heads);
      if (rows.v.defined()) take_context(p, piece, rows);
    }
    const auto host = mean.cpu();
    for (std::int64_t s = 0; s < run.count; ++s) {
      std::copy_n(static_cast<const T*>(host.data_ptr()) + s * n * n, n * n,
                  places[static_cast<std::size_t>(s)].mean);
      sink.done(layer, run.first + static_cast<std::size_t>(s));
    }
  }

  /// sequences × heads × rows × keys.
  at::Tensor probabilities(const ScorePiece& piece, const RunRows& rows, double factor,
                           const Band& band) {
    const auto count = rows.q.size(0), kv = rows.q.size(1), d = rows.q.size(4);
    const auto m = piece.rows, heads = spec_.n_heads;
    const auto q = rows.q.narrow(3, piece.first_query, m);
    const auto k = rows.k.narrow(2, piece.first_key, piece.keys);
    // Queries of a group share their key's head: one product with as many rows.
    auto scores = at::matmul(q.reshape({count, kv, heads / kv * m, d}), k.transpose(2, 3))
                      .view({count, heads, m, piece.keys})
                      .mul_(factor);
    if (bias_) bias_->add(piece, q.reshape({count, heads, m, d}), k, scores);
    if (spec_.score_cap > 0) scores.div_(spec_.score_cap).tanh_().mul_(spec_.score_cap);
    const auto last = piece.first_key + piece.keys - 1;
    if (piece.first_query + m - 1 - piece.first_key > band.before ||
        last - piece.first_query > band.after)
      scores.masked_fill_(hidden(piece, band), -std::numeric_limits<double>::infinity());
    return at::softmax(scores, -1);
  }

  /// rows × keys: whether the key is hidden from the query.
  at::Tensor hidden(const ScorePiece& piece, const Band& band) const {
    const auto whole = options_.dtype(at::kLong);
    const auto query = at::arange(piece.first_query, piece.first_query + piece.rows, whole);
    const auto key = at::arange(piece.first_key, piece.first_key + piece.keys, whole);
    const auto behind = key.unsqueeze(0).sub(query.unsqueeze(1));
    return behind.gt(band.after).logical_or_(behind.lt(-band.before));
  }

  void copy_heads(const at::Tensor& p, const ScorePiece& piece, std::int64_t n, T* heads) const {
    at::from_blob(heads, {spec_.n_heads, n, n}, at::TensorOptions().dtype(options_.dtype()))
        .narrow(1, piece.first_query, piece.rows)
        .narrow(2, piece.first_key, piece.keys)
        .copy_(p);
  }

  void take_context(const at::Tensor& p, const ScorePiece& piece, const RunRows& rows) const {
    const auto count = rows.q.size(0), kv = rows.q.size(1), d = rows.q.size(4);
    const auto group = spec_.n_heads / kv;
    const auto context = at::matmul(p.view({count, kv, group * piece.rows, piece.keys}),
                                    rows.v.narrow(2, piece.first_key, piece.keys));
    rows.context.narrow(3, piece.first_query, piece.rows)
        .copy_(context.view({count, kv, group, piece.rows, d}));
  }

  const spec::ArchitectureSpec spec_;
  const at::TensorOptions options_;
  std::unique_ptr<TensorBias> bias_;
  AngleTables<T> angles_;
  const std::int64_t max_scores_;
  std::vector<Run> runs_;
  std::map<std::int64_t, Turn> turns_;  ///< of this block, by rotation
};

}  // namespace

template <class T>
std::unique_ptr<RowOps<T>> make_tensor_ops(const spec::ArchitectureSpec& spec,
                                           const Weights& weights) {
  return std::make_unique<TensorOps<T>>(spec, weights);
}

template std::unique_ptr<RowOps<float>> make_tensor_ops<float>(const spec::ArchitectureSpec&,
                                                               const Weights&);
template std::unique_ptr<RowOps<double>> make_tensor_ops<double>(const spec::ArchitectureSpec&,
                                                                 const Weights&);

}  // namespace attnsweep::model
