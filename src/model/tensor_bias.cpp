#include "model/tensor_bias.hpp"

#include <vector>

#include <ATen/ops/from_blob.h>
#include <ATen/ops/matmul.h>

#include "model/bias_tables.hpp"
#include "model/score_bias.hpp"

namespace attnsweep::model {
namespace {

/// out[…, i, j] = line[…, first − i + j] for rows × keys numbers: what depends on j − i alone.
at::Tensor along_diagonals(const at::Tensor& line, std::int64_t first, std::int64_t rows,
                           std::int64_t keys) {
  return line.unfold(-1, keys, 1).narrow(-2, first - (rows - 1), rows).flip({-2});
}

/// Alibi and buckets: the rows that the CPU's loops read, copied to the device.
template <class T>
class OfPositions final : public TensorBias {
 public:
  OfPositions(const spec::ArchitectureSpec& spec, const Weights& weights)
      : n_heads_(spec.n_heads),
        device_(weights.wide_options().device()),
        bias_(make_position_bias<T>(spec, weights)) {}

  void start(std::int64_t layer, std::int64_t n, double factor) override {
    bias_->start(layer, n, {}, static_cast<T>(factor));
    const auto& rows = bias_->rows();
    // LibTorch has no tensors of constants; this one is copied at once.
    auto* values = const_cast<T*>(rows.values.data());
    values_ =
        at::from_blob(values, {n_heads_, rows.width}, c10::CppTypeToScalarType<T>::value)
            .to(device_, c10::CppTypeToScalarType<T>::value, /*non_blocking=*/false, /*copy=*/true);
  }

  void add(const ScorePiece& piece, const at::Tensor&, const at::Tensor&,
           const at::Tensor& scores) override {
    const auto& rows = bias_->rows();
    if (rows.step == 0)  // every query has the same
      scores.add_(values_.narrow(1, rows.first + piece.first_key, piece.keys).unsqueeze(1));
    else  // step is −1
      scores.add_(along_diagonals(values_, rows.first - piece.first_query + piece.first_key,
                                  piece.rows, piece.keys));
  }

 private:
  const std::int64_t n_heads_;
  const at::Device device_;
  std::unique_ptr<PositionBias<T>> bias_;
  at::Tensor values_;  ///< heads × width
};

/// Shaw et al. 2018 (queries), Huang et al. 2020 (keys too).
class RelativeKeys final : public TensorBias {
 public:
  RelativeKeys(const spec::ArchitectureSpec& spec, const Weights& weights)
      : spec_(spec), tables_(read_distance_tables(weights, spec)) {}

  void start(std::int64_t layer, std::int64_t, double factor) override {
    table_ = tables_[static_cast<std::size_t>(spec_.block(layer))];
    factor_ = factor;
  }

  void add(const ScorePiece& piece, const at::Tensor& q, const at::Tensor& k,
           const at::Tensor& scores) override {
    const auto m = piece.rows, keys = piece.keys, width = keys + m - 1;
    const auto sequences = scores.size(0), heads = scores.size(1);
    // Key j of query i takes row j − i + m − 1 of these.
    const auto first =
        spec_.score_bias.positions - 1 + piece.first_key - (piece.first_query + m - 1);
    const auto rows = table_.narrow(0, first, width).t();
    // Read along the diagonals of the products by strides that are one off their rows.
    const auto of_queries = at::matmul(q, rows).contiguous();
    scores.add_(of_queries.as_strided({sequences, heads, m, keys},
                                      {heads * m * width, m * width, width - 1, 1}, m - 1),
                factor_);
    if (!spec_.score_bias.key_too) return;
    const auto of_keys = at::matmul(k, rows).contiguous();
    scores.add_(of_keys
                    .as_strided({sequences, heads, m, keys},
                                {heads * keys * width, keys * width, 1, width + 1}, 0)
                    .flip({2}),
                factor_);
  }

 private:
  const spec::ArchitectureSpec& spec_;
  const std::vector<at::Tensor> tables_;
  at::Tensor table_;
  double factor_ = 1;
};

/// He et al. 2021.
class RelativeTable final : public TensorBias {
 public:
  RelativeTable(const spec::ArchitectureSpec& spec, const Weights& weights)
      : spec_(spec),
        device_(weights.wide_options().device()),
        tables_(read_relative_tables(weights, spec)) {}

  void start(std::int64_t layer, std::int64_t n, double factor) override {
    block_ = static_cast<std::size_t>(spec_.block(layer));
    factor_ = factor;
    if (n == n_) return;
    n_ = n;
    rows_ = rows_in_use(spec_.score_bias, n);
    auto& rows = rows_.of_distance;
    // Turned round: of key − query from left to right.
    row_of_ = at::from_blob(rows.data(), {std::ssize(rows)}, at::kLong).flip({0}).to(device_);
  }

  void add(const ScorePiece& piece, const at::Tensor& q, const at::Tensor& k,
           const at::Tensor& scores) override {
    const auto which = along_diagonals(row_of_, n_ - 1 - piece.first_query + piece.first_key,
                                       piece.rows, piece.keys)
                           .expand_as(scores);
    if (spec_.score_bias.content_to_position) {
      const auto of_queries = at::matmul(q, by_head(tables_.keys[block_]).transpose(1, 2));
      scores.add_(of_queries.gather(3, which), factor_);
    }
    if (spec_.score_bias.position_to_content) {
      const auto of_keys = at::matmul(by_head(tables_.queries[block_]), k.transpose(2, 3));
      scores.add_(of_keys.gather(2, which), factor_);
    }
  }

 private:
  /// heads × rows in use × head size.
  at::Tensor by_head(const at::Tensor& table) const {
    return table.narrow(0, rows_.first, rows_.count)
        .view({rows_.count, spec_.n_heads, spec_.head_size()})
        .transpose(0, 1);
  }

  const spec::ArchitectureSpec& spec_;
  const at::Device device_;
  const RelativeTables tables_;
  std::size_t block_ = 0;
  std::int64_t n_ = 0;
  double factor_ = 1;
  RowsInUse rows_;
  at::Tensor row_of_;  ///< 2n − 1
};

}  // namespace

template <class T>
std::unique_ptr<TensorBias> make_tensor_bias(const spec::ArchitectureSpec& spec,
                                             const Weights& weights) {
  switch (spec.score_bias.kind) {
    case spec::ScoreBias::Kind::none: return nullptr;
    case spec::ScoreBias::Kind::alibi:
    case spec::ScoreBias::Kind::buckets: return std::make_unique<OfPositions<T>>(spec, weights);
    case spec::ScoreBias::Kind::relative_key: return std::make_unique<RelativeKeys>(spec, weights);
    case spec::ScoreBias::Kind::disentangled: return std::make_unique<RelativeTable>(spec, weights);
  }
  return nullptr;
}

template std::unique_ptr<TensorBias> make_tensor_bias<float>(const spec::ArchitectureSpec&,
                                                             const Weights&);
template std::unique_ptr<TensorBias> make_tensor_bias<double>(const spec::ArchitectureSpec&,
                                                              const Weights&);

}  // namespace attnsweep::model
