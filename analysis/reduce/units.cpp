#include "reduce/units.hpp"

#include <algorithm>
#include <map>

#include "base/hash.hpp"

namespace attnsweep::reduce {

double Units::df() const {
  return std::max(1.0, std::min(static_cast<double>(size), unit_eff) - 1);
}

namespace {

/// (Σ n)² / Σ n² of non-negative weights.
double effective_number(const std::vector<double>& n) {
  ExactSum sum, square;
  for (double x : n) sum.add(x);
  const double mean = sum.value() / static_cast<double>(n.size());
  // Relative to the mean, so that the squares stay inside the exact sum's range.
  for (double x : n) square.add(x / mean * (x / mean));
  const double count = static_cast<double>(n.size());
  return count * count / square.value();
}

/// Unit of each cluster, numbered from 0 without gaps.
std::vector<std::size_t> unit_numbers(const std::vector<Cluster>& clusters, std::int64_t max_units,
                                      std::uint64_t seed, std::size_t& n_units) {
  std::vector<std::size_t> unit(clusters.size());
  n_units = clusters.size();
  for (std::size_t c = 0; c < unit.size(); ++c) unit[c] = c;
  if (static_cast<std::int64_t>(clusters.size()) <= max_units) return unit;
  std::map<std::uint64_t, std::size_t> numbers;
  for (const Cluster& c : clusters)
    numbers.emplace(keyed_hash(seed, c.id) % static_cast<std::uint64_t>(max_units), 0);
  n_units = 0;
  for (auto& [group, number] : numbers) number = n_units++;
  for (std::size_t c = 0; c < unit.size(); ++c)
    unit[c] = numbers.at(keyed_hash(seed, clusters[c].id) % static_cast<std::uint64_t>(max_units));
  return unit;
}

}  // namespace

Units make_units(const std::vector<Cluster>& clusters, int m, std::int64_t max_units,
                 std::uint64_t seed) {
  Units out;
  out.m = m;
  out.n_clusters = static_cast<std::int64_t>(clusters.size());
  out.grouped = out.n_clusters > max_units;
  out.total_y.assign(m, 0);
  out.total_a.assign(m, 0);
  if (clusters.empty()) return out;
  const std::vector<std::size_t> unit = unit_numbers(clusters, max_units, seed, out.size);
  std::vector<double> weights;
  for (const Cluster& c : clusters) {
    weights.push_back(c.n);
    out.n_sequences += c.n_sequences;
  }
  out.j_eff = effective_number(weights);

  // One column of the clusters → its sums by unit and its total.
  const auto column = [&](const std::function<double(const Cluster&)>& get,
                          std::vector<double>& by_unit, std::size_t offset, std::size_t stride) {
    std::vector<ExactSum> sums(out.size);
    ExactSum total;
    for (std::size_t c = 0; c < clusters.size(); ++c) {
      sums[unit[c]].add(get(clusters[c]));
      total.add(get(clusters[c]));
    }
    by_unit.resize(out.size * stride);
    for (std::size_t u = 0; u < out.size; ++u) by_unit[u * stride + offset] = sums[u].value();
    return total.value();
  };
  out.total_n = column([](const Cluster& c) { return c.n; }, out.n, 0, 1);
  out.total_q = column([](const Cluster& c) { return c.q; }, out.q, 0, 1);
  out.total_r = column([](const Cluster& c) { return c.r; }, out.r, 0, 1);
  out.total_tau = column([](const Cluster& c) { return c.tau; }, out.tau, 0, 1);
  out.total_positive = column([](const Cluster& c) { return c.positive; }, out.positive, 0, 1);
  out.total_lambda_square =
      column([](const Cluster& c) { return c.lambda_square; }, out.lambda_square, 0, 1);
  for (int i = 0; i < m; ++i) {
    out.total_y[i] = column([i](const Cluster& c) { return c.y[i]; }, out.y, i, m);
    if (!clusters[0].a.empty())
      out.total_a[i] = column([i](const Cluster& c) { return c.a[i]; }, out.a, i, m);
  }
  out.unit_eff = out.grouped ? effective_number(out.n) : out.j_eff;
  return out;
}

}  // namespace attnsweep::reduce
