#pragma once
// Private to src/model.
#include <cstdint>
#include <vector>

#include "model/cache_lines.hpp"
#include "model/engine.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// Rows of one sequence: queries and context of n_heads · head_size entries, keys and values of
/// kv_heads · head_size.
template <class T>
struct HeadsInput {
  const T* q = nullptr;
  const T* k = nullptr;
  const T* v = nullptr;  ///< null: the context is not wanted
  T* context = nullptr;
};

template <class T>
class ScoreBias;

/// Memory at work, kept from call to call.
template <class T>
struct AttentionMemory {
  std::vector<T, CacheLines<T>> keys, query, scores;
  std::vector<T> rows;
};

/// Attention of one layer and sequence of n tokens, put into `place`. Works on one head and a block
/// of queries at a time, key block by key block, so that scores stay in the cache from product to
/// product; only keys that some query of the block looks at are touched. `bias` may be null.
template <class T>
void attend(const spec::ArchitectureSpec& spec, int layer, std::int64_t n,
            const HeadsInput<T>& input, ScoreBias<T>* bias, typename AttentionSink<T>::Place place,
            AttentionMemory<T>& memory);

}  // namespace attnsweep::model
