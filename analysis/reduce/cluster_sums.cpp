#include "reduce/cluster_sums.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "reduce/kendall.hpp"

namespace attnsweep::reduce {

std::uint32_t Documents::number(const std::string& id) {
  const std::hash<std::string> hash;
  if (2 * (ids_.size() + 1) > slots_.size()) {
    slots_.assign(std::max<std::size_t>(64, 4 * (ids_.size() + 1)), 0);
    for (std::uint32_t k = 0; k < ids_.size(); ++k) {
      std::size_t at = hash(ids_[k]) % slots_.size();
      while (slots_[at]) at = (at + 1) % slots_.size();
      slots_[at] = k + 1;
    }
  }
  std::size_t at = hash(id) % slots_.size();
  while (slots_[at]) {
    if (ids_[slots_[at] - 1] == id) return slots_[at] - 1;
    at = (at + 1) % slots_.size();
  }
  ids_.push_back(id);
  slots_[at] = static_cast<std::uint32_t>(ids_.size());
  return slots_[at] - 1;
}

ClusterSums::ClusterSums(int m, bool full) : basis_(m), full_(full), y_(m) {}

double ClusterSums::add(std::uint32_t document, std::span<const double> d) {
  const int m = basis_.m, columns = n_columns();
  if (document >= counts_.size()) {
    counts_.resize(document + 1, 0);
    sums_.resize(static_cast<std::size_t>(document + 1) * columns);
  }
  ++counts_[document];
  ExactSum* sum = sums_.data() + static_cast<std::size_t>(document) * columns;
  double mean = 0, dot = 0;
  for (int i = 0; i < m; ++i) {
    y_[i] = std::log(d[i]);
    sum[i].add(y_[i]);
    mean += y_[i];
    dot += basis_.t[i] * y_[i];
  }
  if (m < 2) return undefined;
  mean /= m;
  const double lambda = -dot / basis_.s;
  sum[m].add(lambda > 0 ? 1 : 0);
  sum[m + 1].add(lambda);
  if (!full_) return lambda;
  double total = 0, residual = 0;
  for (int i = 0; i < m; ++i) {
    sum[m + 2 + i].add(d[i]);
    const double centred = y_[i] - mean, r = centred + lambda * basis_.t[i];
    total += centred * centred;
    residual += r * r;
  }
  ExactSum* rest = sum + 2 * m + 2;
  rest[0].add(total);
  rest[1].add(residual);
  rest[2].add(kendall_decay(d));
  rest[3].add(lambda * lambda);
  return lambda;
}

std::vector<Cluster> ClusterSums::finish(const Documents& documents, bool by_document) const {
  std::vector<Cluster> out;
  const int m = basis_.m;
  for (std::uint32_t k = 0; k < counts_.size(); ++k) {
    if (counts_[k] == 0) continue;
    const ExactSum* sum = sums_.data() + static_cast<std::size_t>(k) * n_columns();
    Cluster c;
    c.id = documents.id(k);
    c.n_sequences = counts_[k];
    const double count = static_cast<double>(counts_[k]);
    c.n = by_document ? 1 : count;
    const auto value = [&](const ExactSum& s) { return s.value() / (by_document ? count : 1); };
    for (int i = 0; i < m; ++i) c.y.push_back(value(sum[i]));
    c.positive = value(sum[m]);
    c.lambda = value(sum[m + 1]);
    if (full_) {
      for (int i = 0; i < m; ++i) c.a.push_back(value(sum[m + 2 + i]));
      const ExactSum* rest = sum + 2 * m + 2;
      c.q = value(rest[0]);
      c.r = value(rest[1]);
      c.tau = value(rest[2]);
      c.lambda_square = value(rest[3]);
    }
    out.push_back(std::move(c));
  }
  // std::string compares bytes as unsigned: the order of the definition.
  std::sort(out.begin(), out.end(), [](const Cluster& x, const Cluster& y) { return x.id < y.id; });
  return out;
}

}  // namespace attnsweep::reduce
