#pragma once
// Private to src/model: LibTorch's tensors show here.
#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "model/weights.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// relative_key: a table a block of weights, (2P − 1) × head size, turned round, so that a query's
/// keys from left to right take rows from top to bottom: key j and query i row P − 1 + j − i.
std::vector<at::Tensor> read_distance_tables(const Weights& weights,
                                             const spec::ArchitectureSpec& spec);

/// disentangled: the rows of the shared table as keys and as queries of each block of weights,
/// 2 span × query_width; undefined where the architecture does without.
struct RelativeTables {
  std::vector<at::Tensor> keys, queries;
};
RelativeTables read_relative_tables(const Weights& weights, const spec::ArchitectureSpec& spec);

/// The rows of a relative table that sequences of n tokens use: `count` from `first` on. That of
/// the distance query − key is first + of_distance[query − key + n − 1].
struct RowsInUse {
  std::int64_t first = 0, count = 0;
  std::vector<std::int64_t> of_distance;
};
RowsInUse rows_in_use(const spec::ScoreBias& bias, std::int64_t n);

}  // namespace attnsweep::model
