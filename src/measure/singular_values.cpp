#include "measure/singular_values.hpp"

#include <lapacke.h>

#include <algorithm>
#include <string>

#include "base/error.hpp"

namespace attnsweep::measure {
namespace {

void require_success(lapack_int info, const char* routine, int rows, int columns) {
  require(info == 0, std::string(routine) + " of a " + std::to_string(rows) + " x " +
                         std::to_string(columns) + " matrix: info " + std::to_string(info) +
                         ", expected 0");
}

}  // namespace

std::vector<double> singular_values(std::vector<double>& matrix, int rows, int columns) {
  std::vector<double> sigma(static_cast<std::size_t>(std::min(rows, columns)));
  if (sigma.empty()) return sigma;
  // Read by columns, the row-major matrix is its transpose, which has the same singular values.
  const lapack_int info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', columns, rows, matrix.data(),
                                         columns, sigma.data(), nullptr, 1, nullptr, 1);
  require_success(info, "LAPACK dgesdd", rows, columns);
  return sigma;
}

double largest_eigenvalue(std::vector<double> diagonal, std::vector<double> beside) {
  const int n = static_cast<int>(diagonal.size());
  require_success(LAPACKE_dsterf(n, diagonal.data(), beside.data()), "LAPACK dsterf", n, n);
  return diagonal.back();
}

std::vector<std::complex<double>> eigenvalues(std::vector<double>& matrix, int n) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> real(size), imaginary(size);
  // The transpose has the same eigenvalues, too.
  const lapack_int info = LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'N', n, matrix.data(), n,
                                        real.data(), imaginary.data(), nullptr, 1, nullptr, 1);
  require_success(info, "LAPACK dgeev", n, n);
  std::vector<std::complex<double>> all(size);
  for (std::size_t k = 0; k < size; ++k) all[k] = {real[k], imaginary[k]};
  return all;
}

}  // namespace attnsweep::measure
