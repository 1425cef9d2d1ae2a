#include "reduce/kendall.hpp"

#include <cmath>
#include <cstdint>

namespace attnsweep::reduce {

double kendall_decay(std::span<const double> d) {
  std::int64_t falls = 0, rises = 0, pairs = 0;
  for (std::size_t i = 0; i < d.size(); ++i) {
    for (std::size_t j = i + 1; j < d.size(); ++j) {
      ++pairs;
      falls += d[j] < d[i];
      rises += d[j] > d[i];
    }
  }
  // The layer numbers have no ties, so only those of d shorten the denominator.
  const double untied = static_cast<double>(falls + rises);
  if (untied == 0) return 0;
  return static_cast<double>(falls - rises) / std::sqrt(static_cast<double>(pairs) * untied);
}

}  // namespace attnsweep::reduce
