#include "measure/pair_sums.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "measure/lanes.hpp"

namespace attnsweep::measure {
namespace {

/// A piece of one row of A, B and D = B − A in double, zero up to whole lanes.
struct Chunk {
  alignas(64) double a[chunk_size];
  alignas(64) double b[chunk_size];
  alignas(64) double d[chunk_size];
  int size = 0;  ///< padded
};

template <class T>
ATTNSWEEP_INLINE void load(Chunk& chunk, const T* a, const T* b, int count) {
  for (int k = 0; k < count; ++k) {
    chunk.a[k] = a[k];
    chunk.b[k] = b[k];
  }
  chunk.size = padded(count);
  for (int k = count; k < chunk.size; ++k) chunk.a[k] = chunk.b[k] = 0;
  for (int k = 0; k < chunk.size; ++k) chunk.d[k] = chunk.b[k] - chunk.a[k];
}

/// Column sums of |entries|, n padded to whole chunks.
struct Columns {
  std::vector<double> d, a, b;
  void resize(std::size_t n) {
    for (auto* x : {&d, &a, &b}) x->assign(n, 0.0);
  }
};

ATTNSWEEP_INLINE void add_to_columns(Columns& columns, const Chunk& c, int first) {
  double* d = columns.d.data() + first;
  double* a = columns.a.data() + first;
  double* b = columns.b.data() + first;
  for (int k = 0; k < c.size; ++k) d[k] += std::fabs(c.d[k]);
  for (int k = 0; k < c.size; ++k) a[k] += std::fabs(c.a[k]);
  for (int k = 0; k < c.size; ++k) b[k] += std::fabs(c.b[k]);
}

/// The sums of one row, before they join the matrix's.
struct RowSums {
  OfThree squares, absolute;
  double cross = 0, divergence = 0;
};

ATTNSWEEP_INLINE void add_chunk(RowSums& row, PairSums& sums, const Chunk& c, PairWants wants) {
  row.squares.d += lane_sum(c.size, [&](int k) { return c.d[k] * c.d[k]; });
  row.squares.a += lane_sum(c.size, [&](int k) { return c.a[k] * c.a[k]; });
  row.squares.b += lane_sum(c.size, [&](int k) { return c.b[k] * c.b[k]; });
  if (wants.cross) row.cross += lane_sum(c.size, [&](int k) { return c.d[k] * (c.a[k] + c.b[k]); });
  if (wants.rows) {
    row.absolute.d += lane_sum(c.size, [&](int k) { return std::fabs(c.d[k]); });
    row.absolute.a += lane_sum(c.size, [&](int k) { return std::fabs(c.a[k]); });
    row.absolute.b += lane_sum(c.size, [&](int k) { return std::fabs(c.b[k]); });
  }
  if (wants.largest) {
    OfThree& top = sums.largest;
    top.d = std::max(top.d, lane_max(c.size, [&](int k) { return std::fabs(c.d[k]); }));
    top.a = std::max(top.a, lane_max(c.size, [&](int k) { return std::fabs(c.a[k]); }));
    top.b = std::max(top.b, lane_max(c.size, [&](int k) { return std::fabs(c.b[k]); }));
  }
  if (wants.divergence) {
    // In two loops, so that the long one has no sum in it and takes vectors as they come.
    alignas(64) double term[chunk_size];
    for (int k = 0; k < c.size; ++k) term[k] = divergence_term(c.a[k], c.b[k]);
    row.divergence += lane_sum(c.size, [&](int k) { return term[k]; });
  }
}

ATTNSWEEP_INLINE void add_row(PairSums& sums, const RowSums& row) {
  ++sums.rows;
  sums.squares.d += row.squares.d;
  sums.squares.a += row.squares.a;
  sums.squares.b += row.squares.b;
  sums.cross += row.cross;
  sums.absolute += row.absolute.d;
  sums.divergence += row.divergence;
  sums.row_sum.d = std::max(sums.row_sum.d, row.absolute.d);
  sums.row_sum.a = std::max(sums.row_sum.a, row.absolute.a);
  sums.row_sum.b = std::max(sums.row_sum.b, row.absolute.b);
}

template <class T>
ATTNSWEEP_INLINE void sum_rows(PairSums& sums, Columns& columns, const T* a, const T* b, int n,
                               const std::uint8_t* skip, PairWants wants) {
  Chunk chunk;
  for (int j = 0; j < n; ++j) {
    if (skip != nullptr && skip[j] != 0) continue;
    const std::size_t start = static_cast<std::size_t>(j) * n;
    RowSums row;
    for (int first = 0; first < n; first += chunk_size) {
      load(chunk, a + start + first, b + start + first, std::min(chunk_size, n - first));
      add_chunk(row, sums, chunk, wants);
      if (wants.columns) add_to_columns(columns, chunk, first);
    }
    add_row(sums, row);
  }
}

template <class T>
ATTNSWEEP_INLINE double rows_beyond(const T* a, const T* b, int n, const std::uint8_t* skip,
                                    double share) {
  Chunk chunk;
  double sum = 0;
  for (int j = 0; j < n; ++j) {
    if (skip != nullptr && skip[j] != 0) continue;
    const std::size_t start = static_cast<std::size_t>(j) * n;
    for (int first = 0; first < n; first += chunk_size) {
      load(chunk, a + start + first, b + start + first, std::min(chunk_size, n - first));
      sum += lane_sum(chunk.size, [&](int k) {
        const double rest = chunk.d[k] - share * chunk.a[k];
        return rest * rest;
      });
    }
  }
  return sum;
}

// The compiler makes its versions of plain functions only, hence one pair for each type.
ATTNSWEEP_VECTOR_CLONES void sum_rows_of(PairSums& sums, Columns& columns, const float* a,
                                         const float* b, int n, const std::uint8_t* skip,
                                         PairWants wants) {
  sum_rows(sums, columns, a, b, n, skip, wants);
}
ATTNSWEEP_VECTOR_CLONES void sum_rows_of(PairSums& sums, Columns& columns, const double* a,
                                         const double* b, int n, const std::uint8_t* skip,
                                         PairWants wants) {
  sum_rows(sums, columns, a, b, n, skip, wants);
}
ATTNSWEEP_VECTOR_CLONES double beyond_of(const float* a, const float* b, int n,
                                         const std::uint8_t* skip, double share) {
  return rows_beyond(a, b, n, skip, share);
}
ATTNSWEEP_VECTOR_CLONES double beyond_of(const double* a, const double* b, int n,
                                         const std::uint8_t* skip, double share) {
  return rows_beyond(a, b, n, skip, share);
}

double largest(const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }

}  // namespace

template <class T>
PairSums sum_pair(const T* a, const T* b, int n, const std::uint8_t* skip, PairWants wants) {
  PairSums sums;
  if (n < 1) return sums;
  Columns columns;
  if (wants.columns) columns.resize(static_cast<std::size_t>(padded(n)));
  sum_rows_of(sums, columns, a, b, n, skip, wants);
  if (wants.columns) {
    sums.column_sum = {largest(columns.d), largest(columns.a), largest(columns.b)};
  }
  return sums;
}

template <class T>
double squares_beyond(const T* a, const T* b, int n, const std::uint8_t* skip, double share) {
  return beyond_of(a, b, n, skip, share);
}

template PairSums sum_pair(const float*, const float*, int, const std::uint8_t*, PairWants);
template PairSums sum_pair(const double*, const double*, int, const std::uint8_t*, PairWants);
template double squares_beyond(const float*, const float*, int, const std::uint8_t*, double);
template double squares_beyond(const double*, const double*, int, const std::uint8_t*, double);

}  // namespace attnsweep::measure
