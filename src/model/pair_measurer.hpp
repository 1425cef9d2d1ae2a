#pragma once
// Private to src/model.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "measure/measure.hpp"
#include "model/engine.hpp"

namespace attnsweep::model {

/// Takes the attention of a block's sequences layer by layer and measures neighbours as soon as
/// both are there. Holds two layers at most.
template <class T>
class PairMeasurer final : public AttentionSink<T> {
 public:
  /// `epsilon` is that of the precision the attention is computed in; `out` has one entry a
  /// sequence of the block.
  PairMeasurer(const spec::ArchitectureSpec& architecture, const MeasureSet& what, double epsilon,
               std::span<const SequenceInput> block, std::span<SequenceMeasurement*> out);

  typename AttentionSink<T>::Place place(int layer, std::size_t sequence) override;
  void done(int layer, std::size_t sequence) override;

 private:
  /// One view of the mean or of the heads: its norms lie one after the other in the series.
  struct Group {
    View view;
    Heads heads;
    std::size_t first = 0;
    std::vector<::attnsweep::Norm> norms;
  };
  /// One layer of one sequence. Dropped views have one entry a head (each) or one (mean).
  struct Kept {
    std::vector<T> mean, heads;
    std::vector<measure::DroppedView<T>> dropped_mean, dropped_heads;
  };
  struct State {
    Kept layers[2];  ///< of layer i in i mod 2
    bool failed = false;
  };

  void fill_dropped(Kept& kept, std::size_t sequence) const;
  void observe_layer(const Kept& kept, int layer, std::size_t sequence);
  void measure_group(const Group& group, const Kept& before, const Kept& now, int pair,
                     std::size_t sequence);
  int length(std::size_t sequence) const { return static_cast<int>(block_[sequence].ids.size()); }

  const spec::ArchitectureSpec& architecture_;
  const MeasureSet& what_;
  const double epsilon_;
  const measure::Shape shape_;
  std::span<const SequenceInput> block_;
  std::span<SequenceMeasurement*> out_;
  std::vector<Group> groups_;
  std::vector<View> views_;
  bool wants_mean_ = false, wants_heads_ = false, wants_drop_ = false;
  std::vector<State> states_;
  std::vector<double> values_, floors_;
};

extern template class PairMeasurer<float>;
extern template class PairMeasurer<double>;

}  // namespace attnsweep::model
