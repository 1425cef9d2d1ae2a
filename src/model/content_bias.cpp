// Biases of scores that depend on queries or keys and on the distance between them.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

#include "model/runtime.hpp"
#include "model/score_bias.hpp"

namespace attnsweep::model {
namespace {

template <class T>
const T* data(const at::Tensor& tensor) {
  return static_cast<const T*>(tensor.data_ptr());
}

/// Shaw et al. 2018 (queries), Huang et al. 2020 (keys too).
template <class T>
class RelativeKey final : public ScoreBias<T> {
 public:
  RelativeKey(const spec::ArchitectureSpec& spec, const Weights& weights)
      : spec_(spec), positions_(spec.score_bias.positions), key_too_(spec.score_bias.key_too) {
    // Turned round, so that a query's keys from left to right take rows from top to bottom.
    for (std::int64_t i = 0; i < spec.n_blocks(); ++i)
      tables_.push_back(
          weights.wide("layers." + std::to_string(i) + ".distance").flip(0).contiguous());
  }

  void start(std::int64_t layer, std::int64_t n, const HeadsInput<T>& input, T factor) override {
    table_ = data<T>(tables_[static_cast<std::size_t>(spec_.block(layer))]);
    n_ = n;
    input_ = input;
    factor_ = factor;
  }
  bool by_head() const override { return key_too_; }

  /// of_keys_[j][c] = factor · k_j · e(i − j) with c = j − i + n − 1.
  void start_head(std::int64_t head) override {
    const auto d = spec_.head_size(), width = 2 * n_ - 1;
    of_keys_.resize(static_cast<std::size_t>(n_ * width));
    small_product(true, int(n_), int(width), int(d), factor_, input_.k + head * d,
                  int(spec_.key_width()), table_ + (positions_ - n_) * d, int(d), of_keys_.data(),
                  int(width));
  }

  void add(std::int64_t head, std::int64_t first_query, std::int64_t rows, std::int64_t first_key,
           std::int64_t keys, T* scores, std::int64_t stride) override {
    const auto d = spec_.head_size(), width = keys + rows - 1;
    const auto first_row = positions_ - 1 + first_key - (first_query + rows - 1);
    of_queries_.resize(static_cast<std::size_t>(rows * width));
    small_product(true, int(rows), int(width), int(d), factor_,
                  input_.q + first_query * spec_.query_width() + head * d, int(spec_.query_width()),
                  table_ + first_row * d, int(d), of_queries_.data(), int(width));
    for (std::int64_t i = 0; i < rows; ++i) {
      const T* more = of_queries_.data() + i * width + (rows - 1 - i);
      T* to = scores + i * stride;
      for (std::int64_t j = 0; j < keys; ++j) to[j] += more[j];
      if (!key_too_) continue;
      for (std::int64_t j = 0; j < keys; ++j) {
        const auto key = first_key + j;
        to[j] += of_keys_[static_cast<std::size_t>(key * (2 * n_ - 1) + key - (first_query + i) +
                                                   n_ - 1)];
      }
    }
  }

 private:
  const spec::ArchitectureSpec& spec_;
  const std::int64_t positions_;
  const bool key_too_;
  std::vector<at::Tensor> tables_;
  const T* table_ = nullptr;
  std::int64_t n_ = 0;
  HeadsInput<T> input_;
  T factor_ = 1;
  std::vector<T> of_queries_, of_keys_;
};

/// The row of the table, from its middle, that a distance has (He et al. 2021). In float32, as the
/// library computes it.
std::int64_t log_bucket(std::int64_t distance, const spec::ScoreBias& bias) {
  if (bias.log_buckets <= 0) return distance;
  const auto middle = bias.log_buckets / 2, size = std::abs(distance);
  if (size <= middle) return distance;
  const float ratio = std::log(static_cast<float>(size) / static_cast<float>(middle)) /
                      std::log(static_cast<float>(static_cast<double>(bias.longest_distance - 1) /
                                                  static_cast<double>(middle)));
  const auto row =
      static_cast<std::int64_t>(std::ceil(ratio * static_cast<float>(middle - 1))) + middle;
  return distance < 0 ? -row : row;
}

template <class T>
class Disentangled final : public ScoreBias<T> {
 public:
  Disentangled(const spec::ArchitectureSpec& spec, const Weights& weights)
      : spec_(spec), bias_(spec.score_bias) {
    auto table = weights.wide("relative.table");
    if (bias_.table_norm)
      table = at::layer_norm(table, {table.size(1)}, weights.wide("relative.norm.weight"),
                             weights.wide("relative.norm.bias"), spec.norm_eps);
    for (std::int64_t i = 0; i < spec.n_blocks(); ++i) {
      const auto at = "layers." + std::to_string(i) + ".";
      const auto projected = [&](const char* shared, const char* own, bool wanted) {
        const auto name = at + (bias_.shared_projections ? shared : own);
        if (!wanted) return at::Tensor{};
        const bool bias = weights.has(name + ".bias");
        return at::linear(table, weights.wide(name + ".weight"),
                          bias ? weights.wide(name + ".bias") : at::Tensor{});
      };
      keys_.push_back(projected("k", "pos_k", bias_.content_to_position));
      queries_.push_back(projected("q", "pos_q", bias_.position_to_content));
    }
  }

  void start(std::int64_t layer, std::int64_t n, const HeadsInput<T>& input, T factor) override {
    block_ = static_cast<std::size_t>(spec_.block(layer));
    input_ = input;
    factor_ = factor;
    if (n == n_) return;
    n_ = n;
    row_of_.clear();
    for (std::int64_t distance = 1 - n; distance < n; ++distance)
      row_of_.push_back(std::clamp<std::int64_t>(log_bucket(distance, bias_) + bias_.span, 0,
                                                 2 * bias_.span - 1));
    // Rows grow with the distance: those in use lie together.
    first_ = row_of_.front();
    used_ = row_of_.back() - first_ + 1;
    for (auto& row : row_of_) row -= first_;
  }
  bool by_head() const override { return true; }

  void start_head(std::int64_t head) override {
    const auto d = spec_.head_size();
    const auto width = static_cast<int>(spec_.query_width());
    const auto product = [&](int rows, int columns, const T* a, const T* b, std::vector<T>& out) {
      out.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
      small_product(true, rows, columns, int(d), factor_, a + head * d, width, b + head * d, width,
                    out.data(), columns);
    };
    const auto rows = [&](const at::Tensor& table) { return data<T>(table) + first_ * width; };
    if (bias_.content_to_position)
      product(int(n_), int(used_), input_.q, rows(keys_[block_]), of_queries_);
    if (bias_.position_to_content)
      product(int(used_), int(n_), rows(queries_[block_]), input_.k, of_keys_);
  }

  void add(std::int64_t, std::int64_t first_query, std::int64_t rows, std::int64_t first_key,
           std::int64_t keys, T* scores, std::int64_t stride) override {
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto query = first_query + i;
      T* to = scores + i * stride;
      // Of key j: the distance is query − (first_key + j).
      const auto* row = row_of_.data() + query - first_key + n_ - 1;
      if (bias_.content_to_position) {
        const T* more = of_queries_.data() + query * used_;
        for (std::int64_t j = 0; j < keys; ++j) to[j] += more[row[-j]];
      }
      if (bias_.position_to_content) {
        const T* more = of_keys_.data() + first_key;
        for (std::int64_t j = 0; j < keys; ++j) to[j] += more[row[-j] * n_ + j];
      }
    }
  }

 private:
  const spec::ArchitectureSpec& spec_;
  const spec::ScoreBias& bias_;
  std::vector<at::Tensor> keys_, queries_;  ///< of the table's rows, one a block
  std::size_t block_ = 0;
  std::int64_t n_ = 0, first_ = 0, used_ = 0;
  std::vector<std::int64_t> row_of_;
  HeadsInput<T> input_;
  T factor_ = 1;
  std::vector<T> of_queries_, of_keys_;
};

}  // namespace

template <class T>
std::unique_ptr<ScoreBias<T>> make_content_bias(const spec::ArchitectureSpec& spec,
                                                const Weights& weights) {
  if (spec.score_bias.kind == spec::ScoreBias::Kind::relative_key)
    return std::make_unique<RelativeKey<T>>(spec, weights);
  return std::make_unique<Disentangled<T>>(spec, weights);
}

template std::unique_ptr<ScoreBias<float>> make_content_bias<float>(const spec::ArchitectureSpec&,
                                                                    const Weights&);
template std::unique_ptr<ScoreBias<double>> make_content_bias<double>(const spec::ArchitectureSpec&,
                                                                      const Weights&);

}  // namespace attnsweep::model
