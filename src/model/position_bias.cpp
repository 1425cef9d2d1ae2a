// Biases of scores that depend on the two positions alone.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "model/score_bias.hpp"

namespace attnsweep::model {
namespace {

/// The nearest bfloat16, halves to even.
double bfloat16(double x) {
  return static_cast<double>(static_cast<float>(c10::BFloat16(float(x))));
}

template <class T>
class Alibi final : public PositionBias<T> {
 public:
  explicit Alibi(const spec::ScoreBias& bias) : bias_(bias) {}
  void start(std::int64_t, std::int64_t n, const HeadsInput<T>&, T factor) override {
    if (this->rows_.width == n) return;
    this->rows_.width = n;
    this->rows_.values.clear();
    for (const double slope : bias_.slopes)
      for (std::int64_t j = 0; j < n; ++j) {
        const auto position = static_cast<double>(bias_.alibi_from_end ? j - (n - 1) : j);
        double value = slope * position;
        if (bias_.alibi_bfloat16) value = bfloat16(bfloat16(slope) * bfloat16(position));
        if (bias_.alibi_scaled) value *= static_cast<double>(factor);
        this->rows_.values.push_back(static_cast<T>(value));
      }
  }

 private:
  const spec::ScoreBias bias_;
};

/// Raffel et al. 2020: half the buckets for keys before the query, half for those behind it; of
/// each, half for single distances, the rest in logarithms up to bucket_distance. The library
/// computes the logarithms in float32, and so a distance at the border of two buckets has its.
std::int64_t bucket_of(std::int64_t key_minus_query, const spec::ScoreBias& bias) {
  const auto half = bias.buckets / 2, exact = half / 2;
  const auto side = key_minus_query > 0 ? half : 0;
  const auto distance = std::abs(key_minus_query);
  if (distance < exact) return side + distance;
  const float ratio = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(bias.bucket_distance) /
                                                  static_cast<double>(exact)));
  const auto beyond = static_cast<std::int64_t>(ratio * static_cast<float>(half - exact));
  return side + std::min(exact + beyond, half - 1);
}

/// The rows are put together by the CPU wherever the scores are.
at::Tensor in_memory(const Weights& weights, const std::string& name) {
  return weights.wide(name).cpu();
}

template <class T>
class Buckets final : public PositionBias<T> {
 public:
  Buckets(const spec::ArchitectureSpec& spec, const Weights& weights)
      : bias_(spec.score_bias), n_heads_(spec.n_heads) {
    this->rows_.step = -1;
    if (!bias_.own_tables) tables_ = {in_memory(weights, "score_bias")};
    for (std::int64_t i = 0; bias_.own_tables && i < spec.n_layers; ++i)
      tables_.push_back(in_memory(weights, "layers." + std::to_string(i) + ".score_bias"));
  }
  void start(std::int64_t layer, std::int64_t n, const HeadsInput<T>&, T) override {
    const auto table_at = bias_.own_tables ? static_cast<std::size_t>(layer) : 0;
    if (this->rows_.width == 2 * n - 1 && table_at == of_table_) return;
    of_table_ = table_at;
    this->rows_.width = 2 * n - 1;
    this->rows_.first = n - 1;
    this->rows_.values.resize(static_cast<std::size_t>(n_heads_ * this->rows_.width));
    const T* table = static_cast<const T*>(tables_[table_at].data_ptr());
    for (std::int64_t k = 0; k < this->rows_.width; ++k) {
      const auto bucket = bucket_of(k - (n - 1), bias_);
      for (std::int64_t head = 0; head < n_heads_; ++head)
        this->rows_.values[static_cast<std::size_t>(head * this->rows_.width + k)] =
            table[bucket * n_heads_ + head];
    }
  }

 private:
  const spec::ScoreBias bias_;
  const std::int64_t n_heads_;
  std::vector<at::Tensor> tables_;  ///< one, or one a layer
  std::size_t of_table_ = 0;        ///< whose values there are now
};

}  // namespace

template <class T>
void PositionBias<T>::add(std::int64_t head, std::int64_t first_query, std::int64_t rows,
                          std::int64_t first_key, std::int64_t keys, T* scores,
                          std::int64_t stride) {
  const T* row = rows_.values.data() + head * rows_.width + rows_.first + first_key;
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* bias = row + (first_query + i) * rows_.step;
    T* to = scores + i * stride;
    for (std::int64_t j = 0; j < keys; ++j) to[j] += bias[j];
  }
}

template <class T>
std::unique_ptr<PositionBias<T>> make_position_bias(const spec::ArchitectureSpec& spec,
                                                    const Weights& weights) {
  if (spec.score_bias.kind == spec::ScoreBias::Kind::alibi)
    return std::make_unique<Alibi<T>>(spec.score_bias);
  return std::make_unique<Buckets<T>>(spec, weights);
}

template <class T>
std::unique_ptr<ScoreBias<T>> make_score_bias(const spec::ArchitectureSpec& spec,
                                              const Weights& weights) {
  switch (spec.score_bias.kind) {
    case spec::ScoreBias::Kind::none: return nullptr;
    case spec::ScoreBias::Kind::alibi:
    case spec::ScoreBias::Kind::buckets: return make_position_bias<T>(spec, weights);
    case spec::ScoreBias::Kind::relative_key:
    case spec::ScoreBias::Kind::disentangled: return make_content_bias<T>(spec, weights);
  }
  return nullptr;
}

template class PositionBias<float>;
template class PositionBias<double>;
template std::unique_ptr<PositionBias<float>> make_position_bias<float>(
    const spec::ArchitectureSpec&, const Weights&);
template std::unique_ptr<PositionBias<double>> make_position_bias<double>(
    const spec::ArchitectureSpec&, const Weights&);
template std::unique_ptr<ScoreBias<float>> make_score_bias<float>(const spec::ArchitectureSpec&,
                                                                  const Weights&);
template std::unique_ptr<ScoreBias<double>> make_score_bias<double>(const spec::ArchitectureSpec&,
                                                                    const Weights&);

}  // namespace attnsweep::model
