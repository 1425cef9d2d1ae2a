#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/exact_sum.hpp"
#include "reduce/curve.hpp"

namespace attnsweep::reduce {

/// Names of the documents of a corpus, shared by every model that read it; numbers are given in
/// the order of first sight and mean nothing.
class Documents {
 public:
  std::uint32_t number(const std::string& id);
  const std::string& id(std::uint32_t number) const { return ids_[number]; }
  std::size_t size() const { return ids_.size(); }

 private:
  std::vector<std::string> ids_;
  std::vector<std::uint32_t> slots_;  ///< open addressing over ids_: number + 1, or 0
};

/// Sufficient statistics of one cluster (measurement.md section 3).
struct Cluster {
  std::string id;
  std::int64_t n_sequences = 0;
  double n = 0;              ///< weight: n_c, or 1 with weights: document
  std::vector<double> y;     ///< Y_c = Σ ln d
  std::vector<double> a;     ///< A_c = Σ d; empty for single heads
  double q = 0, r = 0;       ///< Q_c, R_c
  double tau = 0;            ///< K_c
  double positive = 0;       ///< P_c
  double lambda = 0;         ///< Σ λ_s
  double lambda_square = 0;  ///< Λ_c
};

/// Adds sequences to their clusters' exact sums; the digits depend on no order.
class ClusterSums {
 public:
  /// m kept layers. `full` sums everything; else only Y, P and Σ λ_s (single heads).
  ClusterSums(int m, bool full);
  /// d: the m kept values of one sequence, all positive and finite. Returns its λ_s (NaN: m < 2).
  double add(std::uint32_t document, std::span<const double> d);
  /// The clusters that hold a sequence, sorted by the bytes of their id. `by_document`: every sum
  /// divided by n_c, which becomes 1.
  std::vector<Cluster> finish(const Documents& documents, bool by_document) const;

 private:
  int n_columns() const { return basis_.m + 2 + (full_ ? basis_.m + 4 : 0); }
  CurveBasis basis_;
  bool full_;
  std::vector<std::int64_t> counts_;
  std::vector<ExactSum> sums_;  ///< per document: Y, P, Σ λ, then A, Q, R, K, Λ
  std::vector<double> y_;
};

}  // namespace attnsweep::reduce
