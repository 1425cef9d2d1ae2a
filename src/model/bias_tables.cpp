#include "model/bias_tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

namespace attnsweep::model {
namespace {

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

}  // namespace

std::vector<at::Tensor> read_distance_tables(const Weights& weights,
                                             const spec::ArchitectureSpec& spec) {
  std::vector<at::Tensor> tables;
  for (std::int64_t i = 0; i < spec.n_blocks(); ++i)
    tables.push_back(
        weights.wide("layers." + std::to_string(i) + ".distance").flip(0).contiguous());
  return tables;
}

RelativeTables read_relative_tables(const Weights& weights, const spec::ArchitectureSpec& spec) {
  const auto& bias = spec.score_bias;
  auto table = weights.wide("relative.table");
  if (bias.table_norm)
    table = at::layer_norm(table, {table.size(1)}, weights.wide("relative.norm.weight"),
                           weights.wide("relative.norm.bias"), spec.norm_eps);
  RelativeTables tables;
  for (std::int64_t i = 0; i < spec.n_blocks(); ++i) {
    const auto at = "layers." + std::to_string(i) + ".";
    const auto projected = [&](const char* shared, const char* own, bool wanted) {
      const auto name = at + (bias.shared_projections ? shared : own);
      if (!wanted) return at::Tensor{};
      const bool has_bias = weights.has(name + ".bias");
      return at::linear(table, weights.wide(name + ".weight"),
                        has_bias ? weights.wide(name + ".bias") : at::Tensor{});
    };
    tables.keys.push_back(projected("k", "pos_k", bias.content_to_position));
    tables.queries.push_back(projected("q", "pos_q", bias.position_to_content));
  }
  return tables;
}

RowsInUse rows_in_use(const spec::ScoreBias& bias, std::int64_t n) {
  RowsInUse rows;
  for (std::int64_t distance = 1 - n; distance < n; ++distance)
    rows.of_distance.push_back(
        std::clamp<std::int64_t>(log_bucket(distance, bias) + bias.span, 0, 2 * bias.span - 1));
  // Rows grow with the distance: those in use lie together.
  rows.first = rows.of_distance.front();
  rows.count = rows.of_distance.back() - rows.first + 1;
  for (auto& row : rows.of_distance) row -= rows.first;
  return rows;
}

}  // namespace attnsweep::model
