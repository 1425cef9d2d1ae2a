#pragma once
#include <complex>
#include <vector>

namespace attnsweep::measure {

/// Singular values of a dense rows × columns matrix in descending order (LAPACK dgesdd, the
/// storage order does not matter). The matrix is used up. Every entry must be finite.
std::vector<double> singular_values(std::vector<double>& matrix, int rows, int columns);

/// The largest eigenvalue of a symmetric tridiagonal matrix with `diagonal` (n ≥ 1) and `beside`
/// (n − 1) (LAPACK dsterf).
double largest_eigenvalue(std::vector<double> diagonal, std::vector<double> beside);

/// Eigenvalues of a dense row-major n × n matrix in no particular order (LAPACK dgeev). The matrix
/// is used up. Every entry must be finite.
std::vector<std::complex<double>> eigenvalues(std::vector<double>& matrix, int n);

}  // namespace attnsweep::measure
