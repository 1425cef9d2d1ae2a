#include "model/pair_measurer.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "model/norm_rows.hpp"

namespace attnsweep::model {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The tokens that a view without special ones drops; none where nothing is marked.
std::vector<std::uint8_t> special_of(const SequenceInput& sequence) {
  if (sequence.special.empty()) return std::vector<std::uint8_t>(sequence.ids.size(), 0);
  return {sequence.special.begin(), sequence.special.end()};
}

}  // namespace

template <class T>
PairMeasurer<T>::PairMeasurer(const spec::ArchitectureSpec& architecture, const MeasureSet& what,
                              double epsilon, std::span<const SequenceInput> block,
                              std::span<SequenceMeasurement*> out)
    : architecture_(architecture),
      what_(what),
      epsilon_(epsilon),
      shape_(architecture.causal ? measure::Shape::lower_triangular : measure::Shape::full),
      block_(block),
      out_(out),
      states_(block.size()) {
  const auto series = what.series();
  for (std::size_t s = 0; s < series.size(); ++s) {
    if (groups_.empty() || groups_.back().view != series[s].view ||
        groups_.back().heads != series[s].heads)
      groups_.push_back({series[s].view, series[s].heads, s, {}});
    groups_.back().norms.push_back(series[s].norm);
    wants_heads_ |= series[s].heads == Heads::each;
    wants_mean_ |= series[s].heads == Heads::mean;
  }
  views_ = what.views;
  std::sort(views_.begin(), views_.end());
  views_.erase(std::unique(views_.begin(), views_.end()), views_.end());
  wants_drop_ = std::find(views_.begin(), views_.end(), View::drop) != views_.end();
  const auto layers = static_cast<std::size_t>(architecture.n_layers);
  for (auto* measurement : out) {
    for (const auto& one : series) {
      const auto size = (layers - 1) * static_cast<std::size_t>(
                                           one.heads == Heads::each ? architecture.n_heads : 1);
      measurement->values.emplace_back(size, kNan);
      measurement->floors.emplace_back(size, kNan);
    }
    measurement->observables.assign(views_.size() * what.observables.size(),
                                    std::vector<double>(layers, kNan));
  }
}

template <class T>
typename AttentionSink<T>::Place PairMeasurer<T>::place(int layer, std::size_t sequence) {
  auto& kept = states_[sequence].layers[layer % 2];
  const auto entries =
      static_cast<std::size_t>(length(sequence)) * static_cast<std::size_t>(length(sequence));
  kept.mean.resize(entries);
  if (wants_heads_) kept.heads.resize(entries * static_cast<std::size_t>(architecture_.n_heads));
  return {kept.mean.data(), wants_heads_ ? kept.heads.data() : nullptr};
}

template <class T>
void PairMeasurer<T>::done(int layer, std::size_t sequence) {
  auto& state = states_[sequence];
  if (state.failed) return;
  auto& kept = state.layers[layer % 2];
  // The mean holds every head, so it shows a nan or inf of any of them.
  if (!all_finite(kept.mean.data(), std::ssize(kept.mean))) {
    state.failed = true;
    auto& out = *out_[sequence];
    out = {};
    out.reason = Reason::not_finite;
    out.detail = "nan or inf in the attention of layer " + std::to_string(layer);
    return;
  }
  if (wants_drop_) fill_dropped(kept, sequence);
  observe_layer(kept, layer, sequence);
  if (layer == 0) return;
  for (const auto& group : groups_)
    measure_group(group, state.layers[(layer + 1) % 2], kept, layer - 1, sequence);
}

template <class T>
void PairMeasurer<T>::fill_dropped(Kept& kept, std::size_t sequence) const {
  const auto special = special_of(block_[sequence]);
  const int n = length(sequence);
  kept.dropped_mean.assign(1, measure::drop_tokens(kept.mean.data(), n, special, shape_));
  if (!wants_heads_) return;
  kept.dropped_heads.clear();
  for (std::int64_t head = 0; head < architecture_.n_heads; ++head)
    kept.dropped_heads.push_back(
        measure::drop_tokens(kept.heads.data() + head * n * n, n, special, shape_));
}

template <class T>
void PairMeasurer<T>::observe_layer(const Kept& kept, int layer, std::size_t sequence) {
  const auto count = what_.observables.size();
  if (count == 0) return;
  std::vector<double> values(count);
  for (std::size_t v = 0; v < views_.size(); ++v) {
    if (views_[v] == View::keep)
      measure::observe(kept.mean.data(), length(sequence), what_.observables, values, shape_);
    else
      measure::observe_dropped(kept.dropped_mean[0], what_.observables, values);
    for (std::size_t o = 0; o < count; ++o)
      out_[sequence]->observables[v * count + o][static_cast<std::size_t>(layer)] = values[o];
  }
}

template <class T>
void PairMeasurer<T>::measure_group(const Group& group, const Kept& before, const Kept& now,
                                    int pair, std::size_t sequence) {
  const bool each = group.heads == Heads::each;
  const std::int64_t heads = each ? architecture_.n_heads : 1;
  const int n = length(sequence);
  auto& out = *out_[sequence];
  values_.resize(group.norms.size());
  floors_.resize(group.norms.size());
  for (std::int64_t head = 0; head < heads; ++head) {
    const auto at = static_cast<std::size_t>(head);
    if (group.view == View::drop) {
      const auto& a = each ? before.dropped_heads[at] : before.dropped_mean[0];
      const auto& b = each ? now.dropped_heads[at] : now.dropped_mean[0];
      const int empty =
          measure::measure_pair_dropped(a, b, group.norms, epsilon_, values_, floors_);
      // Counted once a pair: of the mean where it is measured, else of the heads.
      if (!each || !wants_mean_) out.empty_rows += empty;
    } else {
      const auto* a = each ? before.heads.data() + head * n * n : before.mean.data();
      const auto* b = each ? now.heads.data() + head * n * n : now.mean.data();
      measure::measure_pair(a, b, n, group.norms, epsilon_, values_, floors_, shape_);
    }
    const auto index = static_cast<std::size_t>(pair * heads + head);
    for (std::size_t k = 0; k < group.norms.size(); ++k) {
      out.values[group.first + k][index] = values_[k];
      out.floors[group.first + k][index] = floors_[k];
    }
  }
}

template class PairMeasurer<float>;
template class PairMeasurer<double>;

}  // namespace attnsweep::model
