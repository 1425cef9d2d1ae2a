#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace attnsweep::reduce {

/// The bootstrap's multinomial weights: replicate b draws U units, the k-th being
/// ⌊U · u_{b,k} / 2⁶⁴⌋. A pure function of (seed, U, b): cells on the same units share them.
class ReplicateWeights {
 public:
  /// Weights of replicates 0 … n−1 are kept in memory where they are at most `most_kept` (256 MB),
  /// else drawn at each use: the same numbers.
  ReplicateWeights(std::uint64_t seed, std::size_t units, std::size_t n,
                   std::size_t most_kept = std::size_t{128} << 20);
  std::size_t units() const { return units_; }
  std::size_t size() const { return n_; }

  /// Σ_u w_{b,u} columns[u·p + k] for every replicate b at [b·p + k], added in the units' order.
  std::vector<double> weighted_sums(std::span<const double> columns, std::size_t p) const;

 private:
  void draw(std::size_t replicate, std::uint16_t* weights) const;
  std::uint64_t seed_;
  std::size_t units_, n_;
  std::vector<std::uint16_t> kept_;
};

}  // namespace attnsweep::reduce
