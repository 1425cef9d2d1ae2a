#include "reduce/units.hpp"

#include <cmath>

#include "base/error.hpp"
#include "reduce/kendall.hpp"

namespace attnsweep::reduce {

double SequenceColumns::fill(std::span<const double> d, std::span<double> x) const {
  const int m = basis_.m;
  double mean = 0, dot = 0;
  for (int i = 0; i < m; ++i) {
    x[i] = std::log(d[i]);
    mean += x[i];
    dot += basis_.t[i] * x[i];
  }
  mean /= m;
  const double lambda = m >= 2 ? -dot / basis_.s : undefined;
  double* rest = x.data() + m;
  *rest++ = lambda > 0 ? 1 : 0;
  if (!full_) return lambda;
  double total = 0, residual = 0;
  for (int i = 0; i < m; ++i) {
    *rest++ = d[i];
    if (m < 2) continue;
    const double centred = x[i] - mean, r = centred + lambda * basis_.t[i];
    total += centred * centred;
    residual += r * r;
  }
  *rest++ = total;
  *rest++ = residual;
  *rest++ = m >= 2 ? kendall_decay(d.first(m)) : 0;
  *rest++ = m >= 2 ? lambda * lambda : 0;
  return lambda;
}

Units make_units(UnitTable table, int m, bool full) {
  require(table.n_columns == (full ? 2 * m + 5 : m + 1), "the units' columns are not a cell's");
  Units out;
  out.m = m;
  const auto part = [&](int first, std::vector<double>& by_unit, std::vector<double>& total) {
    by_unit.resize(table.size * m);
    for (std::size_t u = 0; u < table.size; ++u)
      for (int i = 0; i < m; ++i) by_unit[u * m + i] = table.x[u * table.n_columns + first + i];
    total.assign(table.total.begin() + first, table.total.begin() + first + m);
  };
  part(0, out.y, out.total_y);
  out.total_positive = table.total[m];
  if (full) {
    part(m + 1, out.a, out.total_a);
    out.total_q = table.total[2 * m + 1];
    out.total_r = table.total[2 * m + 2];
    out.total_tau = table.total[2 * m + 3];
    out.total_lambda_square = table.total[2 * m + 4];
  }
  table.x.clear();
  static_cast<UnitTable&>(out) = std::move(table);
  return out;
}

}  // namespace attnsweep::reduce
