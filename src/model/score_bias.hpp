#pragma once
// Private to src/model.
#include <cstdint>
#include <memory>
#include <vector>

#include "model/attend.hpp"
#include "model/weights.hpp"
#include "spec/architecture.hpp"

namespace attnsweep::model {

/// What is added to the scores of a layer before their softmax (spec::ScoreBias). First `start`,
/// then a head's rows; where by_head is true, start_head before the rows of each head.
template <class T>
class ScoreBias {
 public:
  virtual ~ScoreBias() = default;
  /// The layer and sequence that the next calls are about; `factor` is what q · k is multiplied by.
  virtual void start(std::int64_t layer, std::int64_t n, const HeadsInput<T>& input, T factor) = 0;
  virtual bool by_head() const { return false; }
  virtual void start_head(std::int64_t /*head*/) {}
  /// scores += bias for rows × keys scores, rows `stride` apart, of queries from first_query and
  /// keys from first_key on.
  virtual void add(std::int64_t head, std::int64_t first_query, std::int64_t rows,
                   std::int64_t first_key, std::int64_t keys, T* scores, std::int64_t stride) = 0;
};

/// A bias of the two positions alone (alibi, buckets): a row of numbers a head, of which a query's
/// scores take a stretch.
template <class T>
class PositionBias : public ScoreBias<T> {
 public:
  /// Since the last start: values[head · width + first + i · step + j] for query i and key j.
  struct Rows {
    std::vector<T> values;  ///< heads × width
    std::int64_t width = 0, first = 0, step = 0;
  };
  const Rows& rows() const { return rows_; }
  void add(std::int64_t head, std::int64_t first_query, std::int64_t rows, std::int64_t first_key,
           std::int64_t keys, T* scores, std::int64_t stride) override;

 protected:
  Rows rows_;
};

/// Null where the architecture has none.
template <class T>
std::unique_ptr<ScoreBias<T>> make_score_bias(const spec::ArchitectureSpec& spec,
                                              const Weights& weights);

template <class T>
std::unique_ptr<PositionBias<T>> make_position_bias(const spec::ArchitectureSpec& spec,
                                                    const Weights& weights);
/// Those that depend on queries or keys too: relative_key and disentangled.
template <class T>
std::unique_ptr<ScoreBias<T>> make_content_bias(const spec::ArchitectureSpec& spec,
                                                const Weights& weights);

}  // namespace attnsweep::model
