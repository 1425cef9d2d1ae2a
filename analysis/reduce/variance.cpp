#include "reduce/variance.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>

namespace attnsweep::reduce {
namespace {

/// Columns of the unit table: Σ deviation_k (M), then these.
enum Column { square, document, more, interaction, text, inverse_n, n_columns };

VarianceSums sums_of(const double* row, double j, std::size_t n_models) {
  const double* rest = row + n_models;
  VarianceSums out;
  out.j = j;
  out.model.assign(row, rest);
  out.square = rest[square];
  out.document = rest[document];
  out.more = rest[more];
  out.interaction = rest[interaction];
  out.text = rest[text];
  out.inverse_n = rest[inverse_n];
  return out;
}

void set(Component& component, double value) {
  component.negative = value < 0;
  component.variance = std::isnan(value) ? value : std::max(value, 0.0);
}

std::vector<Component*> components(VarianceResult& v) {
  if (v.windows) return {&v.model, &v.document, &v.model_document, &v.text, &v.model_text};
  return {&v.model, &v.document, &v.model_document};
}

void add_shares(VarianceResult& out) {
  double sum = 0;
  for (const Component* c : components(out)) sum += c->variance;
  for (Component* c : components(out)) c->share = sum > 0 ? c->variance / sum : undefined;
}

}  // namespace

void variance_components(const DocumentMeans& means, const VarianceSums& sums,
                         VarianceResult& out) {
  out.windows = means.windows;
  const double m = static_cast<double>(means.n_models), j = sums.j;
  if (!(m >= 2 && j >= 2)) return;
  const double unit = means.scale * means.scale;
  // Model means of these documents, and what documents and interaction are, in units of the scale.
  std::vector<double> model;
  double mean = 0, deviation_mean = 0, model_square = 0;
  for (std::size_t k = 0; k < means.n_models; ++k) {
    model.push_back(means.model_mean[k] + means.scale * sums.model[k] / j);
    mean += model.back() / m;
    deviation_mean += sums.model[k] / j / m;
    model_square += sums.model[k] * sums.model[k] / j;
  }
  double between_models = 0;
  for (double x : model) between_models += (x - mean) * (x - mean);
  const double documents = m * (sums.document - j * deviation_mean * deviation_mean);
  const double error = sums.square - model_square - documents;
  out.mean = mean;
  out.ms_model = j * between_models / (m - 1);
  out.ms_document = unit * documents / (j - 1);
  out.ms_error = unit * std::max(error, 0.0) / ((m - 1) * (j - 1));
  set(out.model, (out.ms_model - out.ms_error) / j);
  if (!means.windows) {
    set(out.document, (out.ms_document - out.ms_error) / m);
    set(out.model_document, out.ms_error);
  } else {
    out.harmonic_n = j / sums.inverse_n;
    // A sample of documents may hold none with a second sequence.
    out.e_within = sums.more > 0 ? unit * sums.interaction / ((m - 1) * sums.more) : undefined;
    out.s_within = sums.more > 0 ? unit * m * sums.text / sums.more : undefined;
    set(out.model_text, out.e_within);
    set(out.text, (out.s_within - out.e_within) / m);
    set(out.model_document, out.ms_error - out.e_within / out.harmonic_n);
    set(out.document,
        (out.ms_document - out.ms_error - (out.s_within - out.e_within) / out.harmonic_n) / m);
  }
  add_shares(out);
}

UnitTable variance_units(const DocumentMeans& means, const Documents& documents) {
  const std::size_t m = means.n_models;
  // Every document is added once, so its weight is 1 whatever the study's weights.
  UnitSums sums(static_cast<int>(m) + n_columns, documents, false);
  std::vector<double> x(m + n_columns);
  for (std::size_t c = 0; c < means.document.size(); ++c) {
    double mean = 0, squares = 0;
    for (std::size_t k = 0; k < m; ++k) {
      x[k] = means.deviation[c * m + k];
      mean += x[k] / static_cast<double>(m);
      squares += x[k] * x[k];
    }
    double* rest = x.data() + m;
    rest[square] = squares;
    rest[document] = mean * mean;
    rest[more] = means.n[c] - 1.0;
    rest[interaction] = means.windows ? means.within_interaction[c] : 0;
    rest[text] = means.windows ? means.within_text[c] : 0;
    rest[inverse_n] = 1.0 / means.n[c];
    sums.add(means.document[c], x);
  }
  return sums.finish();
}

namespace {

void add_intervals(const DocumentMeans& means, const UnitTable& units,
                   const ReplicateWeights& weights, double level, VarianceResult& out) {
  const std::size_t m = means.n_models, p = m + n_columns + 1;
  std::vector<double> columns(units.size * p);
  for (std::size_t u = 0; u < units.size; ++u) {
    columns[u * p] = units.n[u];
    std::copy_n(units.x.begin() + static_cast<std::ptrdiff_t>(u * (p - 1)), p - 1,
                columns.begin() + static_cast<std::ptrdiff_t>(u * p + 1));
  }
  const std::vector<double> sums = weights.weighted_sums(columns, p);
  const std::vector<Component*> targets = components(out);
  std::vector<std::vector<double>> values(targets.size()), shares(targets.size());
  for (std::size_t b = 0; b < weights.size(); ++b) {
    VarianceResult replicate;
    const double* row = sums.data() + b * p;
    variance_components(means, sums_of(row + 1, row[0], m), replicate);
    const std::vector<Component*> from = components(replicate);
    for (std::size_t k = 0; k < targets.size(); ++k) {
      values[k].push_back(from[k]->variance);
      shares[k].push_back(from[k]->share);
    }
  }
  for (std::size_t k = 0; k < targets.size(); ++k) {
    targets[k]->interval = percentile_of(std::move(values[k]), level);
    targets[k]->share_interval = percentile_of(std::move(shares[k]), level);
  }
}

/// σ²_M of a population of models, by the distribution of MS_M; and its share with the other
/// components as they are.
void add_population(double level, VarianceResult& out) {
  out.population = true;
  const double df = static_cast<double>(out.models.size()) - 1;
  const boost::math::chi_squared distribution(df);
  const double j = static_cast<double>(out.n_documents);
  const auto end = [&](double p) {
    const double quantile = boost::math::quantile(distribution, p);
    return std::max(0.0, (df * out.ms_model / quantile - out.ms_error) / j);
  };
  out.population_model.low = end((1 + level) / 2);
  out.population_model.high = end((1 - level) / 2);
  double rest = 0;
  for (const Component* c : components(out))
    if (c != &out.model) rest += c->variance;
  const auto share = [&](double x) { return x + rest > 0 ? x / (x + rest) : undefined; };
  out.population_share.low = share(out.population_model.low);
  out.population_share.high = share(out.population_model.high);
}

}  // namespace

VarianceResult analyse_variance(const DocumentMeans& means, const UnitTable& units,
                                const ReplicateWeights* weights, std::size_t n_lineages,
                                double level) {
  VarianceResult out;
  out.n_documents = static_cast<std::int64_t>(means.document.size());
  out.n_sequences = means.n_sequences;
  out.windows = means.windows;
  if (units.size == 0) return out;
  const double j = static_cast<double>(out.n_documents);
  variance_components(means, sums_of(units.total.data(), j, means.n_models), out);
  if (std::isnan(out.ms_error)) return out;
  if (weights) add_intervals(means, units, *weights, level, out);
  constexpr std::size_t population_models = 5, population_lineages = 3;
  out.models.resize(means.n_models);
  if (means.n_models >= population_models && n_lineages >= population_lineages)
    add_population(level, out);
  return out;
}

}  // namespace attnsweep::reduce
