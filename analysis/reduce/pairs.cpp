#include "reduce/pairs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "reduce/units.hpp"

namespace attnsweep::reduce {
namespace {

/// Records that were cut into windows: another tokenizer cuts them elsewhere.
std::set<std::int64_t> windowed_records(const Collected& c) {
  std::set<std::int64_t> out;
  for (const SequenceKey& key : c.keys)
    if (key.window > 0) out.insert(key.record);
  return out;
}

struct SameText {
  explicit SameText(const Collected& a, const Collected& b)
      : same_tokenizer(a.info.tokenizer_digest == b.info.tokenizer_digest &&
                       a.info.token_limit == b.info.token_limit) {
    if (same_tokenizer) return;
    windowed = windowed_records(a);
    windowed.merge(windowed_records(b));
  }
  bool operator()(const SequenceKey& x, const SequenceKey& y) const {
    if (same_tokenizer) return x.n_tokens == y.n_tokens && x.n_full == y.n_full;
    return x.n_tokens == x.n_full && y.n_tokens == y.n_full && !windowed.count(x.record);
  }
  bool same_tokenizer;
  std::set<std::int64_t> windowed;
};

struct Sums {
  std::int64_t n = 0;
  ExactSum lambda, drop;
};

/// Sums of the differences by document.
std::map<std::uint32_t, Sums> paired_sums(const Collected& a, const SeriesData& series_a,
                                          const Collected& b, const SeriesData& series_b,
                                          PairDifference& out) {
  std::map<std::uint32_t, Sums> sums;
  const SameText same_text(a, b);
  std::size_t i = 0, j = 0;
  const auto used = [](const SeriesData& s, std::size_t k) { return !std::isnan(s.lambda[k]); };
  while (i < a.keys.size() || j < b.keys.size()) {
    const bool have_a = i < a.keys.size(), have_b = j < b.keys.size();
    const auto key = [](const SequenceKey& k) { return std::tie(k.record, k.window); };
    if (have_a && (!have_b || key(a.keys[i]) < key(b.keys[j]))) {
      out.n_not_common += used(series_a, i++);
      continue;
    }
    if (have_b && (!have_a || key(b.keys[j]) < key(a.keys[i]))) {
      out.n_not_common += used(series_b, j++);
      continue;
    }
    const bool in_a = used(series_a, i), in_b = used(series_b, j);
    if (in_a && in_b && same_text(a.keys[i], b.keys[j])) {
      Sums& s = sums[a.keys[i].document];
      ++s.n;
      const double x = series_a.lambda[i], y = series_b.lambda[j];
      s.lambda.add(x - y);
      s.drop.add(x * (series_a.m - 1) - y * (series_b.m - 1));
    } else {
      out.n_not_common += in_a || in_b;
    }
    ++i;
    ++j;
  }
  return sums;
}

}  // namespace

PairDifference compare_models(const Collected& a, const SeriesData& series_a, const Collected& b,
                              const SeriesData& series_b, const Documents& documents,
                              const ReduceOptions& options, std::uint64_t seed) {
  PairDifference out;
  out.model_a = a.info.model;
  out.model_b = b.info.model;
  out.corpus = a.info.corpus;
  out.series = series_a.series;
  const bool by_document = options.weights == "document";
  std::vector<Cluster> clusters;
  for (const auto& [document, s] : paired_sums(a, series_a, b, series_b, out)) {
    Cluster c;
    c.id = documents.id(document);
    c.n_sequences = s.n;
    const double count = static_cast<double>(s.n), divisor = by_document ? count : 1;
    c.n = by_document ? 1 : count;
    c.y = {s.lambda.value() / divisor, s.drop.value() / divisor};
    clusters.push_back(std::move(c));
  }
  std::sort(clusters.begin(), clusters.end(),
            [](const Cluster& x, const Cluster& y) { return x.id < y.id; });
  const Units units = make_units(clusters, 2, options.max_units, seed);
  out.n_sequences = units.n_sequences;
  out.n_clusters = units.n_clusters;
  if (units.size == 0) return out;
  std::vector<double> lambda, drop;
  for (std::size_t u = 0; u < units.size; ++u) {
    lambda.push_back(units.y[2 * u]);
    drop.push_back(units.y[2 * u + 1]);
  }
  const LinearEstimate l = estimate_linear(lambda, units.n), t = estimate_linear(drop, units.n);
  out.lambda = l.value;
  out.lambda_se = l.se;
  out.drop = t.value;
  out.drop_se = t.se;
  if (units.size < 2) return out;
  out.df = units.df();
  out.lambda_interval = t_interval(l.value, l.se, out.df, options.level);
  out.drop_interval = t_interval(t.value, t.se, out.df, options.level);
  return out;
}

}  // namespace attnsweep::reduce
