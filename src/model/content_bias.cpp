// Biases of scores that depend on queries or keys and on the distance between them.
#include <vector>

#include <ATen/core/Tensor.h>

#include "model/bias_tables.hpp"
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
      : spec_(spec),
        positions_(spec.score_bias.positions),
        key_too_(spec.score_bias.key_too),
        tables_(read_distance_tables(weights, spec)) {}

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
  const std::vector<at::Tensor> tables_;
  const T* table_ = nullptr;
  std::int64_t n_ = 0;
  HeadsInput<T> input_;
  T factor_ = 1;
  std::vector<T> of_queries_, of_keys_;
};

/// He et al. 2021.
template <class T>
class Disentangled final : public ScoreBias<T> {
 public:
  Disentangled(const spec::ArchitectureSpec& spec, const Weights& weights)
      : spec_(spec), bias_(spec.score_bias), tables_(read_relative_tables(weights, spec)) {}

  void start(std::int64_t layer, std::int64_t n, const HeadsInput<T>& input, T factor) override {
    block_ = static_cast<std::size_t>(spec_.block(layer));
    input_ = input;
    factor_ = factor;
    if (n == n_) return;
    n_ = n;
    rows_ = rows_in_use(bias_, n);
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
    const auto rows = [&](const at::Tensor& table) { return data<T>(table) + rows_.first * width; };
    if (bias_.content_to_position)
      product(int(n_), int(rows_.count), input_.q, rows(tables_.keys[block_]), of_queries_);
    if (bias_.position_to_content)
      product(int(rows_.count), int(n_), rows(tables_.queries[block_]), input_.k, of_keys_);
  }

  void add(std::int64_t, std::int64_t first_query, std::int64_t rows, std::int64_t first_key,
           std::int64_t keys, T* scores, std::int64_t stride) override {
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto query = first_query + i;
      T* to = scores + i * stride;
      // Of key j: the distance is query − (first_key + j).
      const auto* row = rows_.of_distance.data() + query - first_key + n_ - 1;
      if (bias_.content_to_position) {
        const T* more = of_queries_.data() + query * rows_.count;
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
  const RelativeTables tables_;
  std::size_t block_ = 0;
  std::int64_t n_ = 0;
  RowsInUse rows_;
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
