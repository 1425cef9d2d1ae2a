#include "reduce/pairs.hpp"

namespace attnsweep::reduce {

PairDifference compare_models(const Member& a, const Member& b, const Documents& documents,
                              double level) {
  PairDifference out;
  out.model_a = a.model->info.model;
  out.model_b = b.model->info.model;
  out.corpus = a.model->info.corpus;
  out.series = a.series->series;
  const CommonSequences common({a, b});
  out.n_not_common = common.any_not_common();
  const UnitTable units =
      common.sums(2, documents, [&](std::span<const std::size_t> places, std::span<double> x) {
        const double first = a.series->lambda[places[0]], second = b.series->lambda[places[1]];
        x[0] = first - second;
        x[1] = first * (a.series->m - 1) - second * (b.series->m - 1);
      });
  out.n_sequences = units.n_sequences;
  out.n_clusters = units.n_clusters;
  if (units.size == 0) return out;
  const LinearEstimate l = estimate_linear(units.column(0), units.n);
  const LinearEstimate t = estimate_linear(units.column(1), units.n);
  out.lambda = l.value;
  out.lambda_se = l.se;
  out.drop = t.value;
  out.drop_se = t.se;
  if (units.size < 2) return out;
  out.df = units.df();
  out.lambda_interval = t_interval(l.value, l.se, out.df, level);
  out.drop_interval = t_interval(t.value, t.se, out.df, level);
  return out;
}

}  // namespace attnsweep::reduce
