#include <algorithm>
#include <cmath>
#include <limits>

#include "reduce/covariates.hpp"

namespace attnsweep::reduce {
namespace {

/// Smallest value and range of what is used, so that z = (x − low) / range lies in 0 … 1, where the
/// exact sums have their digits. A constant has range 0 and becomes 0.
struct Scale {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void see(double x) {
    low = std::min(low, x);
    high = std::max(high, x);
  }
  double range() const { return high > low ? high - low : 0; }
  double operator()(double x) const { return range() > 0 ? (x - low) / range() : 0; }
};

/// The values of one covariate at the sequences of a model; null: ln n alone.
class Regressors {
 public:
  Regressors(const Member& member, const CovariateColumn* column)
      : keys_(*member.model->keys), lambda_(member.series->lambda), column_(column) {
    for (std::size_t s = 0; s < keys_.size(); ++s) {
      if (!used(s)) continue;
      length_.see(std::log(keys_[s].n_tokens));
      if (column_ && column_->numeric()) number_.see(column_->values()[s]);
    }
  }
  bool measured(std::size_t s) const { return !std::isnan(lambda_[s]); }
  bool used(std::size_t s) const {
    return measured(s) && !(column_ && std::isnan(column_->values()[s]));
  }
  std::size_t size() const { return 1 + (!column_ ? 0 : numeric() ? 1 : n_levels()); }
  bool numeric() const { return column_->numeric(); }
  std::size_t n_levels() const { return column_->levels().size(); }
  /// ln n comes last.
  void fill(std::size_t s, std::vector<double>& z) const {
    z.assign(size(), 0);
    z.back() = length_(std::log(keys_[s].n_tokens));
    if (!column_) return;
    const double x = column_->values()[s];
    if (numeric())
      z[0] = number_(x);
    else
      z[static_cast<std::size_t>(x)] = 1;
  }
  std::vector<double> scales() const {
    std::vector<double> out(size(), 1);
    if (column_ && numeric()) out[0] = number_.range();
    out.back() = length_.range();
    return out;
  }
  const std::vector<SequenceKey>& keys() const { return keys_; }

 private:
  const std::vector<SequenceKey>& keys_;
  const std::vector<double>& lambda_;
  const CovariateColumn* column_;
  Scale length_, number_;
};

UnitTable add_up(const Member& member, const Regressors& regressors, const Documents& documents) {
  UnitSums sums(n_moment_columns(regressors.size()), documents);
  // λ relative to the cell's own, so that squares keep the digits of its spread.
  const SeriesData& series = *member.series;
  const CurveBasis basis(series.m);
  double centre = 0;
  for (int i = 0; i < series.m; ++i)
    centre -= basis.t[i] / basis.s * series.units.total_y[i] / series.units.total_n;
  std::vector<double> z, x;
  const auto pass = [&] {
    for (std::size_t s = 0; s < regressors.keys().size(); ++s) {
      if (!regressors.used(s)) continue;
      regressors.fill(s, z);
      fill_moments(z, series.lambda[s] - centre, x);
      sums.add(regressors.keys()[s].document, x);
    }
  };
  pass();
  if (sums.needs_second_round()) {
    sums.start_second_round();
    pass();
  }
  return sums.finish();
}

CovariateMoments moments_of(const Member& member, const CovariateColumn* column,
                            const Documents& documents) {
  CovariateMoments out;
  out.model = member.model->info.model;
  out.corpus = member.model->info.corpus;
  out.series = member.series->series;
  out.covariate = column ? column->name() : "ln_n";
  const Regressors regressors(member, column);
  for (std::size_t s = 0; s < regressors.keys().size(); ++s)
    out.n_missing += regressors.measured(s) && !regressors.used(s);
  if (column && !column->numeric()) {
    out.category = true;
    out.levels = column->levels();
    out.too_many_levels = column->too_many_levels() || out.levels.size() > most_compared_levels;
    if (out.too_many_levels) return out;
    out.level_sequences.assign(out.levels.size(), 0);
    for (std::size_t s = 0; s < regressors.keys().size(); ++s)
      if (regressors.used(s)) ++out.level_sequences[static_cast<std::size_t>(column->values()[s])];
  }
  const UnitTable units = add_up(member, regressors, documents);
  out.n_sequences = units.n_sequences;
  out.n_clusters = units.n_clusters;
  out.moments = centred_moments(units, regressors.scales());
  return out;
}

}  // namespace

std::vector<CovariateMoments> covariate_moments(const Member& member, const Documents& documents) {
  std::vector<CovariateMoments> out{moments_of(member, nullptr, documents)};
  for (const CovariateColumn& column : member.model->covariates)
    out.push_back(moments_of(member, &column, documents));
  return out;
}

}  // namespace attnsweep::reduce
