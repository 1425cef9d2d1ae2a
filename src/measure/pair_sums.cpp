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
  chunk.size = padded(count);
  if (count < chunk.size) {
    const int last = chunk.size - lanes;
    for (int l = last; l < last + lanes; ++l) chunk.a[l] = chunk.b[l] = chunk.d[l] = 0;
  }
  for (int k = 0; k < count; ++k) {
    const double x = a[k], y = b[k];
    chunk.a[k] = x;
    chunk.b[k] = y;
    chunk.d[k] = y - x;
  }
}

/// Column sums of |entries|, n padded to whole lanes.
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
  OfThree squares, absolute, largest;
  double cross = 0, divergence = 0;
};

ATTNSWEEP_INLINE void raise(OfThree& to, double d, double a, double b) {
  to.d = d > to.d ? d : to.d;
  to.a = a > to.a ? a : to.a;
  to.b = b > to.b ? b : to.b;
}

/// All at once, each entry is loaded a single time. A function of its own: inside a larger one the
/// compiler keeps the ten sums in memory, not in registers, and takes twice as long.
ATTNSWEEP_VECTOR_CLONES void add_chunk(RowSums& row, const Chunk& c) {
  double dd[lanes] = {}, aa[lanes] = {}, bb[lanes] = {}, cross[lanes] = {};
  double d[lanes] = {}, a[lanes] = {}, b[lanes] = {};
  double top_d[lanes] = {}, top_a[lanes] = {}, top_b[lanes] = {};
  for (int k = 0; k < c.size; k += lanes) {
    for (int l = 0; l < lanes; ++l) {
      const double x = c.a[k + l], y = c.b[k + l], z = c.d[k + l];
      dd[l] += z * z;
      aa[l] += x * x;
      bb[l] += y * y;
      cross[l] += z * (x + y);
      const double size_x = std::fabs(x), size_y = std::fabs(y), size_z = std::fabs(z);
      d[l] += size_z;
      a[l] += size_x;
      b[l] += size_y;
      top_d[l] = size_z > top_d[l] ? size_z : top_d[l];
      top_a[l] = size_x > top_a[l] ? size_x : top_a[l];
      top_b[l] = size_y > top_b[l] ? size_y : top_b[l];
    }
  }
  row.squares.d += total(dd);
  row.squares.a += total(aa);
  row.squares.b += total(bb);
  row.cross += total(cross);
  row.absolute.d += total(d);
  row.absolute.a += total(a);
  row.absolute.b += total(b);
  raise(row.largest, largest(top_d), largest(top_a), largest(top_b));
}

/// In two loops, so that the long one has no sum in it and takes vectors as they come.
ATTNSWEEP_INLINE void add_divergence(RowSums& row, const Chunk& c) {
  alignas(64) double term[chunk_size];
  for (int k = 0; k < c.size; ++k) term[k] = divergence_term(c.a[k], c.b[k]);
  row.divergence += lane_sum(c.size, [&](int k) { return term[k]; });
}

ATTNSWEEP_INLINE void add_row(PairSums& sums, const RowSums& row) {
  ++sums.rows;
  sums.squares.d += row.squares.d;
  sums.squares.a += row.squares.a;
  sums.squares.b += row.squares.b;
  sums.cross += row.cross;
  sums.absolute += row.absolute.d;
  sums.divergence += row.divergence;
  raise(sums.row_sum, row.absolute.d, row.absolute.a, row.absolute.b);
  raise(sums.largest, row.largest.d, row.largest.a, row.largest.b);
}

template <class T>
ATTNSWEEP_INLINE void sum_rows(PairSums& sums, Columns& columns, const Pair<T>& pair,
                               PairWants wants) {
  Chunk chunk;
  for (int j = 0; j < pair.n; ++j) {
    if (pair.skipped(j)) continue;
    const T* a = pair.a + pair.start(j);
    const T* b = pair.b + pair.start(j);
    const int width = pair.width(j);
    RowSums row;
    for (int first = 0; first < width; first += chunk_size) {
      load(chunk, a + first, b + first, std::min(chunk_size, width - first));
      add_chunk(row, chunk);
      if (wants.divergence) add_divergence(row, chunk);
      if (wants.columns) add_to_columns(columns, chunk, first);
    }
    add_row(sums, row);
  }
}

template <class T>
ATTNSWEEP_INLINE double rows_beyond(const Pair<T>& pair, double share) {
  Chunk chunk;
  double sum = 0;
  for (int j = 0; j < pair.n; ++j) {
    if (pair.skipped(j)) continue;
    const T* a = pair.a + pair.start(j);
    const T* b = pair.b + pair.start(j);
    const int width = pair.width(j);
    for (int first = 0; first < width; first += chunk_size) {
      load(chunk, a + first, b + first, std::min(chunk_size, width - first));
      sum += lane_sum(chunk.size, [&](int k) {
        const double rest = chunk.d[k] - share * chunk.a[k];
        return rest * rest;
      });
    }
  }
  return sum;
}

// The compiler makes its versions of plain functions only, hence one pair for each type.
ATTNSWEEP_VECTOR_CLONES void sum_rows_of(PairSums& sums, Columns& columns, const Pair<float>& pair,
                                         PairWants wants) {
  sum_rows(sums, columns, pair, wants);
}
ATTNSWEEP_VECTOR_CLONES void sum_rows_of(PairSums& sums, Columns& columns, const Pair<double>& pair,
                                         PairWants wants) {
  sum_rows(sums, columns, pair, wants);
}
ATTNSWEEP_VECTOR_CLONES double beyond_of(const Pair<float>& pair, double share) {
  return rows_beyond(pair, share);
}
ATTNSWEEP_VECTOR_CLONES double beyond_of(const Pair<double>& pair, double share) {
  return rows_beyond(pair, share);
}

double largest_of(const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }

}  // namespace

template <class T>
PairSums sum_pair(const Pair<T>& pair, PairWants wants) {
  PairSums sums;
  if (pair.n < 1) return sums;
  Columns columns;
  if (wants.columns) columns.resize(static_cast<std::size_t>(padded(pair.n)));
  sum_rows_of(sums, columns, pair, wants);
  if (wants.columns) {
    sums.column_sum = {largest_of(columns.d), largest_of(columns.a), largest_of(columns.b)};
  }
  return sums;
}

template <class T>
double squares_beyond(const Pair<T>& pair, double share) {
  return beyond_of(pair, share);
}

template PairSums sum_pair(const Pair<float>&, PairWants);
template PairSums sum_pair(const Pair<double>&, PairWants);
template double squares_beyond(const Pair<float>&, double);
template double squares_beyond(const Pair<double>&, double);

}  // namespace attnsweep::measure
