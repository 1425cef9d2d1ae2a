#include "reduce/trend.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/philox.hpp"

namespace attnsweep::reduce {
namespace {

constexpr std::size_t most_exact = 9;
constexpr std::int64_t n_random = 99999;

int sign(double x) { return (x > 0) - (x < 0); }

/// Signs of all differences x_i − x_j, i < j.
std::vector<int> signs(std::span<const double> x) {
  std::vector<int> out;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = i + 1; j < x.size(); ++j) out.push_back(sign(x[i] - x[j]));
  return out;
}

std::int64_t dot(const std::vector<int>& a, const std::vector<int>& b) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

std::int64_t untied(const std::vector<int>& a) {
  return std::count_if(a.begin(), a.end(), [](int s) { return s != 0; });
}

bool all_numbers(std::span<const double> x) {
  return std::none_of(x.begin(), x.end(), [](double v) { return std::isnan(v); });
}

/// How often each list's statistic was at most, at least, and least of all.
class Tally {
 public:
  Tally(const std::vector<double>& labels, const std::vector<std::vector<double>>& values) {
    for (const auto& v : values) {
      values_.push_back(signs(v));
      observed_.push_back(dot(signs(labels), values_.back()));
    }
    below_.assign(values.size(), 0);
    above_ = lowest_count_ = below_;
    lowest_.assign(values.size(), std::numeric_limits<std::int64_t>::max());
  }
  void add(const std::vector<double>& labels) {
    const std::vector<int> s = signs(labels);
    ++total_;
    for (std::size_t k = 0; k < values_.size(); ++k) {
      const std::int64_t statistic = dot(s, values_[k]);
      below_[k] += statistic <= observed_[k];
      above_[k] += statistic >= observed_[k];
      if (statistic < lowest_[k]) lowest_count_[k] = 0;
      lowest_[k] = std::min(lowest_[k], statistic);
      lowest_count_[k] += statistic == lowest_[k];
    }
  }
  /// `own`: the observed arrangement counts once more (random permutations).
  Trend trend(std::size_t k, std::int64_t own) const {
    const double total = static_cast<double>(total_ + own);
    Trend out;
    out.p_falls = static_cast<double>(below_[k] + own) / total;
    out.p_rises = static_cast<double>(above_[k] + own) / total;
    out.p_attainable = static_cast<double>(lowest_count_[k]) / total;
    return out;
  }
  std::int64_t total() const { return total_; }

 private:
  std::vector<std::vector<int>> values_;
  std::vector<std::int64_t> observed_, below_, above_, lowest_, lowest_count_;
  std::int64_t total_ = 0;
};

/// Puts the labels of every block where `order` has them.
void put(const std::vector<std::vector<std::size_t>>& blocks,
         const std::vector<std::vector<double>>& arranged, std::vector<double>& labels) {
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t k = 0; k < blocks[b].size(); ++k) labels[blocks[b][k]] = arranged[b][k];
}

std::vector<std::vector<double>> labels_by_block(
    const std::vector<double>& labels, const std::vector<std::vector<std::size_t>>& blocks) {
  std::vector<std::vector<double>> out;
  for (const auto& block : blocks) {
    out.emplace_back();
    for (std::size_t place : block) out.back().push_back(labels[place]);
    std::sort(out.back().begin(), out.back().end());
  }
  return out;
}

/// Every distinct arrangement: the blocks' permutations turn like the digits of a counter.
void enumerate(const std::vector<std::vector<std::size_t>>& blocks, std::vector<double> labels,
               Tally& tally) {
  std::vector<std::vector<double>> arranged = labels_by_block(labels, blocks);
  bool more = true;
  while (more) {
    put(blocks, arranged, labels);
    tally.add(labels);
    more = false;
    for (std::size_t b = 0; b < arranged.size() && !more; ++b)
      more = std::next_permutation(arranged[b].begin(), arranged[b].end());
  }
}

void sample(const std::vector<std::vector<std::size_t>>& blocks, std::vector<double> labels,
            std::uint64_t seed, Tally& tally) {
  __extension__ using Wide = unsigned __int128;
  const std::vector<std::vector<double>> sorted = labels_by_block(labels, blocks);
  for (std::uint32_t b = 0; b < n_random; ++b) {
    std::vector<std::vector<double>> arranged = sorted;
    std::uint32_t draw = 0;
    for (auto& block : arranged) {
      for (std::size_t k = block.size(); k > 1; --k) {
        // The third word of the counter keeps these draws apart from the bootstrap's.
        const auto bits = philox({b, draw++, 1, 0}, seed);
        const std::uint64_t u = bits[0] + (std::uint64_t{bits[1]} << 32);
        std::swap(block[k - 1], block[static_cast<std::size_t>((Wide{u} * k) >> 64)]);
      }
    }
    put(blocks, arranged, labels);
    tally.add(labels);
  }
}

/// ln of the number of distinct arrangements of these items.
double log_arrangements(std::span<const double> items) {
  std::map<double, int> counts;
  for (double x : items) ++counts[x];
  double out = std::lgamma(static_cast<double>(items.size()) + 1);
  for (const auto& [x, n] : counts) out -= std::lgamma(n + 1.0);
  return out;
}

/// Share of the distinct arrangements with the least τ: labels falling inside every block as its
/// values rise, in any order where values are equal.
double least_share(const std::vector<double>& labels, const std::vector<double>& values,
                   const std::vector<std::vector<std::size_t>>& blocks) {
  double log_share = 0;
  const auto sorted = labels_by_block(labels, blocks);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    log_share -= log_arrangements(sorted[b]);
    std::map<double, std::size_t> sizes;
    for (std::size_t place : blocks[b]) ++sizes[values[place]];
    std::size_t end = sorted[b].size();
    for (const auto& [value, size] : sizes) {
      log_share += log_arrangements(std::span(sorted[b]).subspan(end - size, size));
      end -= size;
    }
  }
  return std::exp(log_share);
}

}  // namespace

double kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  if (!all_numbers(x) || !all_numbers(y)) return undefined;
  const std::vector<int> a = signs(x), b = signs(y);
  const double scale = static_cast<double>(untied(a)) * static_cast<double>(untied(b));
  return scale > 0 ? static_cast<double>(dot(a, b)) / std::sqrt(scale) : undefined;
}

TrendTests trend_tests(const std::vector<double>& labels,
                       const std::vector<std::vector<double>>& values,
                       const std::vector<std::vector<std::size_t>>& blocks, std::uint64_t seed) {
  TrendTests out;
  Tally tally(labels, values);
  out.exact = labels.size() <= most_exact;
  if (out.exact)
    enumerate(blocks, labels, tally);
  else
    sample(blocks, labels, seed, tally);
  out.permutations = tally.total();
  for (std::size_t k = 0; k < values.size(); ++k) {
    Trend trend;
    const double tau = kendall_tau_b(labels, values[k]);
    if (!std::isnan(tau)) {
      trend = tally.trend(k, out.exact ? 0 : 1);
      trend.tau = tau;
      if (!out.exact)
        trend.p_attainable = std::max(1.0 / static_cast<double>(n_random + 1),
                                      least_share(labels, values[k], blocks));
    }
    out.trends.push_back(trend);
  }
  return out;
}

}  // namespace attnsweep::reduce
