#include "reduce/replicates.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "base/philox.hpp"

namespace attnsweep::reduce {

ReplicateWeights::ReplicateWeights(std::uint64_t seed, std::size_t units, std::size_t n,
                                   std::size_t most_kept)
    : seed_(seed), units_(units), n_(n) {
  if (units * n > most_kept) return;
  kept_.resize(units * n);
  for (std::size_t b = 0; b < n; ++b) draw(b, kept_.data() + b * units);
}

void ReplicateWeights::draw(std::size_t replicate, std::uint16_t* weights) const {
  __extension__ using Wide = unsigned __int128;
  std::fill(weights, weights + units_, std::uint16_t{0});
  for (std::size_t k = 0; k < units_; ++k) {
    const std::uint64_t bits =
        replicate_bits(seed_, static_cast<std::uint32_t>(replicate), static_cast<std::uint32_t>(k));
    std::uint16_t& w = weights[static_cast<std::size_t>((Wide{bits} * units_) >> 64)];
    require(w < std::numeric_limits<std::uint16_t>::max(),
            "a bootstrap weight above 65534 in replicate " + std::to_string(replicate));
    ++w;
  }
}

std::vector<double> ReplicateWeights::weighted_sums(std::span<const double> columns,
                                                    std::size_t p) const {
  require(columns.size() == units_ * p, "bootstrap columns do not match the units");
  std::vector<double> out(n_ * p, 0);
  std::vector<std::uint16_t> scratch(kept_.empty() ? units_ : 0);
  for (std::size_t b = 0; b < n_; ++b) {
    if (kept_.empty()) draw(b, scratch.data());
    const std::uint16_t* w = kept_.empty() ? scratch.data() : kept_.data() + b * units_;
    double* sum = out.data() + b * p;
    for (std::size_t u = 0; u < units_; ++u) {
      if (w[u] == 0) continue;
      const double weight = w[u];
      const double* x = columns.data() + u * p;
      for (std::size_t k = 0; k < p; ++k) sum[k] += weight * x[k];
    }
  }
  return out;
}

}  // namespace attnsweep::reduce
