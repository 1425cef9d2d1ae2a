#pragma once
// Private to src/model.
#include <cstdint>
#include <vector>

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

/// Attention of one layer and sequence of n tokens, put into `place`. Works on one head and a block
/// of rows at a time, so that scores stay in the cache from product to product; only the keys that
/// some row of the block looks at are touched. `bias` may be null; `scores` is memory at work.
template <class T>
void attend(const spec::ArchitectureSpec& spec, int layer, std::int64_t n,
            const HeadsInput<T>& input, ScoreBias<T>* bias, typename AttentionSink<T>::Place place,
            std::vector<T>& scores);

}  // namespace attnsweep::model
