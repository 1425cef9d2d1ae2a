#pragma once
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/exact_sum.hpp"
#include "reduce/documents.hpp"

namespace attnsweep::reduce {

/// Sums of columns by sampling unit: the clusters, sorted by the bytes of their id, or, where they
/// are more than max_units, clusters grouped by a keyed hash of it. Column k of unit u at
/// x[u·n_columns + k].
struct UnitTable {
  int n_columns = 0;
  std::int64_t n_sequences = 0;
  std::int64_t n_clusters = 0;  ///< J
  double j_eff = 0;             ///< (Σ n_c)² / Σ n_c² of the clusters
  bool grouped = false;
  std::size_t size = 0;  ///< U
  double unit_eff = 0;   ///< the same as j_eff over the units
  std::vector<double> n, x;
  double total_n = 0;
  std::vector<double> total;
  /// df of the t interval: max(1, min(U, effective U) − 1).
  double df() const;
  std::vector<double> column(int k) const;
};

/// Adds sequences to their units' exact sums; the digits depend on no order. Memory: one row of
/// sums a unit, and a count a document.
class UnitSums {
 public:
  UnitSums(int n_columns, const Documents& documents)
      : UnitSums(n_columns, documents, documents.rule().by_document) {}
  /// `by_document` for documents.rule()'s.
  UnitSums(int n_columns, const Documents& documents, bool by_document);
  /// x: n_columns values of one sequence of the document.
  void add(std::uint32_t document, std::span<const double> x);
  /// With weights: document and more documents than max_units, a document's weight must be known
  /// before its sequences can be added to a group: then a first round has only counted, and
  /// `start_weighted` opens the second one, in which the same sequences are added again.
  bool needs_second_round() const { return counting_only_; }
  void start_second_round();
  UnitTable finish() const;

 private:
  void fold();
  ExactSum* row(std::uint32_t document);

  int n_columns_;
  const Documents& documents_;
  bool by_document_;
  std::vector<std::uint32_t> counts_;  ///< sequences by document
  std::int64_t n_documents_ = 0;
  std::unordered_map<std::uint32_t, std::uint32_t> rows_;  ///< by document, while not grouped
  bool grouped_ = false, counting_only_ = false, weighted_ = false;
  std::vector<ExactSum> sums_;
};

}  // namespace attnsweep::reduce
