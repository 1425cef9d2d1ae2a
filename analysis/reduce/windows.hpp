#pragma once
#include <span>
#include <vector>

#include "reduce/collect.hpp"

namespace attnsweep::reduce {

/// A model in a comparison, with the series that is compared.
struct Member {
  const Collected* model = nullptr;
  const SeriesData* series = nullptr;
};

/// What every model of a comparison has measured: the first `points` layer pairs, and the part
/// from … to of its relative depth (pair i of a model of L layers lies at i / (L − 2)).
struct Windows {
  int points = 0;
  double from = 0, to = 0;
  bool operator==(const Windows&) const = default;
};

/// Members have two usable points at least.
Windows common_windows(std::span<const Member> members, int burn_in);

/// Weights w of λ over the first `points`: λ = Σ w_i y_i; shorter than the curve.
std::vector<double> window_weights(const Windows& windows);

/// Weights w of T per relative depth, Σ w_i y_i over the m points: the curve is read (linearly
/// between its points) at as many relative depths as the shortest curve has points, evenly from
/// `from` to `to`, and T is −slope there: nats lost over a whole depth at the slope of that part.
/// So models of any depth are read at the same places, and a bent curve gives them the same T.
/// Empty where from ≥ to.
std::vector<double> relative_weights(const Windows& windows, int m, int n_layers, int burn_in);

/// Fills window_lambda and relative_drop of a series from its model's rows, unless they follow from
/// λ_s; the sequences used are those with a λ_s.
void add_window_values(const Windows& windows, const RowSource& rows, const MeasureSet& measure,
                       const ReduceOptions& options, const Collected& model, SeriesData& series);

/// Of sequence k of the model's keys; NaN: not used.
double window_lambda(const Member& member, std::size_t k);
double relative_drop(const Member& member, std::size_t k);

}  // namespace attnsweep::reduce
