#include "reduce/multiplicity.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace attnsweep::reduce {

std::vector<double> holm(std::span<const double> p) {
  const std::size_t n = p.size();
  const auto value = [&](std::size_t k) { return std::isnan(p[k]) ? 1.0 : p[k]; };
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
  std::vector<double> out(n);
  double highest = 0;
  for (std::size_t rank = 0; rank < n; ++rank) {
    highest = std::max(highest, value(order[rank]) * static_cast<double>(n - rank));
    out[order[rank]] = std::min(1.0, highest);
  }
  return out;
}

}  // namespace attnsweep::reduce
