#include "model/embedder.hpp"

#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>

namespace attnsweep::model {
namespace {

/// Rows of the tables, one a token.
struct Rows {
  std::vector<std::int64_t> words, positions, types;
};

Rows rows_of(std::span<const SequenceInput> block, const spec::ArchitectureSpec& spec) {
  Rows rows;
  for (const auto& sequence : block) {
    std::int64_t real = 0;
    for (std::size_t i = 0; i < sequence.ids.size(); ++i) {
      const std::int64_t id = sequence.ids[i];
      rows.words.push_back(id);
      if (spec.position_rule == spec::PositionRule::index) {
        rows.positions.push_back(static_cast<std::int64_t>(i) + spec.position_offset);
      } else {
        real += id != spec.padding_id;
        rows.positions.push_back(id == spec.padding_id ? spec.padding_id : spec.padding_id + real);
      }
      rows.types.push_back(sequence.type_ids.empty() ? 0 : sequence.type_ids[i]);
    }
  }
  return rows;
}

at::Tensor taken(const at::Tensor& table, std::vector<std::int64_t>& which) {
  const auto rows = at::from_blob(which.data(), {std::ssize(which)}, at::kLong);
  return at::index_select(table, 0, rows.to(table.device()));
}

}  // namespace

template <class T>
Embedder<T>::Embedder(const Weights& weights, const spec::ArchitectureSpec& spec)
    : spec_(spec), word_(weights.get("embeddings.word")) {
  if (spec.position_rows > 0) position_ = weights.get("embeddings.position");
  if (spec.types > 0) type_ = weights.get("embeddings.type");
  if (spec.embedding_norm)
    norm_ = read_norm(
        weights, spec, "embeddings.norm",
        spec.projection == spec::ProjectionPlace::after_norm ? spec.table_width() : spec.hidden);
  if (spec.projection != spec::ProjectionPlace::none)
    projection_ = Linear(weights, "embeddings.projection", spec.projection_bias);
}

template <class T>
void Embedder<T>::run(std::span<const SequenceInput> block, at::Tensor x, RowOps<T>& ops) const {
  auto rows = rows_of(block, spec_);
  const auto place = spec_.projection;
  auto sum = place == spec::ProjectionPlace::none
                 ? x
                 : at::empty({x.size(0), spec_.table_width()}, x.options());
  const auto project = [&] {
    projection_.run(sum, x);
    sum = x;
  };
  sum.copy_(taken(word_, rows.words));
  if (spec_.embedding_factor != 1) sum.mul_(spec_.embedding_factor);
  if (place == spec::ProjectionPlace::words) project();
  if (spec_.position_rows > 0) sum.add_(taken(position_, rows.positions));
  if (spec_.types > 0) sum.add_(taken(type_, rows.types));
  if (place == spec::ProjectionPlace::before_norm) project();
  if (norm_.defined()) ops.add_norm(sum, {}, {}, 1, norm_, sum);
  if (place == spec::ProjectionPlace::after_norm) project();
}

template class Embedder<float>;
template class Embedder<double>;

}  // namespace attnsweep::model
